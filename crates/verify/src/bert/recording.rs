//! The recorded files as they are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{Initializer, TensorOptions};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::VerifyError;
use crate::tensors::Tensors;

/// `forward/cases.json`.
#[derive(Deserialize)]
pub(super) struct ForwardFile {
    pub(super) inputs: PathBuf,
    pub(super) weights: PathBuf,
    pub(super) cases: BTreeMap<String, ForwardCase>,
}

#[derive(Deserialize)]
pub(super) struct ForwardCase {
    pub(super) gates: Vec<Vec<f64>>,
    pub(super) float64: ForwardNumbers,
}

#[derive(Deserialize)]
pub(super) struct ForwardNumbers {
    pub(super) loss: f64,
    pub(super) logits: Vec<Vec<f64>>,
    pub(super) gate_grad: Vec<Vec<f64>>,
    pub(super) grad_l2: BTreeMap<String, f64>,
}

/// A trajectory file.
#[derive(Deserialize)]
pub(super) struct TrajectoryFile {
    pub(super) hyper: Hyper,
    pub(super) initial: Initial,
    pub(super) batches: PathBuf,
    pub(super) schedule: Vec<Scheduled>,
    pub(super) spread: BTreeMap<String, Vec<f64>>,
    pub(super) final_spread: BTreeMap<String, f64>,
    pub(super) float64: Trajectory,
}

#[derive(Deserialize)]
pub(super) struct Hyper {
    pub(super) max_grad_norm: f64,
    pub(super) betas: (f64, f64),
    pub(super) epsilon: f64,
    pub(super) weight_decay: f64,
    pub(super) warmup: u64,
    #[serde(rename = "N")]
    pub(super) updates: u64,
    #[serde(rename = "K")]
    pub(super) k: Option<usize>,
    pub(super) lr_model: Option<f64>,
    pub(super) lr_gates: Option<f64>,
    pub(super) tau_initial: Option<f64>,
    pub(super) tau_final: Option<f64>,
    pub(super) cooldown: Option<u64>,
    pub(super) l0_penalty: Option<f64>,
    pub(super) stretch: Option<(f64, f64)>,
    pub(super) temperature: Option<f64>,
    pub(super) noise_epsilon: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Initial {
    pub(super) weights: PathBuf,
    /// w or log alpha.
    #[serde(rename = "w", alias = "log_a")]
    pub(super) importances: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
pub(super) struct Scheduled {
    pub(super) batch: usize,
    pub(super) tau: Option<f64>,
    pub(super) u: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
pub(super) struct Trajectory {
    pub(super) steps: Vec<Step>,
    #[serde(rename = "final")]
    pub(super) end: End,
}

#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) loss: f64,
    pub(super) gates: Vec<Vec<f64>>,
    pub(super) gate_grad: Vec<Vec<f64>>,
    #[serde(rename = "w", alias = "log_a")]
    pub(super) importances: Option<Vec<Vec<f64>>>,
    #[serde(rename = "w_grad", alias = "log_a_grad")]
    pub(super) importance_gradient: Option<Vec<Vec<f64>>>,
    pub(super) penalty: Option<f64>,
    pub(super) grad_norm: f64,
    pub(super) clip_coef: f64,
}

#[derive(Deserialize)]
pub(super) struct End {
    #[serde(rename = "w", alias = "log_a")]
    pub(super) importances: Option<Vec<Vec<f64>>>,
    pub(super) eval_gates: Option<Vec<Vec<f64>>>,
    pub(super) mask: Option<Vec<Vec<f64>>>,
    pub(super) eval: Evaluated,
    pub(super) mask_top_k: Option<Vec<Vec<f64>>>,
    pub(super) eval_top_k: Option<Evaluated>,
    pub(super) weights: BTreeMap<String, Statistics>,
}

#[derive(Deserialize)]
pub(super) struct Evaluated {
    pub(super) logits: Vec<Vec<f64>>,
    pub(super) accuracy: f64,
    /// Absent where heads are removed without training.
    pub(super) mean_loss: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Statistics {
    pub(super) mean: f64,
    pub(super) std: f64,
    pub(super) l2: f64,
}

/// A file of heads removed by their importance.
#[derive(Deserialize)]
pub(super) struct RemovalFile {
    pub(super) hyper: RemovalHyper,
    pub(super) initial: Initial,
    pub(super) batches: PathBuf,
    pub(super) float64: Removal,
}

#[derive(Deserialize)]
pub(super) struct RemovalHyper {
    pub(super) heads_per_round: usize,
    pub(super) batches_for_importance: usize,
}

#[derive(Deserialize)]
pub(super) struct Removal {
    pub(super) unpruned_eval: Evaluated,
    pub(super) rounds: Vec<Round>,
}

#[derive(Deserialize)]
pub(super) struct Round {
    pub(super) mask_before: Vec<Vec<f64>>,
    pub(super) abs_grad_sum: Vec<Vec<f64>>,
    pub(super) tokens: f64,
    pub(super) score: Vec<Vec<f64>>,
    pub(super) pruned_flat: Vec<usize>,
    pub(super) mask_after: Vec<Vec<f64>>,
    pub(super) eval: Evaluated,
}

pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, VerifyError> {
    serde_json::from_str(text).map_err(|error| VerifyError::malformed(path, error))
}

/// The recorded model with the weights of one file, all paths relative to the set.
pub(super) fn model(
    set: &Path,
    weights: &Path,
    options: &TensorOptions,
) -> Result<EncoderClassifier, VerifyError> {
    let config_path = set.join("model").join("config.json");
    let refused = |reason: String| VerifyError::malformed(&config_path, reason);
    let config = EncoderConfig::read(&config_path).map_err(|error| refused(error.to_string()))?;
    let mut initial = Initializer::new(0, options.clone());
    let mut model = EncoderClassifier::new(&config, &mut initial).map_err(refused)?;
    let path = set.join(weights);
    models::weights::load_parameters(&path, &mut model, options)
        .map_err(|error| VerifyError::malformed(&path, error))?;
    Ok(model)
}

/// Batches under a prefix (`train.`, `eval.`, or none), `[count, batch, length]` or a single `[batch, length]`.
pub(super) fn batches(
    tensors: &Tensors,
    prefix: &str,
    options: &TensorOptions,
) -> Result<Vec<TokenBatch>, VerifyError> {
    let ids = tensors.integers(&format!("{prefix}input_ids"))?;
    let types = tensors.integers(&format!("{prefix}token_type_ids"))?;
    let mask = tensors.integers(&format!("{prefix}attention_mask"))?;
    let labels = tensors.integers(&format!("{prefix}labels"))?;
    let [.., size, length] = ids.shape[..] else {
        return Ok(Vec::new());
    };
    let tokens: Vec<bool> = mask.values.iter().map(|&token| token != 0).collect();
    let cells = size * length;
    Ok(ids
        .values
        .chunks(cells)
        .zip(types.values.chunks(cells))
        .zip(tokens.chunks(cells))
        .zip(labels.values.chunks(size))
        .map(|(((ids, types), tokens), labels)| TokenBatch::new(ids, types, tokens, labels, options))
        .collect())
}
