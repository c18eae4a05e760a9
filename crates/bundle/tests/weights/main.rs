//! Weights of folders that the tests write: in one file and in several, under every spelling, and with all that can be
//! wrong with them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod refused;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use bundle::encoder::{EncoderConfig, Family};
use bundle::weights::{
    Classifier, LoadReport, Plan, Problem, Problems, Source, StoredTensor, Weights, float_numbers,
};
use bundle::{BundleError, INDEX_FILE, TensorSpec, WEIGHTS_FILE};
use files::Hint;
use safetensors::tensor::{Dtype, TensorView};

/// A tensor to be stored: its name, its shape, and its numbers from `first` upwards.
type Stored = (String, Vec<usize>, f32);

fn write(path: &Path, tensors: &[Stored], dtype: Dtype) {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, shape, first)| {
            let numbers = (0..shape.iter().product()).map(|at: usize| first + at as f32);
            match dtype {
                Dtype::F32 => numbers.flat_map(f32::to_le_bytes).collect(),
                Dtype::I32 => numbers.flat_map(|number| (number as i32).to_le_bytes()).collect(),
                _ => panic!("{dtype:?}"),
            }
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (
            name.as_str(),
            TensorView::new(dtype, shape.clone(), bytes).unwrap(),
        )
    });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

fn config(family: Family) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(7, 4, 2, 2, 6, 5);
    config.family = family;
    config.set_classes(3);
    config
}

/// The tensors of a model, numbers from 100 times their place upwards.
fn tensors(config: &EncoderConfig) -> Vec<Stored> {
    let specs = config.tensors().into_iter().enumerate();
    specs
        .map(|(place, TensorSpec { name, shape, .. })| (name, shape, 100.0 * place as f32))
        .collect()
}

fn folder_of(tensors: &[Stored]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(WEIGHTS_FILE), tensors, Dtype::F32);
    folder
}

fn plan(folder: &Path, config: &EncoderConfig, classifier: Classifier<'_>) -> Result<Plan, Vec<Problem>> {
    let weights = Weights::of_folder(folder).unwrap();
    Plan::encoder(config, &weights, classifier).map_err(|error| match error {
        BundleError::Tensors {
            problems: Problems(problems),
            ..
        } => problems,
        other => panic!("{other}"),
    })
}

fn missing(name: &str) -> Problem {
    Problem::Missing {
        name: name.to_owned(),
    }
}

#[test]
fn every_tensor_of_every_family_is_read_as_it_is_stored() {
    for family in Family::ALL {
        let config = config(family);
        let stored = tensors(&config);
        let folder = folder_of(&stored);
        let weights = Weights::of_folder(folder.path()).unwrap();
        let plan = Plan::encoder(&config, &weights, Classifier::AsStored).unwrap();
        assert_eq!(plan.report, LoadReport::default());
        for (name, shape, first) in &stored {
            let StoredTensor {
                shape: found,
                numbers,
            } = plan.read::<f64>(name, &weights).unwrap().unwrap();
            assert_eq!(&found, shape, "{name}");
            let wanted: Vec<f64> = (0..numbers.len())
                .map(|at| f64::from(*first) + at as f64)
                .collect();
            assert_eq!(numbers, wanted, "{name}");
            assert_eq!(numbers.len(), shape.iter().product::<usize>());
            let bytes = weights.bytes(name).unwrap();
            assert_eq!(float_numbers(&bytes, Dtype::F32), Some(numbers), "{name}");
        }
        assert_eq!(Plan::exact(&config.tensors(), &weights).unwrap(), plan);
    }
}

#[test]
fn spellings_of_other_programs_are_understood_and_buffers_left_out() {
    let config = config(Family::Bert);
    let spelled: Vec<Stored> = tensors(&config)
        .into_iter()
        .map(|(name, shape, first)| {
            let bare = name.replacen("bert.", "", 1);
            let old = bare.replace("LayerNorm.weight", "LayerNorm.gamma");
            (
                format!("module.{}", old.replace("LayerNorm.bias", "LayerNorm.beta")),
                shape,
                first,
            )
        })
        .chain([("module.embeddings.position_ids".to_owned(), vec![1, 5], 0.0)])
        .collect();
    let folder = folder_of(&spelled);
    let plan = plan(folder.path(), &config, Classifier::AsStored).unwrap();
    assert_eq!(plan.report, LoadReport::default());
    let source = plan.source("bert.embeddings.LayerNorm.weight").unwrap();
    let name = "module.embeddings.LayerNorm.gamma".to_owned();
    let shape = vec![4];
    assert_eq!(
        source,
        &Source::Stored {
            name,
            shape,
            rows: None
        }
    );
}

