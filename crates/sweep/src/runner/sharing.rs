//! How the machine is shared out between runs: threads, memory, accelerators.

use std::collections::HashMap;

use super::memory::Memory;
use super::process::Process;
use super::{Stage, Work};
use crate::plan::Run;

/// Runs of a method that are asked for the memory they held: all do the same work.
const ENOUGH_PEAKS: usize = 8;

/// What there is to share out, and what a run asks for at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// Processor cores.
    pub cores: usize,
    /// Threads that a run has at least.
    pub threads: usize,
    /// Whether a run may have more threads where cores are idle: only if its bytes do not depend on them.
    pub spare_threads: bool,
    /// Names of the accelerators, as their driver takes them; empty on a CPU.
    pub accelerators: Vec<String>,
    /// First guess of what a run needs, in MiB; 0 where memory is not looked at.
    pub memory_mib: u64,
}

impl Resources {
    /// Threads of each of so many runs side by side.
    pub fn threads_of(&self, side_by_side: usize) -> usize {
        if self.spare_threads {
            self.threads.max(self.cores / side_by_side.max(1))
        } else {
            self.threads
        }
    }
}

/// What one run gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Threads.
    pub threads: usize,
    /// The accelerator that it has to itself, or shares where there are more runs than accelerators.
    pub accelerator: Option<String>,
}

/// Whether one more run may be started.
#[derive(Debug, PartialEq, Eq)]
enum Admission {
    /// With this share.
    Yes(Share),
    /// It is the only one, and memory may not suffice.
    Tight(Share, String),
    /// Not before another run has ended.
    Later(String),
}

/// Shares out the machine.
#[derive(Debug)]
pub(super) struct Sharing<'a> {
    resources: &'a Resources,
    jobs: usize,
    memory: Memory,
}

impl<'a> Sharing<'a> {
    pub(super) fn new(resources: &'a Resources, jobs: usize) -> Self {
        Self {
            resources,
            jobs,
            memory: Memory::new(resources.memory_mib),
        }
    }

    /// Whether a run of `method` may be started beside those at work, with `left` runs that are neither ended nor
    /// blocked, this one and those at work among them.
    fn admit(&mut self, method: &'static str, active: &[Process], left: usize) -> Admission {
        let need = self.memory.need(method);
        let side_by_side = self.jobs.min(left).max(1);
        if need == 0 || self.resources.memory_mib == 0 {
            return Admission::Yes(self.share(active, side_by_side));
        }
        let held: Vec<(u32, u64)> = active
            .iter()
            .map(|process| (process.id(), self.memory.need(process.method)))
            .collect();
        let Some(free) = self.memory.free(&held) else {
            return Admission::Yes(self.share(active, side_by_side));
        };
        // Those at work, and as many more as memory allows.
        let fitting = active.len() + usize::try_from(free / need).unwrap_or(usize::MAX);
        let share = self.share(active, side_by_side.min(fitting).max(1));
        if free >= need {
            return Admission::Yes(share);
        }
        let short = format!("a run of {method} needs about {need} MiB of memory and {free} MiB are free");
        if active.is_empty() {
            Admission::Tight(share, format!("{short}; it is started all the same, alone"))
        } else {
            Admission::Later(format!("{short}; it is started when another run has ended"))
        }
    }

    fn share(&self, active: &[Process], side_by_side: usize) -> Share {
        let accelerators = &self.resources.accelerators;
        let taken = |name: &&String| {
            active
                .iter()
                .filter(|process| process.accelerator.as_ref() == Some(*name))
                .count()
        };
        Share {
            threads: self.resources.threads_of(side_by_side),
            accelerator: accelerators.iter().min_by_key(taken).cloned(),
        }
    }
}

impl Work<'_> {
    /// What runs held that were done before, a few of each method.
    pub(super) fn learn_memory(&mut self) {
        let mut looked_at: HashMap<&'static str, usize> = HashMap::new();
        for (position, run) in self.runner.plan.runs().iter().enumerate() {
            let count = looked_at.entry(run.method.name).or_default();
            if self.stages[position] == Stage::Done && *count < ENOUGH_PEAKS {
                *count += 1;
                self.learn_from(run);
            }
        }
    }

    pub(super) fn learn_from(&mut self, run: &Run) {
        let provenance = self.runner.store.run(&run.id).provenance();
        if let Some(peak) = provenance.and_then(|provenance| provenance.peak_memory_mib) {
            self.sharing.memory.learn(run.method.name, peak);
        }
    }

    /// What a run of the method gets, unless it has to wait for memory.
    pub(super) fn admitted(&mut self, method: &'static str) -> Option<Share> {
        let is_left = |stage: &&Stage| matches!(stage, Stage::Waiting | Stage::Active);
        let left = self.stages.iter().filter(is_left).count();
        let (share, shortage) = match self.sharing.admit(method, &self.active, left) {
            Admission::Yes(share) => (Some(share), None),
            Admission::Tight(share, shortage) => (Some(share), Some(shortage)),
            Admission::Later(shortage) => (None, Some(shortage)),
        };
        if let Some(shortage) = shortage
            && !std::mem::replace(&mut self.told_of_memory, true)
        {
            self.display.warn(&shortage);
        }
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources() -> Resources {
        Resources {
            cores: 16,
            threads: 1,
            spare_threads: true,
            accelerators: Vec::new(),
            memory_mib: 0,
        }
    }

    fn threads(resources: &Resources, jobs: usize, left: usize) -> usize {
        match Sharing::new(resources, jobs).admit("dense", &[], left) {
            Admission::Yes(share) => share.threads,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cores_are_shared_out_between_the_runs_that_are_left() {
        let mut resources = resources();
        assert_eq!(threads(&resources, 16, 100), 1);
        assert_eq!(threads(&resources, 5, 100), 3);
        assert_eq!(threads(&resources, 16, 2), 8);
        resources.threads = 6;
        assert_eq!(threads(&resources, 16, 100), 6);
        resources.spare_threads = false;
        assert_eq!(threads(&resources, 1, 1), 6);
    }

    #[test]
    fn a_run_for_which_memory_does_not_suffice_is_started_alone_and_said_so() {
        let mut resources = resources();
        resources.memory_mib = u64::MAX / 4;
        let admission = Sharing::new(&resources, 4).admit("dense", &[], 10);
        let Admission::Tight(share, text) = admission else {
            println!("skipped: this system does not tell its free memory");
            return;
        };
        assert_eq!(share.threads, 16);
        assert!(text.contains("a run of dense needs about"), "{text}");
    }
}
