//! `headcount report DIR [DIR]`: tables and figures from stored runs only, of one sweep or of two side by side.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use files::FileError;
use files::shell::path_word;
use sweep::Store;

use crate::places::make_writable;
use crate::problem::{Problem, Result};
use crate::reporting::{Results, warn_of};
use crate::terminal::{ALL_DONE, print, warn};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of a sweep.
    folder: PathBuf,
    /// Folder of another, to hold against it.
    other: Option<PathBuf>,
    /// Where a comparison of two sweeps is written [default: beside the first, DIR-and-DIR].
    #[arg(long, value_name = "DIR", requires = "other")]
    out: Option<PathBuf>,
}

/// Writes the tables and figures of a sweep's folder anew and prints their paths. A folder that holds no runs but a
/// results.csv is reported from that.
pub(crate) fn report(options: &Options) -> Result<u8> {
    if let Some(other) = &options.other {
        return compare(options, other);
    }
    let root = options.folder.as_path();
    let kind = kind(root)?;
    files::make_writable_folder(root).map_err(|source| read_only(root, &source))?;
    let files = match kind {
        Kind::Sweep => {
            let mut results = Results::open(&Store::new(root))?;
            let files = results.write()?;
            warn_of(&results.tables().incomplete());
            results.figure_warnings.iter().for_each(|warning| warn(warning));
            let (done, all) = results.tables().done();
            if done < all {
                eprintln!("note: {done} of {all} runs are done, and the report is of these");
            }
            files
        }
        Kind::Table => {
            let report = report::write_report(root)?;
            report.warnings.iter().for_each(|warning| warn(warning));
            report.files
        }
    };
    let paths: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    print(&paths.join("\n"))?;
    Ok(ALL_DONE)
}

/// Two sweeps side by side.
fn compare(options: &Options, other: &Path) -> Result<u8> {
    for folder in [options.folder.as_path(), other] {
        kind(folder)?;
    }
    // Beside the first: a comparison is part of neither.
    let whole = |folder: &Path| folder.canonicalize().map_err(FileError::reading(folder));
    let (first, second) = (whole(&options.folder)?, whole(other)?);
    if first == second {
        return Err(Problem::new("both folders are the same sweep").hint("name two"));
    }
    let name = |folder: &Path| {
        folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let both = format!("{}-and-{}", name(&first), name(&second));
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| match options.folder.file_name() {
            Some(_) => options.folder.with_file_name(both),
            // The folder was named by dots.
            None => first.with_file_name(both),
        });
    make_writable("--out", &out)?;
    let report = report::write_comparison(&options.folder, other, &out)?;
    report.warnings.iter().for_each(|warning| warn(warning));
    let paths: Vec<String> = report
        .files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    print(&paths.join("\n"))?;
    Ok(ALL_DONE)
}

/// The folder of a sweep may not be written, so that a report has no place.
fn read_only(root: &Path, source: &std::io::Error) -> Problem {
    let problem = Problem::new(format!(
        "cannot write the report into {}: {source}",
        root.display()
    ));
    match files::hint(source).filter(|_| files::is_full(source)) {
        Some(hint) => problem.hint(hint),
        None => {
            let folder = path_word(root);
            problem.hint(format!(
                "a report is written beside what it is made from; copy that and report the copy: cp -r {folder} COPY, \
                 then headcount report COPY"
            ))
        }
    }
}

/// What a report can be made of.
enum Kind {
    /// Stored runs.
    Sweep,
    /// A results.csv without the runs.
    Table,
}

fn kind(root: &Path) -> Result<Kind> {
    let refused = |reason: String, hint: String| Problem::new(reason).hint(hint);
    let shown = root.display();
    let usual =
        "a report is made from the folder of a sweep; run `headcount sweep run` first, or check the path";
    match fs::metadata(root) {
        Err(source) if source.kind() == ErrorKind::NotFound => {
            return Err(refused(format!("there is no folder {shown}"), usual.to_owned()));
        }
        Err(source) => return Err(FileError::new("read", root, source).into()),
        Ok(found) if !found.is_dir() => {
            return Err(refused(
                format!("{shown} is a file, and a report is made from a folder"),
                sweep_around(root).unwrap_or_else(|| usual.to_owned()),
            ));
        }
        Ok(_) => {}
    }
    let mut entries = fs::read_dir(root).map_err(|source| FileError::new("read", root, source))?;
    let has = |name: &str| root.join(name).exists();
    if has("plan.json") && root.join("runs").is_dir() {
        return Ok(Kind::Sweep);
    }
    if has("results.csv") {
        return Ok(Kind::Table);
    }
    let (reason, hint) = if entries.next().is_none() {
        (format!("{shown} is empty"), usual.to_owned())
    } else if has("runs") {
        (
            format!("{shown} holds runs, but no plan.json, which says what they belong to"),
            "`headcount sweep run` on the experiment, with this folder as --out, writes it and repeats no run"
                .to_owned(),
        )
    } else if has("plan.json") {
        (
            format!("{shown} holds a plan.json, but neither runs nor a results.csv"),
            usual.to_owned(),
        )
    } else {
        (
            format!("{shown} is not the folder of a sweep: it holds neither plan.json nor results.csv"),
            sweep_around(root).unwrap_or_else(|| usual.to_owned()),
        )
    };
    Err(refused(reason, hint))
}

/// A hint at the folder of the sweep that a file or a run's folder lies in.
fn sweep_around(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let is_sweep = |folder: &&Path| folder.join("plan.json").is_file();
    let sweep = path.ancestors().skip(1).take(3).find(is_sweep)?;
    Some(format!("did you mean `headcount report {}`?", path_word(sweep)))
}
