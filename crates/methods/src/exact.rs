//! What methods of exactly K heads have in common: a gate of K, and the K largest importances at the end.

use experiment::ScheduleName;
use heads::{HeadGate, HeadMask, margin};
use records::Measured;

use crate::dense::weight_rate;
use crate::error::ExecuteError;
use crate::method::Job;
use crate::progress::Progress;
use crate::task::{Candidate, Fit, GateFit, Rate, Task, Trained};

/// A training of a gate that keeps the run's K heads; `importances` is the rate of its parameters.
pub(crate) fn fit(
    job: &Job<'_>,
    updates: usize,
    weights: Option<Rate>,
    gate: impl HeadGate + 'static,
    importances: (f64, ScheduleName),
) -> Result<Fit, ExecuteError> {
    let k = job.k()?;
    let (peak, schedule) = importances;
    // Where the weights are frozen there is still the rate that they had.
    let followed = weights.unwrap_or_else(|| weight_rate(job));
    Ok(Fit {
        updates,
        weights,
        gate: Some(GateFit {
            gate: Box::new(gate),
            rate: Rate::of_gate(peak, schedule, followed),
            choose: Box::new(move |importances| HeadMask::top_k(importances, k)),
        }),
        folder: job.folder.to_owned(),
    })
}

/// The model under its K heads of largest importance, without noise, with the margin of that choice.
pub(crate) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    trained: &Trained,
) -> Result<Measured, ExecuteError> {
    let k = job.k()?;
    let mask = HeadMask::top_k(&trained.parameters, k).map_err(ExecuteError::new)?;
    let mut measured = task.measure(&[Candidate::mask(mask, Some(k))], progress)?;
    measured.margin = margin(&trained.parameters, k);
    Ok(measured)
}
