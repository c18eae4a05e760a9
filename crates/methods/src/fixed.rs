//! A training of the weights under a mask that stays as it is.

use baselines::FixedMask;
use heads::HeadMask;
use records::Measured;

use crate::error::ExecuteError;
use crate::method::Job;
use crate::progress::Progress;
use crate::task::{Candidate, Fit, GateFit, Rate, Task};

/// Trains the model taken for so many updates at this rate under `mask`, saves it and measures it under the same mask.
pub(crate) fn train(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    mask: HeadMask,
    (updates, weights): (usize, Rate),
) -> Result<Measured, ExecuteError> {
    let chosen = mask.clone();
    let fit = Fit {
        updates,
        weights: Some(weights),
        gate: Some(GateFit {
            gate: Box::new(FixedMask::new(&mask)),
            rate: weights,
            choose: Box::new(move |_| Ok(chosen.clone())),
        }),
        folder: job.folder.to_owned(),
    };
    task.train(fit, progress)?;
    task.save()?;
    let mut candidate = Candidate::mask(mask, Some(job.k()?));
    candidate.variant = job.point.variant.unwrap_or_default().to_owned();
    let mut measured = task.measure(&[candidate], progress)?;
    measured.train_updates = updates;
    Ok(measured)
}
