//! The runs of a sweep: planned, looked at, done here or handed to a cluster; what `reproduce`, `sweep` and `run` share.

pub(crate) mod before;
mod local;
pub(crate) mod machine;
pub(crate) mod overview;
pub(crate) mod planned;
pub(crate) mod queue;
mod ready;
mod slurm;

use self::machine::{Launcher, Machine};
use self::overview::{PlanFormat, show_plan};
use self::planned::Planned;
use crate::problem::Result;

/// Does what is not done, by the launcher that was asked for.
pub(crate) fn work(planned: &Planned, machine: &Machine) -> Result<u8> {
    match machine.launcher {
        Launcher::Slurm => slurm::submit(planned, machine),
        Launcher::Local if machine.dry_run => {
            let jobs = machine.jobs(&planned.experiment);
            let code = show_plan(planned, PlanFormat::Table, jobs)?;
            before::tell_sizes(planned, jobs);
            Ok(code)
        }
        Launcher::Local => local::work(planned, machine),
    }
}
