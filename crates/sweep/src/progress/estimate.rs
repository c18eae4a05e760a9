//! How long a sweep still takes, from the runs that ended and how far the others are.

use std::collections::BTreeMap;
use std::time::Duration;

use methods::Method;

use crate::plan::Plan;

/// A run in progress.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// Position in the plan.
    pub position: usize,
    /// Time since its process was started.
    pub elapsed: Duration,
    /// Share of the run that is done; 0 where it is not known.
    pub fraction: f64,
}

/// Below this share of a run its pace says little.
const TOO_EARLY: f64 = 0.02;

/// What runs cost, by method, from those that are done: a process's time, as provenance.json has it.
///
/// A run costs the mean of its method. A method of which no run is done costs the mean of the methods that start as it
/// does, from nothing or from another run's model; else the mean of all. Of a run that was interrupted and continued only
/// the last process counts.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    ended: BTreeMap<&'static str, Ended>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Ended {
    seconds: f64,
    count: u32,
    starts_from_nothing: bool,
}

/// What is left of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Time of all runs, one after another.
    pub work: Duration,
    /// Time of the longest chain of runs that start from each other: no number of jobs makes a sweep shorter.
    pub chain: Duration,
}

impl Left {
    /// Time with so many runs side by side: an even share of the work, or the longest chain.
    pub fn with_jobs(&self, jobs: usize) -> Duration {
        let jobs = u32::try_from(jobs.max(1)).unwrap_or(u32::MAX);
        (self.work / jobs).max(self.chain)
    }
}

impl Estimate {
    /// From the times of a plan's runs that are done, in the plan's order.
    pub fn from_walls(plan: &Plan, walls: &[Option<Duration>]) -> Self {
        let mut estimate = Self::default();
        for (run, wall) in plan.runs().iter().zip(walls) {
            if let Some(wall) = wall {
                estimate.add(run.method, *wall);
            }
        }
        estimate
    }

    /// A run of a method took so long.
    pub fn add(&mut self, method: &'static Method, wall: Duration) {
        let ended = self.ended.entry(method.name).or_default();
        ended.seconds += wall.as_secs_f64();
        ended.count += 1;
        ended.starts_from_nothing = method.starts_from.is_none();
    }

    /// What a whole run of a method takes; nothing while no run is done.
    pub fn of(&self, method: &Method) -> Option<Duration> {
        Costs::new(self, std::iter::empty()).map(|costs| duration(costs.of(method)))
    }

    /// Seconds of a whole run of a method by those of its own runs that are done.
    pub fn of_ended(&self, method: &Method) -> Option<f64> {
        let ended = self.ended.get(method.name)?;
        Some(ended.seconds / f64::from(ended.count))
    }

    /// What is left of runs that wait, given by their positions in ascending order, and of those in progress. Nothing
    /// while no run is done or far enough to judge its pace.
    pub fn left(
        &self,
        plan: &Plan,
        waiting: impl Iterator<Item = usize>,
        running: &[Running],
    ) -> Option<Left> {
        let method = |position: usize| plan.runs()[position].method;
        let paced = running.iter().filter_map(|run| {
            let whole = (run.fraction > TOO_EARLY).then(|| run.elapsed.as_secs_f64() / run.fraction)?;
            Some((method(run.position), whole))
        });
        let costs = Costs::new(self, paced)?;
        let mut work = 0.0;
        // When each run ends if every run starts as soon as it can.
        let mut ends = vec![0.0_f64; plan.runs().len()];
        for run in running {
            let elapsed = run.elapsed.as_secs_f64();
            let whole = if run.fraction > TOO_EARLY {
                elapsed / run.fraction
            } else {
                costs.of(method(run.position))
            };
            let left = (whole - elapsed).max(0.0);
            work += left;
            ends[run.position] = left;
        }
        for position in waiting {
            let cost = costs.of(method(position));
            work += cost;
            ends[position] = cost + plan.base(position).map_or(0.0, |base| ends[base]);
        }
        Some(Left {
            work: duration(work),
            chain: duration(ends.into_iter().fold(0.0, f64::max)),
        })
    }
}

/// Seconds that a run of each method takes.
struct Costs {
    /// Of a method, and whether it starts from nothing.
    known: BTreeMap<&'static str, (f64, bool)>,
    mean: f64,
}

