//! Lines in, one answer a line out: read in windows, so that memory does not grow with the input.

use std::path::PathBuf;

use clap::Args;
use data::{DataError, LineError, Lines};
use tasks::use_threads;

use crate::problem::{Problem, Result};
use crate::sweeping::planned::{MOST_THREADS, cores};
use crate::terminal::warn;

/// What `predict` and `translate` have in common.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// File of the lines; `-` is standard input, and a name in .gz is unpacked.
    #[arg(long, value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Answer a line that cannot be used with an empty one, and go on.
    #[arg(long)]
    skip_bad: bool,
    /// Lines that are read before the first of them is answered; 1 answers each at once, more are faster.
    #[arg(long, value_name = "LINES", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    window: u32,
    /// Device.
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Threads [default: as many as there are cores].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
}

impl Reading {
    /// Gives the kernels their threads. Before anything is computed.
    pub(crate) fn use_threads(&self) {
        use_threads(self.threads.map_or_else(cores, usize::from));
    }

    /// The lines.
    pub(crate) fn open(&self) -> Result<Windows> {
        Ok(Windows {
            lines: Lines::open_or_standard_input(&self.input)?,
            size: self.window as usize,
            skip_bad: self.skip_bad,
            problem: None,
        })
    }
}

/// The lines of an input, some at a time.
pub(crate) struct Windows {
    lines: Lines,
    size: usize,
    skip_bad: bool,
    /// Told once the lines before it are answered.
    problem: Option<Problem>,
}

impl Windows {
    /// What `parse` makes of the next lines, none for a bad line that is skipped; empty behind the last.
    pub(crate) fn next<T>(
        &mut self,
        mut parse: impl FnMut(&str) -> Result<T, String>,
    ) -> Result<Vec<Option<T>>> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        let mut window = Vec::new();
        while window.len() < self.size {
            let bad = match self.lines.advance() {
                Ok(false) => break,
                Ok(true) => match parse(self.lines.line()) {
                    Ok(found) => {
                        window.push(Some(found));
                        continue;
                    }
                    Err(reason) => {
                        let (path, number) = (self.lines.path().display(), self.lines.number());
                        Problem::new(format!("{path}:{number}: {reason}"))
                    }
                },
                Err(error) => match &error {
                    DataError::Line {
                        problem: LineError::NotUtf8 { .. },
                        ..
                    } => Problem::new(error),
                    _ => return Err(error.into()),
                },
            };
            if self.skip_bad {
                warn(&bad.to_string());
                window.push(None);
                continue;
            }
            let bad = bad.hint("--skip-bad answers such lines with empty ones");
            if window.is_empty() {
                return Err(bad);
            }
            self.problem = Some(bad);
            break;
        }
        Ok(window)
    }
}
