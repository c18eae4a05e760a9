//! `headcount reproduce`: a whole experiment with one command.

use std::path::Path;

use clap::{Args, ValueEnum};
use experiment::{Scale, Source};

use crate::experiments::{NAMES, embedded};
use crate::fetched::load;
use crate::overrides::Overrides;
use crate::places::OutFolder;
use crate::problem::{Problem, Result};
use crate::sweeping::machine::Machine;
use crate::sweeping::planned::Planned;
use crate::sweeping::work;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// `mnli`, `iwslt`, or the path of an experiment file (`-`: standard input).
    #[arg(value_name = "mnli|iwslt|FILE")]
    experiment: String,
    /// How large an experiment [default: demo].
    #[arg(long)]
    scale: Option<ScaleName>,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    out: OutFolder,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScaleName {
    /// Minutes on a laptop, embedded corpus.
    Demo,
    /// Hours, real text, small model.
    Small,
    /// The paper's own setting.
    Paper,
}

impl From<ScaleName> for Scale {
    fn from(name: ScaleName) -> Self {
        match name {
            ScaleName::Demo => Self::Demo,
            ScaleName::Small => Self::Small,
            ScaleName::Paper => Self::Paper,
        }
    }
}

pub(crate) fn reproduce(options: &Options) -> Result<u8> {
    let experiment = load(
        &source(options)?,
        &options.overrides.set,
        options.machine.missing(),
    )?;
    let planned = Planned::new(experiment, &options.out, None)?;
    work(&planned, &options.machine)
}

fn source(options: &Options) -> Result<Source> {
    let name = options.experiment.as_str();
    if NAMES.contains(&name) {
        return embedded(name, options.scale.unwrap_or(ScaleName::Demo).into());
    }
    let path = Path::new(name);
    if name != "-" && !path.exists() {
        return Err(Problem::new(format!(
            "`{name}` is neither an experiment of this program nor a file"
        ))
        .hint(format!("the experiments are {}", NAMES.join(" and "))));
    }
    if options.scale.is_some() {
        return Err(
            Problem::new("--scale chooses among the experiments of this program, not for a file")
                .hint("leave out --scale; the file says its own"),
        );
    }
    Ok(Source::read(path)?)
}
