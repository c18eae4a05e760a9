//! Heads removed by their importance, measured anew after each step.

use std::collections::BTreeMap;
use std::path::Path;

use baselines::{HeadImportance, ImportanceVariant, lowest, normalised_scores};
use heads::{HeadGrid, HeadMask};
use models::translation::TranslationBatch;
use models::{Precision, TensorOptions};
use serde::Deserialize;
use train::GateGradients;

use super::recording::{model, parse, train_batches};
use crate::numbers::flat;
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
struct RemovalFile {
    weights: String,
    heads_per_step: usize,
    variants: BTreeMap<String, Variant>,
}

#[derive(Deserialize)]
struct Variant {
    heads_removed_per_step: Vec<Vec<usize>>,
    masks_after_step: Vec<Vec<Vec<f64>>>,
    comparable_steps: usize,
}

pub(super) fn check(
    text: &str,
    path: &Path,
    options: &TensorOptions,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let file: RemovalFile = parse(text, path)?;
    // The loss is the plain cross-entropy.
    let model = model(path, &file.weights, 0.0, options)?;
    let removal = Removal {
        path,
        tensors: Tensors::read(&path.with_extension("safetensors"))?,
        batches: train_batches(path, options)?,
        gradients: GateGradients::new(&model, options.clone()),
        grid: model.grid().clone(),
        heads_per_step: file.heads_per_step,
        precision: options.precision,
    };
    file.variants
        .iter()
        .map(|(name, variant)| Ok((name.clone(), removal.check(name, variant)?)))
        .collect()
}

struct Removal<'a> {
    path: &'a Path,
    tensors: Tensors,
    batches: Vec<TranslationBatch>,
    gradients: GateGradients<models::translation::TranslationModel>,
    grid: HeadGrid,
    heads_per_step: usize,
    precision: Precision,
}

impl Removal<'_> {
    fn check(&self, name: &str, variant: &Variant) -> Result<Verdict, VerifyError> {
        let accumulated = match name {
            "signed" => ImportanceVariant::Signed,
            "abs" => ImportanceVariant::BatchAbs,
            _ => return Ok(Verdict::NotYetSupported),
        };
        let single = self.precision == Precision::Single;
        let masks = self.tensors.floats(&format!("{name}.mask_used"))?;
        let total: usize = masks.shape[1..].iter().product();
        let recorded = self.tensors.floats(&format!("{name}.batch_gate_grad"))?.values;
        let importance = if single { "importance" } else { "importance_f64" };
        let scores = self.tensors.floats(&format!("{name}.{importance}"))?.values;

        let mut tally = Tally::default();
        let mut recorded = recorded.chunks(total);
        let steps = masks.values.chunks(total).zip(scores.chunks(total));
        tally.equal("steps", &steps.len(), &variant.heads_removed_per_step.len());
        for (step, ((mask, want), removed)) in steps.zip(&variant.heads_removed_per_step).enumerate() {
            tally.case();
            let place = |what: &str| format!("step {step} {what}");
            let mut sum = HeadImportance::new(accumulated, total);
            for batch in &self.batches {
                let gradient = self
                    .gradients
                    .of_batch(batch, mask)
                    .map_err(|error| VerifyError::malformed(self.path, error))?;
                // Derivatives of the summed loss as they are: a batch counts as one unit.
                sum.add(&gradient, 1);
                // Recorded in single precision alone.
                if let (true, Some(want)) = (single, recorded.next()) {
                    tally.close(&place("batch_gate_grad"), &gradient, want, 2e-4);
                }
            }
            let scores = normalised_scores(sum.accumulated(), &self.grid, None);
            let tolerance = if single { 1e-4 } else { 1e-8 };
            tally.close(&place(importance), &scores, want, tolerance);
            if step < variant.comparable_steps {
                self.choice(&mut tally, &place("heads removed"), mask, &scores, removed);
                let after = variant.masks_after_step.get(step).map(|mask| flat(mask));
                let mut ours = mask.to_vec();
                removed.iter().for_each(|&head| ours[head] = 0.0);
                tally.equal(&place("mask after"), &Some(ours), &after);
            }
        }
        Ok(tally.verdict())
    }

    /// Which heads go, as a set.
    fn choice(&self, tally: &mut Tally, place: &str, mask: &[f64], scores: &[f64], removed: &[usize]) {
        let kept = HeadMask::above(mask, 0.5);
        let mut ours = lowest(scores, &kept, self.heads_per_step);
        let mut removed = removed.to_vec();
        ours.sort_unstable();
        removed.sort_unstable();
        tally.equal(place, &ours, &removed);
    }
}
