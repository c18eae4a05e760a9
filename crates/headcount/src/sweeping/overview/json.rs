//! A plan as JSON; times are in seconds, null where nothing is known.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sweep::RunState;
use sweep::slurm::Queue;

use super::{Entry, Overview, counts};
use crate::problem::{Problem, Result};
use crate::sweeping::queue;

pub(crate) fn render(overview: &Overview<'_>) -> Result<String> {
    let Overview {
        planned,
        entries,
        left,
        jobs,
    } = overview;
    let counts: BTreeMap<_, _> = counts(overview.words()).into_iter().collect();
    serde_json::to_string_pretty(&json!({
        "experiment": planned.experiment.name,
        "out": planned.store.root().display().to_string(),
        "runs": entries.iter().map(|entry| run(entry, &planned.queue)).collect::<Vec<_>>(),
        "counts": counts,
        "left_seconds": seconds(left.map(|left| left.work)),
        "jobs": jobs,
        "left_seconds_with_jobs": seconds(left.map(|left| left.with_jobs(*jobs))),
    }))
    .map_err(Problem::new)
}

fn run(entry: &Entry<'_>, in_queue: &Queue) -> Value {
    let Entry {
        run,
        state,
        word,
        level,
        waits_for,
        wall,
        estimated,
        holder,
        latest,
    } = entry;
    let reason = match state {
        RunState::Failed { reason } => Some(reason),
        _ => None,
    };
    json!({
        "id": run.id,
        "method": run.method.name,
        "k": run.point.k,
        "variant": run.point.variant,
        "lambda": run.point.lambda,
        "seed": run.seed,
        "state": word,
        "queue": queue::json_of(run, state, in_queue),
        "reason": reason,
        "key": run.key,
        "starts_from": run.starts_from,
        "level": level,
        "waits_for": waits_for.map(|base| &base.id),
        "wall_seconds": seconds(*wall),
        "estimated_seconds": seconds(*estimated),
        "holder": holder,
        "latest": latest,
    })
}

/// To the millisecond, as in provenance.json.
fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| (time.as_secs_f64() * 1000.0).round() / 1000.0)
}