#[test]
fn several_files_are_one_model_and_each_is_checked() {
    let config = config(Family::Roberta);
    let all = tensors(&config);
    let folder = tempfile::tempdir().unwrap();
    let parts = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let half = all.len() / 2;
    write(&folder.path().join(parts[0]), &all[..half], Dtype::F32);
    write(&folder.path().join(parts[1]), &all[half..], Dtype::F32);
    let map: HashMap<&str, &str> = all
        .iter()
        .enumerate()
        .map(|(place, (name, ..))| (name.as_str(), parts[usize::from(place >= half)]))
        .collect();
    let index = folder.path().join(INDEX_FILE);
    let list = |map: &HashMap<&str, &str>| {
        let text = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map});
        fs::write(&index, text.to_string()).unwrap();
    };
    list(&map);
    let weights = Weights::of_folder(folder.path()).unwrap();
    assert_eq!(weights.files().count(), 2);
    let plan = Plan::encoder(&config, &weights, Classifier::AsStored).unwrap();
    let (name, _, first) = &all[half];
    assert_eq!(
        plan.read::<f32>(name, &weights).unwrap().unwrap().numbers[0],
        *first
    );

    let refused = |wanted: &str| {
        let error = Weights::of_folder(folder.path()).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
        assert!(error.hint().is_some());
    };
    let mut other = map.clone();
    other.insert("classifier.dense.weight", parts[0]);
    list(&other);
    refused("model-00001-of-00002.safetensors has no tensor `classifier.dense.weight`");
    for outside in ["../model.safetensors", "/etc/passwd", "..", ""] {
        other.insert("classifier.dense.weight", outside);
        list(&other);
        refused("not the name of a file beside it");
    }
    fs::write(&index, "{\"metadata\": {}}").unwrap();
    refused("`weight_map` is missing");
    fs::write(&index, "{\"weight_map\": [1]}").unwrap();
    refused("`weight_map` is [1]");
    list(&map);
    let second = folder.path().join(parts[1]);
    let whole = fs::read(&second).unwrap();
    fs::write(&second, &whole[..whole.len() - 1]).unwrap();
    refused(&format!("it has {} bytes of {}", whole.len() - 1, whole.len()));
    fs::remove_file(&second).unwrap();
    refused(parts[1]);
    // A whole file goes before the list.
    write(&folder.path().join(WEIGHTS_FILE), &all, Dtype::F32);
    assert_eq!(Weights::of_folder(folder.path()).unwrap().files().count(), 1);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let config = config(Family::Bert);
    let mut stored = tensors(&config);
    stored.retain(|(name, ..)| name != "bert.encoder.layer.1.output.dense.weight");
    for (name, shape, _) in &mut stored {
        match name.as_str() {
            "bert.embeddings.word_embeddings.weight" => *shape = vec![8, 4],
            "bert.encoder.layer.0.attention.self.key.bias" => {
                *name = "encoder.layer.0.attention.self.query.bias".into()
            }
            _ => {}
        }
    }
    let folder = folder_of(&stored);
    let problems = plan(folder.path(), &config, Classifier::AsStored).unwrap_err();
    let wanted = [
        Problem::Shape {
            name: "bert.embeddings.word_embeddings.weight".into(),
            found: vec![8, 4],
            expected: vec![7, 4],
        },
        Problem::Twice {
            names: [
                "bert.encoder.layer.0.attention.self.query.bias".into(),
                "encoder.layer.0.attention.self.query.bias".into(),
            ],
        },
        missing("bert.encoder.layer.0.attention.self.key.bias"),
        missing("bert.encoder.layer.1.output.dense.weight"),
    ];
    assert_eq!(problems, wanted);
    let text = Problems(problems).to_string();
    assert!(
        text.starts_with("4 tensors are not those of the config\n  `bert."),
        "{text}"
    );
    assert!(
        text.contains("has shape [8, 4], the config asks for [7, 4]"),
        "{text}"
    );
}

#[test]
fn numbers_that_are_no_floats_are_refused_by_type() {
    let config = config(Family::DistilBert);
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(WEIGHTS_FILE), &tensors(&config), Dtype::I32);
    let problems = plan(folder.path(), &config, Classifier::AsStored).unwrap_err();
    assert_eq!(problems.len(), config.tensors().len());
    let weights = Weights::of_folder(folder.path()).unwrap();
    let error = weights.read::<f32>("pre_classifier.bias").unwrap_err();
    assert!(error.to_string().contains("numbers of type I32"), "{error}");
}

