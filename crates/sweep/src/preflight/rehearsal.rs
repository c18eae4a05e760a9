//! A run without its computing: the method does what it does, with a task that trains nothing and counts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use experiment::{Experiment, Keep};
use heads::HeadGrid;
use methods::{
    Answers, Candidate, Derivatives, ExecuteError, Fit, Gates, Job, Progress, ProgressReport, Split, Task,
    Trained, Unit, Worth, updates_within,
};
use records::costs::{Facts, Kind};
use records::{MASK_FILE, Measured, write_mask};

use crate::plan::Plan;

/// Added to the parameters of a gate, so that a search for a number of heads does not end before its last trial.
const OUT_OF_REACH: f64 = 1e3;

/// What a run does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    steps: [u64; Kind::ALL.len()],
    /// Answers that it stores.
    pub answers: u64,
    /// Whether it leaves a model.
    pub leaves_model: bool,
}

impl Work {
    /// How many steps of a kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.steps[kind as usize]
    }

    fn add(&mut self, kind: Kind, count: usize) {
        let steps = &mut self.steps[kind as usize];
        *steps = steps.saturating_add(count as u64);
    }

    /// Updates of any kind.
    pub fn updates(&self) -> u64 {
        self.of(Kind::Update) + self.of(Kind::FrozenUpdate)
    }
}

/// What the runs at these positions of a plan do, in the same order; none for one that cannot be rehearsed.
///
/// The seed of a run does not change what it does, so runs that differ in nothing else are rehearsed once.
///
/// # Errors
/// There is no place for the little files of the rehearsal.
pub fn rehearse(
    experiment: &Experiment,
    plan: &Plan,
    positions: &[usize],
    facts: &Facts,
) -> std::io::Result<Vec<Option<Work>>> {
    let stage = tempfile::Builder::new().prefix("headcount-").tempdir()?;
    let mut company = Company {
        experiment,
        plan,
        facts,
        stage: stage.path(),
        known: HashMap::new(),
    };
    let works = positions.iter().map(|&position| company.play(position).work);
    Ok(works.collect())
}

/// The rehearsals of one plan.
struct Company<'a> {
    experiment: &'a Experiment,
    plan: &'a Plan,
    facts: &'a Facts,
    stage: &'a Path,
    /// By method and point.
    known: HashMap<String, Played>,
}

#[derive(Clone)]
struct Played {
    work: Option<Work>,
    folder: PathBuf,
}

impl Company<'_> {
    fn play(&mut self, position: usize) -> Played {
        let run = &self.plan.runs()[position];
        let name = format!("{}{}", run.method.name, run.point);
        if let Some(played) = self.known.get(&name) {
            return played.clone();
        }
        // What it reads of the runs that it starts from has to be there.
        let mut bases = Vec::new();
        let mut below = self.plan.base(position);
        while let Some(base) = below {
            bases.push((self.plan.runs()[base].method.name, self.play(base).folder));
            below = self.plan.base(base);
        }
        let folder = self.stage.join(self.known.len().to_string());
        let work = self.work(position, &folder, bases);
        let played = Played { work, folder };
        self.known.insert(name, played.clone());
        played
    }

    fn work(&self, position: usize, folder: &Path, bases: Vec<(&'static str, PathBuf)>) -> Option<Work> {
        let run = &self.plan.runs()[position];
        std::fs::create_dir_all(folder).ok()?;
        let job = Job {
            experiment: self.experiment,
            method: run.method,
            point: &run.point,
            seed: run.seed,
            key: &run.key,
            folder,
            bases,
            device: "",
            threads: 1,
        };
        let mut task = Counting {
            experiment: self.experiment,
            method: run.method.name,
            facts: self.facts,
            grid: self.experiment.grid().ok()?,
            folder,
            work: Work::default(),
        };
        (run.method.run)(&job, &mut task, &mut Silence).ok()?;
        Some(task.work)
    }
}

struct Silence;

impl Progress for Silence {
    fn report(&mut self, _: &ProgressReport) {}
}

/// A task that only counts.
struct Counting<'a> {
    experiment: &'a Experiment,
    method: &'static str,
    facts: &'a Facts,
    grid: HeadGrid,
    folder: &'a Path,
    work: Work,
}

