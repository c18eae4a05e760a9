//! What methods ask of a learning task: trainings, derivatives, measurements. No tensors, no texts.

use std::path::{Path, PathBuf};

use experiment::ScheduleName;
use heads::{HeadGate, HeadGrid, HeadMask, MaskError};
use records::Measured;

use crate::error::ExecuteError;
use crate::progress::Progress;

/// A model and the data of one run. Methods are written against this trait, so that they know nothing of the task, and
/// the task nothing of the method.
pub trait Task {
    /// The heads of the model.
    fn grid(&self) -> &HeadGrid;

    /// Updates in so many passes over the training set, or the given number where that ends first.
    fn updates(&self, epochs: Option<f64>, updates: Option<usize>) -> usize;

    /// Takes the model before any training: pretrained where the experiment names weights, random otherwise.
    fn take_fresh(&mut self) -> Result<(), ExecuteError>;

    /// Takes the model that [`save`](Self::save) has left in a folder.
    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError>;

    /// Trains the model taken, going on from a checkpoint where there is one.
    fn train(&mut self, fit: Fit, progress: &mut dyn Progress) -> Result<Trained, ExecuteError>;

    /// Leaves the model in the folder of the run.
    fn save(&mut self) -> Result<(), ExecuteError>;

    /// Calls `add` with the derivative of the loss with respect to each gate (N values) of unit after unit, in
    /// evaluation mode, and with the number of examples that its loss is summed over.
    fn derivatives(
        &mut self,
        request: &Derivatives<'_>,
        progress: &mut dyn Progress,
        add: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError>;

    /// What the model taken is worth under gates (N values), or with every head as it is, on the split by which models are
    /// chosen: the higher, the better. Nothing is stored, so that a method may ask as often as it likes.
    fn score(&mut self, gates: Option<&[f64]>) -> Result<f64, ExecuteError>;

    /// Names of the splits that results are reported on.
    fn splits(&self) -> Vec<String>;

    /// The mean loss of the model taken under gates (N values), and its accuracy where the task has one, without dropout or
    /// smoothing, over so many examples spread evenly over a split, or all of them. Nothing is stored.
    fn worth(&mut self, on: Split<'_>, gates: &[f64], examples: Option<usize>)
    -> Result<Worth, ExecuteError>;

    /// What each head of the model taken attends to under gates (N values), in evaluation mode, averaged over the tokens of so
    /// many examples spread evenly over a split, or all of them. Nothing is stored.
    fn attention(
        &mut self,
        on: Split<'_>,
        gates: &[f64],
        examples: Option<usize>,
    ) -> Result<Attention, ExecuteError>;

    /// Examples that passed the model so far to train, to score heads or to choose, forwards only or backwards too; those of
    /// measurements do not count.
    fn cost(&self) -> u64;

    /// Counts examples that an earlier process of the run has passed through the model.
    fn add_cost(&mut self, examples: u64);

    /// Evaluates the model taken on every split, once for each candidate; one candidate's answers are in memory at a time.
    fn measure(
        &mut self,
        candidates: &[Candidate],
        progress: &mut dyn Progress,
    ) -> Result<Measured, ExecuteError>;
}

/// Part of the data that a model is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split<'a> {
    /// That by which models and settings are chosen.
    Tuning,
    /// One that results are reported on.
    Reported(&'a str),
}

/// What a model is worth, by measures that need no search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// Mean loss: of an example, or of a word that is predicted.
    pub loss: f64,
    /// Share of right answers, where the task has one.
    pub accuracy: Option<f64>,
    /// Examples looked at.
    pub examples: usize,
}

/// What heads attend to, N values each; 0 for a head from which no token attends.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// Mean entropy of the attention probabilities of a token, in nats.
    pub entropy: Vec<f64>,
    /// Mean of the largest attention probability of a token.
    pub largest: Vec<f64>,
    /// Examples looked at.
    pub examples: usize,
}

/// Updates of a training that ends after so many passes of `an_epoch` updates or after so many updates, whichever comes
/// first; 0 without both.
pub fn updates_within(an_epoch: usize, epochs: Option<f64>, updates: Option<usize>) -> usize {
    let by_epochs = epochs.map(|epochs| (epochs * an_epoch as f64).ceil() as usize);
    by_epochs.into_iter().chain(updates).min().unwrap_or(0)
}

