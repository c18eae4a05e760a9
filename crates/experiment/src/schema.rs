//! The keys of an experiment file and what they mean when they are left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use heads::{GridError, HeadGrid, HeadRow, RowKind};
use serde::{Deserialize, Serialize};

use crate::corpus::{DataSection, DataSource};
use crate::generate::GenerateSection;
use crate::recipe::Recipe;
use crate::report::ReportSection;
use crate::section::{Section, Sections};
use crate::select::{SelectSection, VALID};
use crate::slurm::SlurmSection;
use crate::storing::StoreSection;
use crate::task::TaskName;

/// Everything that decides a sweep. Each key has a default, so that a file names only what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// Name of the experiment; the default folder is `results/<name>`.
    pub name: String,
    /// What is learned.
    pub task: TaskName,
    /// How far the numbers may be trusted: only `paper` figures go without a warning in their title.
    pub scale: Scale,
    /// The preset of switches where the released program and the paper differ.
    pub recipe: Recipe,
    /// Where the text comes from.
    pub data: DataSection,
    /// Sizes of the encoder, or the folder to load it from.
    pub model: ModelSection,
    /// The optimiser of the weights and the order of the examples.
    pub train: TrainSection,
    /// Which model of a training is kept.
    pub select: SelectSection,
    /// How translations are searched for.
    pub generate: GenerateSection,
    /// The sections of methods.
    #[serde(flatten, skip_deserializing)]
    pub(crate) sections: Sections,
    /// Which runs.
    pub sweep: SweepSection,
    /// How one run uses the machine.
    pub run: RunSection,
    /// Which models runs leave.
    pub store: StoreSection,
    /// How results are judged.
    pub report: ReportSection,
    /// What a cluster is asked for.
    pub slurm: SlurmSection,
}

/// How far the numbers may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Minutes on a laptop, embedded corpus.
    Demo,
    /// Hours, real text, small model.
    Small,
    /// The paper's own setting.
    Paper,
}

impl Scale {
    /// Name in files and titles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Small => "small",
            Self::Paper => "paper",
        }
    }
}

/// Sizes of the encoder, or the folder to load it from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelSection {
    /// Hugging Face folder (config.json, model.safetensors, its tokenizer) to start from. It brings the sizes below; its
    /// dropout holds where none is written.
    pub weights: Option<PathBuf>,
    /// Encoder layers.
    pub layers: usize,
    /// Decoder layers; as many as the encoder has if left out.
    pub decoder_layers: Option<usize>,
    /// Attention heads per layer.
    pub heads: usize,
    /// Width of the hidden states.
    pub width: usize,
    /// Width of the feed-forward layer.
    pub feed_forward: usize,
    /// Longest input that has a position embedding; for translation the longest sentence on either side, its end symbol
    /// included.
    pub positions: usize,
    /// Dropout of embeddings and of the outputs of attention and feed-forward.
    pub dropout: f64,
    /// Dropout of attention probabilities.
    pub attention_dropout: f64,
    /// Dropout before the classifier; as `dropout` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier_dropout: Option<f64>,
    /// Dropout inside the feed-forward layers, after the activation.
    pub activation_dropout: f64,
    /// Epsilon of layer normalisation.
    pub layer_norm_eps: f64,
    /// Standard deviation of linear weights at the start.
    pub linear_std: f64,
    /// Standard deviation of embeddings at the start.
    pub embedding_std: f64,
}

/// The optimiser of the weights and the order of the examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainSection {
    /// Passes over the training set; 3 if neither this nor `updates` is set, no limit if only `updates` is. With 0 the model of
    /// `model.weights` is the dense model as it is.
    pub epochs: Option<f64>,
    /// Caps the updates of every training; with `epochs` whichever ends first.
    pub updates: Option<usize>,
    /// Examples per update.
    pub batch: usize,
    /// Tokens per update, padding included, on the side that has more; `batch` is not looked at then.
    pub max_tokens: Option<usize>,
    /// Group batches by length (faster), or plain shuffling as the released program does.
    pub bucket_by_length: bool,
    /// Leave padding out, pad to the longest of the batch, or always to `data.max_length` as the released program does.
    pub padding: PaddingRule,
    /// Peak learning rate of the weights.
    pub learning_rate: f64,
    /// Course of the learning rate.
    pub schedule: ScheduleName,
    /// Updates of linear warm-up from 0.
    pub warmup: usize,
    /// Adam's decay rates of the first and second moment.
    pub betas: (f64, f64),
    /// Adam's epsilon, added to the uncorrected square root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Whether a weight decays after Adam's step, as in the released program on BERT, or before it, as in fairseq.
    pub decay: Decay,
    /// Share of the loss that is spread evenly over the words of the target language.
    pub label_smoothing: f64,
    /// Largest L2 norm of all gradients together; 0 switches clipping off.
    pub clip: f64,
    /// Whether the importances are members of that norm and scaled with it, as in the released program on BERT.
    pub clip_gates: bool,
    /// Write a checkpoint every so many updates, from which an interrupted run goes on; 0: never.
    pub checkpoint_every: usize,
}

/// When decoupled weight decay is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// After Adam's step.
    AfterStep,
    /// Before Adam's step.
    BeforeStep,
}

/// How batches are padded. What is computed is the same but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaddingRule {
    /// Not at all: tokens stand one after another, and each sequence is attended by itself.
    None,
    /// To the longest of the batch.
    Longest,
    /// To `data.max_length`.
    MaxLength,
}

/// Course of a learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    /// Linearly to 0 at the last update.
    Linear,
    /// With the inverse square root of the update.
    InverseSqrt,
    /// Always the same.
    Constant,
    /// For the parameters of gates: the course of `train.schedule`, with the same warm-up.
    AsWeights,
}

