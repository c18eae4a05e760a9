//! Folders in which removed heads are zeros: nothing else differs from the whole model.

use std::fs;
use std::path::Path;

use bundle::encoder::{Activation, Family};
use bundle::weights::{Classifier, LoadReport, Plan, Weights};
use bundle::{CONFIG_FILE, ModelConfig, WEIGHTS_FILE};
use export::zeroed;
use safetensors::tensor::Dtype;

use crate::made::{self, Random, Tensors};

/// Zeros in the columns of heads that are left out, and every other byte as it was; the file is read by safetensors too.
fn check(config: &ModelConfig, tensors: &Tensors, mask: &heads::HeadMask, [from, out]: [&Path; 2]) {
    let [before, after] = [from, out].map(|folder| Weights::of_folder(folder).unwrap());
    let grid = config.grid().unwrap();
    let rows: Vec<_> = grid.rows().iter().zip(grid.cut(mask.flags())).collect();
    let file = fs::read(out.join(WEIGHTS_FILE)).unwrap();
    let read = safetensors::SafeTensors::deserialize(&file).unwrap();
    for (name, (shape, _)) in tensors {
        assert_eq!(after.shape(name), Some(shape.as_slice()), "{name}");
        assert_eq!(after.dtype(name), before.dtype(name), "{name}");
        let (old, new) = (before.bytes(name).unwrap(), after.bytes(name).unwrap());
        assert_eq!(read.tensor(name).unwrap().data(), new);
        let kept = rows
            .iter()
            .find(|(row, _)| config.output_projection(row) == *name);
        let number = old.len() / shape.iter().product::<usize>();
        for (place, (old, new)) in old.chunks(number).zip(new.chunks(number)).enumerate() {
            let is_open = kept.is_none_or(|(_, kept)| {
                let column = place % shape[1];
                kept[column / (shape[1] / kept.len())]
            });
            assert_eq!(
                new,
                if is_open { old } else { &[0; 8][..number] },
                "{name} {place}"
            );
        }
    }
}

#[test]
fn columns_of_removed_heads_are_zeros_and_every_other_byte_is_kept() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let config = made::model(seed as usize, &mut random);
        let tensors = made::tensors(&config, &mut random);
        let mask = random.mask(config.grid().unwrap().total());
        let root = tempfile::tempdir().unwrap();
        let [from, out] = ["from", "out"].map(|name| root.path().join(name));
        made::write(&from, &config, &tensors, made::TYPES[seed as usize / 5 % 4]);
        for (name, text) in [
            ("tokenizer.json", "{}"),
            ("dict.de.txt", "wort 1\n"),
            ("codes", "#version\n"),
            ("other", ""),
        ] {
            fs::write(from.join(name), text).unwrap();
        }
        fs::create_dir(&out).unwrap();
        zeroed::write(&from, &mask, &out).unwrap();
        check(&config, &tensors, &mask, [&from, &out]);
        let read = ModelConfig::read(&out.join(CONFIG_FILE)).unwrap();
        assert_eq!(read.to_keys(), config.to_keys());
        let mut names: Vec<_> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "codes",
                "config.json",
                "dict.de.txt",
                "model.safetensors",
                "tokenizer.json"
            ]
        );
        assert_eq!(fs::read_to_string(out.join("dict.de.txt")).unwrap(), "wort 1\n");
    }
}

#[test]
fn names_become_those_of_the_family_and_what_the_model_does_not_use_stays() {
    let mut random = Random::new(1);
    let config = ModelConfig::Encoder(made::encoder(Family::Bert, Activation::Relu, &mut random));
    let tensors = made::tensors(&config, &mut random);
    let mut spelled: Tensors = tensors
        .iter()
        .map(|(name, tensor)| {
            let bare = name.strip_prefix("bert.").unwrap_or(name);
            let old = bare.replace("LayerNorm.weight", "LayerNorm.gamma");
            (format!("module.{old}"), tensor.clone())
        })
        .collect();
    spelled.insert("lm_head.bias".to_owned(), (vec![3], vec![1.0, 2.0, 3.0]));
    let root = tempfile::tempdir().unwrap();
    let [from, plain, out] = ["from", "plain", "out"].map(|name| root.path().join(name));
    made::write(&from, &config, &spelled, Dtype::F16);
    made::write(&plain, &config, &tensors, Dtype::F16);
    fs::create_dir(&out).unwrap();
    let mask = random.mask(config.grid().unwrap().total());
    zeroed::write(&from, &mask, &out).unwrap();
    check(&config, &tensors, &mask, [&plain, &out]);
    let weights = Weights::of_folder(&out).unwrap();
    assert_eq!(weights.read::<f32>("lm_head.bias").unwrap(), [1.0, 2.0, 3.0]);
    let ModelConfig::Encoder(config) = config else {
        panic!("an encoder")
    };
    let report = Plan::encoder(&config, &weights, Classifier::AsStored)
        .unwrap()
        .report;
    let unused = vec!["lm_head.bias".to_owned()];
    assert_eq!(
        report,
        LoadReport {
            unused,
            ..LoadReport::default()
        }
    );
}
