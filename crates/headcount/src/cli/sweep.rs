//! `headcount sweep`: the runs of an experiment file.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use sweep::Filter;
use sweep::experiment::{Source, load};

use super::plan_table::{show, show_counts};
use super::queue::queue_of;
use super::ready::show_ready;
use super::work::{Machine, Planned, work};
use super::{Format, OutFolder, Overrides};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// List every run and where it stands.
    Plan {
        #[command(flatten)]
        which: Which,
        /// How to print.
        #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
        format: PlanFormat,
    },
    /// Do the runs that are not done.
    Run {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        machine: Machine,
    },
    /// Count runs by method and state, and list the failures.
    Status {
        #[command(flatten)]
        which: Which,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

/// How to print a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// Aligned columns.
    Table,
    /// JSON.
    Json,
    /// Names of the runs that can be started now, one a line, for other launchers.
    Ids,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Experiment file.
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
    fn planned(&self) -> Result<Planned> {
        let filter = self.filter.as_deref().map(Filter::parse).transpose()?;
        let experiment = load(&Source::read(&self.experiment)?, &self.overrides.set)?;
        Planned::new(experiment, &self.out, filter)
    }
}

pub(super) fn sweep(action: &Action) -> Result<u8> {
    match action {
        Action::Plan { which, format } => {
            let planned = which.planned()?;
            match format {
                PlanFormat::Table => show(&planned, Format::Table),
                PlanFormat::Json => show(&planned, Format::Json),
                PlanFormat::Ids => show_ready(&planned),
            }
        }
        Action::Run { which, machine } => work(&which.planned()?, machine),
        Action::Status { which, format } => {
            let mut planned = which.planned()?;
            planned.queue = queue_of(&planned.store);
            match format {
                Format::Table => show_counts(&planned),
                Format::Json => show(&planned, Format::Json),
            }
        }
    }
}
