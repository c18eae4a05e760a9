//! The graph of every family is whole, and what is written is read back as a message of protobuf.

use std::collections::BTreeSet;

use bundle::WEIGHTS_FILE;
use bundle::encoder::{Activation, Family};
use bundle::write_config;
use heads::HeadMask;
use prost::Message;
use safetensors::tensor::{Dtype, TensorView};

use super::proto::{FLOAT, Graph, Tensor};
use super::*;

/// A file as it is read: a model with its graph, whose initializers are all in one list.
#[derive(Clone, PartialEq, Message)]
struct Whole {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<Property>,
}

fn configs() -> impl Iterator<Item = EncoderConfig> {
    let both = Family::ALL
        .into_iter()
        .flat_map(|family| Activation::ALL.map(|activation| (family, activation)));
    both.flat_map(|(family, activation)| {
        let mut whole = EncoderConfig::of_sizes(11, 6, 3, 3, 7, 9);
        (whole.family, whole.hidden_act) = (family, activation);
        whole.set_classes(3);
        ["111111111", "010000111", "000000000"]
            .map(|digits| whole.pruned(&HeadMask::from_digits(digits).unwrap()).unwrap())
    })
}

#[test]
fn every_value_is_computed_before_it_is_used_and_every_tensor_of_the_model_is() {
    for config in configs() {
        let built = encoder::classifier(&config, &config.grid().unwrap());
        let names: Vec<String> = built.weights.iter().map(|weight| weight.name()).collect();
        let mut known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(known.len(), names.len(), "a weight twice");
        known.extend(built.graph.input.iter().map(|input| input.name.as_str()));
        known.extend(
            built
                .graph
                .initializer
                .iter()
                .map(|constant| constant.name.as_str()),
        );
        let mut used = BTreeSet::new();
        for node in &built.graph.node {
            for input in &node.input {
                assert!(known.contains(input.as_str()), "{input} of {}", node.name);
                used.insert(input.as_str());
            }
            assert!(known.insert(node.output[0].as_str()), "{} twice", node.name);
        }
        assert!(known.contains("logits"));
        assert!(
            names.iter().all(|name| used.contains(name.as_str())),
            "{config:?}"
        );
        let found: BTreeSet<&str> = built
            .weights
            .iter()
            .map(|weight| weight.tensor.as_str())
            .collect();
        let tensors = config.tensors();
        assert_eq!(found, tensors.iter().map(|spec| spec.name.as_str()).collect());
    }
}

/// The folder of a model whose tensors hold 0, 1, 2 and so on.
fn folder(config: &EncoderConfig) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let specs = config.tensors();
    let bytes: Vec<Vec<u8>> = specs
        .iter()
        .map(|spec| {
            (0..spec.count())
                .flat_map(|at| (at as f32).to_le_bytes())
                .collect()
        })
        .collect();
    let views = specs.iter().zip(&bytes).map(|(spec, bytes)| {
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), bytes).unwrap();
        (spec.name.as_str(), view)
    });
    let file = safetensors::serialize(views, None).unwrap();
    std::fs::write(folder.path().join(WEIGHTS_FILE), file).unwrap();
    write_config(folder.path(), config.to_keys()).unwrap();
    folder
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    assert_eq!(tensor.data_type, FLOAT);
    let numbers = tensor.raw_data.as_chunks::<4>().0;
    numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[test]
fn the_file_is_one_message_with_all_weights_in_their_forms() {
    for config in configs() {
        let folder = folder(&config);
        let path = folder.path().join(MODEL_FILE);
        let length = write(folder.path(), &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, length);
        let whole = Whole::decode(&bytes[..]).unwrap();
        assert_eq!((whole.ir_version, whole.opset_import[0].version), (8, 17));
        let labels = whole
            .metadata_props
            .iter()
            .find(|property| property.key == "labels");
        assert_eq!(labels.unwrap().value, r#"["LABEL_0","LABEL_1","LABEL_2"]"#);
        let graph = whole.graph.unwrap();
        let inputs = graph.input.len();
        assert_eq!(inputs, if config.family == Family::Bert { 3 } else { 2 });
        let find = |name: String| {
            let found = graph.initializer.iter().find(|tensor| tensor.name == name);
            found.unwrap_or_else(|| panic!("{name}"))
        };
        for spec in config.tensors() {
            let count = spec.count() as usize;
            let stored: Vec<f32> = (0..count).map(|at| at as f32).collect();
            let is_table = spec.name.contains("embeddings.") && spec.shape.len() == 2;
            if config.family.is_roberta() && spec.name.contains("token_type") {
                let first = find(format!("{}.first", spec.name));
                assert_eq!(
                    (first.dims.as_slice(), numbers(first)),
                    (&[1, 6][..], stored[..6].to_vec())
                );
            } else if is_table || spec.shape.len() == 1 {
                let found = find(spec.name.clone());
                let dims: Vec<i64> = spec.shape.iter().map(|&size| size as i64).collect();
                assert_eq!((&found.dims, numbers(found)), (&dims, stored));
            } else {
                let found = find(format!("{}.transposed", spec.name));
                let [rows, columns] = spec.shape[..] else {
                    panic!("{spec:?}")
                };
                assert_eq!(found.dims, [columns as i64, rows as i64]);
                let turned = (0..count).map(|at| (at % rows * columns + at / rows) as f32);
                assert_eq!(numbers(found), turned.collect::<Vec<_>>(), "{}", spec.name);
            }
        }
    }
}
