//! A task that trains nothing and counts what a method asks of it.

use std::path::Path;

use experiment::{Experiment, Keep};
use heads::HeadGrid;
use methods::{
    Answers, Attention, Candidate, Derivatives, ExecuteError, Fit, Gates, Progress, ProgressReport, Split,
    Task, Trained, Unit, Worth, the_choice, updates_within,
};
use records::costs::{Facts, Kind};
use records::{MASK_FILE, Measured, write_mask};

/// Added to the parameters of a gate, so that a search for a number of heads does not end before its last trial.
const OUT_OF_REACH: f64 = 1e3;

/// What a run does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    steps: [u64; Kind::ALL.len()],
    /// Answers that it stores.
    pub answers: u64,
    /// Whether it leaves its whole model.
    pub leaves_model: bool,
    /// Heads that are gone from the removed model that it leaves; none where it leaves none.
    pub removed_heads: Option<usize>,
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

/// Hears nothing.
pub(super) struct Silence;

impl Progress for Silence {
    fn report(&mut self, _: &ProgressReport) {}
}

/// A task that only counts.
pub(super) struct Counting<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) method: &'static str,
    pub(super) facts: &'a Facts,
    pub(super) grid: HeadGrid,
    /// Whether the run leaves its whole model.
    pub(super) keeps_model: bool,
    /// Where a choice of heads is left for the runs that start from it.
    pub(super) folder: &'a Path,
    pub(super) work: Work,
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
        self.work.leaves_model = self.keeps_model;
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

    fn attention(
        &mut self,
        on: Split<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Attention, ExecuteError> {
        let examples = self.worth(on, gates, examples)?.examples;
        let made_up: Vec<f64> = (1..=gates.len()).map(|head| head as f64).collect();
        Ok(Attention {
            entropy: made_up.clone(),
            largest: made_up,
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
        if let Some(mask) = the_choice(candidates) {
            let gone = mask.total() - mask.kept();
            self.work.removed_heads = (gone > 0 && self.experiment.store.removed).then_some(gone);
        }
        if let Some(mask) = chosen {
            let row = |flags: &[bool]| flags.iter().map(|&kept| u8::from(kept)).collect();
            let rows: Vec<Vec<u8>> = self.grid.cut(mask.flags()).map(row).collect();
            write_mask(&self.folder.join(MASK_FILE), &rows)?;
        }
        Ok(Measured::prepared(self.grid.total()))
    }
}
