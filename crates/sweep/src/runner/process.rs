//! The process of one run: started, listened to, waited for, ended.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use files::FileError;
use methods::ProgressReport;

use super::Interrupt;
use crate::SweepError;
use crate::plan::Run;
use crate::progress::{Said, parse};
use crate::store::RunFolder;

/// What the listeners tell the runner about the run at a position of the plan.
pub(super) enum Message {
    Progress(usize, ProgressReport),
    /// Why it fails, from a process that has said so.
    Failed(usize, String),
    Closed(usize),
}

/// A process at work on a run.
pub(super) struct Process {
    pub(super) position: usize,
    pub(super) method: &'static str,
    pub(super) accelerator: Option<String>,
    pub(super) update: ProgressReport,
    /// Why it failed, if it has said so.
    pub(super) failure: Option<String>,
    child: Child,
    start: Instant,
}

impl Process {
    /// Starts the command with its stderr going to the run's log and its progress to `messages`.
    pub(super) fn start(
        mut command: Command,
        run: &Run,
        position: usize,
        accelerator: Option<String>,
        folder: &RunFolder,
        messages: Sender<Message>,
    ) -> Result<Self, SweepError> {
        folder.create()?;
        let log = folder.log_file();
        // Appended, because another process may be at work on the run and writing there.
        let stderr = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|source| FileError::new("open", &log, source))?;
        // Ctrl-C goes to the parent alone, which ends the runs itself and so knows that they did not fail.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|source| SweepError::Spawn {
                id: run.id.clone(),
                source,
            })?;
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let message = match parse(&line) {
                        Some(Said::Progress(report)) => Message::Progress(position, report),
                        Some(Said::Failed { failed }) => Message::Failed(position, failed),
                        None => continue,
                    };
                    // The runner no longer listens once it has stopped.
                    let _ = messages.send(message);
                }
                let _ = messages.send(Message::Closed(position));
            });
        }
        Ok(Self {
            position,
            method: run.method.name,
            accelerator,
            update: ProgressReport::default(),
            failure: None,
            child,
            start: Instant::now(),
        })
    }

    /// Its number in the system.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits for the end; called once stdout is closed.
    pub(super) fn wait(&mut self) -> String {
        self.child
            .wait()
            .map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string())
    }

    /// Asks the process to save what it has and to end.
    pub(super) fn ask_to_end(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // An error means that it has ended by itself; its number is kept until it is waited for.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    /// Waits until the process has ended, but not longer than until `deadline` or until it is to end at once; then ends it,
    /// which costs what it has done since its last checkpoint and nothing else.
    pub(super) fn end(&mut self, deadline: Instant, interrupt: &Interrupt) {
        while cfg!(unix) && Instant::now() < deadline && !interrupt.is_urgent() {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Ok(Some(_)) | Err(_) => break,
            }
        }
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a run's log.
pub(super) fn log_tail(folder: &RunFolder, lines: usize) -> Vec<String> {
    let text = std::fs::read(folder.log_file()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..]
        .iter()
        .map(|&line| line.to_owned())
        .collect()
}
