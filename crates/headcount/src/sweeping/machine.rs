//! How a sweep uses this machine, as options say.

use clap::{Args, ValueEnum};
use experiment::Experiment;

use crate::fetched::Missing;
use crate::sweeping::planned::jobs;

/// How to use this machine.
#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// What starts the runs.
    #[arg(long, value_enum, default_value_t = Launcher::Local)]
    pub(crate) launcher: Launcher,
    /// Do nothing: list the runs, where they stand and what they cost, or with --launcher slurm print the job scripts.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Runs side by side, as far as memory allows [default: cores / run.threads, or one an accelerator; with --launcher
    /// slurm slurm.at_once].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Device to train on.
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Go on without being asked, once it is said what a sweep of scale small or paper will take.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Try again what failed earlier.
    #[arg(long)]
    pub(crate) retry_failed: bool,
    /// End everything at the first failure; not with --launcher slurm.
    #[arg(long)]
    pub(crate) fail_fast: bool,
}

/// What starts the processes of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Launcher {
    /// This process, on this machine.
    Local,
    /// SLURM, from job arrays that are submitted here.
    Slurm,
}

impl Machine {
    /// What becomes of weights that are not here: a dry run does nothing.
    pub(crate) fn missing(&self) -> Missing {
        if self.dry_run {
            Missing::Refuse
        } else {
            Missing::Download
        }
    }

    /// Runs side by side, as far as that is known before the device is looked at.
    pub(crate) fn jobs(&self, experiment: &Experiment) -> usize {
        jobs(self.jobs, experiment, 0)
    }
}
