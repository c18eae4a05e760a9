//! The model with all its heads.

use experiment::{Part, Point};
use heads::HeadMask;
use records::Measured;

use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::progress::Progress;
use crate::task::{Candidate, Fit, Rate, Task};

/// Trained without gates; what every post-hoc and pipelined method starts from.
pub static DENSE: Method = Method {
    name: "dense",
    sections: &[],
    decisive: &[Part::DATA, Part::MODEL, Part::TRAIN, Part::SELECT],
    starts_from: None,
    same_heads: false,
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
    if updates > 0 {
        task.train(fit, progress)?;
    }
    task.save()?;
    let all = HeadMask::all(task.grid().total());
    let mut measured = task.measure(&[Candidate::mask(all, None)], progress)?;
    measured.train_updates = updates;
    Ok(measured)
}

/// Rate of the weights where they are trained from their start.
pub(crate) fn weight_rate(job: &Job<'_>) -> Rate {
    let section = &job.experiment.train;
    Rate {
        peak: section.learning_rate,
        schedule: section.schedule,
        warmup: section.warmup,
    }
}
