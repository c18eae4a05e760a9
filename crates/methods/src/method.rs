//! What a method is, and what a run of it is executed from.

use std::path::{Path, PathBuf};

use experiment::{Experiment, Finding, Part, Point, SectionType};
use heads::{SeededUniform, derive_seed};
use records::{Measured, RunKey};

use crate::error::ExecuteError;
use crate::progress::Progress;
use crate::task::Task;

/// What a method does with a run.
pub type Training = fn(&Job<'_>, &mut dyn Task, &mut dyn Progress) -> Result<Measured, ExecuteError>;

/// A method, or a stage that several runs of a method start from.
#[derive(Debug)]
pub struct Method {
    /// Name in experiment files, run names and tables.
    pub name: &'static str,
    /// The sections of the experiment file that it brings; several methods may bring the same.
    pub sections: &'static [SectionType],
    /// What of the experiment decides its numbers; what decides the run it starts from needs no mention.
    pub decisive: &'static [Part],
    /// The method or stage whose run with the same seed, and the same variant if it has variants, it starts from.
    pub starts_from: Option<&'static Method>,
    /// Whether it starts from the run of that method that keeps as many heads, and not from the one for all numbers.
    pub same_heads: bool,
    /// Its runs for each seed.
    pub points: fn(&Experiment) -> Vec<Point>,
    /// What its sections must fulfil.
    pub check: fn(&Experiment) -> Result<(), Finding>,
    /// Whether its runs measure anything; a stage only prepares.
    pub measures: bool,
    /// One run.
    pub run: Training,
}

impl Method {
    /// The stages and methods that it starts from, the nearest first.
    pub fn bases(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(self.starts_from, |base| base.starts_from)
    }

    /// Whether it looks at the split by which settings and heads are chosen.
    pub fn looks_at_tuning_split(&self) -> bool {
        self.decisive.iter().any(|part| part.name == Part::TUNING.name)
    }
}

/// What a run is executed from.
#[derive(Debug)]
pub struct Job<'a> {
    /// Everything of the experiment.
    pub experiment: &'a Experiment,
    /// The method.
    pub method: &'static Method,
    /// Which of its runs.
    pub point: &'a Point,
    /// Decides start weights, order, dropout and gate noise.
    pub seed: u64,
    /// Hash of everything that decides the run's numbers.
    pub key: &'a RunKey,
    /// Folder of the run, which exists; checkpoints of an interrupted process may be in it.
    pub folder: &'a Path,
    /// Whether other runs of the plan start from this one.
    pub is_base: bool,
    /// Methods and folders of the runs that this one starts from, the nearest first.
    pub bases: Vec<(&'static str, PathBuf)>,
    /// Name of the device.
    pub device: &'a str,
    /// Threads that the run may use.
    pub threads: usize,
}

impl Job<'_> {
    /// Whether the run leaves its whole model, if it trains one.
    pub fn keeps_model(&self) -> bool {
        self.experiment.store.full || self.is_base
    }

    /// K of the run.
    ///
    /// # Errors
    /// The run aims at no number of heads.
    pub fn k(&self) -> Result<usize, ExecuteError> {
        let k = self.point.k;
        k.ok_or_else(|| ExecuteError::new("the run names no number of heads"))
    }

    /// Folder of the run of a method that this one starts from.
    ///
    /// # Errors
    /// It starts from no run of that method.
    pub fn base(&self, method: &str) -> Result<&Path, ExecuteError> {
        let found = self.bases.iter().find(|(name, _)| *name == method);
        found
            .map(|(_, folder)| folder.as_path())
            .ok_or_else(|| ExecuteError::new(format!("the run starts from no run of {method}")))
    }

    /// Updates of a training of the weights from their start.
    pub fn updates(&self, task: &dyn Task) -> usize {
        let section = &self.experiment.train;
        task.updates(section.epochs, section.updates)
    }

    /// Draws for the start of the importances, the same for every method and K of a seed.
    pub fn importance_start(&self) -> SeededUniform {
        SeededUniform::at_update(derive_seed(self.seed, "importances"), 0)
    }
}