#[test]
fn what_stands_before_the_classes_may_be_missing_and_begins_anew() {
    for (family, head) in [
        (Family::Bert, "bert.pooler.dense"),
        (Family::XlmRoberta, "classifier.dense"),
        (Family::DistilBert, "pre_classifier"),
    ] {
        let config = config(family);
        let mut stored = tensors(&config);
        stored.retain(|(name, ..)| !name.starts_with(head));
        let folder = folder_of(&stored);
        let without_head = plan(folder.path(), &config, Classifier::AsStored).unwrap();
        let named = |head: &str| ["weight", "bias"].map(|part| format!("{head}.{part}"));
        assert_eq!(without_head.report.fresh, named(head));
        assert_eq!(without_head.source(&named(head)[0]), Some(&Source::Fresh));

        stored.retain(|(name, ..)| !name.contains("classifier"));
        stored.push(("lm_head.bias".into(), vec![7], 0.0));
        stored.push((
            format!("{}.encoder.layer.2.output.dense.bias", family.prefix()),
            vec![4],
            0.0,
        ));
        let folder = folder_of(&stored);
        let of_language = plan(folder.path(), &config, Classifier::AsStored).unwrap().report;
        assert_eq!(
            of_language.fresh,
            [named(head), named(family.classifier())].concat()
        );
        assert_eq!(of_language.unused, ["lm_head.bias"]);
        assert_eq!(of_language.left_out.len(), 1);
        assert!(of_language.left_out[0].contains("layer.2"), "{of_language:?}");
    }
}

#[test]
fn layers_that_the_config_does_not_have_are_no_part_of_a_model_of_ours() {
    let config = config(Family::Bert);
    let folder = folder_of(&tensors(&config));
    let weights = Weights::of_folder(folder.path()).unwrap();
    let mut shallow = config.clone();
    shallow.num_hidden_layers = 1;
    let refused = Plan::exact(&shallow.tensors(), &weights).unwrap_err().to_string();
    assert!(
        refused.contains("16 tensors are not those of the config"),
        "{refused}"
    );
    assert!(
        refused.contains("layer.1.output.dense.bias` is of a layer that the config"),
        "{refused}"
    );
    // A folder of somebody else may be used in part, and it is said.
    let plan = Plan::encoder(&shallow, &weights, Classifier::AsStored).unwrap();
    assert_eq!(plan.report.left_out.len(), 16);
}

#[test]
fn half_a_layer_is_no_layer_that_may_be_missing() {
    let config = config(Family::Bert);
    let mut stored = tensors(&config);
    stored.retain(|(name, ..)| name != "bert.pooler.dense.bias" && name != "classifier.weight");
    let folder = folder_of(&stored);
    let problems = plan(folder.path(), &config, Classifier::AsStored).unwrap_err();
    assert_eq!(
        problems,
        [missing("bert.pooler.dense.bias"), missing("classifier.weight")]
    );
}

#[test]
fn rows_of_the_classifier_are_put_in_order_or_begin_anew() {
    for family in Family::ALL {
        let stored = config(family);
        let folder = folder_of(&tensors(&stored));
        let weights = Weights::of_folder(folder.path()).unwrap();
        let names = ["weight", "bias"].map(|part| format!("{}.{part}", family.classifier()));
        let rows = Classifier::Rows {
            stored: 3,
            order: &[2, 0],
        };
        let mut two = stored.clone();
        two.set_classes(2);
        let plan = Plan::encoder(&two, &weights, rows).unwrap();
        assert_eq!(plan.report, LoadReport::default());
        let first = |name| {
            tensors(&stored)
                .iter()
                .find(|(other, ..)| *other == name)
                .unwrap()
                .2
        };
        let [weight, bias] = names.clone().map(|name| {
            let first = first(name.clone());
            let StoredTensor { shape, numbers } = plan.read::<f32>(&name, &weights).unwrap().unwrap();
            (
                shape,
                numbers
                    .into_iter()
                    .map(|number| number - first)
                    .collect::<Vec<_>>(),
            )
        });
        assert_eq!(
            weight,
            (vec![2, 4], vec![8.0, 9.0, 10.0, 11.0, 0.0, 1.0, 2.0, 3.0])
        );
        assert_eq!(bias, (vec![2], vec![2.0, 0.0]));

        // Other classes are not taken for these, unless the caller says so.
        let problems = Plan::encoder(&two, &weights, Classifier::AsStored).unwrap_err();
        assert!(
            problems
                .to_string()
                .contains("has shape [3, 4], the config asks for [2, 4]"),
            "{problems}"
        );
        for config in [&two, &stored] {
            let report = Plan::encoder(config, &weights, Classifier::Fresh).unwrap().report;
            assert_eq!(report.fresh, names);
            assert!(report.unused.is_empty() && report.left_out.is_empty());
        }
    }
}
