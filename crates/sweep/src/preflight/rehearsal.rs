//! A run without its computing: the method does what it does, with a task that trains nothing and counts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use experiment::Experiment;
use methods::Job;
use records::costs::Facts;

use super::counting::{Counting, Silence, Work};
use crate::plan::Plan;

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
            is_base: self.plan.is_base(run),
            bases,
            device: "",
            threads: 1,
        };
        let mut task = Counting {
            experiment: self.experiment,
            method: run.method.name,
            facts: self.facts,
            grid: self.experiment.grid().ok()?,
            keeps_model: job.keeps_model(),
            folder,
            work: Work::default(),
        };
        (run.method.run)(&job, &mut task, &mut Silence).ok()?;
        Some(task.work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiment::{Keep, SelectSection};
    use methods::{
        DspSection, FisherSection, FisherVariant, Methods, MichelSection, ScoreVariant, ShapleySection,
        VoitaMode, VoitaSection,
    };
    use records::costs::Kind;

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
            // What it measures is in a file.
            .filter(|method| !method.name.starts_with("scores"))
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
            // Random draws and subsets of the oracle are no choice of a run, and what a penalty leaves is not known before.
            let chooses = !name.ends_with("-order")
                && !matches!(
                    name,
                    "dense" | "random" | "oracle" | "voita" | "voita-pipelined" | "voita-finetuned"
                );
            let gone = work.removed_heads.is_some();
            assert_eq!(gone, chooses, "{name}");
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
