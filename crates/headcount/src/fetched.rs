//! What names of corpora and models in an experiment stand for: folders that were fetched, and models of the hub.

use std::path::{Path, PathBuf};

use data::prepare::{Codes, Iwslt14Options, ParallelFiles, ParallelOptions, Preparation, iwslt14, parallel};
use experiment::{Experiment, ExperimentError, Finding, Override, Source, load_with_names};
use fetch::{DataFolder, FetchError, Hub, Lock, Manifest, ModelName, Snapshot};
use files::Hint;
use methods::Methods;

/// What becomes of a model that is not in the hub's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is downloaded, where the network allows.
    Download,
    /// It is an error, for commands that only look.
    Refuse,
}

/// Reads an experiment in which `data.dir`, `data.archive` and `model.weights` may be names.
pub(crate) fn load(
    source: &Source,
    overrides: &[Override],
    missing: Missing,
) -> Result<Experiment, ExperimentError> {
    load_with_names(source, overrides, &Methods::known(), &|key, written| {
        // What is there is meant, whatever else has its name.
        let name = written
            .to_str()
            .filter(|_| written.is_relative() && !written.exists());
        let Some(name) = name else { return Ok(None) };
        let manifest = Manifest::load().map_err(|error| of_error(key, name, &error))?;
        match key {
            "model.weights" => weights(key, name, &manifest, missing),
            "data.archive" => corpus(key, name, &manifest, archive),
            _ => corpus(key, name, &manifest, text),
        }
    })
}

/// The folder of a model of the hub.
fn weights(key: &str, text: &str, manifest: &Manifest, missing: Missing) -> Result<Option<PathBuf>, Finding> {
    let Some(name) = ModelName::parse(text, manifest) else {
        return Ok(None);
    };
    let hub = Hub::from_environment();
    let snapshot = match (hub.cached(&name), missing) {
        (Ok(snapshot), _) => Ok(snapshot),
        (Err(lacks), Missing::Refuse) => Err(hub.not_cached(&name, lacks, hub.offline)),
        (Err(lacks), Missing::Download) => download(&hub, &name, lacks),
    };
    match snapshot {
        Ok(snapshot) => Ok(Some(snapshot.folder)),
        Err(error) => Err(of_error(key, text, &error)),
    }
}

#[cfg(feature = "fetch")]
fn download(hub: &Hub, name: &ModelName, _: String) -> Result<Snapshot, FetchError> {
    let client = fetch::Client::from_environment()?;
    let mut watch = fetch::OnStderr::default();
    fetch::fetch_model(&client, hub, name, false, &mut watch).map(|(snapshot, _)| snapshot)
}

#[cfg(not(feature = "fetch"))]
fn download(hub: &Hub, name: &ModelName, lacks: String) -> Result<Snapshot, FetchError> {
    Err(hub.not_cached(name, lacks, hub.offline))
}

/// What a fetched corpus is for a key; its name, its folder and where that lies are given.
type Meaning = fn(&str, PathBuf, &DataFolder) -> Result<PathBuf, Finding>;

fn corpus(key: &str, text: &str, manifest: &Manifest, meaning: Meaning) -> Result<Option<PathBuf>, Finding> {
    let Some((name, corpus)) = manifest.corpus(text) else {
        return Ok(None);
    };
    let place = DataFolder::usual();
    if let Some(folder) = place.found(name) {
        return meaning(name, folder, &place).map(Some);
    }
    let is_unverified = corpus.files.iter().any(|file| file.unverified.is_some());
    let accept = if is_unverified { " --accept-unverified" } else { "" };
    Err(Finding {
        key: key.to_owned(),
        message: format!("is the corpus {name}, which is not in {}", place.root().display()),
        hint: Some(format!(
            "`headcount data fetch {name}{accept}` fetches it; or name what you have with --set {key}=PATH"
        )),
    })
}

/// The one file of a corpus that is an archive.
fn archive(name: &str, folder: PathBuf, _: &DataFolder) -> Result<PathBuf, Finding> {
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut archives = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "tgz"));
    archives.next().ok_or_else(|| Finding {
        key: "data.archive".to_owned(),
        message: format!("is the corpus {name}, which is no archive"),
        hint: Some("the archive that is read is that of iwslt14".to_owned()),
    })
}

/// The files of a corpus as training reads them: those of translation are prepared, once.
fn text(name: &str, folder: PathBuf, place: &DataFolder) -> Result<PathBuf, Finding> {
    let prepare: fn(&Path, &Path) -> Result<Preparation, data::DataError> = match name {
        "iwslt14" => prepare_iwslt14,
        "multi30k" => prepare_multi30k,
        _ => return Ok(folder),
    };
    let prepared = format!("{name}-prepared");
    let out = place.of(&prepared);
    let wrong = |message: String, hint: Option<String>| Finding {
        key: "data.dir".to_owned(),
        message: format!("is the corpus {name}, which cannot be prepared: {message}"),
        hint,
    };
    // What is there need not be written to.
    let alone = match out.exists() {
        true => None,
        false => {
            eprintln!("prepares {} from {}", out.display(), folder.display());
            let lock = Lock::acquire(&place.lock_file(&prepared), || {
                eprintln!("waits for another process, which does the same");
            });
            Some(lock.map_err(|error| wrong(error.to_string(), error.hint()))?)
        }
    };
    let preparation = prepare(&folder, &out).map_err(|error| wrong(error.to_string(), error.hint()))?;
    drop(alone);
    Ok(preparation.folder)
}

/// As `headcount data prepare iwslt14` does it.
fn prepare_iwslt14(folder: &Path, out: &Path) -> Result<Preparation, data::DataError> {
    let options = Iwslt14Options {
        prefixes: None,
        merges: 10_000,
        replace: false,
    };
    iwslt14(&folder.join("de-en.tgz"), &options, out)
}

/// As the head of experiments/multi30k/small.toml has it.
fn prepare_multi30k(folder: &Path, out: &Path) -> Result<Preparation, data::DataError> {
    let part = |part: &str| ["de", "en"].map(|code| folder.join(format!("{part}.{code}.gz")));
    let files = ParallelFiles {
        train: part("train"),
        valid: part("val"),
        test: part("test_2016_flickr"),
    };
    let options = ParallelOptions {
        source_language: "de".to_owned(),
        target_language: "en".to_owned(),
        tokenize: true,
        lowercase: true,
        prefixes: None,
        max_words: 175,
        ratio: 1.5,
        codes: Codes::Learn(4000),
        dictionaries: None,
        replace: false,
    };
    parallel(&files, &options, out)
}

fn of_error(key: &str, name: &str, error: &FetchError) -> Finding {
    let hint = error.hint().map(|hint| match error {
        FetchError::NoServer { .. } => {
            format!("{hint}; `headcount data fetch {name}` downloads it beforehand")
        }
        _ => hint,
    });
    Finding {
        key: key.to_owned(),
        message: format!("is `{name}`, which is no folder here, and as a name: {error}"),
        hint,
    }
}