impl Task for Counting<'_> {
    fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        updates_within(self.facts.updates_per_epoch, epochs, updates)
    }

    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        Ok(())
    }

    fn take_saved(&mut self, _: &Path) -> Result<(), ExecuteError> {
        Ok(())
    }

    fn train(&mut self, fit: Fit, _: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        std::fs::create_dir_all(&fit.folder).map_err(ExecuteError::caused_by)?;
        let kind = match fit.weights {
            Some(_) => Kind::Update,
            None => Kind::FrozenUpdate,
        };
        self.work.add(kind, fit.updates);
        let select = &self.experiment.select;
        if select.keep(self.method) == Keep::Best {
            let looks = fit.updates.div_ceil(select.every.max(1));
            self.work
                .add(Kind::Look, looks.saturating_mul(self.facts.look_examples));
        }
        let start = |gate: &methods::GateFit| -> Vec<f64> {
            gate.gate
                .importances()
                .iter()
                .map(|parameter| parameter + OUT_OF_REACH)
                .collect()
        };
        Ok(Trained {
            parameters: fit.gate.as_ref().map_or(Vec::new(), start),
            ..Trained::default()
        })
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        self.work.leaves_model = true;
        Ok(())
    }

    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        _: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        let all = self.facts.updates_per_epoch;
        let kind = match request.unit {
            Unit::Batch => Kind::Batch,
            Unit::Example => Kind::ExampleBatch,
            Unit::Position => Kind::PositionBatch,
        };
        self.work
            .add(kind, request.batches.map_or(all, |batches| batches.min(all)));
        // Any numbers that differ, so that one head is the least important.
        let made_up: Vec<f64> = (1..=request.gates.len()).map(|head| head as f64).collect();
        add(&made_up, 1);
        Ok(())
    }

    fn score(&mut self, _: Option<&[f64]>) -> Result<f64, ExecuteError> {
        self.work.add(Kind::Look, self.facts.look_examples);
        Ok(0.0)
    }

    fn splits(&self) -> Vec<String> {
        self.facts.examples.keys().cloned().collect()
    }

    fn worth(&mut self, on: Split<'_>, _: &[f64], examples: Option<usize>) -> Result<Worth, ExecuteError> {
        let all = match on {
            Split::Tuning => self.facts.look_examples,
            Split::Reported(split) => self.facts.examples.get(split).copied().unwrap_or(0),
        };
        let examples = examples.map_or(all, |examples| examples.min(all));
        self.work.add(Kind::Example, examples);
        Ok(Worth {
            loss: 0.0,
            accuracy: None,
            examples,
        })
    }

    fn cost(&self) -> u64 {
        0
    }

    fn add_cost(&mut self, _: u64) {}

    fn measure(&mut self, candidates: &[Candidate], _: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        let examples: usize = self.facts.examples.values().sum();
        self.work
            .add(Kind::Example, candidates.len().saturating_mul(examples));
        let is_stored = |candidate: &&Candidate| {
            matches!(candidate.gates, Gates::Hard(_)) && candidate.answers == Answers::Stored
        };
        let stored = candidates.iter().filter(is_stored).count();
        self.work.answers += stored.saturating_mul(examples) as u64;
        // Runs that train further under the mask of this one read it.
        let chosen = candidates.iter().find_map(|candidate| match &candidate.gates {
            Gates::Hard(mask) => Some(mask),
            Gates::Soft { .. } => None,
        });
        if let Some(mask) = chosen {
            let row = |flags: &[bool]| flags.iter().map(|&kept| u8::from(kept)).collect();
            let rows: Vec<Vec<u8>> = self.grid.cut(mask.flags()).map(row).collect();
            write_mask(&self.folder.join(MASK_FILE), &rows)?;
        }
        Ok(Measured::prepared(self.grid.total()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiment::SelectSection;
    use methods::{
        DspSection, FisherSection, FisherVariant, Methods, MichelSection, ScoreVariant, ShapleySection,
        VoitaMode, VoitaSection,
    };

    fn facts() -> Facts {
        Facts {
            updates_per_epoch: 100,
            examples: [("matched".to_owned(), 30), ("mismatched".to_owned(), 20)].into(),
            look_examples: 30,
            parameters: 1000,
        }
    }

    /// 3 layers of 4 heads, every method, K = 3.
    fn experiment() -> Experiment {
        let mut experiment = Experiment::default();
        (experiment.model.layers, experiment.model.heads) = (3, 4);
        experiment.train.epochs = Some(2.0);
        experiment.sweep.methods = Methods::known()
            .all()
            .iter()
            .map(|method| method.name.to_owned())
            .collect();
        experiment.sweep.heads = vec![3];
        experiment.sweep.seeds = vec![1, 2];
        experiment.change::<DspSection>(|section| section.cooldown = Some(0.5));
        experiment.change::<MichelSection>(|section| {
            section.heads_per_step = 2;
            section.variants = vec![
                ScoreVariant::BatchAbs,
                ScoreVariant::ExampleAbs,
                ScoreVariant::TokenAbs,
            ];
            section.batches = Some(7);
        });
        experiment.change::<FisherSection>(|section| {
            section.variants = vec![FisherVariant::PerExample, FisherVariant::PerBatch];
        });
        experiment.change::<ShapleySection>(|section| section.permutations = 10);
        experiment
    }

    fn work(experiment: &Experiment, name: &str, variant: Option<&str>) -> Work {
        let plan = Plan::new(experiment, &methods::Methods::known()).unwrap();
        let wanted = |position: &usize| {
            let run = &plan.runs()[*position];
            run.method.name == name && run.point.variant == variant
        };
        let positions: Vec<usize> = (0..plan.runs().len()).filter(wanted).collect();
        let works = rehearse(experiment, &plan, &positions, &facts()).unwrap();
        assert!(
            works.len() >= 2 && works.iter().all(|work| *work == works[0]),
            "{works:?}"
        );
        works[0].unwrap()
    }

    fn steps(work: &Work) -> [u64; 7] {
        Kind::ALL.map(|kind| work.of(kind))
    }

    #[test]
    fn every_method_is_counted_without_saying_a_word_about_its_cost() {
        let experiment = experiment();
        for (name, variant, expected) in [
            ("dense", None, [200, 0, 0, 0, 0, 50, 0]),
            ("dsp-joint", None, [200, 0, 0, 0, 0, 50, 0]),
            ("dsp-pipelined", None, [0, 100, 0, 0, 0, 50, 0]),
            ("ste-joint", None, [200, 0, 0, 0, 0, 50, 0]),
            ("ste-pipelined", None, [0, 100, 0, 0, 0, 50, 0]),
            ("simple-joint", None, [200, 0, 0, 0, 0, 50, 0]),
            // Once under the mask and once under the soft gates.
            ("voita", None, [200, 0, 0, 0, 0, 100, 0]),
            ("voita-pipelined", None, [0, 100, 0, 0, 0, 100, 0]),
            ("voita-finetuned", None, [100, 0, 0, 0, 0, 100, 0]),
            // Twelve heads, two at a step, until one is left.
            ("michel-order", Some("batch-abs"), [0, 0, 6 * 7, 0, 0, 0, 0]),
            ("michel-order", Some("example-abs"), [0, 0, 0, 6 * 7, 0, 0, 0]),
            ("michel-order", Some("token-abs"), [0, 0, 0, 0, 6 * 7, 0, 0]),
            ("michel", Some("batch-abs"), [0, 0, 0, 0, 0, 50, 0]),
            ("fisher-order", Some("per-example"), [0, 0, 0, 100, 0, 0, 0]),
            ("fisher-order", Some("per-batch"), [0, 0, 100, 0, 0, 0, 0]),
            ("fisher", Some("per-example"), [0, 0, 0, 0, 0, 50, 0]),
            // Without heads and with all once, and eleven steps between them for each of ten orders.
            ("shapley-order", None, [0, 0, 0, 0, 0, (2 + 10 * 11) * 30, 0]),
            ("random", None, [0, 0, 0, 0, 0, 500, 0]),
            ("random-joint", None, [200, 0, 0, 0, 0, 50, 0]),
            ("random-finetuned", None, [100, 0, 0, 0, 0, 50, 0]),
            ("michel-finetuned", Some("batch-abs"), [100, 0, 0, 0, 0, 50, 0]),
            ("dsp-finetuned", None, [100, 0, 0, 0, 0, 50, 0]),
            // 4,096 subsets on the tuning split and the two reported ones, and the best of one number of heads.
            ("oracle", None, [0, 0, 0, 0, 0, 4096 * (30 + 50) + 50, 0]),
        ] {
            let work = work(&experiment, name, variant);
            assert_eq!(steps(&work), expected, "{name}");
            let trains_weights = work.of(Kind::Update) > 0;
            assert_eq!(work.leaves_model, trains_weights, "{name}");
        }
    }

    #[test]
    fn no_method_of_the_program_is_forgotten() {
        let experiment = experiment();
        let plan = Plan::new(&experiment, &methods::Methods::known()).unwrap();
        let positions: Vec<usize> = (0..plan.runs().len()).collect();
        let works = rehearse(&experiment, &plan, &positions, &facts()).unwrap();
        for (run, work) in plan.runs().iter().zip(works) {
            let work = work.unwrap_or_else(|| panic!("{} cannot be rehearsed", run.id));
            assert!(steps(&work).iter().sum::<u64>() > 0, "{}", run.id);
        }
    }

    #[test]
    fn a_search_is_counted_to_its_last_trial_and_looks_by_their_number() {
        let mut experiment = experiment();
        experiment.change::<VoitaSection>(|section| {
            section.mode = VoitaMode::Search;
            section.search_runs = 4;
        });
        experiment.train.updates = Some(90);
        experiment.select = SelectSection {
            model: Keep::Best,
            every: 40,
            ..SelectSection::default()
        };
        // Looks after 40, 80 and 90 updates, of 30 examples each.
        assert_eq!(
            steps(&work(&experiment, "voita", None)),
            [4 * 90, 0, 0, 0, 0, 100, 4 * 3 * 30]
        );
        assert_eq!(
            steps(&work(&experiment, "dense", None)),
            [90, 0, 0, 0, 0, 50, 3 * 30]
        );
    }
}
