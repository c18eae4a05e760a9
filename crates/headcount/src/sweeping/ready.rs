//! Names of runs that can be started now, for launchers that know nothing of plans.

use sweep::RunState;

use crate::sweeping::planned::Planned;

/// One name a line: selected runs that are neither done, at work nor failed, and whose base is done.
pub(crate) fn render(planned: &Planned) -> String {
    let (plan, states) = (&planned.plan, &planned.status.states);
    let is_ready = |&&position: &&usize| {
        let is_left = matches!(states[position], RunState::Pending | RunState::Partial);
        is_left
            && plan
                .base(position)
                .is_none_or(|base| states[base] == RunState::Done)
    };
    let ready = planned.selected.iter().filter(is_ready);
    ready
        .map(|&position| format!("{}\n", plan.runs()[position].id))
        .collect()
}
