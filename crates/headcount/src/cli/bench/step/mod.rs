//! `bench step`: training updates of a model of given sizes or of an experiment, each timed in its parts.

mod batch_file;
mod classifier;
mod experiment;
mod options;
mod report;
mod sizes;
mod translator;
mod update;

use anyhow::Result;

use self::options::Arch;
pub(in crate::cli) use self::options::Options;

pub(super) fn step(options: &Options) -> Result<u8> {
    options.check()?;
    let timed = match (&options.experiment, options.arch) {
        (Some(name), _) => experiment::time(options, name)?,
        (None, Arch::Bert) => classifier::time(options)?,
        (None, Arch::Mt) => translator::time(options)?,
    };
    report::print_report(options, &timed)
}