impl Costs {
    /// From runs that ended, and for methods of which none did from the pace of those in progress.
    fn new(estimate: &Estimate, paced: impl Iterator<Item = (&'static Method, f64)>) -> Option<Self> {
        let mut known: BTreeMap<_, _> = paced
            .map(|(method, seconds)| (method.name, (seconds, method.starts_from.is_none())))
            .collect();
        for (name, ended) in &estimate.ended {
            let mean = ended.seconds / f64::from(ended.count);
            known.insert(name, (mean, ended.starts_from_nothing));
        }
        let mean = mean(known.values().map(|(seconds, _)| *seconds))?;
        Some(Self { known, mean })
    }

    fn of(&self, method: &Method) -> f64 {
        if let Some((seconds, _)) = self.known.get(method.name) {
            return *seconds;
        }
        let from_nothing = method.starts_from.is_none();
        let alike = self.known.values().filter(|(_, other)| *other == from_nothing);
        mean(alike.map(|(seconds, _)| *seconds)).unwrap_or(self.mean)
    }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.clone().count();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiment::Experiment;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Of one seed: dense, then two numbers of heads of each method.
    fn plan(methods: &[&str]) -> Plan {
        let mut experiment = Experiment::default();
        experiment.sweep.methods = methods.iter().map(|&name| name.to_owned()).collect();
        experiment.sweep.heads = vec![1, 2];
        experiment.sweep.seeds = vec![1];
        experiment.change::<methods::DspSection>(|section| section.cooldown = Some(0.5));
        Plan::new(&experiment, &methods::Methods::known()).unwrap()
    }

    /// Times of the runs of these methods.
    fn walls(plan: &Plan, times: &[(&str, u64)]) -> Vec<Option<Duration>> {
        let of = |name: &str| times.iter().find(|(method, _)| *method == name);
        let runs = plan.runs().iter();
        runs.map(|run| of(run.method.name).map(|(_, count)| seconds(*count)))
            .collect()
    }

    fn waiting<'a>(plan: &'a Plan, methods: &'a [&str]) -> impl Iterator<Item = usize> {
        let runs = plan.runs().iter().enumerate();
        runs.filter(|(_, run)| methods.contains(&run.method.name))
            .map(|(position, _)| position)
    }

    #[test]
    fn knows_nothing_at_first() {
        let plan = plan(&["dense", "random"]);
        let running = [Running {
            position: 0,
            elapsed: seconds(5),
            fraction: 0.0,
        }];
        let estimate = Estimate::default();
        assert_eq!(estimate.left(&plan, waiting(&plan, &["random"]), &running), None);
        assert_eq!(estimate.of(plan.runs()[0].method), None);
    }

    #[test]
    fn runs_cost_what_those_of_their_method_or_kind_did() {
        let plan = plan(&["dense", "dsp-joint", "dsp-pipelined", "ste-pipelined", "random"]);
        let method = |name: &str| {
            plan.runs()
                .iter()
                .find(|run| run.method.name == name)
                .unwrap()
                .method
        };
        let mut estimate = Estimate::default();
        estimate.add(method("dense"), seconds(100));
        // Nothing else starts from another run's model yet.
        assert_eq!(estimate.of(method("random")), Some(seconds(100)));
        estimate.add(method("random"), seconds(8));
        estimate.add(method("random"), seconds(12));
        estimate.add(method("dsp-pipelined"), seconds(20));
        for (name, expected) in [
            ("dense", 100),
            ("dsp-joint", 100),
            ("random", 10),
            ("dsp-pipelined", 20),
            ("ste-pipelined", 15),
        ] {
            assert_eq!(estimate.of(method(name)), Some(seconds(expected)), "{name}");
        }
    }

    #[test]
    fn jobs_share_the_work_but_not_a_chain() {
        let plan = plan(&["dense", "dsp-joint", "random"]);
        let times = [("dense", 100), ("dsp-joint", 60), ("random", 10)];
        let estimate = Estimate::from_walls(&plan, &walls(&plan, &times));
        let all = ["dense", "dsp-joint", "random"];
        let left = estimate.left(&plan, waiting(&plan, &all), &[]).unwrap();
        assert_eq!(
            (left.work, left.chain),
            (seconds(100 + 2 * 60 + 2 * 10), seconds(110))
        );
        assert_eq!(left.with_jobs(1), seconds(240));
        assert_eq!(left.with_jobs(2), seconds(120));
        assert_eq!(left.with_jobs(8), seconds(110));
        // What is done lets what starts from it begin at once.
        let left = estimate.left(&plan, waiting(&plan, &all[1..]), &[]).unwrap();
        assert_eq!((left.work, left.chain), (seconds(140), seconds(60)));
    }

    #[test]
    fn runs_in_progress_speak_for_themselves_and_for_methods_without_another() {
        let plan = plan(&["dense", "random"]);
        let running = [Running {
            position: 0,
            elapsed: seconds(50),
            fraction: 0.25,
        }];
        let random = || waiting(&plan, &["random"]);
        let left = Estimate::default().left(&plan, random(), &running).unwrap();
        assert_eq!(
            (left.work, left.chain),
            (seconds(150 + 2 * 200), seconds(150 + 200))
        );
        let estimate = Estimate::from_walls(&plan, &walls(&plan, &[("dense", 100), ("random", 10)]));
        let left = estimate.left(&plan, random(), &running).unwrap();
        assert_eq!((left.work, left.chain), (seconds(150 + 20), seconds(160)));
        // Where its share is not known, its method tells.
        let unknown = [Running {
            fraction: 0.0,
            ..running[0]
        }];
        let left = estimate.left(&plan, random(), &unknown).unwrap();
        assert_eq!((left.work, left.chain), (seconds(50 + 20), seconds(60)));
    }

    #[test]
    fn times_that_cannot_be_do_no_harm() {
        let plan = plan(&["dense", "random"]);
        let estimate = Estimate::from_walls(&plan, &vec![Some(Duration::MAX); plan.runs().len()]);
        let left = estimate.left(&plan, waiting(&plan, &["dense", "random"]), &[]);
        assert_eq!(left.map(|left| left.work), Some(Duration::MAX));
    }
}
