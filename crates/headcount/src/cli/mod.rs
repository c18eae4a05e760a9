//! Reads the command line and hands each command its options.

mod answering;
mod bench;
mod compare;
mod data;
mod devices;
mod predict;
mod preflight;
mod prune;
mod report;
mod reproduce;
mod run;
mod score;
mod sweep;
mod text;
mod translate;
mod tune;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::terminal::{UNUSABLE, conclude};

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
    /// Try settings of methods on the tuning split, as many for each, and say which is best.
    Tune(tune::Options),
    /// Plan, do or look at the runs of an experiment file.
    #[command(subcommand)]
    Sweep(sweep::Action),
    /// Do one run; safe to call twice.
    Run(run::Options),
    /// Write tables and figures anew from the stored runs of a sweep, or hold two sweeps against each other.
    Report(report::Options),
    /// Make a model smaller: take heads out, say what that cost, and write what other programs load.
    Prune(prune::Options),
    /// Classify lines of text with the model of a folder.
    Predict(predict::Options),
    /// Translate lines of text with the model of a folder.
    Translate(translate::Options),
    /// Hold two runs against each other by their answers to the same examples.
    Compare(compare::Options),
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
        Command::Tune(options) => tune::tune(&options),
        Command::Sweep(action) => sweep::sweep(&action),
        Command::Run(options) => run::run(&options),
        Command::Compare(options) => compare::compare(&options),
        Command::Report(options) => report::report(&options),
        Command::Prune(options) => prune::prune(&options),
        Command::Predict(options) => predict::predict(&options),
        Command::Translate(options) => translate::translate(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Data(action) => data::data(&action),
        Command::Score(action) => score::score(&action),
        Command::Text(action) => text::text(&action),
        Command::Bench(action) => bench::bench(&action),
        Command::Devices => devices::devices(),
        Command::Preflight(options) => preflight::preflight(&options),
    };
    ExitCode::from(outcome.unwrap_or_else(|problem| conclude(&problem)))
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
