//! Heads removed by their importance, measured anew after each round.

use std::path::Path;

use baselines::{HeadImportance, ImportanceVariant, lowest, normalised_scores};
use heads::HeadMask;
use models::encoder::EncoderClassifier;
use models::{Precision, TensorOptions};
use train::{GateGradients, Trainable};

use super::evaluation::Evaluator;
use super::recording::{Evaluated, RemovalFile, batches, model, parse};
use crate::numbers::flat;
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

/// Tolerances of the README against the float64 recording.
struct Tolerances {
    /// The derivative of the gates at one batch.
    gradient: f64,
    score: f64,
    logits: f64,
}

fn tolerances(precision: Precision) -> Tolerances {
    match precision {
        Precision::Single => Tolerances {
            gradient: 2e-6,
            score: 3.1e-5,
            logits: 2e-5,
        },
        Precision::Double => Tolerances {
            gradient: 1e-10,
            score: 1e-9,
            logits: 1e-9,
        },
    }
}

pub(super) fn check(
    text: &str,
    path: &Path,
    set: &Path,
    options: &TensorOptions,
) -> Result<Verdict, VerifyError> {
    let file: RemovalFile = parse(text, path)?;
    let model = model(set, &file.initial.weights, options)?;
    let tensors = Tensors::read(&set.join(&file.batches))?;
    let train = batches(&tensors, "train.", options)?;
    let count = file.hyper.batches_for_importance;
    let Some(train) = train.get(..count) else {
        return Err(VerifyError::malformed(
            path,
            "names more batches than are recorded",
        ));
    };
    let eval = batches(&tensors, "eval.", options)?;
    let attended = tensors.integers("train.attention_mask")?;
    let per_batch = attended.values.len() / attended.shape[0].max(1);
    let tokens: i32 = attended.values[..count * per_batch].iter().sum();

    let gradients = GateGradients::new(&model, options.clone());
    let total = model.grid().total();
    let tolerances = tolerances(options.precision);
    let mut tally = Tally::default();
    let evaluator = Evaluator {
        model: &model,
        batches: &eval,
        options,
    };
    let evaluate = |tally: &mut Tally, place: &str, gates: Option<&[f64]>, recorded: &Evaluated| {
        evaluator.compare(tally, place, gates, recorded, &|_| tolerances.logits);
    };
    evaluate(&mut tally, "unpruned", None, &file.float64.unpruned_eval);

    let mut kept = HeadMask::all(total);
    for (number, round) in file.float64.rounds.iter().enumerate() {
        tally.case();
        let place = |what: &str| format!("round {} {what}", number + 1);
        tally.equal(&place("mask before"), &kept.gates(), &flat(&round.mask_before));
        let mut importance = HeadImportance::new(ImportanceVariant::BatchAbs, total);
        for batch in train {
            let gradient = gradients
                .of_batch(batch, &kept.gates())
                .map_err(|error| VerifyError::malformed(path, error))?;
            importance.add(&gradient, EncoderClassifier::examples(batch));
        }
        let accumulated = importance.accumulated();
        tally.close(
            &place("abs_grad_sum"),
            accumulated,
            &flat(&round.abs_grad_sum),
            count as f64 * tolerances.gradient,
        );
        tally.equal(&place("tokens"), &f64::from(tokens), &round.tokens);
        // Tokens matter only beside the 1e-20 that is added to the norm of a row.
        let divided: Vec<f64> = accumulated.iter().map(|a| a / f64::from(tokens)).collect();
        let scores = normalised_scores(&divided, model.grid(), None);
        tally.close(&place("score"), &scores, &flat(&round.score), tolerances.score);
        let pruned = lowest(&scores, &kept, file.hyper.heads_per_round);
        tally.equal(&place("pruned_flat"), &pruned, &round.pruned_flat);
        let mut flags = kept.flags().to_vec();
        for &head in &pruned {
            flags[head] = false;
        }
        kept = HeadMask::from_flags(flags);
        tally.equal(&place("mask after"), &kept.gates(), &flat(&round.mask_after));
        evaluate(&mut tally, &place("eval"), Some(&kept.gates()), &round.eval);
    }
    tally.equal("heads left", &kept.kept(), &0);
    Ok(tally.verdict())
}
