//! Whether there is memory for one more run.

use std::collections::BTreeMap;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

const MIB: u64 = 1 << 20;

/// MiB that are free on this machine, or inside this container; none where the system does not tell.
pub fn free_memory_mib() -> Option<u64> {
    Memory::new(0).free(&[])
}

/// What runs need and what is free.
#[derive(Debug)]
pub(super) struct Memory {
    system: System,
    /// First guess of what a run needs, in MiB.
    guess: u64,
    /// Largest peak of the runs of a method that ended, in MiB.
    peaks: BTreeMap<&'static str, u64>,
}

impl Memory {
    /// With a first guess in MiB; 0 takes it that there is always enough.
    pub(super) fn new(guess: u64) -> Self {
        Self {
            system: System::new(),
            guess,
            peaks: BTreeMap::new(),
        }
    }

    /// A run of the method held so much at its peak.
    pub(super) fn learn(&mut self, method: &'static str, peak_mib: f64) {
        let peak = self.peaks.entry(method).or_default();
        *peak = (*peak).max(peak_mib.ceil() as u64);
    }

    /// What a run of the method will need, in MiB: as much as the largest that ended, else as the largest of another
    /// method, else as guessed.
    pub(super) fn need(&self, method: &str) -> u64 {
        let known = self.peaks.get(method).or_else(|| self.peaks.values().max());
        known.copied().unwrap_or(self.guess)
    }

    /// MiB that are free and not about to be taken by the processes at work, each given with what it will need; none
    /// where the system does not tell.
    pub(super) fn free(&mut self, active: &[(u32, u64)]) -> Option<u64> {
        self.system.refresh_memory();
        let mut free = self.system.available_memory() / MIB;
        if let Some(limits) = self.system.cgroup_limits() {
            // What a container's page cache holds is given back when it is needed.
            free = free.min(limits.total_memory.saturating_sub(limits.rss) / MIB);
        }
        let pids: Vec<Pid> = active.iter().map(|&(pid, _)| Pid::from_u32(pid)).collect();
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&pids),
            true,
            ProcessRefreshKind::nothing().with_memory(),
        );
        let still_to_take: u64 = active
            .iter()
            .map(|&(pid, need)| {
                let held = self
                    .system
                    .process(Pid::from_u32(pid))
                    .map_or(0, |process| process.memory() / MIB);
                need.saturating_sub(held)
            })
            .sum();
        (free > 0).then(|| free.saturating_sub(still_to_take))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_runs_know_better_than_the_guess() {
        let mut memory = Memory::new(700);
        assert_eq!(memory.need("dense"), 700);
        memory.learn("dense", 99.2);
        memory.learn("dense", 80.0);
        memory.learn("random", 300.0);
        assert_eq!(memory.need("dense"), 100);
        assert_eq!(memory.need("dsp-joint"), 300);
    }

    #[test]
    fn what_runs_have_yet_to_take_is_not_free() {
        let mut memory = Memory::new(0);
        let Some(free) = memory.free(&[]) else {
            println!("skipped: this system does not tell its free memory");
            return;
        };
        // This process holds less than that, so most of it is still to be taken.
        assert_eq!(memory.free(&[(std::process::id(), u64::MAX / 2)]), Some(0));
        assert!(free > 0);
    }
}
