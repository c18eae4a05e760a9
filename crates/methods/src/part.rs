//! Progress of a run that does the same several times.

use crate::progress::{Progress, ProgressReport};

/// One of several equal parts of a run, in the count of the whole.
pub(crate) struct Part<'p> {
    /// Takes the reports of the whole run.
    pub(crate) whole: &'p mut dyn Progress,
    /// Parts done before.
    pub(crate) part: u64,
    /// Parts in all.
    pub(crate) parts: u64,
}

impl Progress for Part<'_> {
    fn report(&mut self, update: &ProgressReport) {
        self.whole.report(&ProgressReport {
            done: self.part * update.total + update.done,
            total: self.parts * update.total,
            ..update.clone()
        });
    }
}
