//! What a learning task gives the rooms that all tasks share: its model, its batches, its scores.

use std::path::Path;

use heads::{HeadGrid, HeadMask};
use methods::{ExecuteError, Worth, updates_within};
use models::TensorOptions;
use records::PredictionsWriter;
use train::Trainable;

/// The corpora of a task and all that depends on them. It keeps no model: the shared rooms do.
pub trait Learning {
    /// What is trained.
    type Model: Trainable;
    /// What the model answered to the examples of a split.
    type Answers;

    /// The heads of the model.
    fn grid(&self) -> &HeadGrid;

    /// Where the model is and in which precision.
    fn options(&self) -> &TensorOptions;

    /// Updates in a pass over the training set.
    fn updates_per_epoch(&self) -> usize;

    /// Updates of a training that ends after so many passes or so many updates, whichever comes first; 0 without both.
    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize {
        updates_within(self.updates_per_epoch(), epochs, updates)
    }

    /// The model before any training.
    fn fresh(&self, seed: u64) -> Result<Self::Model, ExecuteError>;

    /// The model that [`save`](Self::save) has left in a folder.
    fn load(&self, folder: &Path) -> Result<Self::Model, ExecuteError>;

    /// Leaves a model in a folder with what is needed to use it.
    fn save(&self, folder: &Path, model: &Self::Model) -> Result<(), ExecuteError>;

    /// Training batches in the order that `seed` decides: the batch of each update.
    fn batches(&self, seed: u64) -> Box<dyn FnMut(u64) -> BatchOf<Self> + '_>;

    /// Examples in the batches of the first updates, in the order that `seed` decides.
    fn examples_of(&self, seed: u64, updates: usize) -> u64;

    /// Names of the splits that results are reported on.
    fn splits(&self) -> Vec<String>;

    /// What the model answers on a split under `gates`, N values, or with every head as it is.
    fn answer(
        &self,
        model: &Self::Model,
        split: &str,
        gates: Option<&[f64]>,
    ) -> Result<Self::Answers, ExecuteError>;

    /// Examples that are answered for this.
    fn examples(&self, asked: Asked<'_>) -> Result<usize, ExecuteError>;

    /// Answers so many of these examples, spread evenly over all, as it does for all of them, and forgets the answers; says
    /// how many they were. What it costs is what is wanted.
    fn answer_some(
        &self,
        model: &Self::Model,
        asked: Asked<'_>,
        examples: usize,
    ) -> Result<usize, ExecuteError>;

    /// What the answers on a split are worth, the measure that figures show first.
    fn scores(&self, split: &str, answers: &Self::Answers) -> Result<Scores, ExecuteError>;

    /// What a model is worth on the dev set by which models are chosen; the higher, the better.
    fn dev_score(&self, model: &Self::Model, gates: Option<&[f64]>) -> Result<f64, ExecuteError>;

    /// The mean loss under `gates`, N values, and the accuracy where there is one, over so many examples spread evenly over
    /// those asked for, or all of them.
    fn worth(
        &self,
        model: &Self::Model,
        asked: Asked<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Worth, ExecuteError>;

    /// Shows `look` the batches of so many examples, spread evenly over those asked for, or of all of them; says how many they
    /// were.
    fn look_at(
        &self,
        asked: Asked<'_>,
        examples: Option<usize>,
        look: &mut dyn FnMut(&BatchOf<Self>) -> Result<(), ExecuteError>,
    ) -> Result<usize, ExecuteError>;

    /// Multiply-adds of an example, on average over a split, of the model with the heads of `grid`.
    fn multiply_adds(&self, split: &str, grid: &HeadGrid) -> Result<u64, ExecuteError>;

    /// Leaves in a folder, which need not exist, a model that has lost the heads that `mask` leaves out of all.
    fn save_removed(&self, folder: &Path, model: &Self::Model, mask: &HeadMask) -> Result<(), ExecuteError>;

    /// The file that answers to a split are stored in.
    fn answers_file(&self, folder: &Path, split: &str) -> Result<PredictionsWriter, ExecuteError>;

    /// Stores the answers of one variant.
    fn store_answers(
        &self,
        file: &mut PredictionsWriter,
        split: &str,
        variant: &str,
        answers: &Self::Answers,
    ) -> Result<(), ExecuteError>;
}

/// What examples are answered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
    /// The result on the split of this name.
    Result(&'a str),
    /// A look by which a model is chosen.
    Look,
    /// What settings and heads are chosen by.
    Tuning,
}

/// What an update of a task's model sees.
pub type BatchOf<L> = <<L as Learning>::Model as Trainable>::Batch;

/// Measures of one model on one split.
pub struct Scores {
    /// Examples they are taken over.
    pub examples: usize,
    /// Each measure.
    pub measures: Vec<Score>,
}

/// One measure.
pub struct Score {
    /// Its name in results.csv.
    pub metric: &'static str,
    /// Its value.
    pub value: f64,
    /// How it is computed, where there are several ways.
    pub signature: String,
}
