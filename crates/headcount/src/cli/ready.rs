//! Names of runs that can be started now, for launchers that know nothing of plans.

use anyhow::Result;
use sweep::RunState;

use super::work::Planned;
use super::{ALL_DONE, print};

/// One name a line: selected runs that are neither done, at work nor failed, and whose base is done.
pub(super) fn show_ready(planned: &Planned) -> Result<u8> {
    let is_done = |id| {
        let position = planned.plan.position(id);
        position.is_some_and(|position| planned.status.states[position] == RunState::Done)
    };
    let mut text = String::new();
    for (run, state) in planned.entries() {
        let is_left = matches!(state, RunState::Pending | RunState::Partial);
        if is_left && run.starts_from.as_ref().is_none_or(is_done) {
            text.push_str(&format!("{}\n", run.id));
        }
    }
    if !text.is_empty() {
        print(&text)?;
    }
    Ok(ALL_DONE)
}
