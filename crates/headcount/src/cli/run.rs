//! `headcount run`: one run in this process, as every launcher calls it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use experiment::Source;
use files::Hint;
use methods::{Methods, Progress};
use sweep::progress::{JsonLines, Single, on_stderr};
use sweep::{Plan, RunEnd, Store, run_one};

use crate::executor::interruptible;
use crate::fetched::{Missing, load};
use crate::overrides::Overrides;
use crate::places::{OutFolder, make_writable};
use crate::problem::Result;
use crate::signals::interruption;
use crate::sweeping::planned::{check_device, check_inputs};
use crate::terminal::{ALL_DONE, INTERRUPTED, SOME_FAILED, print, tell_text};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Experiment file; `-` is standard input.
    experiment: PathBuf,
    /// Name of the run, as `headcount sweep plan` lists it.
    #[arg(long, value_name = "RUN_ID")]
    id: String,
    /// Device to train on.
    #[arg(long, default_value = "auto")]
    device: String,
    /// How to show progress.
    #[arg(long, value_enum, default_value_t = ProgressStyle::Text)]
    progress: ProgressStyle,
    #[command(flatten)]
    out: OutFolder,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProgressStyle {
    /// For people, on stderr.
    Text,
    /// One JSON object a line, on stdout.
    Json,
}

pub(crate) fn run(options: &Options) -> Result<u8> {
    let experiment = load(
        &Source::read(&options.experiment)?,
        &options.overrides.set,
        Missing::Download,
    )?;
    let plan = Plan::new(&experiment, &Methods::known())?;
    let store = Store::new(options.out.of(&experiment)?);
    let executor = interruptible(interruption(|| ())?);
    let run = plan.find(&options.id)?;
    check_device(&executor, &options.device)?;
    make_writable("--out", store.root())?;
    // A sweep has looked at the inputs before it started this process.
    if options.progress == ProgressStyle::Text {
        check_inputs(&experiment, &store, &options.device)?;
    }
    let execute = |progress: &mut dyn Progress| {
        run_one(
            &experiment,
            &plan,
            &store,
            &options.id,
            &options.device,
            &executor,
            progress,
        )
    };
    let end = match options.progress {
        ProgressStyle::Json => {
            let mut lines = JsonLines::new(std::io::stdout());
            let end = execute(&mut lines);
            match &end {
                Ok(RunEnd::Done(_)) => {}
                Ok(RunEnd::Interrupted) => {
                    lines.failed(
                        "it was interrupted",
                        Some("the next start goes on from its checkpoint"),
                    );
                }
                Ok(RunEnd::Failed(failure)) => lines.failed(&failure.error, failure.hint.as_deref()),
                Err(error) => lines.failed(&error.to_string(), error.hint().as_deref()),
            }
            end?
        }
        ProgressStyle::Text => {
            let mut display = on_stderr();
            display.started(run);
            let end = execute(&mut Single::new(display.as_mut(), run));
            display.finish();
            end?
        }
    };
    match end {
        RunEnd::Done(result) => {
            if options.progress == ProgressStyle::Text {
                print(&format!("{}: {}", run.id, result.measured.headline()))?;
            }
            Ok(ALL_DONE)
        }
        RunEnd::Failed(failure) => {
            tell_text(&failure.error, failure.hint.as_deref());
            Ok(SOME_FAILED)
        }
        RunEnd::Interrupted => {
            tell_text(
                "interrupted",
                Some("the same command goes on from the checkpoint"),
            );
            Ok(INTERRUPTED)
        }
    }
}
