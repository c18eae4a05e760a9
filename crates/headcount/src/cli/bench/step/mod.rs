//! `bench step`: training updates of a model of given sizes or of an experiment, each timed in its parts.

mod batch_file;
mod classifier;
mod experiment;
mod options;
mod report;
mod sizes;
mod translator;
mod update;

use crate::problem::Result;

pub(crate) use self::batch_file::{Limits, Line, read};
pub(crate) use self::classifier::ClassifierLine;
pub(crate) use self::options::{Arch, Options};

pub(crate) fn step(options: &Options) -> Result<u8> {
    options.check()?;
    let timed = match (&options.experiment, options.arch) {
        (Some(name), _) => experiment::time(options, name)?,
        (None, Arch::Bert) => classifier::time(options)?,
        (None, Arch::Mt) => translator::time(options)?,
    };
    report::print_report(options, &timed)
}
