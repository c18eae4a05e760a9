//! The order in which scores remove heads: found once by a stage, so that one path gives every number of heads.

use std::path::Path;

use baselines::lowest;
use heads::HeadMask;
use serde::{Deserialize, Serialize};

use super::part::Part;
use crate::experiment::RunKey;
use crate::job::{ExecuteError, Job, Progress};
use crate::store::{Measured, write_atomically};
use crate::task::{Candidate, Task};

const FILE: &str = "order.json";
/// The steps so far, from which an interrupted stage goes on.
const PARTIAL_FILE: &str = "order.partial.json";
const SCHEMA_VERSION: u32 = 1;

/// `order.partial.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// Key of the run that made the steps.
    key: RunKey,
    steps: Vec<Step>,
}

/// `order.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    schema_version: u32,
    /// Flat indices of all heads, the first to go first.
    removed: Vec<usize>,
    steps: Vec<Step>,
}

/// One look at the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Heads kept before the step.
    kept: usize,
    /// One score a head, also of heads that are gone.
    scores: Vec<f64>,
}

/// How heads are removed along the path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removal {
    /// Heads removed at a step.
    pub(super) heads_per_step: usize,
    /// Whether scores are computed anew at every step.
    pub(super) exact: bool,
}

/// Removes heads until one is left, by `score` under the heads still kept, and stores the order in the run's folder.
pub(super) fn find(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    removal: Removal,
    mut score: impl FnMut(&mut dyn Task, &HeadMask, &mut dyn Progress) -> Result<Vec<f64>, ExecuteError>,
) -> Result<Measured, ExecuteError> {
    let total = task.grid().total();
    let mut kept = HeadMask::all(total);
    let (mut removed, mut steps) = (Vec::new(), Vec::<Step>::new());
    let mut known = steps_before(job).into_iter();
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
                    steps.push(Step {
                        kept: kept.kept(),
                        scores,
                    });
                    steps = keep_steps(job, steps)?;
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
    let order = Order {
        schema_version: SCHEMA_VERSION,
        removed,
        steps,
    };
    let text = serde_json::to_string(&order).map_err(ExecuteError::new)? + "\n";
    write_atomically(&job.folder.join(FILE), text.as_bytes()).map_err(ExecuteError::from)?;
    // What stays is in nobody's way.
    let _ = std::fs::remove_file(job.folder.join(PARTIAL_FILE));
    Ok(Measured::prepared(total))
}

/// The steps that an earlier process of this run has made; none if there was none or its file is damaged.
fn steps_before(job: &Job<'_>) -> Vec<Step> {
    let text = std::fs::read(job.folder.join(PARTIAL_FILE)).unwrap_or_default();
    match serde_json::from_slice::<Partial>(&text) {
        Ok(partial) if partial.key == job.run.key => partial.steps,
        _ => Vec::new(),
    }
}

/// Keeps the steps made so far and gives them back.
fn keep_steps(job: &Job<'_>, steps: Vec<Step>) -> Result<Vec<Step>, ExecuteError> {
    let partial = Partial {
        key: job.run.key.clone(),
        steps,
    };
    let text = serde_json::to_string(&partial).map_err(ExecuteError::new)? + "\n";
    write_atomically(&job.folder.join(PARTIAL_FILE), text.as_bytes()).map_err(ExecuteError::from)?;
    Ok(partial.steps)
}

/// The dense model without the heads that the stage `stage` removes first.
pub(super) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    stage: &str,
) -> Result<Measured, ExecuteError> {
    let (k, total) = (job.k()?, task.grid().total());
    let mask = read(job.base(stage)?, total)?.mask(k);
    task.take_saved(job.base("dense")?)?;
    let mut candidate = Candidate::mask(mask, Some(k));
    candidate.variant = job.run.point.variant.unwrap_or_default().to_owned();
    task.measure(&[candidate], progress)
}

fn read(folder: &Path, total: usize) -> Result<Order, ExecuteError> {
    let path = folder.join(FILE);
    let unusable = |reason: String| {
        ExecuteError::new(format!("{}: {reason}", path.display()))
            .hint("remove the folder it is in; the same command makes it anew")
    };
    let text = std::fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    let order: Order = serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
    let mut heads = order.removed.clone();
    heads.sort_unstable();
    if heads.iter().copied().ne(0..total) || order.schema_version != SCHEMA_VERSION {
        return Err(unusable(format!("it is no order of {total} heads")));
    }
    Ok(order)
}

impl Order {
    /// The `k` heads that go last.
    fn mask(&self, k: usize) -> HeadMask {
        let total = self.removed.len();
        let mut flags = vec![true; total];
        for &head in &self.removed[..total.saturating_sub(k)] {
            flags[head] = false;
        }
        HeadMask::from_flags(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(removed: &[usize]) -> Order {
        Order {
            schema_version: SCHEMA_VERSION,
            removed: removed.to_vec(),
            steps: Vec::new(),
        }
    }

    #[test]
    fn masks_are_nested_and_have_exactly_k_heads() {
        let order = order(&[2, 0, 3, 1]);
        assert_eq!(order.mask(4), HeadMask::all(4));
        assert_eq!(order.mask(2).flags(), [false, true, false, true]);
        assert_eq!(order.mask(1).flags(), [false, true, false, false]);
        for k in 1..=4 {
            assert_eq!(order.mask(k).kept(), k);
        }
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |order: &Order| {
            std::fs::write(folder.path().join(FILE), serde_json::to_string(order).unwrap()).unwrap();
        };
        write(&order(&[1, 0, 2]));
        assert_eq!(read(folder.path(), 3).unwrap(), order(&[1, 0, 2]));
        assert!(read(folder.path(), 4).is_err());
        write(&order(&[1, 1, 2]));
        assert!(read(folder.path(), 3).is_err());
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        let error = read(folder.path(), 3).unwrap_err();
        assert!(error.error.contains(FILE) && error.hint.is_some());
    }
}