/// Which runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepSection {
    /// Methods to compare.
    pub methods: Vec<String>,
    /// Numbers of heads to keep (K).
    pub heads: Vec<usize>,
    /// Numbers of heads of single methods, in place of `heads`.
    pub heads_of: BTreeMap<String, Vec<usize>>,
    /// Seeds; each decides start weights, order, dropout and gate noise of its runs.
    pub seeds: Vec<u64>,
    /// Splits that runs are measured on; all that results are reported on if left out. `valid` is that by which settings are
    /// chosen.
    pub splits: Option<Vec<String>>,
}

/// How one run uses the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSection {
    /// Threads of one run, at least: on the pure Rust CPU device, whose bytes do not depend on them, cores that no run uses
    /// are shared out. Small models gain more from several runs side by side.
    pub threads: usize,
}

impl Experiment {
    /// The section of a method; its defaults where the file was read without that method.
    pub fn section<S: Section>(&self) -> S {
        self.sections.get()
    }

    /// Changes the section of a method.
    pub fn change<S: Section>(&mut self, change: impl FnOnce(&mut S)) {
        let mut section: S = self.sections.get();
        change(&mut section);
        self.sections.put(S::NAME, Box::new(section));
    }

    /// Attention modules of the whole model: one an encoder layer, two a decoder layer.
    pub fn attention_modules(&self) -> usize {
        match self.task {
            TaskName::Classification => self.model.layers,
            TaskName::Translation => self
                .model
                .layers
                .saturating_add(self.model.decoder_layers().saturating_mul(2)),
        }
    }

    /// Attention heads of the whole model (N).
    pub fn n_heads(&self) -> usize {
        self.attention_modules().saturating_mul(self.model.heads)
    }

    /// The heads of the whole model: as many rows as it has attention modules.
    ///
    /// # Errors
    /// It has no module.
    pub fn grid(&self) -> Result<HeadGrid, GridError> {
        let heads = self.model.heads;
        let rows =
            |kind: RowKind, layers: usize| (0..layers).map(move |layer| HeadRow { kind, layer, heads });
        let decoder = match self.task {
            TaskName::Classification => 0,
            TaskName::Translation => self.model.decoder_layers(),
        };
        let all = rows(RowKind::EncoderSelf, self.model.layers)
            .chain(rows(RowKind::EncoderDecoder, decoder))
            .chain(rows(RowKind::DecoderSelf, decoder));
        HeadGrid::new(all.collect())
    }

    /// Whether there are examples by which models and settings are chosen, apart from those that results are reported on.
    pub fn has_valid(&self) -> bool {
        match self.data.source {
            DataSource::Demo | DataSource::Iwslt14 => true,
            DataSource::Files => !self.data.valid.is_empty() || self.data.valid_share.is_some(),
        }
    }

    /// The split by which settings and heads are chosen: `valid` or, where there is none, that of `select.split`.
    pub fn tuning_split(&self) -> &str {
        if self.has_valid() {
            VALID
        } else {
            &self.select.split
        }
    }

    /// Numbers of heads to keep by a method.
    pub fn heads_of(&self, method: &str) -> &[usize] {
        self.sweep.heads_of.get(method).unwrap_or(&self.sweep.heads)
    }
}

impl ModelSection {
    /// Decoder layers of an encoder-decoder.
    pub fn decoder_layers(&self) -> usize {
        self.decoder_layers.unwrap_or(self.layers)
    }

    /// Parameters that go with a head: its columns of query, key and value with their biases, and its rows of the output.
    pub fn parameters_per_head(&self) -> u64 {
        let [width, head] = [self.width, self.width / self.heads.max(1)].map(|size| size as u64);
        4 * width * head + 3 * head
    }
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: "experiment".into(),
            task: TaskName::default(),
            scale: Scale::Small,
            recipe: Recipe::Released,
            data: DataSection::default(),
            model: ModelSection::default(),
            train: TrainSection::default(),
            select: SelectSection::default(),
            generate: GenerateSection::default(),
            sections: Sections::default(),
            sweep: SweepSection::default(),
            run: RunSection::default(),
            store: StoreSection::default(),
            report: ReportSection::default(),
            slurm: SlurmSection::default(),
        }
    }
}

impl Default for ModelSection {
    fn default() -> Self {
        Self {
            weights: None,
            layers: 12,
            decoder_layers: None,
            heads: 12,
            width: 768,
            feed_forward: 3072,
            positions: 512,
            dropout: 0.1,
            attention_dropout: 0.1,
            classifier_dropout: None,
            activation_dropout: 0.0,
            layer_norm_eps: 1e-12,
            linear_std: 0.02,
            embedding_std: 0.02,
        }
    }
}

impl Default for TrainSection {
    fn default() -> Self {
        Self {
            epochs: Some(3.0),
            updates: None,
            batch: 32,
            max_tokens: None,
            bucket_by_length: true,
            padding: PaddingRule::None,
            learning_rate: 2e-5,
            schedule: ScheduleName::Linear,
            warmup: 0,
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            weight_decay: 0.0,
            decay: Decay::AfterStep,
            label_smoothing: 0.0,
            clip: 1.0,
            clip_gates: true,
            checkpoint_every: 500,
        }
    }
}

impl Default for SweepSection {
    fn default() -> Self {
        Self {
            methods: vec!["dense".into(), "dsp-joint".into(), "random".into()],
            heads: Vec::new(),
            heads_of: BTreeMap::new(),
            seeds: vec![1, 2, 3],
            splits: None,
        }
    }
}

impl Default for RunSection {
    fn default() -> Self {
        Self { threads: 1 }
    }
}
