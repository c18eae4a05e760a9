//! What methods of exactly K heads have in common: a gate of K, and the K largest importances at the end.

use experiment::ScheduleName;
use heads::{HeadGate, HeadMask, margin};
use records::{Measured, Row, TRAINING};

use crate::dense::{DENSE, weight_rate};
use crate::error::ExecuteError;
use crate::method::Job;
use crate::pipelined;
use crate::progress::Progress;
use crate::task::{Candidate, Fit, GateFit, Rate, Task, Trained};

/// Makes the training of so many updates, of the weights too where there is a rate for them.
pub(crate) type MakeFit = fn(&Job<'_>, &dyn Task, usize, Option<Rate>) -> Result<Fit, ExecuteError>;

/// Weights and importances trained together.
pub(crate) fn joint(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    make: MakeFit,
) -> Result<Measured, ExecuteError> {
    let updates = job.updates(task);
    task.take_fresh()?;
    let trained = task.train(make(job, task, updates, Some(weight_rate(job)))?, progress)?;
    task.save()?;
    let mut measured = measure(job, task, progress, &trained)?;
    measured.train_updates = updates;
    Ok(measured)
}

/// Importances trained on the frozen dense model, dropout on.
pub(crate) fn pipelined(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    make: MakeFit,
) -> Result<Measured, ExecuteError> {
    let updates = pipelined::updates(job, task);
    task.take_saved(job.base(DENSE.name)?)?;
    let trained = task.train(make(job, task, updates, None)?, progress)?;
    measure(job, task, progress, &trained)
}

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

/// The model under its K heads of largest importance, without noise, with the margin of that choice and how far training
/// was under the same heads: the share of updates in which exactly these gates were above 1/2, and how many were in the mean.
pub(crate) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    trained: &Trained,
) -> Result<Measured, ExecuteError> {
    let k = job.k()?;
    let mask = HeadMask::top_k(&trained.parameters, k).map_err(ExecuteError::new)?;
    let mut measured = task.measure(&[Candidate::mask(mask.clone(), Some(k))], progress)?;
    measured.margin = margin(&trained.parameters, k);
    measured.scores = Some(trained.parameters.clone());
    let updates = trained.open.len();
    let mean = |count: usize| count as f64 / updates as f64;
    let tested = trained.open.iter().filter(|open| **open == mask).count();
    let open = trained.open.iter().map(HeadMask::kept).sum();
    let params_after = measured
        .rows
        .first()
        .map_or(measured.params_before, |row| row.params_after);
    let row = |metric: &str, value: f64| Row {
        variant: String::new(),
        k_target: k,
        k_actual: k,
        split: TRAINING.to_owned(),
        metric: metric.to_owned(),
        value,
        n_examples: updates,
        signature: String::new(),
        params_after,
        macs_before: None,
        macs_after: None,
    };
    if updates > 0 {
        measured.rows.push(row("share_of_tested_subset", mean(tested)));
        measured.rows.push(row("open_heads", mean(open)));
    }
    Ok(measured)
}
