//! `headcount sweep`: the runs of an experiment file.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use experiment::Source;
use sweep::Filter;

use crate::fetched::{Missing, load};
use crate::overrides::Overrides;
use crate::places::OutFolder;
use crate::problem::Result;
use crate::sweeping::machine::Machine;
use crate::sweeping::overview::{PlanFormat, show_plan, show_status};
use crate::sweeping::planned::{Planned, jobs};
use crate::sweeping::queue::queue_of;
use crate::sweeping::work;
use crate::terminal::Format;

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List every run, where it stands, what it waits for and what it costs.
    Plan {
        #[command(flatten)]
        which: Which,
        /// How to print.
        #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
        format: PlanFormat,
        /// Runs side by side, for the time left [default: as `sweep run`].
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        jobs: Option<u16>,
    },
    /// Do the runs that are not done.
    Run {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        machine: Machine,
    },
    /// Count runs by method and state, and list those in progress and the failures.
    Status {
        #[command(flatten)]
        which: Which,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Runs side by side, for the time left [default: as `sweep run`].
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        jobs: Option<u16>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Experiment file; `-` is standard input.
    experiment: PathBuf,
    /// Only these runs and those that they start from, as in --filter method=dsp-joint,k=1,k=3,seed=1.
    #[arg(long, value_name = "KEY=VALUE,…")]
    filter: Option<String>,
    #[command(flatten)]
    out: OutFolder,
    #[command(flatten)]
    overrides: Overrides,
}

impl Which {
    fn planned(&self, missing: Missing) -> Result<Planned> {
        let filter = self.filter.as_deref().map(Filter::parse).transpose()?;
        let experiment = load(&Source::read(&self.experiment)?, &self.overrides.set, missing)?;
        Planned::new(experiment, &self.out, filter)
    }
}

pub(crate) fn sweep(action: &Action) -> Result<u8> {
    match action {
        Action::Plan {
            which,
            format,
            jobs: asked,
        } => {
            let planned = which.planned(Missing::Refuse)?;
            show_plan(&planned, *format, jobs(*asked, &planned.experiment, 0))
        }
        Action::Run { which, machine } => work(&which.planned(machine.missing())?, machine),
        Action::Status {
            which,
            format,
            jobs: asked,
        } => {
            let mut planned = which.planned(Missing::Refuse)?;
            planned.queue = queue_of(&planned.store);
            show_status(&planned, *format, jobs(*asked, &planned.experiment, 0))
        }
    }
}
