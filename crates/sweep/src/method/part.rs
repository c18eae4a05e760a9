//! Progress of a run that does the same several times.

use crate::job::{Progress, Update};

/// One of several equal parts of a run, in the count of the whole.
pub(super) struct Part<'p> {
    /// Takes the reports of the whole run.
    pub(super) whole: &'p mut dyn Progress,
    /// Parts done before.
    pub(super) part: u64,
    /// Parts in all.
    pub(super) parts: u64,
}

impl Progress for Part<'_> {
    fn report(&mut self, update: &Update) {
        self.whole.report(&Update {
            done: self.part * update.total + update.done,
            total: self.parts * update.total,
            ..update.clone()
        });
    }
}
