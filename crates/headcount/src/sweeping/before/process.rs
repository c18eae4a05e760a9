//! The short process that measures: memory is that of a run then, and the random seeds of a backend, which are a process's,
//! are nobody else's.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use experiment::Experiment;
use records::costs::{Kind, Measurement};
use serde::{Deserialize, Serialize};
use sweep::{Store, THREADS_VARIABLES};

use super::Intent;
use crate::problem::{Problem, Result, cannot};

/// What the process says, as JSON on stdout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Said {
    Measured(Measurement),
    Failed { error: String, hint: Option<String> },
}

/// Has another process measure on a share of the machine such as a run will get.
pub(crate) fn measure(
    experiment: &Experiment,
    store: &Store,
    intent: &Intent<'_>,
    kinds: &[Kind],
    left: usize,
) -> Result<Measurement> {
    let program = std::env::current_exe().map_err(cannot("find the path of this program"))?;
    let threads = intent.resources.threads_of(intent.jobs.min(left)).to_string();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let mut command = Command::new(program);
    command
        .args(["preflight", "-", "--device", intent.device])
        .args(["--kinds", &kinds.join(",")])
        .arg("--out")
        .arg(store.root());
    for variable in THREADS_VARIABLES {
        command.env(variable, &threads);
    }
    if let Some(accelerator) = intent.resources.accelerators.first() {
        command.env(models::ACCELERATOR_VARIABLE, accelerator);
    }
    let text = store.experiment_text(experiment)?;
    let output = output_of(&mut command, &text).map_err(cannot("start a process that measures"))?;
    understood(&output, experiment)
}

/// What a process prints that is told a text.
fn output_of(command: &mut Command, text: &str) -> std::io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ends before it has read says why in another way.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait_with_output()
}

fn understood(output: &Output, experiment: &Experiment) -> Result<Measurement> {
    let failed = |reason: &str| Problem::new(format!("a few updates on this device failed: {reason}"));
    match serde_json::from_slice(&output.stdout) {
        Ok(Said::Measured(measurement)) => Ok(measurement),
        Ok(Said::Failed { error, hint }) => {
            let problem = failed(&error);
            Err(match hint {
                Some(hint) => problem.hint(hint),
                None => problem.hint("so would every run; mend that first"),
            })
        }
        Err(_) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            let of_memory = was_killed(output) || said.contains("memory allocation of");
            let reason = match last {
                Some(last) if !was_killed(output) => format!("{last} ({})", output.status),
                _ => output.status.to_string(),
            };
            let problem = failed(&reason);
            Err(if of_memory {
                let guess = experiment.memory_guess_mib();
                problem.hint(format!(
                    "memory does not suffice, it seems: by its sizes a run holds about {guess} MiB; lower train.batch, \
                     train.max_tokens or data.max_length, or use a larger machine"
                ))
            } else {
                problem.hint("so would every run; `headcount run FILE --id RUN_ID` shows one at work")
            })
        }
    }
}

/// Whether the system ended the process, as it does where memory runs out.
#[cfg(unix)]
fn was_killed(output: &Output) -> bool {
    const SIGKILL: i32 = 9;
    std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(SIGKILL)
}

/// Elsewhere there is no such end.
#[cfg(not(unix))]
fn was_killed(_: &Output) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn refused(script: &str) -> (String, String) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let output = output_of(&mut command, "told").unwrap();
        let problem = understood(&output, &Experiment::default()).unwrap_err();
        (problem.to_string(), problem.remedy().unwrap().to_owned())
    }

    #[test]
    fn a_process_that_fails_is_told_with_its_reason() {
        for (script, error, hint) in [
            ("kill -9 $$", "signal: 9", "memory does not suffice, it seems"),
            (
                "echo 'memory allocation of 99 bytes failed' >&2; kill -6 $$",
                "memory allocation of 99 bytes failed (signal: 6",
                "memory does not suffice",
            ),
            (
                "echo one >&2; echo two >&2; exit 3",
                "two (exit status: 3)",
                "headcount run",
            ),
            ("exit 0", "exit status: 0", "headcount run"),
            (
                r#"echo '{"failed":{"error":"the loss is NaN","hint":"lower train.learning_rate"}}'; exit 2"#,
                "a few updates on this device failed: the loss is NaN",
                "lower train.learning_rate",
            ),
        ] {
            let said = refused(script);
            assert!(said.0.contains(error), "{script}: {said:?}");
            assert!(said.1.contains(hint), "{script}: {said:?}");
        }
    }

    #[test]
    fn the_process_is_told_the_experiment_and_says_what_it_measured() {
        let mut command = Command::new("sh");
        let said = serde_json::to_string(&Said::Measured(Measurement::default())).unwrap();
        command.args(["-c", "[ \"$(cat)\" = told ] && echo \"$1\"", "sh", &said]);
        let output = output_of(&mut command, "told").unwrap();
        let understood = understood(&output, &Experiment::default()).unwrap();
        assert_eq!(understood, Measurement::default());
    }
}
