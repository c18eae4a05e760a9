//! Files and folders that a user names: what they are is said before anything is done with them.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use clap::Args;
use experiment::Experiment;

use crate::problem::Problem;

/// The folder of a sweep.
#[derive(Debug, Args)]
pub(crate) struct OutFolder {
    /// Folder of runs and results [default: results/<name of the experiment>].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

impl OutFolder {
    /// The folder, which need not exist yet.
    ///
    /// # Errors
    /// There is something else in its place.
    pub(crate) fn of(&self, experiment: &Experiment) -> Result<PathBuf, Problem> {
        match &self.out {
            Some(out) => {
                no_file_in_place_of("--out", out)?;
                Ok(out.clone())
            }
            None => {
                let default = PathBuf::from("results").join(&experiment.name);
                no_file_in_place_of("the folder of the sweep,", &default)?;
                Ok(default)
            }
        }
    }
}

/// Makes a folder for output unless it is there, and tries whether it can be written to.
///
/// # Errors
/// There is something else in its place, or it cannot be made or written to; `what` says who named it.
pub(crate) fn make_writable(what: &str, folder: &Path) -> Result<(), Problem> {
    no_file_in_place_of(what, folder)?;
    files::make_writable_folder(folder).map_err(|error| {
        let problem = Problem::new(format!("cannot write into {what} {}: {error}", folder.display()));
        problem.hint(files::hint(&error).unwrap_or("choose another folder with --out"))
    })
}

/// Refuses a folder for output in whose place, or above it, a file is.
pub(crate) fn no_file_in_place_of(what: &str, folder: &Path) -> Result<(), Problem> {
    let hint = "choose another folder with --out";
    let shown = folder.display();
    // What cannot be looked at cannot be written to either, which is told when that is tried.
    let Some((nearest, found)) = folder
        .ancestors()
        .find_map(|path| fs::metadata(path).ok().map(|found| (path, found)))
    else {
        return Ok(());
    };
    if found.is_dir() {
        return Ok(());
    }
    let error = if nearest == folder {
        format!("{what} {shown} is a file, and output needs a folder")
    } else {
        format!("{what} {shown} cannot be made: {} is a file", nearest.display())
    };
    Err(Problem::new(error).hint(hint))
}

/// Refuses what is no file that can be read; `what` names the option, or what the file is.
pub(crate) fn must_be_file(what: &str, path: &Path) -> Result<(), Problem> {
    readable(
        what,
        path,
        |found| found.is_dir(),
        "is a folder, and a file is due",
    )
}

/// Refuses what is no folder.
pub(crate) fn must_be_folder(what: &str, path: &Path) -> Result<(), Problem> {
    readable(
        what,
        path,
        |found| !found.is_dir(),
        "is a file, and a folder is due",
    )
}

fn readable(
    what: &str,
    path: &Path,
    is_other: impl Fn(&fs::Metadata) -> bool,
    other: &str,
) -> Result<(), Problem> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if is_other(&found) => {
            Err(Problem::new(format!("{what} {shown} {other}")).hint("check the path"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(missing(what, path, &error)),
    }
}

/// A file that cannot be opened, with the option or the name of what it is.
fn missing(what: &str, path: &Path, error: &Error) -> Problem {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => Problem::new(format!("{what} {shown}: there is no such file or folder"))
            .hint("check the path; relative paths start from the working directory"),
        _ => Problem::new(format!("{what} {shown}: {error}")).hint("check the path and the rights"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(result: Result<(), Problem>) -> String {
        result
            .err()
            .map(|problem| problem.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn a_folder_for_output_is_none_where_a_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        for there in ["new", "new/er/still", ""] {
            assert_eq!(refusal(no_file_in_place_of("--out", &at(there))), "", "{there}");
        }
        for (place, part) in [
            ("file", "is a file, and output needs a folder"),
            ("file/below", "cannot be made: "),
            ("file/below/that", "cannot be made: "),
        ] {
            let said = refusal(no_file_in_place_of("--out", &at(place)));
            assert!(said.starts_with("--out ") && said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_folder_is_made_and_what_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        make_writable("--out", &folder.path().join("a/b")).unwrap();
        assert!(folder.path().join("a/b").is_dir());
        if cfg!(target_os = "linux") {
            let said = refusal(make_writable("--out", Path::new("/proc/headcount")));
            assert!(
                said.starts_with("cannot write into --out /proc/headcount: "),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_due_is_said_with_the_option() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        must_be_file("--codes", &file).unwrap();
        must_be_folder("--prefixes", folder.path()).unwrap();
        for (said, part) in [
            (
                refusal(must_be_file("--codes", folder.path())),
                "is a folder, and a file is due",
            ),
            (
                refusal(must_be_folder("--codes", &file)),
                "is a file, and a folder is due",
            ),
            (refusal(must_be_file("--codes", &file.join("x"))), "--codes "),
            (
                refusal(must_be_file("--codes", &folder.path().join("x"))),
                "there is no such file or folder",
            ),
        ] {
            assert!(said.starts_with("--codes ") && said.contains(part), "{said}");
        }
    }
}
