//! The three programs of SLURM that the launcher calls.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::SlurmError;
use super::jobs::JobId;
use super::parse::{QUEUE_FORMAT, QueueLine, max_array_size, queue_line, submitted};

/// The longest array that the cluster takes, in elements whose indices begin at 1.
pub(super) fn largest_array() -> Result<usize, SlurmError> {
    let text = call("scontrol", ["show", "config"])?;
    let size = max_array_size(&text).ok_or_else(|| unreadable("scontrol", &text))?;
    size.checked_sub(1)
        .filter(|elements| *elements > 0)
        .ok_or(SlurmError::NoArrays { size })
}

/// Options of `sbatch` for a script that waits until all these jobs have ended, however they ended.
pub(super) fn sbatch_options(after: &[String]) -> Vec<String> {
    let mut options = vec!["--parsable".to_owned()];
    if !after.is_empty() {
        options.push(format!("--dependency=afterany:{}", after.join(":")));
    }
    options
}

/// Submits a script that is to work in `root`.
pub(super) fn sbatch(root: &Path, after: &[JobId], script: &Path) -> Result<JobId, SlurmError> {
    let after: Vec<String> = after.iter().map(JobId::to_string).collect();
    let options = sbatch_options(&after);
    let mut arguments: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
    arguments.extend([OsStr::new("--chdir"), root.as_os_str(), script.as_os_str()]);
    let text = call("sbatch", arguments)?;
    submitted(&text).ok_or_else(|| unreadable("sbatch", &text))
}

/// What of these jobs is waiting or at work, an element a line; asked once for all.
pub(super) fn squeue(jobs: &[JobId]) -> Result<Vec<QueueLine>, SlurmError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<String> = jobs.iter().map(JobId::to_string).collect();
    let arguments = [
        "--noheader",
        "--array",
        "--jobs",
        &numbers.join(","),
        "--format",
        QUEUE_FORMAT,
    ];
    let text = match call("squeue", arguments) {
        // Said where none of the jobs is known any more.
        Err(SlurmError::Refused { said, .. }) if said.contains("Invalid job id") => return Ok(Vec::new()),
        other => other?,
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| queue_line(line).ok_or_else(|| unreadable("squeue", line)))
        .collect()
}

fn call<I: AsRef<OsStr>>(
    program: &'static str,
    arguments: impl IntoIterator<Item = I>,
) -> Result<String, SlurmError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    // A user's own filters would hide jobs.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SQUEUE_") {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|source| match source.kind() {
        ErrorKind::NotFound => SlurmError::Missing { program },
        _ => SlurmError::Start { program, source },
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let said = match lines.is_empty() {
        true => output.status.to_string(),
        false => lines.join(", "),
    };
    Err(SlurmError::Refused { program, said })
}

fn unreadable(program: &'static str, text: &str) -> SlurmError {
    let text = text.lines().next().unwrap_or_default().to_owned();
    SlurmError::Unreadable { program, text }
}
