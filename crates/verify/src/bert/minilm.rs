//! A published encoder whose weights do not come with the recording: token ids, hidden states and gated outputs.

use std::collections::BTreeMap;
use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::weights::Classifier;
use bundle::{CONFIG_FILE, WEIGHTS_FILE};
use data::{DataError, Example, ModelTokenizer, WordPieceOptions};
use models::encoder::{EncoderClassifier, TokenBatch};
use models::weights::load_encoder;
use models::{HeadGates, Precision, TensorOptions};
use serde::Deserialize;

use super::recording::parse;
use super::{name, precisions};
use crate::digest::check_digest;
use crate::numbers::{flat, l2, numbers};
use crate::sources::Sources;
use crate::tally::Tally;
use crate::{Verdict, VerifyError};

const VOCABULARY_FILE: &str = "vocab.txt";

/// Tolerance of the README against numbers of a float32 run, in either precision of ours.
const TOLERANCE: f64 = 2e-5;

/// Tolerance of a float64 run against another, as for the forward pass of the small model: the float32 weights are the
/// same numbers in both.
const DOUBLE_TOLERANCE: f64 = 1e-10;

#[derive(Deserialize)]
struct File {
    wheel: String,
    sha256: BTreeMap<String, String>,
    gates: BTreeMap<String, Vec<Vec<f64>>>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    index: usize,
    text_a: String,
    text_b: String,
    max_length_32: Recorded,
    max_length_128: Recorded,
}

#[derive(Deserialize)]
struct Recorded {
    input_ids: Vec<i32>,
    token_type_ids: Vec<i32>,
    n: usize,
    kept_a: usize,
    kept_b: usize,
    #[serde(flatten)]
    output: Output,
    f64: Vectors,
    #[serde(default)]
    gated: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    last_hidden: Statistics,
    #[serde(flatten)]
    vectors: Vectors,
}

#[derive(Deserialize)]
struct Statistics {
    mean: f64,
    std: f64,
    min: f64,
    max: f64,
    l2: f64,
}

/// First numbers of the first position, and of the mean over all positions.
#[derive(Deserialize)]
struct Vectors {
    cls_first8: Vec<f64>,
    mean_pooled_first8: Vec<f64>,
}

pub(super) fn check(
    text: &str,
    path: &Path,
    on: &TensorOptions,
    sources: &Sources,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let file: File = parse(text, path)?;
    let beside = path.with_file_name("minilm");
    let named = sources.minilm.clone();
    let Some(folder) = named.or_else(|| beside.is_dir().then_some(beside)) else {
        let needs = format!(
            "needs the encoder of {} (set HEADCOUNT_MINILM to a folder with its {WEIGHTS_FILE}, {CONFIG_FILE} and \
             {VOCABULARY_FILE})",
            file.wheel
        );
        return Ok(vec![("minilm".into(), Verdict::Skipped(needs))]);
    };
    for name in [WEIGHTS_FILE, CONFIG_FILE, VOCABULARY_FILE] {
        check_digest(&folder.join(name), file.sha256.get(name).map(String::as_str))?;
    }
    let vocabulary = folder.join(VOCABULARY_FILE);
    let tokenizer = ModelTokenizer::from_vocab_file(&vocabulary, &WordPieceOptions::default())
        .map_err(|error| VerifyError::malformed(&vocabulary, error))?;
    let tokens =
        check_tokens(&file, &tokenizer).map_err(|error| VerifyError::malformed(&vocabulary, error))?;
    let mut found = vec![("minilm tokens".to_owned(), tokens)];
    for options in precisions(on) {
        found.extend(check_outputs(&file, &folder, &options)?);
    }
    Ok(found)
}

fn check_tokens(file: &File, tokenizer: &ModelTokenizer) -> Result<Verdict, DataError> {
    let mut tally = Tally::default();
    for pair in &file.pairs {
        let example = Example {
            text: pair.text_a.clone(),
            pair: Some(pair.text_b.clone()),
            label: 0,
        };
        for (max_length, recorded) in [(32, &pair.max_length_32), (128, &pair.max_length_128)] {
            tally.case();
            let place = format!("pair {} of at most {max_length} tokens", pair.index);
            let encoded = tokenizer.encode(&example, max_length)?;
            let ids: Vec<i32> = encoded.input_ids.iter().map(|&id| id as i32).collect();
            let types: Vec<i32> = encoded
                .token_type_ids
                .iter()
                .map(|&kind| i32::from(kind))
                .collect();
            let second = types.iter().filter(|&&kind| kind == 1).count();
            // [CLS] and [SEP] around the first text, [SEP] after the second.
            let kept = (types.len().saturating_sub(second + 2), second.saturating_sub(1));
            tally.equal(&format!("{place}: ids"), &ids, &recorded.input_ids);
            tally.equal(&format!("{place}: types"), &types, &recorded.token_type_ids);
            tally.equal(&format!("{place}: n"), &ids.len(), &recorded.n);
            tally.equal(
                &format!("{place}: kept"),
                &kept,
                &(recorded.kept_a, recorded.kept_b),
            );
        }
    }
    Ok(tally.verdict())
}

