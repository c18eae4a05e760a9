//! What SLURM's queue says of a sweep's runs, beside what their files say.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sweep::slurm::{Element, ElementState, Queue};
use sweep::{Run, RunState, Store};

use crate::terminal::warn;

/// The state of a run that waits in a queue.
const QUEUED: &str = "queued";

/// All names of states, in the order in which they are counted.
pub(crate) const STATES: [&str; RunState::NAMES.len() + 1] = {
    let [done, running, partial, pending, failed, blocked] = RunState::NAMES;
    [done, running, QUEUED, partial, pending, failed, blocked]
};

/// What is in the queue of the jobs submitted for this folder; a queue that cannot be asked is told of on stderr.
pub(crate) fn queue_of(store: &Store) -> Queue {
    match Queue::of_folder(store) {
        Ok(queue) => queue.unwrap_or_default(),
        Err(error) => {
            warn(&format!("{error}; runs are shown as their files say"));
            Queue::default()
        }
    }
}

/// The run's place in the queue, unless its result is there and the place no longer matters.
fn place<'a>(run: &Run, state: &RunState, queue: &'a Queue) -> Option<&'a Element> {
    queue.get(&run.id).filter(|_| *state != RunState::Done)
}

/// One word for where a run stands. A process at work says more than a place in the queue.
pub(crate) fn word(run: &Run, state: &RunState, queue: &Queue) -> &'static str {
    match (state, place(run, state, queue).map(|element| &element.state)) {
        (RunState::Running, _) | (_, None) => state.name(),
        (_, Some(ElementState::Running { .. })) => RunState::Running.name(),
        (_, Some(ElementState::Pending { .. })) => QUEUED,
    }
}

/// A line for each run that has a node, and one for each reason to wait.
pub(crate) fn lines<'a>(
    entries: impl Iterator<Item = (&'a Run, &'a RunState)>,
    queue: &'a Queue,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for (run, state) in entries {
        match place(run, state, queue) {
            Some(Element {
                job,
                index,
                state: ElementState::Running { node },
            }) => lines.push(format!("running {}: job {job}_{index} on {node}", run.id)),
            Some(Element {
                state: ElementState::Pending { reason },
                ..
            }) => *waiting.entry(reason).or_default() += 1,
            None => {}
        }
    }
    let reasons = waiting
        .iter()
        .map(|(reason, count)| format!("{QUEUED} {count}: {reason}"));
    lines.extend(reasons);
    lines
}

/// Job, node and reason to wait, as fields of the run's JSON object; null for a run that is in no queue.
pub(crate) fn json_of(run: &Run, state: &RunState, queue: &Queue) -> Value {
    place(run, state, queue).map_or(Value::Null, |element| {
        let (node, waits_for) = match &element.state {
            ElementState::Running { node } => (Some(node), None),
            ElementState::Pending { reason } => (None, Some(reason)),
        };
        json!({
            "job": format!("{}_{}", element.job, element.index),
            "node": node,
            "waits_for": waits_for,
        })
    })
}
