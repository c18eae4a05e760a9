//! The graph of runs of an experiment, in the order in which they are started.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::SweepError;
use crate::experiment::{Canonical, Experiment, RunKey, key_of, nearest};
use crate::method::{METHODS, Method, method};

/// Name of a run and of its folder: method, K, seed and the first digits of its key, as in
/// `dsp-joint-k03-s1-1a2b3c4d`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(String);

impl RunId {
    fn new(method: &Method, k: Option<usize>, digits: usize, seed: u64, key: &RunKey) -> Self {
        let k = k.map(|k| format!("k{k:0digits$}-")).unwrap_or_default();
        Self(format!("{}-{k}s{seed}-{}", method.name, key.short()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One training or evaluation.
#[derive(Debug, Clone)]
pub struct Run {
    /// Name of its folder.
    pub id: RunId,
    /// The method.
    pub method: &'static Method,
    /// Heads to keep; none where the method does not aim at a number.
    pub k: Option<usize>,
    /// Decides start weights, order, dropout and gate noise.
    pub seed: u64,
    /// Hash of the config.
    pub key: RunKey,
    /// The run whose model it starts from.
    pub starts_from: Option<RunId>,
    /// Everything that decides its numbers, as a JSON object.
    pub config: Value,
}

/// All runs of an experiment; a run stands after the one it starts from.
#[derive(Debug)]
pub struct Plan {
    runs: Vec<Run>,
    index: HashMap<RunId, usize>,
}

impl Plan {
    /// Plans an experiment that [`load`](crate::experiment::load) has checked. Runs from which others start come
    /// first, whether asked for or not; then all methods of the first seed, its heads spread from both ends inwards,
    /// so that a first figure with every method is there early.
    pub fn new(experiment: &Experiment) -> Result<Self, SweepError> {
        let canonical = Canonical::new(experiment)?;
        let asked: Vec<&'static Method> = experiment
            .sweep
            .methods
            .iter()
            .filter_map(|name| method(name))
            .collect();
        let is_first = |candidate: &Method| {
            let needed = asked
                .iter()
                .any(|method| method.starts_from == Some(candidate.name));
            needed || (!candidate.per_k && asked.iter().any(|method| method.name == candidate.name))
        };
        let mut building = Building {
            experiment,
            canonical,
            plan: Self {
                runs: Vec::new(),
                index: HashMap::new(),
            },
        };
        for first in METHODS.iter().filter(|candidate| is_first(candidate)) {
            for &seed in &experiment.sweep.seeds {
                building.add(first, None, seed);
            }
        }
        let spread = spread(&experiment.sweep.heads);
        for &seed in &experiment.sweep.seeds {
            for &k in &spread {
                for method in asked.iter().filter(|method| method.per_k) {
                    building.add(method, Some(k), seed);
                }
            }
        }
        Ok(building.plan)
    }

    /// The runs, in the order in which they are started.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Position of a run.
    pub fn position(&self, id: &RunId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The run that a run starts from.
    pub fn base_of(&self, run: &Run) -> Option<&Run> {
        run.starts_from
            .as_ref()
            .and_then(|id| self.position(id))
            .map(|position| &self.runs[position])
    }

    /// The run of this name.
    pub fn find(&self, id: &str) -> Result<&Run, SweepError> {
        self.position(&RunId(id.to_owned()))
            .map(|position| &self.runs[position])
            .ok_or_else(|| SweepError::UnknownRun {
                id: id.to_owned(),
                nearest: self.meant(id).map(str::to_owned),
            })
    }

    /// A name cut short, one whose config has changed since, or one misspelt.
    fn meant(&self, id: &str) -> Option<&str> {
        let names = || self.runs.iter().map(|run| run.id.as_str());
        let without_key = id.rsplit_once('-').map(|(name, _)| format!("{name}-"));
        let begins = |start: &str| names().find(|name| name.starts_with(start));
        begins(id)
            .or_else(|| begins(&without_key?))
            .or_else(|| nearest(id, names()))
    }
}

struct Building<'a> {
    experiment: &'a Experiment,
    canonical: Canonical,
    plan: Plan,
}

impl Building<'_> {
    fn add(&mut self, method: &'static Method, k: Option<usize>, seed: u64) {
        let base = method.starts_from.and_then(|name| {
            self.plan
                .runs
                .iter()
                .find(|run| run.method.name == name && run.seed == seed && run.k.is_none())
        });
        let config = self.canonical.config(method, k, seed, base.map(|run| &run.key));
        let key = key_of(&config);
        let digits = self.experiment.n_heads().to_string().len().max(2);
        let id = RunId::new(method, k, digits, seed, &key);
        let starts_from = base.map(|run| run.id.clone());
        self.plan.index.insert(id.clone(), self.plan.runs.len());
        self.plan.runs.push(Run {
            id,
            method,
            k,
            seed,
            key,
            starts_from,
            config,
        });
    }
}

/// The ends first, then the middle of what lies between, and so on.
fn spread(heads: &[usize]) -> Vec<usize> {
    let mut sorted = heads.to_vec();
    sorted.sort_unstable();
    let Some(last) = sorted.len().checked_sub(1) else {
        return sorted;
    };
    let mut order = vec![0];
    if last > 0 {
        order.push(last);
    }
    let mut gaps = std::collections::VecDeque::from([(0, last)]);
    while let Some((low, high)) = gaps.pop_front() {
        if high - low < 2 {
            continue;
        }
        let middle = low.midpoint(high);
        order.push(middle);
        gaps.extend([(low, middle), (middle, high)]);
    }
    order.into_iter().map(|position| sorted[position]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment() -> Experiment {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![1, 2, 3, 6, 9];
        experiment.sweep.seeds = vec![1, 2];
        experiment.dsp.cooldown = Some(0.5);
        experiment
    }

    fn keys(experiment: &Experiment, method: &str) -> Vec<RunKey> {
        let plan = Plan::new(experiment).unwrap();
        plan.runs()
            .iter()
            .filter(|run| run.method.name == method)
            .map(|run| run.key.clone())
            .collect()
    }

    #[test]
    fn spreads_from_the_ends_inwards() {
        assert_eq!(spread(&[9, 1, 6, 2, 3]), [1, 9, 3, 2, 6]);
        assert_eq!(spread(&[5]), [5]);
        assert_eq!(spread(&[]), [0usize; 0]);
    }

    #[test]
    fn dense_runs_come_first_even_unasked() {
        let mut experiment = experiment();
        experiment.sweep.methods = vec!["dsp-joint".into(), "random".into()];
        let plan = Plan::new(&experiment).unwrap();
        let names: Vec<&str> = plan.runs().iter().map(|run| run.id.as_str()).collect();
        assert_eq!(names.len(), 2 + 2 * 5 * 2);
        let prefixes = [
            "dense-s1-",
            "dense-s2-",
            "dsp-joint-k001-s1-",
            "random-k001-s1-",
            "dsp-joint-k009-s1-",
            "random-k009-s1-",
        ];
        for (name, prefix) in names.iter().zip(prefixes) {
            assert!(name.starts_with(prefix), "{name} does not start with {prefix}");
        }
        for (position, run) in plan.runs().iter().enumerate() {
            let base = plan.base_of(run);
            assert_eq!(base.is_some(), run.method.name == "random");
            if let Some(base) = base {
                assert_eq!(base.seed, run.seed);
                assert!(plan.position(&base.id).unwrap() < position);
            }
        }
    }

    #[test]
    fn keys_depend_on_the_sections_that_matter_only() {
        let before = experiment();
        let mut dsp = before.clone();
        dsp.dsp.tau_start = 10.0;
        assert_eq!(keys(&before, "dense"), keys(&dsp, "dense"));
        assert_eq!(keys(&before, "random"), keys(&dsp, "random"));
        assert!(
            keys(&before, "dsp-joint")
                .iter()
                .all(|key| !keys(&dsp, "dsp-joint").contains(key))
        );
        let mut train = before.clone();
        train.train.batch = 16;
        for method in ["dense", "dsp-joint", "random"] {
            assert!(
                keys(&before, method)
                    .iter()
                    .all(|key| !keys(&train, method).contains(key)),
                "{method}"
            );
        }
        let mut unrelated = before.clone();
        unrelated.name = "other".into();
        unrelated.run.threads = 8;
        unrelated.train.checkpoint_every = 7;
        unrelated.sweep.heads.push(12);
        unrelated.sweep.seeds.push(3);
        for method in ["dense", "dsp-joint", "random"] {
            assert!(
                keys(&before, method)
                    .iter()
                    .all(|key| keys(&unrelated, method).contains(key)),
                "{method}"
            );
        }
    }

    #[test]
    fn unknown_runs_name_the_nearest() {
        let plan = Plan::new(&experiment()).unwrap();
        let id = plan.runs()[0].id.as_str().to_owned();
        for meant in [
            format!("{id}x"),
            "dense-s1-00000000".to_owned(),
            "dense".to_owned(),
            id.replacen('e', "", 1),
        ] {
            let error = plan.find(&meant).unwrap_err();
            assert_eq!(error.hint().unwrap(), format!("did you mean `{id}`?"), "{meant}");
        }
    }

    #[test]
    fn ten_thousand_runs_are_no_burden() {
        let mut experiment = experiment();
        experiment.sweep.heads = (1..=100).collect();
        experiment.sweep.seeds = (1..=50).collect();
        experiment.sweep.methods = vec!["dsp-joint".into(), "random".into()];
        let plan = Plan::new(&experiment).unwrap();
        assert_eq!(plan.runs().len(), 2 * 50 * 100 + 50);
        assert_eq!(plan.index.len(), plan.runs().len());
    }
}
