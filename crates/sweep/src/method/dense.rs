//! The model with all its heads.

use heads::HeadMask;

use super::{Method, Point, Section};
use crate::job::{ExecuteError, Job, Progress};
use crate::store::Measured;
use crate::task::{Candidate, Fit, Rate, Task};

/// Trained without gates; what every post-hoc and pipelined method starts from.
pub(super) static DENSE: Method = Method {
    name: "dense",
    sections: &[Section::DATA, Section::MODEL, Section::TRAIN, Section::SELECT],
    starts_from: None,
    points: Point::single,
    check: |_| Ok(()),
    measures: true,
    run,
};

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let updates = job.updates(task);
    task.take_fresh()?;
    let fit = Fit {
        updates,
        weights: Some(weight_rate(job)),
        gate: None,
        folder: job.folder.to_owned(),
    };
    task.train(fit, progress)?;
    task.save()?;
    let all = HeadMask::all(task.grid().total());
    let mut measured = task.measure(&[Candidate::mask(all, None)], progress)?;
    measured.train_updates = updates;
    Ok(measured)
}

/// Rate of the weights where they are trained from their start.
pub(super) fn weight_rate(job: &Job<'_>) -> Rate {
    let section = &job.experiment.train;
    Rate {
        peak: section.learning_rate,
        schedule: section.schedule,
        warmup: section.warmup,
    }
}
