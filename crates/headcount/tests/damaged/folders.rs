//! Model folders, as training starts from them.

use damage::Files;

use crate::program::commands;
use crate::{campaign, fixtures};

/// The experiment without the sizes that a folder brings, and the folder of a model that was trained here as `model`.
fn with_model(files: &Files) -> Files {
    let arguments = ["reproduce", "x.toml", "--out", "out", "--jobs", "1"];
    let trained = fixtures::after(files, &arguments);
    let run = fixtures::run_of(&trained, "dense");
    let of_model = [
        "config.json",
        "model.safetensors",
        "vocab.txt",
        "tokenizer",
        "special_tokens",
        "dict.",
    ];
    let mut model = fixtures::moved(&trained, &run, "model");
    model.retain(|name, _| {
        of_model
            .iter()
            .any(|begin| name.starts_with(&format!("model/{begin}")))
    });
    model.extend(files.clone());
    model
}

const TRAIN: &str = "reproduce x.toml --out out --jobs 1 --set model.weights=model";

#[test]
fn encoders() {
    let files = with_model(&fixtures::classification());
    campaign("encoders", &files, &["model"], 60).run(|folder| commands(folder, &[TRAIN]));
}

#[test]
fn encoder_decoders() {
    let mut files = with_model(&fixtures::translation());
    files.retain(|name, _| !name.starts_with("dict."));
    let text = fixtures::TRANSLATION.replace("dictionaries = [\"dict.de.txt\", \"dict.en.txt\"]\n", "");
    files.insert("x.toml".to_owned(), text.into_bytes());
    campaign("encoder-decoders", &files, &["model"], 40).run(|folder| commands(folder, &[TRAIN]));
}