/// One training.
pub struct Fit {
    /// Updates in all.
    pub updates: usize,
    /// Rate of the weights; none leaves them as they are and computes no gradient of them.
    pub weights: Option<Rate>,
    /// The gate that is trained.
    pub gate: Option<GateFit>,
    /// Folder for its logs and checkpoints.
    pub folder: PathBuf,
}

/// A gate and how it is trained.
pub struct GateFit {
    /// The method's gate.
    pub gate: Box<dyn HeadGate>,
    /// Rate of its parameters.
    pub rate: Rate,
    /// The heads that would be kept if the training ended with these parameters.
    pub choose: Choose,
}

/// From the parameters of a gate to the heads that are kept.
pub type Choose = Box<dyn Fn(&[f64]) -> Result<HeadMask, MaskError>>;

/// A learning rate over the updates of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Largest value.
    pub peak: f64,
    /// Course after the warm-up.
    pub schedule: ScheduleName,
    /// Updates of linear warm-up from 0.
    pub warmup: usize,
}

impl Rate {
    /// Without warm-up.
    pub fn at_once(peak: f64, schedule: ScheduleName) -> Self {
        Self {
            peak,
            schedule,
            warmup: 0,
        }
    }

    /// Of the parameters of a gate: without warm-up, unless they follow the weights.
    pub fn of_gate(peak: f64, schedule: ScheduleName, weights: Self) -> Self {
        match schedule {
            ScheduleName::AsWeights => Self { peak, ..weights },
            _ => Self::at_once(peak, schedule),
        }
    }
}

/// What a training leaves beside the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trained {
    /// Parameters of the gate, none where there was no gate.
    pub parameters: Vec<f64>,
    /// Updates whose derivative of the gates left the range of float64.
    pub overflows: usize,
    /// Finished updates of the model that was selected; none where the last was taken.
    pub selected: Option<u64>,
    /// The heads whose gate was above 1/2 at each update; none where there was no gate.
    pub open: Vec<HeadMask>,
}

/// Which derivatives of the gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Derivatives<'a> {
    /// Gate values at which they are taken.
    pub gates: &'a [f64],
    /// What one loss is summed over.
    pub unit: Unit,
    /// Batches of the training set that are looked at; none for all.
    pub batches: Option<usize>,
}

/// What one loss is summed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A batch.
    Batch,
    /// A single example.
    Example,
    /// A batch, with gates of their own for all its positions: what is added is the absolute derivative by each, summed over
    /// positions.
    Position,
}

/// Gates under which the model is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which of several of the method; empty where there is one.
    pub variant: String,
    /// Heads to keep, where a number was asked for.
    pub k_target: Option<usize>,
    /// The gates.
    pub gates: Gates,
    /// What becomes of the answers.
    pub answers: Answers,
    /// What it is to the run.
    pub role: Role,
}

/// What a candidate is to its run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// What the method chose; where there is one such mask it is that of the run.
    #[default]
    Choice,
    /// Measured beside it.
    Alternative,
}

/// What becomes of the answers of a candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answers {
    /// They are stored, for tests that pair runs by example; those under soft gates never are.
    #[default]
    Stored,
    /// They are forgotten once they are scored: of thousands of candidates nobody reads them.
    Forgotten,
}

/// The mask of a run: that of the one candidate that the method chose; none where it chose several.
pub fn the_choice(candidates: &[Candidate]) -> Option<&HeadMask> {
    let mut masks = candidates
        .iter()
        .filter_map(|candidate| match (&candidate.gates, candidate.role) {
            (Gates::Hard(mask), Role::Choice) => Some(mask),
            _ => None,
        });
    match (masks.next(), masks.next()) {
        (Some(mask), None) => Some(mask),
        _ => None,
    }
}

/// Gate values of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Gates {
    /// 1 for the heads kept, 0 for the others.
    Hard(HeadMask),
    /// Any values, and what to call them; kept are the heads above 1/2.
    Soft {
        /// One value a head.
        values: Vec<f64>,
        /// How they were computed.
        signature: String,
    },
}

impl Candidate {
    /// A mask without a variant.
    pub fn mask(mask: HeadMask, k_target: Option<usize>) -> Self {
        Self {
            variant: String::new(),
            k_target,
            gates: Gates::Hard(mask),
            answers: Answers::Stored,
            role: Role::Choice,
        }
    }
}
