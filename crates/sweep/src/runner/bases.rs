//! Before a run is started, the results that it starts from are looked at: one that is damaged is made anew first.

use std::iter::successors;

use records::ResultFile;

use super::{Stage, Work};
use crate::plan::Plan;
use crate::store::RunState;

/// The runs whose results have been looked at, and those that were done anew because of that, by their positions.
pub(super) struct Bases {
    whole: Vec<bool>,
    repeated: Vec<bool>,
}

impl Bases {
    pub(super) fn new(runs: usize) -> Self {
        Self {
            whole: vec![false; runs],
            repeated: vec![false; runs],
        }
    }
}

/// The runs that a run starts from, the nearest first.
pub(super) fn bases_of(plan: &Plan, position: usize) -> impl Iterator<Item = usize> + '_ {
    successors(plan.base(position), |&base| plan.base(base))
}

impl Work<'_> {
    /// Whether the files of all that a run starts from are as they were stored. Each is read once in a sweep; one that is
    /// not has to be done anew from here on.
    pub(super) fn bases_are_whole(&mut self, position: usize) -> bool {
        let plan = self.runner.plan;
        bases_of(plan, position).all(|base| {
            if self.bases.whole[base] {
                return true;
            }
            let run = &plan.runs()[base];
            match self.runner.store.run(&run.id).check_as_base(run) {
                Ok(()) => self.bases.whole[base] = true,
                Err(reason) => self.repeat(base, reason),
            }
            self.bases.whole[base]
        })
    }

    /// Whether all that a run starts from still has its result: its process finds damage that came later than ours.
    pub(super) fn bases_have_results(&mut self, position: usize) -> bool {
        let plan = self.runner.plan;
        bases_of(plan, position).all(|base| {
            let run = &plan.runs()[base];
            let there = matches!(self.runner.store.run(&run.id).result(run), ResultFile::Valid(_));
            if !there && self.stages[base] == Stage::Done {
                self.repeat(base, "its result is gone".to_owned());
            }
            there
        })
    }

    fn repeat(&mut self, base: usize, reason: String) {
        let run = &self.runner.plan.runs()[base];
        self.display.warn(&format!("{}: {reason}", run.id));
        self.stages[base] = match self.runner.store.run(&run.id).state(run).0 {
            RunState::Running => Stage::Elsewhere,
            RunState::Partial | RunState::Pending if !self.bases.repeated[base] => Stage::Waiting,
            // What cannot be put right here, or did not last, is for a person to look at.
            _ => Stage::Failed(reason),
        };
        self.bases.whole[base] = false;
        self.bases.repeated[base] = true;
        self.block();
    }
}
