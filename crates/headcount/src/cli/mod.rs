//! Reads the command line and hands each command its options.

mod bench;
mod data;
mod devices;
mod overview;
mod places;
mod preflight;
mod queue;
mod ready;
mod report;
mod reproduce;
mod run;
mod score;
mod signals;
mod slurm;
mod sweep;
mod text;
mod verify;
mod work;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use ::data::DataError;
use ::sweep::experiment::Override;
use ::sweep::{SweepError, one_line};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use fetch::FetchError;

use self::places::OutFolder;

/// All runs are done.
const ALL_DONE: u8 = 0;
/// Some runs failed; the others finished.
const SOME_FAILED: u8 = 1;
/// Usage, config or data error.
const UNUSABLE: u8 = 2;
/// Ended by Ctrl-C or SIGTERM, as shells report it, or by a no to the question whether to go on.
const INTERRUPTED: u8 = 130;

/// Reproduces "Differentiable Subset Pruning of Transformer Heads".
#[derive(Debug, Parser)]
#[command(name = "headcount", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do all runs of one of the paper's experiments, or go on with them, and report.
    Reproduce(reproduce::Options),
    /// Plan, do or look at the runs of an experiment file.
    #[command(subcommand)]
    Sweep(sweep::Action),
    /// Do one run; safe to call twice.
    Run(run::Options),
    /// Write tables and figures anew from the stored runs of a sweep.
    Report(report::Options),
    /// Recompute recorded reference vectors.
    Verify(verify::Options),
    /// Fetch corpora and models, write the embedded demo corpora as files, or make raw text ready for training.
    #[command(subcommand)]
    Data(data::Action),
    /// Score translations against references.
    #[command(subcommand)]
    Score(score::Action),
    /// Tokenise, detokenise and segment text, from standard input to standard output.
    #[command(subcommand)]
    Text(text::Action),
    /// Measure what an update or a gate costs on this machine.
    #[command(subcommand)]
    Bench(bench::Action),
    /// List devices and whether they can be used.
    Devices,
    /// Measure a few steps of an experiment's runs, as a large sweep has it done before it starts.
    #[command(hide = true)]
    Preflight(preflight::Options),
}

/// Values of the experiment file to replace.
#[derive(Debug, Args)]
struct Overrides {
    /// Replace a value of the experiment file, as in --set train.updates=50; may be given several times. A text or a path
    /// is taken as it is called, any other value as TOML.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Override>,
}

/// How to print what a machine may want to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Aligned columns.
    Table,
    /// JSON.
    Json,
}

/// A mistake of the user that no library noticed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct Problem {
    error: String,
    hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Runs the program and returns its exit code: 0 all done, 1 some runs failed, 2 nothing could be done, 130 interrupted.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    tell_of_uncaught_panics();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout with 0, mistakes to stderr with 2; a closed stream leaves nothing to do.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(UNUSABLE));
        }
    };
    let outcome = match cli.command {
        Command::Reproduce(options) => reproduce::reproduce(&options),
        Command::Sweep(action) => sweep::sweep(&action),
        Command::Run(options) => run::run(&options),
        Command::Report(options) => report::report(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Data(action) => data::data(&action),
        Command::Score(action) => score::score(&action),
        Command::Text(action) => text::text(&action),
        Command::Bench(action) => bench::bench(&action),
        Command::Devices => devices::devices(),
        Command::Preflight(options) => preflight::preflight(&options),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| tell(&error)))
}

/// A panic of a library that is caught becomes an error, which is told as such and not as a panic too.
fn tell_of_uncaught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !::data::panics_are_caught() {
            usual(panic);
        }
    }));
}

/// `error:` and `hint:` on stderr.
fn tell(error: &anyhow::Error) -> u8 {
    if error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    {
        // Whoever read stdout has seen enough.
        return ALL_DONE;
    }
    tell_text(&error.to_string(), hint_of(error).as_deref());
    UNUSABLE
}

fn tell_text(error: &str, hint: Option<&str>) {
    let mut stderr = std::io::stderr();
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(stderr, "error: {}", one_line(error));
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
}

/// One line on stderr, whatever a file has put into it.
fn warn(warning: &str) {
    eprintln!("warning: {}", one_line(warning));
}

fn hint_of(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<SweepError>() {
        return error.hint();
    }
    if let Some(error) = error.downcast_ref::<DataError>() {
        return error.hint();
    }
    if let Some(error) = error.downcast_ref::<FetchError>() {
        return error.hint();
    }
    error
        .downcast_ref::<Problem>()
        .and_then(|problem| problem.hint.clone())
}

/// Data for stdout.
fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}
