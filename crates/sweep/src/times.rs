//! What the finished runs of a plan have cost.

use std::time::Duration;

use rayon::prelude::*;

use crate::plan::{Plan, Run};
use crate::store::{RunState, Status, Store};

/// How long the runs of a plan that are done took, in the plan's order; nothing for the others, and for those whose
/// provenance.json cannot be read.
pub fn wall_times(plan: &Plan, store: &Store, status: &Status) -> Vec<Option<Duration>> {
    let runs = plan.runs().par_iter().zip(&status.states);
    let wall = |(run, state): (&Run, &RunState)| {
        let done = (*state == RunState::Done).then(|| store.run(&run.id).provenance());
        Duration::try_from_secs_f64(done.flatten()?.wall_seconds).ok()
    };
    runs.map(wall).collect()
}

/// The largest memory that a plan's finished runs held, in MiB; none where none has said.
pub fn largest_peak_mib(plan: &Plan, store: &Store, status: &Status) -> Option<f64> {
    let runs = plan.runs().par_iter().zip(&status.states);
    let peak = |(run, state): (&Run, &RunState)| {
        let done = (*state == RunState::Done).then(|| store.run(&run.id).provenance());
        done.flatten()?.peak_memory_mib
    };
    runs.filter_map(peak).max_by(f64::total_cmp)
}
