//! The archive of IWSLT14, prepared once into the folder of the sweep, as the files that training reads.

use std::fs;
use std::path::{Path, PathBuf};

use data::prepare::{Iwslt14Options, iwslt14 as prepare, iwslt14_key};
use experiment::{DataFile, DataSection};
use files::Lock;
use methods::ExecuteError;

use crate::CACHE;

/// The section of an experiment on the prepared files; `root` is the folder of the sweep.
pub(super) fn iwslt14(section: &DataSection, root: &Path) -> Result<DataSection, ExecuteError> {
    let archive = section
        .archive
        .as_deref()
        .ok_or_else(|| ExecuteError::new("data.archive is missing"))?;
    let cache = root.join(CACHE);
    fs::create_dir_all(&cache).map_err(|error| {
        ExecuteError::new(format!("cannot create the folder {}: {error}", cache.display()))
    })?;
    let options = Iwslt14Options {
        prefixes: section.prefixes.clone(),
        merges: section.merges,
        replace: false,
    };
    // Another archive, or other rules, have a folder of their own: nothing that a run reads is ever replaced.
    let key = iwslt14_key(archive, &options).map_err(ExecuteError::caused_by)?;
    // Runs started by themselves may come here at once.
    let lock = Lock::acquire(&cache.join("iwslt14.lock"), |_| ()).map_err(ExecuteError::caused_by)?;
    let prepared =
        prepare(archive, &options, &cache.join(format!("iwslt14-{key}"))).map_err(ExecuteError::caused_by)?;
    drop(lock);
    let file = |[path, target]: [PathBuf; 2]| DataFile {
        path,
        target: Some(target),
        format: data::Format::Auto,
        rows: None,
    };
    let [source, target] = prepared.dictionaries;
    let mut files = section.clone();
    files.dir = None;
    files.dictionaries = Some((source, target));
    files.train = vec![file(prepared.train)];
    files.valid = vec![file(prepared.valid)];
    files.evaluate = [("test".to_owned(), vec![file(prepared.test)])].into();
    Ok(files)
}
