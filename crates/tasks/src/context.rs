//! What the rooms of a run share: its job, its task, and whether it was asked to stop.

use methods::Job;

use crate::interruption::Interruption;
use crate::learning::Learning;

/// Of one run.
pub(crate) struct Context<'a, L: Learning> {
    pub(crate) job: &'a Job<'a>,
    pub(crate) learning: L,
    pub(crate) interruption: &'a Interruption,
}
