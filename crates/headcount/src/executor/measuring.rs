//! Accuracy of a classifier on every split under given gates, with its predictions kept.

use std::num::NonZeroUsize;
use std::path::Path;

use heads::HeadMask;
use models::parameter_count;
use sweep::store::{Measured, Row, write_atomically};
use sweep::task::{Candidate, Gates, Task};
use sweep::{ExecuteError, Progress, Update};
use train::{Evaluation, evaluate};

use super::classification::Classification;
use super::{predictions, train_error};

/// Examples of one forward pass in evaluation; small enough for the caches of a small model.
pub(super) const EVALUATION_BATCH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// Evaluates the model taken and stores what it answered.
pub(super) fn measure(
    task: &Classification<'_>,
    candidates: &[Candidate],
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let model = task.model()?;
    let params_before = parameter_count(model) as u64;
    let total = (candidates.len() * task.corpora.splits.len()) as u64;
    let mut rows = Vec::new();
    for (split, corpus) in &task.corpora.splits {
        let mut evaluations: Vec<(String, Evaluation)> = Vec::new();
        for candidate in candidates {
            progress.report(&Update {
                phase: format!("evaluates on {split}"),
                done: rows.len() as u64,
                total,
                ..Update::default()
            });
            let kept = Kept::of(candidate);
            let evaluation = evaluate(
                model,
                corpus,
                kept.gates.as_deref(),
                EVALUATION_BATCH,
                task.padding(),
                &task.options,
            )
            .map_err(train_error)?;
            let removed = (task.grid().total() - kept.count) as u64;
            rows.push(Row {
                variant: candidate.variant.clone(),
                k_target: candidate.k_target.unwrap_or(kept.count),
                k_actual: kept.count,
                split: split.clone(),
                metric: kept.metric.to_owned(),
                value: evaluation.accuracy,
                n_examples: evaluation.predictions.len(),
                signature: kept.signature,
                params_after: params_before - removed * task.config.parameters_per_head(),
            });
            if matches!(candidate.gates, Gates::Hard(_)) {
                evaluations.push((candidate.variant.clone(), evaluation));
            }
        }
        predictions::write(task.job.folder, split, corpus, &evaluations)?;
    }
    let mut masks = candidates.iter().filter_map(|candidate| match &candidate.gates {
        Gates::Hard(mask) => Some(mask),
        Gates::Soft { .. } => None,
    });
    let mask = match (masks.next(), masks.next()) {
        (Some(mask), None) => Some(in_rows(mask, task.grid().heads_per_row())),
        _ => None,
    };
    write_mask(task.job.folder, mask.as_deref())?;
    Ok(Measured {
        n_heads: task.grid().total(),
        params_before,
        train_updates: 0,
        rows,
        mask,
        margin: None,
        warnings: if task.selected {
            vec![selected_on(task)]
        } else {
            Vec::new()
        },
    })
}

fn selected_on(task: &Classification<'_>) -> String {
    let split = &task.job.experiment.select.split;
    format!("the model was chosen as the best on {split}: what it reaches there is flattered")
}

/// A candidate as the model takes it and as a row tells it.
struct Kept {
    count: usize,
    /// None leaves every head as it is, which is the same as every gate 1.
    gates: Option<Vec<f64>>,
    metric: &'static str,
    signature: String,
}

impl Kept {
    fn of(candidate: &Candidate) -> Self {
        match &candidate.gates {
            Gates::Hard(mask) => Self {
                count: mask.kept(),
                gates: (mask.kept() < mask.total()).then(|| mask.gates()),
                metric: "accuracy",
                signature: String::new(),
            },
            Gates::Soft { values, signature } => Self {
                count: HeadMask::above(values, 0.5).kept(),
                gates: Some(values.clone()),
                metric: "accuracy_soft_gates",
                signature: signature.clone(),
            },
        }
    }
}

fn in_rows(mask: &HeadMask, heads: usize) -> Vec<Vec<u8>> {
    let row = |flags: &[bool]| flags.iter().map(|&kept| u8::from(kept)).collect();
    mask.flags().chunks(heads).map(row).collect()
}

fn write_mask(folder: &Path, mask: Option<&[Vec<u8>]>) -> Result<(), ExecuteError> {
    let Some(mask) = mask else {
        return Ok(());
    };
    let text = serde_json::json!({ "schema_version": 1, "mask": mask }).to_string() + "\n";
    write_atomically(&folder.join("mask.json"), text.as_bytes()).map_err(ExecuteError::new)
}
