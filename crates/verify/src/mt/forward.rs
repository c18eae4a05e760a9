//! Forward pass and gradients under fixed gates.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use heads::{HeadRow, RowKind};
use models::translation::{Place, TranslationBatch, TranslationModel, position_table};
use models::{HeadGates, Indices, Parameters, Precision, TensorOptions, cross_entropy};
use serde::Deserialize;

use super::compare::{self, ForwardTolerances, is_key_bias};
use super::recording::{self, RecordedBatch, parse, stored_gradients};
use crate::numbers::numbers;
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

/// Label smoothing of the recorded losses.
const SMOOTHING: f64 = 0.1;

/// Sines and cosines of equal angles differ in their last bit.
const POSITIONS: f64 = 1e-6;

#[derive(Deserialize)]
struct ForwardFile {
    weights: String,
    batch: RecordedBatch,
    cases: BTreeMap<String, Case>,
    grad_weights: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    loss_sum: f64,
    nll_sum: f64,
    plain_cross_entropy_sum: f64,
    sample_size: usize,
    loss_sum_f64: f64,
    nll_sum_f64: f64,
}

pub(super) fn check(
    text: &str,
    path: &Path,
    options: &TensorOptions,
) -> Result<Vec<(&'static str, Verdict)>, VerifyError> {
    let file: ForwardFile = parse(text, path)?;
    let recorded = Tensors::read(&path.with_extension("safetensors"))?;
    let batch = file.batch.on_device(options);
    let forward = Forward {
        tensors: &recorded,
        model: recording::model(path, &file.weights, SMOOTHING, options)?.trainable(),
        batch: &batch,
        options,
        tolerances: compare::forward(options.precision),
    };
    let (mut states, mut gradients) = (Tally::default(), Tally::default());
    inputs(&mut states, path, &file, &batch, &forward)?;
    for (name, case) in &file.cases {
        states.case();
        gradients.case();
        let all = name == "random";
        let watched = |parameter: &str| all || file.grad_weights.iter().any(|name| name == parameter);
        forward.compare(&mut states, &mut gradients, name, case, &watched)?;
    }
    Ok(vec![
        ("states", states.verdict()),
        ("gradients", gradients.verdict()),
    ])
}

/// The rows of the gates, and what is made of the recorded words.
fn inputs(
    tally: &mut Tally,
    path: &Path,
    file: &ForwardFile,
    batch: &TranslationBatch,
    forward: &Forward<'_>,
) -> Result<(), VerifyError> {
    let rows: Vec<String> = forward.model.grid().rows().iter().map(module).collect();
    let recorded: Vec<String> = recording::config(path)?
        .gate_rows
        .into_iter()
        .map(|row| row.module)
        .collect();
    tally.equal("gate rows", &rows, &recorded);
    tally.equal("ntokens", &batch.tokens, &file.batch.ntokens);
    let integers = [
        ("src_positions", &batch.source.positions),
        ("prev_positions", &batch.previous_positions),
    ];
    let signed = |indices: &Indices| -> Vec<i32> { indices.host().iter().map(|i| i.cast_signed()).collect() };
    for (name, got) in integers {
        tally.equal(name, &signed(got), &forward.tensors.integers(name)?.values);
    }
    let previous = signed(&batch.previous);
    tally.equal(
        "prev_output_tokens",
        &previous,
        &file.batch.prev_output_tokens.concat(),
    );
    // The runs in double precision take the recorded table.
    if forward.options.precision == Precision::Single {
        let table = forward.tensors.floats("position_table")?;
        let [rows, width] = table.shape[..] else {
            return Err(VerifyError::malformed(path, "its position_table is no matrix"));
        };
        let ours: Vec<f64> = position_table(rows, width).into_iter().map(f64::from).collect();
        tally.close("position_table", &ours, &table.values, POSITIONS);
    }
    Ok(())
}

/// The name of an attention module in the recordings.
fn module(row: &HeadRow) -> String {
    match row.kind {
        RowKind::EncoderSelf => format!("encoder.layers.{}.self_attn", row.layer),
        RowKind::EncoderDecoder => format!("decoder.layers.{}.encoder_attn", row.layer),
        RowKind::DecoderSelf => format!("decoder.layers.{}.self_attn", row.layer),
    }
}

/// The name of a state in the recordings.
fn name_of(place: Place) -> String {
    match place {
        Place::SourceEmbedding => "enc_embed".to_owned(),
        Place::TargetEmbedding => "dec_embed".to_owned(),
        Place::Attention(row) => format!("attn.{}", module(&row)),
        Place::EncoderLayer(layer) => format!("enc_layer.{layer}"),
        Place::DecoderLayer(layer) => format!("dec_layer.{layer}"),
    }
}

