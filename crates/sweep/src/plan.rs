//! The graph of runs of an experiment, in the order in which they are started.

use std::collections::HashMap;
use std::sync::Arc;

use experiment::{Canonical, Experiment, MethodConfig, Point, RECIPE_VERSION, RunConfig, nearest};
use methods::{Method, Methods};
use records::{RunId, RunIdentity, RunKey};

use crate::SweepError;
use crate::spread::spread;

/// One training or evaluation.
#[derive(Debug, Clone)]
pub struct Run {
    /// Name of its folder.
    pub id: RunId,
    /// The method.
    pub method: &'static Method,
    /// Which of the method's runs.
    pub point: Point,
    /// Decides start weights, order, dropout and gate noise.
    pub seed: u64,
    /// Hash of the config.
    pub key: RunKey,
    /// The run whose model it starts from.
    pub starts_from: Option<RunId>,
    /// Everything that decides its numbers.
    pub config: RunConfig,
}

impl Run {
    /// What its result says of it.
    pub fn identity(&self) -> RunIdentity {
        RunIdentity {
            id: self.id.clone(),
            key: self.key.clone(),
            method: self.method.name.to_owned(),
            k: self.point.k,
            variant: self.point.variant.map(str::to_owned),
            lambda: self.point.lambda,
            seed: self.seed,
            recipe_version: RECIPE_VERSION,
        }
    }
}

/// All runs of an experiment; a run stands after the one it starts from.
#[derive(Debug)]
pub struct Plan {
    runs: Vec<Run>,
    /// For each run, the position of the one that it starts from.
    bases: Vec<Option<usize>>,
    index: HashMap<RunId, usize>,
}

