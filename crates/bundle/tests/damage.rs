//! Damaged configs and weights are read or refused; nothing panics, and nothing asks for more memory than files explain.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;

use bundle::encoder::{EncoderConfig, Family};
use bundle::translation::TranslationConfig;
use bundle::weights::{Classifier, Plan, Weights};
use bundle::{BundleError, CONFIG_FILE, TensorSpec, WEIGHTS_FILE};
use files::Hint;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};

fn config(family: Family) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(7, 4, 2, 2, 6, 5);
    config.family = family;
    config.set_classes(3);
    config
}

fn write_weights(path: &Path, tensors: &[TensorSpec]) {
    let numbers = vec![0_u8; 4 * tensors.iter().map(TensorSpec::count).max().unwrap() as usize];
    let views = tensors.iter().map(|spec| {
        let bytes = &numbers[..4 * spec.count() as usize];
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), bytes).unwrap();
        (spec.name.clone(), view)
    });
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Values that somebody or a broken disk could have put in the place of any other.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(3),
        json!(0.5),
        json!(1e300),
        json!(4_294_967_296_u64),
        json!(1_u64 << 34),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("bert"),
        json!("12"),
        json!([]),
        json!([0]),
        json!({}),
        json!({"0": "a"}),
        json!({"a": 0}),
        json!({"-1": {}}),
        json!({"0": [1]}),
        json!({"1": [0, 1]}),
        json!({"encoder-self": {"0": [1]}}),
        json!({"decoder-self": {"1": [0, 1]}}),
    ]
}

/// Every config that is one of `keys` with a key gone or with another value.
fn damaged(keys: &Map<String, Value>) -> impl Iterator<Item = (String, Map<String, Value>)> {
    let gone = keys.keys().map(|key| {
        let mut other = keys.clone();
        other.remove(key);
        (format!("without {key}"), other)
    });
    let changed = keys.keys().flat_map(move |key| {
        odd_values().into_iter().map(move |value| {
            let mut other = keys.clone();
            let name = format!("{key} = {value}");
            other.insert(key.clone(), value);
            (name, other)
        })
    });
    gone.chain(changed)
}

#[test]
fn a_config_with_any_odd_value_is_obeyed_or_refused_in_words() {
    let (mut obeyed, mut refused) = (0, 0);
    for family in Family::ALL {
        let folder = tempfile::tempdir().unwrap();
        let good = config(family);
        write_weights(&folder.path().join(WEIGHTS_FILE), &good.tensors());
        let weights = Weights::of_folder(folder.path()).unwrap();
        let mut keys = good.to_keys();
        for key in [
            "is_decoder",
            "_num_labels",
            "num_labels",
            "pruned_heads",
            "auto_map",
            "quantization_config",
        ] {
            keys.insert(key.to_owned(), json!(null));
        }
        for (name, keys) in damaged(&keys) {
            match EncoderConfig::from_keys(keys) {
                Ok(config) => {
                    // Sizes that are not those of the file are refused before anything is made of them.
                    let plan = Plan::encoder(&config, &weights, Classifier::AsStored);
                    let fewer = plan.is_ok_and(|plan| {
                        config.parameters() != good.parameters() && plan.report.left_out.is_empty()
                    });
                    assert!(!fewer, "{name}");
                    obeyed += 1;
                }
                Err(reason) => {
                    assert!(reason.contains('`') && reason.len() < 300, "{name}: {reason}");
                    refused += 1;
                }
            }
        }
    }
    assert!(obeyed > 100 && refused > 500, "{obeyed} {refused}");
}

#[test]
fn a_config_of_an_encoder_decoder_with_any_odd_value_is_obeyed_or_refused_in_words() {
    let good = TranslationConfig::of_sizes(9, 8, 4, 2, 2, 6);
    let folder = tempfile::tempdir().unwrap();
    write_weights(&folder.path().join(WEIGHTS_FILE), &good.tensors());
    let weights = Weights::of_folder(folder.path()).unwrap();
    let mut keys = good.to_keys();
    keys.insert("pruned_heads".to_owned(), json!(null));
    for (name, keys) in damaged(&keys) {
        match TranslationConfig::from_keys(keys) {
            Ok(config) => {
                let plan = Plan::exact(&config.tensors(), &weights);
                assert!(
                    plan.is_err() || config.parameters() == good.parameters(),
                    "{name}"
                );
            }
            Err(reason) => assert!(reason.contains('`'), "{name}: {reason}"),
        }
    }
}

/// Numbers that look random.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % bound
    }

    /// Some bytes of a file turned into others, left out or doubled.
    fn damage(&mut self, whole: &[u8], within: usize) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(3) {
            let place = self.below(within.min(bytes.len()));
            match self.below(4) {
                0 => bytes[place] = self.below(256) as u8,
                1 => bytes[place] ^= 1 << self.below(8),
                2 => drop(bytes.remove(place)),
                _ => bytes.insert(place, bytes[place]),
            }
        }
        bytes
    }
}

#[test]
fn damaged_files_are_read_or_refused_by_name() {
    let mut draws = Draws(7);
    let folder = tempfile::tempdir().unwrap();
    let (config_path, weights_path) = (folder.path().join(CONFIG_FILE), folder.path().join(WEIGHTS_FILE));
    let good = config(Family::Roberta);
    bundle::write_config(folder.path(), good.to_keys()).unwrap();
    write_weights(&weights_path, &good.tensors());
    let (text, bytes) = (fs::read(&config_path).unwrap(), fs::read(&weights_path).unwrap());
    let header = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let named = |error: BundleError, path: &Path| {
        let said = error.to_string();
        assert!(said.contains(&path.display().to_string()), "{said}");
        assert!(error.hint().is_some());
    };
    for _ in 0..400 {
        fs::write(&config_path, draws.damage(&text, text.len())).unwrap();
        let config = EncoderConfig::read(&config_path);
        fs::write(&weights_path, draws.damage(&bytes, header)).unwrap();
        let weights = Weights::of_folder(folder.path());
        match (config, weights) {
            (Ok(config), Ok(weights)) => match Plan::encoder(&config, &weights, Classifier::AsStored) {
                Ok(plan) => {
                    for spec in config.tensors() {
                        plan.read::<f32>(&spec.name, &weights).unwrap();
                    }
                }
                Err(error) => named(error, &weights_path),
            },
            (config, weights) => {
                if let Err(error) = config {
                    named(error, &config_path);
                }
                if let Err(error) = weights {
                    named(error, &weights_path);
                }
            }
        }
    }
}