struct Forward<'a> {
    tensors: &'a Tensors,
    model: TranslationModel,
    batch: &'a TranslationBatch,
    options: &'a TensorOptions,
    tolerances: ForwardTolerances,
}

impl Forward<'_> {
    fn compare(
        &self,
        states: &mut Tally,
        gradients: &mut Tally,
        name: &str,
        case: &Case,
        watched: &dyn Fn(&str) -> bool,
    ) -> Result<(), VerifyError> {
        let single = self.options.precision == Precision::Single;
        let suffix = if single { "" } else { "_f64" };
        let leaf = self.gates(name)?;
        let mut shown = HashMap::new();
        let scores = self
            .model
            .forward_watched(self.batch, leaf.as_ref(), &mut |place, state| {
                shown.insert(name_of(place), numbers(state.clone()));
            });
        // States are recorded in single precision alone.
        if single {
            for (what, got) in &shown {
                self.state(states, &format!("{name}.{what}"), got)?;
            }
        }
        let logits = format!("{name}.logits{suffix}");
        self.state(states, &logits, &numbers(scores.clone()))?;

        let of_words = |smoothing| {
            let losses = cross_entropy(scores.clone(), &self.batch.target, smoothing);
            numbers(self.batch.rows.to_tokens(losses))
        };
        let (losses, plain) = (of_words(SMOOTHING), of_words(0.0));
        if single {
            self.state(states, &format!("{name}.token_loss"), &losses)?;
            self.state(states, &format!("{name}.token_nll"), &plain)?;
        }
        let summed = self.model.loss(self.batch, leaf.as_ref(), 0);
        let (loss, nll) = if single {
            (case.loss_sum, case.nll_sum)
        } else {
            (case.loss_sum_f64, case.nll_sum_f64)
        };
        let sums = [
            ("loss_sum", numbers(summed.clone()), loss),
            ("sum of token losses", vec![losses.iter().sum()], loss),
            (
                "nll_sum",
                numbers(self.model.sentence_losses(self.batch, leaf.as_ref()).sum()),
                nll,
            ),
        ];
        for (what, got, want) in sums {
            states.close(&format!("{name} {what}"), &got, &[want], self.tolerances.sums);
        }
        if single {
            let want = [case.plain_cross_entropy_sum];
            let place = format!("{name} plain_cross_entropy_sum");
            states.close(&place, &[plain.iter().sum()], &want, self.tolerances.sums);
        }
        states.equal(
            &format!("{name} sample_size"),
            &self.batch.tokens,
            &case.sample_size,
        );

        let mut found = summed.backward();
        if let Some(leaf) = leaf {
            let got = leaf.gradient(&mut found).unwrap_or_default();
            self.gradient(gradients, &format!("{name}.gate_grad{suffix}"), &got)?;
        }
        // Gradients of weights are recorded in single precision alone.
        if single {
            for (parameter, got) in stored_gradients(&self.model, &mut found) {
                if watched(&parameter) && !is_key_bias(&parameter) {
                    self.gradient(gradients, &format!("{name}.grad.{parameter}"), &got)?;
                }
            }
        }
        Ok(())
    }

    /// The gates of a case; that without any has none recorded.
    fn gates(&self, name: &str) -> Result<Option<HeadGates>, VerifyError> {
        if name == "dense" {
            return Ok(None);
        }
        let recorded = self.tensors.floats(&format!("{name}.gates"))?;
        match HeadGates::new(&recorded.values, self.model.grid(), self.options) {
            Ok(gates) => Ok(Some(gates.tracked())),
            Err(error) => Err(self.tensors.malformed(format!("{name}.gates: {error}"))),
        }
    }

    fn state(&self, tally: &mut Tally, name: &str, got: &[f64]) -> Result<(), VerifyError> {
        let want = self.tensors.floats(name)?.values;
        tally.close(name, got, &want, self.tolerances.states);
        Ok(())
    }

    fn gradient(&self, tally: &mut Tally, name: &str, got: &[f64]) -> Result<(), VerifyError> {
        let want = self.tensors.floats(name)?.values;
        tally.equal(&format!("{name} numbers"), &got.len(), &want.len());
        for (&got, &want) in got.iter().zip(&want) {
            tally.number(name, got, want, compare::gradient(self.options.precision, want));
        }
        Ok(())
    }
}