impl Plan {
    /// Plans an experiment that [`load`](experiment::load) has checked. Runs from which others start come
    /// first, whether asked for or not; then all methods of the first seed, its settings spread from both ends
    /// inwards, so that a first figure with every method is there early.
    pub fn new(experiment: &Experiment, methods: &Methods) -> Result<Self, SweepError> {
        let asked: Vec<&'static Method> = experiment
            .sweep
            .methods
            .iter()
            .filter_map(|name| methods.find(name))
            .collect();
        let is_first = |candidate: &Method| {
            let needed = |method: &&'static Method| method.bases().any(|base| base.name == candidate.name);
            candidate.starts_from.is_none()
                && (asked.iter().any(needed)
                    || asked.iter().any(|method| {
                        method.name == candidate.name && (method.points)(experiment) == [Point::default()]
                    }))
        };
        let mut building = Building {
            experiment,
            canonical: Canonical::new(experiment)?,
            configs: HashMap::new(),
            plan: Self {
                runs: Vec::new(),
                bases: Vec::new(),
                index: HashMap::new(),
            },
            wholes: HashMap::new(),
        };
        for &first in methods.all().iter().filter(|candidate| is_first(candidate)) {
            for &seed in &experiment.sweep.seeds {
                building.add(first, Point::default(), seed);
            }
        }
        let points: Vec<(&'static Method, Vec<Point>)> = asked
            .into_iter()
            .map(|method| (method, spread((method.points)(experiment))))
            .collect();
        let longest = points.iter().map(|(_, points)| points.len()).max().unwrap_or(0);
        for &seed in &experiment.sweep.seeds {
            for round in 0..longest {
                for (method, points) in &points {
                    if let Some(point) = points.get(round) {
                        building.add(method, point.clone(), seed);
                    }
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

    /// Position of the run that the run at a position starts from.
    pub fn base(&self, position: usize) -> Option<usize> {
        self.bases[position]
    }

    /// The run that a run starts from.
    pub fn base_of(&self, run: &Run) -> Option<&Run> {
        run.starts_from
            .as_ref()
            .and_then(|id| self.position(id))
            .map(|position| &self.runs[position])
    }

    /// Whether a run starts from this one.
    pub fn is_base(&self, run: &Run) -> bool {
        self.runs
            .iter()
            .any(|other| other.starts_from.as_ref() == Some(&run.id))
    }

    /// For each run, how many runs must be done before it, one after another; 0 for those that start from nothing.
    pub fn levels(&self) -> Vec<usize> {
        let mut levels: Vec<usize> = Vec::with_capacity(self.runs.len());
        for base in &self.bases {
            levels.push(base.map_or(0, |base| levels[base] + 1));
        }
        levels
    }

    /// The run of this name.
    ///
    /// # Errors
    /// There is none; the error names the nearest.
    pub fn find(&self, id: &str) -> Result<&Run, SweepError> {
        self.position(&RunId::new(id))
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

/// Method, variant, factor, K, seed and the first digits of the key.
fn id_of(method: &Method, point: &Point, digits: usize, seed: u64, key: &RunKey) -> RunId {
    let variant = point.variant.map(|variant| format!("{variant}-"));
    let lambda = point.lambda.map(|lambda| format!("l{lambda}-"));
    let k = point.k.map(|k| format!("k{k:0digits$}-"));
    let parts: String = [variant, lambda, k].into_iter().flatten().collect();
    RunId::new(format!("{}-{parts}s{seed}-{}", method.name, key.short()))
}

struct Building<'a> {
    experiment: &'a Experiment,
    canonical: Canonical,
    configs: HashMap<&'static str, Arc<MethodConfig>>,
    plan: Plan,
    /// Runs that others may start from: those that aim at no number of heads.
    wholes: HashMap<(&'static str, Option<&'static str>, u64), usize>,
}

impl Building<'_> {
    /// Adds a run, after the run that it starts from, and gives its position; a run that is there stays as it is.
    fn add(&mut self, method: &'static Method, point: Point, seed: u64) -> usize {
        let whole = (method.name, point.variant, seed);
        if point.k.is_none()
            && point.lambda.is_none()
            && let Some(&position) = self.wholes.get(&whole)
        {
            return position;
        }
        let base = method.starts_from.map(|base| {
            let has_variant = (base.points)(self.experiment)
                .iter()
                .any(|of_base| of_base.variant.is_some() && of_base.variant == point.variant);
            let of_base = Point {
                variant: point.variant.filter(|_| has_variant),
                k: point.k.filter(|_| method.same_heads),
                ..Point::default()
            };
            self.add(base, of_base, seed)
        });
        let base_position = base;
        let base = base.map(|position| &self.plan.runs[position]);
        let (canonical, experiment) = (&self.canonical, self.experiment);
        let of_method = (self.configs.entry(method.name))
            .or_insert_with(|| Arc::new(canonical.of_method(experiment, method.name, method.decisive)));
        let config = RunConfig::new(of_method, &point, seed, base.map(|run| &run.key));
        let key = config.key();
        let digits = experiment.n_heads().to_string().len().max(2);
        let id = id_of(method, &point, digits, seed, &key);
        if let Some(position) = self.plan.position(&id) {
            // Another run that starts from it has asked for it before.
            return position;
        }
        let starts_from = base.map(|run| run.id.clone());
        let position = self.plan.runs.len();
        self.plan.bases.push(base_position);
        if point.k.is_none() && point.lambda.is_none() {
            self.wholes.insert(whole, position);
        }
        self.plan.index.insert(id.clone(), position);
        self.plan.runs.push(Run {
            id,
            method,
            point,
            seed,
            key,
            starts_from,
            config,
        });
        position
    }
}

#[cfg(test)]
mod tests {
    use files::Hint;

    use methods::DspSection;

    use super::*;

    fn experiment() -> Experiment {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![1, 2, 3, 6, 9];
        experiment.sweep.seeds = vec![1, 2];
        experiment.change::<DspSection>(|section| section.cooldown = Some(0.5));
        experiment
    }

    fn keys(experiment: &Experiment, method: &str) -> Vec<RunKey> {
        let plan = Plan::new(experiment, &Methods::known()).unwrap();
        plan.runs()
            .iter()
            .filter(|run| run.method.name == method)
            .map(|run| run.key.clone())
            .collect()
    }

    #[test]
    fn dense_runs_come_first_even_unasked() {
        let mut experiment = experiment();
        experiment.sweep.methods = vec!["dsp-joint".into(), "random".into()];
        let plan = Plan::new(&experiment, &Methods::known()).unwrap();
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
            assert_eq!(
                plan.base(position).map(|at| &plan.runs()[at].id),
                run.starts_from.as_ref()
            );
            assert_eq!(plan.levels()[position], usize::from(base.is_some()));
        }
    }

    #[test]
    fn keys_depend_on_the_sections_that_matter_only() {
        let before = experiment();
        let mut dsp = before.clone();
        dsp.change::<DspSection>(|section| section.tau_start = 10.0);
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
        unrelated.slurm.partition = Some("gpu".into());
        unrelated.slurm.setup.push("module load cuda".into());
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
        let plan = Plan::new(&experiment(), &Methods::known()).unwrap();
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
        let plan = Plan::new(&experiment, &Methods::known()).unwrap();
        assert_eq!(plan.runs().len(), 2 * 50 * 100 + 50);
        assert_eq!(plan.index.len(), plan.runs().len());
    }
}
