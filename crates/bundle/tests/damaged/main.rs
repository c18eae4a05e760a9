//! Damaged model folders: configs and tensors are refused or read, and no number in them asks for more than there is.
//!
//! docs/fuzzing.md says how to run this for longer and how a seed becomes a case.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bundle::encoder::{EncoderConfig, Family};
use bundle::translation::TranslationConfig;
use bundle::weights::{Classifier, Plan, Weights};
use bundle::{BundleError, CONFIG_FILE, INDEX_FILE, TensorSpec, WEIGHTS_FILE};
use damage::{Campaign, Files};
use files::Hint;
use heads::HeadMask;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};

/// Cases that were found.
const LISTED: &str = include_str!("cases.txt");

fn campaign(name: &str, files: Files) -> Campaign<'_> {
    Campaign {
        name,
        files,
        damaged: Vec::new(),
        listed: LISTED,
        cases: 200,
        share: 0.02,
        keep: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("damaged"),
    }
}

fn safetensors(specs: &[TensorSpec]) -> Vec<u8> {
    let zeros: Vec<Vec<u8>> = specs
        .iter()
        .map(|spec| vec![0; 4 * spec.shape.iter().product::<usize>()])
        .collect();
    let views = specs.iter().zip(&zeros).map(|(spec, bytes)| {
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), bytes);
        (spec.name.as_str(), view.unwrap())
    });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn json_file(keys: Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec_pretty(&Value::Object(keys)).unwrap()
}

fn config(family: Family) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(7, 4, 2, 2, 6, 5);
    config.family = family;
    config.set_labels(&["entailment", "neutral", "contradiction"].map(str::to_owned));
    config.classifier_dropout = Some(0.1);
    config
}

/// An error says something.
fn told(error: &BundleError) -> Result<(), String> {
    match error.to_string().is_empty() || error.hint().is_none() {
        true => Err("an error without a message or a hint".to_owned()),
        false => Ok(()),
    }
}

/// Reads all of a folder as a training does.
fn read_encoder(folder: &Path) -> Result<(), BundleError> {
    let config = EncoderConfig::read(&folder.join(CONFIG_FILE))?;
    let weights = Weights::of_folder(folder)?;
    let plan = Plan::encoder(&config, &weights, Classifier::AsStored)?;
    for spec in config.tensors() {
        plan.read::<f32>(&spec.name, &weights)?;
    }
    let written = EncoderConfig::from_keys(config.to_keys()).ok();
    assert_eq!(
        written.as_ref(),
        Some(&config),
        "what is read is written as it was read"
    );
    Ok(())
}

fn encoders(name: &str, config: &EncoderConfig) {
    let files = Files::from([
        (CONFIG_FILE.to_owned(), json_file(config.to_keys())),
        (WEIGHTS_FILE.to_owned(), safetensors(&config.tensors())),
    ]);
    campaign(name, files).run(|folder| read_encoder(folder).or_else(|error| told(&error)));
}

#[test]
fn folders_of_bert() {
    encoders("bert", &config(Family::Bert));
}

#[test]
fn folders_of_roberta() {
    encoders("roberta", &config(Family::Roberta));
}

#[test]
fn folders_of_distilbert() {
    encoders("distilbert", &config(Family::DistilBert));
}

#[test]
fn folders_of_bert_without_some_heads() {
    let mask = HeadMask::from_digits("0010").unwrap();
    encoders("bert-pruned", &config(Family::Bert).pruned(&mask).unwrap());
}

#[test]
fn folders_of_several_files() {
    let config = config(Family::XlmRoberta);
    let specs = config.tensors();
    let (first, second) = specs.split_at(specs.len() / 2);
    let shards = [
        ("model-00001-of-00002.safetensors", first),
        ("model-00002-of-00002.safetensors", second),
    ];
    let places = shards
        .iter()
        .flat_map(|(file, specs)| specs.iter().map(move |spec| (spec.name.clone(), json!(file))));
    let index = json!({ "metadata": { "total_size": 1 }, "weight_map": places.collect::<Map<_, _>>() });
    let mut files = Files::from([
        (CONFIG_FILE.to_owned(), json_file(config.to_keys())),
        (INDEX_FILE.to_owned(), serde_json::to_vec_pretty(&index).unwrap()),
    ]);
    files.extend(shards.map(|(file, specs)| (file.to_owned(), safetensors(specs))));
    campaign("shards", files).run(|folder| read_encoder(folder).or_else(|error| told(&error)));
}

#[test]
fn folders_of_translation() {
    encoder_decoders("encoder-decoder", &TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6));
}

#[test]
fn folders_of_translation_without_some_heads() {
    let mask = HeadMask::from_digits("101100").unwrap();
    let config = TranslationConfig::of_sizes(9, 8, 4, 1, 2, 6).pruned(&mask);
    encoder_decoders("encoder-decoder-pruned", &config.unwrap());
}

fn encoder_decoders(name: &str, config: &TranslationConfig) {
    let files = Files::from([
        (CONFIG_FILE.to_owned(), json_file(config.to_keys())),
        (WEIGHTS_FILE.to_owned(), safetensors(&config.tensors())),
    ]);
    let read = |folder: &Path| -> Result<(), BundleError> {
        let config = TranslationConfig::read(&folder.join(CONFIG_FILE))?;
        let weights = Weights::of_folder(folder)?;
        let plan = Plan::exact(&config.tensors(), &weights)?;
        for spec in config.tensors() {
            plan.read::<f64>(&spec.name, &weights)?;
        }
        Ok(())
    };
    campaign(name, files).run(|folder| read(folder).or_else(|error| told(&error)));
}
