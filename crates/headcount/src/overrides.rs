//! `--set key=value` of every command that reads an experiment.

use clap::Args;
use experiment::Override;

/// Values of the experiment file to replace.
#[derive(Debug, Args)]
pub(crate) struct Overrides {
    /// Replace a value of the experiment file, as in --set train.updates=50; may be given several times. A text or a path
    /// is taken as it is called, any other value as TOML.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<Override>,
}
