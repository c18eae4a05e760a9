//! The order in which scores remove heads: found once by a stage, so that one path gives every number of heads.

use std::path::Path;

use baselines::lowest;
use heads::HeadMask;
use records::{HeadOrder, Measured, ORDER_FILE, RunKey, ScoredStep};
use serde::{Deserialize, Serialize};

use crate::error::ExecuteError;
use crate::method::Job;
use crate::part::Part;
use crate::progress::Progress;
use crate::task::{Candidate, Task};

/// The steps so far, from which an interrupted stage goes on.
const PARTIAL_FILE: &str = "order.partial.json";

/// `order.partial.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// Key of the run that made the steps.
    key: RunKey,
    steps: Vec<ScoredStep>,
    /// Examples that passed the model for all of them.
    cost: u64,
}

/// How heads are removed along the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removal {
    /// Heads removed at a step.
    pub(crate) heads_per_step: usize,
    /// Whether scores are computed anew at every step.
    pub(crate) exact: bool,
}

/// Removes heads until one is left, by `score` under the heads still kept, and stores the order in the run's folder.
pub(crate) fn find(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    removal: Removal,
    mut score: impl FnMut(&mut dyn Task, &HeadMask, &mut dyn Progress) -> Result<Vec<f64>, ExecuteError>,
) -> Result<Measured, ExecuteError> {
    let total = task.grid().total();
    let mut kept = HeadMask::all(total);
    let (mut removed, mut steps) = (Vec::new(), Vec::<ScoredStep>::new());
    let before = steps_before(job);
    // Their cost is that of this run, whichever process has made them.
    let at_start = task.cost();
    task.add_cost(before.cost);
    let mut known = before.steps.into_iter();
    let parts = if removal.exact {
        (total - 1).div_ceil(removal.heads_per_step) as u64
    } else {
        1
    };
    while kept.kept() > 1 {
        if removal.exact || steps.is_empty() {
            // Steps follow from the scores before them, so those of an earlier process are these.
            let step = known
                .next()
                .filter(|step| step.kept == kept.kept() && step.scores.len() == total);
            match step {
                Some(step) => steps.push(step),
                None => {
                    let mut part = Part {
                        whole: &mut *progress,
                        part: steps.len() as u64,
                        parts,
                    };
                    let scores = score(&mut *task, &kept, &mut part)?;
                    steps.push(ScoredStep {
                        kept: kept.kept(),
                        scores,
                    });
                    steps = keep_steps(job, steps, task.cost() - at_start)?;
                }
            }
        }
        let scores = steps.last().map_or(&[][..], |step| &step.scores);
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(ExecuteError::new("the score of a head is not a finite number"));
        }
        let next = lowest(scores, &kept, removal.heads_per_step.min(kept.kept() - 1));
        let mut flags = kept.flags().to_vec();
        for &head in &next {
            flags[head] = false;
        }
        kept = HeadMask::from_flags(flags);
        removed.extend(next);
    }
    removed.extend(kept.flags().iter().position(|&kept| kept));
    let scores = steps.first().map(|step| step.scores.clone());
    HeadOrder::new(removed, steps).write(&job.folder.join(ORDER_FILE))?;
    // What stays is in nobody's way.
    let _ = std::fs::remove_file(job.folder.join(PARTIAL_FILE));
    let mut measured = Measured::prepared(total);
    measured.scores = scores;
    Ok(measured)
}

/// What an earlier process of this run has made; nothing if there was none or its file is damaged.
fn steps_before(job: &Job<'_>) -> Partial {
    let text = std::fs::read(job.folder.join(PARTIAL_FILE)).unwrap_or_default();
    match serde_json::from_slice::<Partial>(&text) {
        Ok(partial) if partial.key == *job.key => partial,
        _ => Partial {
            key: job.key.clone(),
            steps: Vec::new(),
            cost: 0,
        },
    }
}

/// Keeps the steps made so far and gives them back.
fn keep_steps(job: &Job<'_>, steps: Vec<ScoredStep>, cost: u64) -> Result<Vec<ScoredStep>, ExecuteError> {
    let partial = Partial {
        key: job.key.clone(),
        steps,
        cost,
    };
    let text = serde_json::to_string(&partial).map_err(ExecuteError::new)? + "\n";
    files::store(&job.folder.join(PARTIAL_FILE), text.as_bytes())?;
    Ok(partial.steps)
}

/// The dense model without the heads that the stage `stage` removes first.
pub(crate) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    stage: &str,
) -> Result<Measured, ExecuteError> {
    let (k, total) = (job.k()?, task.grid().total());
    let mask = read(job.base(stage)?, total)?.mask(k);
    task.take_saved(job.base("dense")?)?;
    let mut candidate = Candidate::mask(mask, Some(k));
    candidate.variant = job.point.variant.unwrap_or_default().to_owned();
    task.measure(&[candidate], progress)
}

fn read(folder: &Path, total: usize) -> Result<HeadOrder, ExecuteError> {
    HeadOrder::read(&folder.join(ORDER_FILE), total).map_err(|error| {
        ExecuteError::new(error).with_hint("remove the folder it is in; the same command makes it anew")
    })
}
