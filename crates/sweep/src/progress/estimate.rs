//! How long a sweep still takes, from the runs that ended and how far the others are.

use std::collections::BTreeMap;
use std::time::Duration;

/// A run in progress.
pub(crate) struct Running {
    pub(crate) method: &'static str,
    pub(crate) elapsed: Duration,
    /// Share of the run that is done.
    pub(crate) fraction: f64,
}

/// Below this share of a run its pace says little.
const TOO_EARLY: f64 = 0.02;

/// Time that runs took, by method.
#[derive(Debug, Default)]
pub(crate) struct Estimate {
    ended: BTreeMap<&'static str, (Duration, u32)>,
}

impl Estimate {
    pub(crate) fn add(&mut self, method: &'static str, wall: Duration) {
        let entry = self.ended.entry(method).or_default();
        entry.0 += wall;
        entry.1 += 1;
    }

    /// Time left with so many runs side by side: a method's runs take as long as those that ended, else as its
    /// running ones will, else as the mean of the other methods.
    pub(crate) fn left<'a>(
        &self,
        waiting: impl Iterator<Item = &'a str>,
        running: &[Running],
        jobs: usize,
    ) -> Option<Duration> {
        let mut cost: BTreeMap<&str, Duration> = BTreeMap::new();
        for run in running.iter().filter(|run| run.fraction > TOO_EARLY) {
            cost.insert(run.method, run.elapsed.div_f64(run.fraction));
        }
        for (method, (wall, count)) in &self.ended {
            cost.insert(method, *wall / *count);
        }
        let known = u32::try_from(cost.len()).ok().filter(|&count| count > 0)?;
        let mean = cost.values().sum::<Duration>() / known;
        let of = |method: &str| cost.get(method).copied().unwrap_or(mean);
        let begun = running.iter().map(|run| {
            let whole = if run.fraction > TOO_EARLY {
                run.elapsed.div_f64(run.fraction)
            } else {
                of(run.method)
            };
            whole.saturating_sub(run.elapsed)
        });
        let begun: Vec<Duration> = begun.collect();
        let work = begun.iter().sum::<Duration>() + waiting.map(of).sum::<Duration>();
        let longest = begun.into_iter().max().unwrap_or_default();
        Some((work / u32::try_from(jobs.max(1)).unwrap_or(u32::MAX)).max(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn knows_nothing_at_first() {
        let running = [Running {
            method: "dense",
            elapsed: seconds(5),
            fraction: 0.0,
        }];
        assert_eq!(Estimate::default().left(["dense"].into_iter(), &running, 1), None);
    }

    #[test]
    fn ended_runs_speak_for_their_method() {
        let mut estimate = Estimate::default();
        estimate.add("dense", seconds(100));
        estimate.add("random", seconds(8));
        estimate.add("random", seconds(12));
        let running = [Running {
            method: "dense",
            elapsed: seconds(50),
            fraction: 0.25,
        }];
        // 150 s of the running one, 2 x 10 s random, (100 + 10) / 2 for a method not seen.
        let left = estimate.left(["random", "random", "dsp-joint"].into_iter(), &running, 1);
        assert_eq!(left, Some(seconds(150 + 20 + 55)));
        let left = estimate.left(["random", "random", "dsp-joint"].into_iter(), &running, 2);
        assert_eq!(left, Some(seconds(150)));
    }
}