/// Outputs against those of a float32 run, and where ours are of float64 against those of a float64 run too.
fn check_outputs(
    file: &File,
    folder: &Path,
    options: &TensorOptions,
) -> Result<Vec<(String, Verdict)>, VerifyError> {
    // The classifier, which the file lacks, is not looked at.
    let refused = |error| VerifyError::malformed(folder, error);
    let config = EncoderConfig::read(&folder.join(CONFIG_FILE)).map_err(refused)?;
    let (model, _) = load_encoder(folder, &config, Classifier::AsStored, 0, options).map_err(refused)?;
    let (mut single, mut double) = (Tally::default(), Tally::default());
    for pair in &file.pairs {
        for (max_length, recorded) in [(32, &pair.max_length_32), (128, &pair.max_length_128)] {
            single.case();
            double.case();
            let place = format!("pair {} of at most {max_length} tokens", pair.index);
            let states = last_hidden(&model, recorded, None, options);
            states.compare(&mut single, &place, &recorded.output);
            states.compare_vectors(&mut double, &place, &recorded.f64, DOUBLE_TOLERANCE);
            for (gating, output) in &recorded.gated {
                let place = format!("{place} under gates {gating}");
                let rows = file.gates.get(gating);
                match rows.and_then(|rows| HeadGates::new(&flat(rows), model.grid(), options).ok()) {
                    Some(gates) => {
                        let states = last_hidden(&model, recorded, Some(&gates), options);
                        states.compare(&mut single, &place, output);
                    }
                    None => single.differs(format!("{place}: no gates of this model are recorded")),
                }
            }
        }
    }
    let float = name(options);
    let mut found = vec![(format!("minilm {float}"), single.verdict())];
    if options.precision == Precision::Double {
        found.push((format!("minilm {float}, recorded in float64"), double.verdict()));
    }
    Ok(found)
}

/// States of all positions after the last layer.
struct States {
    values: Vec<f64>,
    width: usize,
}

fn last_hidden(
    model: &EncoderClassifier,
    recorded: &Recorded,
    gates: Option<&HeadGates>,
    options: &TensorOptions,
) -> States {
    let tokens = vec![true; recorded.input_ids.len()];
    let batch = TokenBatch::new(
        &recorded.input_ids,
        &recorded.token_type_ids,
        &tokens,
        &[0],
        options,
    );
    let output = model.forward_with_hidden(&batch, gates);
    let width = output.pooled.dims()[1];
    let values = output
        .hidden
        .into_iter()
        .next_back()
        .map(numbers)
        .unwrap_or_default();
    States { values, width }
}

impl States {
    fn compare(&self, tally: &mut Tally, place: &str, recorded: &Output) {
        let Statistics {
            mean,
            std,
            min,
            max,
            l2: norm,
        } = recorded.last_hidden;
        let values = &self.values;
        let count = values.len() as f64;
        let got_mean = values.iter().sum::<f64>() / count;
        let got_std = (values.iter().map(|v| (v - got_mean).powi(2)).sum::<f64>() / count).sqrt();
        let got_min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let got_max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (what, got, want) in [
            ("mean", got_mean, mean),
            ("std", got_std, std),
            ("min", got_min, min),
            ("max", got_max, max),
        ] {
            tally.number(&format!("{place} last_hidden {what}"), got, want, TOLERANCE);
        }
        let place_of_norm = format!("{place} last_hidden l2");
        tally.number(&place_of_norm, l2(values), norm, TOLERANCE * norm);
        self.compare_vectors(tally, place, &recorded.vectors, TOLERANCE);
    }

    fn compare_vectors(&self, tally: &mut Tally, place: &str, recorded: &Vectors, tolerance: f64) {
        let positions = (self.values.len() / self.width) as f64;
        let pooled: Vec<f64> = (0..self.width)
            .map(|column| self.values[column..].iter().step_by(self.width).sum::<f64>() / positions)
            .collect();
        for (what, got, want) in [
            ("first position", &self.values[..], &recorded.cls_first8),
            ("mean", &pooled[..], &recorded.mean_pooled_first8),
        ] {
            let got = &got[..want.len().min(got.len())];
            tally.close(&format!("{place} {what}"), got, want, tolerance);
        }
    }
}
