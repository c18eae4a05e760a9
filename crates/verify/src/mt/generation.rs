//! Translations of one batch under several settings of beam search.

use std::collections::BTreeMap;
use std::path::Path;

use models::TensorOptions;
use models::translation::{GenerationConfig, Hypothesis, TranslationModel};
use serde::Deserialize;

use super::recording::{RecordedBatch, model, parse};
use crate::numbers::flat;
use crate::tally::Tally;
use crate::{Verdict, VerifyError};

/// Tolerance of scores and of log-probabilities of words.
const SCORES: f64 = 5e-4;

/// Neighbours in a list whose scores are closer may change places.
const TIE: f64 = 1e-4;

#[derive(Deserialize)]
struct GenerationFile {
    weights: String,
    batch: RecordedBatch,
    settings: BTreeMap<String, Setting>,
}

#[derive(Deserialize)]
struct Setting {
    options: Options,
    head_mask: Option<Vec<Vec<f64>>>,
    hypotheses: Vec<Vec<Recorded>>,
}

#[derive(Deserialize)]
struct Options {
    #[serde(flatten)]
    config: GenerationConfig,
    temperature: f64,
}

#[derive(Deserialize)]
struct Recorded {
    tokens: Vec<i32>,
    score: f64,
    positional_scores: Vec<f64>,
}

pub(super) fn check(text: &str, path: &Path, options: &TensorOptions) -> Result<Verdict, VerifyError> {
    let file: GenerationFile = parse(text, path)?;
    let model = model(path, &file.weights, 0.0, options)?;
    let source = file.batch.on_device(options).source;
    let mut tally = Tally::default();
    for (name, setting) in &file.settings {
        tally.case();
        if setting.options.temperature != 1.0 {
            tally.differs(format!("{name} samples with a temperature, which is not built"));
            continue;
        }
        let gates = setting.head_mask.as_deref().map(flat);
        let translated = translate(&model, &source, gates.as_deref(), &setting.options.config)
            .map_err(|reason| VerifyError::malformed(path, reason))?;
        tally.equal(
            &format!("{name} sentences"),
            &translated.len(),
            &setting.hypotheses.len(),
        );
        for (sentence, (ours, recorded)) in translated.iter().zip(&setting.hypotheses).enumerate() {
            compare(&mut tally, &format!("{name} sentence {sentence}"), ours, recorded);
        }
    }
    Ok(tally.verdict())
}

fn translate(
    model: &TranslationModel,
    source: &models::translation::SourceBatch,
    gates: Option<&[f64]>,
    config: &GenerationConfig,
) -> Result<Vec<Vec<Hypothesis>>, String> {
    model
        .generate(source, gates, config)
        .map_err(|error| error.to_string())
}

/// Compares the hypotheses of a sentence, best first.
fn compare(tally: &mut Tally, place: &str, ours: &[Hypothesis], recorded: &[Recorded]) {
    tally.equal(&format!("{place} hypotheses"), &ours.len(), &recorded.len());
    for (rank, (hypothesis, at_rank)) in ours.iter().zip(recorded).enumerate() {
        let near = rank.saturating_sub(1)..(rank + 2).min(recorded.len());
        let found = recorded[near]
            .iter()
            .filter(|other| (other.score - at_rank.score).abs() < TIE)
            .find(|other| other.tokens == hypothesis.tokens);
        let place = format!("{place} rank {rank}");
        let Some(found) = found else {
            tally.equal(&format!("{place} tokens"), &hypothesis.tokens, &at_rank.tokens);
            continue;
        };
        tally.number(&format!("{place} score"), hypothesis.score, found.score, SCORES);
        let positional = format!("{place} positional_scores");
        tally.close(
            &positional,
            &hypothesis.positional_scores,
            &found.positional_scores,
            SCORES,
        );
    }
}
