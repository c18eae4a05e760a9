//! The report of a folder that somebody names: what the folder is, and whether it can be written to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use files::shell::path_word;

use crate::SweepError;
use crate::plan::RunId;
use crate::results::Results;
use crate::store::Store;

/// What was written anew, and what is wrong with some of the runs that it is made of.
#[derive(Debug)]
pub struct Reported {
    /// Paths of the files that a reader would open.
    pub files: Vec<PathBuf>,
    /// As [`Results::incomplete`].
    pub incomplete: Vec<(RunId, String)>,
    /// What the figures could not show.
    pub warnings: Vec<String>,
    /// Runs that are done, and runs of the sweep; none where the folder holds a table only.
    pub runs: Option<(usize, usize)>,
}

/// Writes the tables and figures of a sweep's folder anew. A folder that holds no runs but a results.csv is reported
/// from that.
///
/// # Errors
/// The folder is none of a sweep or may not be written; a file cannot be read or written, or says what cannot be.
pub fn report_folder(root: &Path) -> Result<Reported, SweepError> {
    let kind = kind(root)?;
    files::make_writable_folder(root).map_err(|source| SweepError::ReadOnlyReport {
        path: root.to_owned(),
        source,
    })?;
    match kind {
        Kind::Sweep => {
            let mut results = Results::open(&Store::new(root))?;
            let written = results.write()?;
            Ok(Reported {
                files: written,
                incomplete: results.incomplete(),
                warnings: results.figure_warnings().to_vec(),
                runs: Some(results.done()),
            })
        }
        Kind::Table => {
            let report = report::write_report(root)?;
            Ok(Reported {
                files: report.files,
                incomplete: Vec::new(),
                warnings: report.warnings,
                runs: None,
            })
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

fn kind(root: &Path) -> Result<Kind, SweepError> {
    let refused = |reason: String, hint: String| SweepError::NotASweep { reason, hint };
    let shown = root.display();
    let usual =
        "a report is made from the folder of a sweep; run `headcount sweep run` first, or check the path";
    match fs::metadata(root) {
        Err(source) if source.kind() == ErrorKind::NotFound => {
            return Err(refused(format!("there is no folder {shown}"), usual.to_owned()));
        }
        Err(source) => return Err(SweepError::io("read", root, source)),
        Ok(found) if !found.is_dir() => {
            return Err(refused(
                format!("{shown} is a file, and a report is made from a folder"),
                sweep_around(root).unwrap_or_else(|| usual.to_owned()),
            ));
        }
        Ok(_) => {}
    }
    let mut entries = fs::read_dir(root).map_err(|source| SweepError::io("read", root, source))?;
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
