//! What goes to the terminal: data to stdout, messages to stderr, and the exit code.

use std::io::Write;

use files::one_line;

use crate::problem::{Problem, Result};

/// All runs are done.
pub(crate) const ALL_DONE: u8 = 0;
/// Some runs failed; the others finished.
pub(crate) const SOME_FAILED: u8 = 1;
/// Usage, config or data error.
pub(crate) const UNUSABLE: u8 = 2;
/// Ended by Ctrl-C or SIGTERM, as shells report it, or by a no to the question whether to go on.
pub(crate) const INTERRUPTED: u8 = 130;

/// How to print what a machine may want to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns.
    Table,
    /// JSON.
    Json,
}

/// Data for stdout.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}

/// The exit code of a command that ended with a problem, which is told.
pub(crate) fn conclude(problem: &Problem) -> u8 {
    if problem.is_closed_pipe() {
        return ALL_DONE;
    }
    tell_problem(problem);
    UNUSABLE
}

/// `error:` and `hint:` on stderr.
pub(crate) fn tell_problem(problem: &Problem) {
    tell_text(&problem.to_string(), problem.remedy());
}

/// The same from texts.
pub(crate) fn tell_text(error: &str, hint: Option<&str>) {
    let mut stderr = std::io::stderr();
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(stderr, "error: {}", one_line(error));
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
}

/// One line on stderr, whatever a file has put into it.
pub(crate) fn warn(warning: &str) {
    eprintln!("warning: {}", one_line(warning));
}
