//! What says how text becomes ids is copied with a model, and nothing else.

use std::fs;

use export::copy_text_files;

#[test]
fn files_that_prepare_text_are_copied_and_no_others() {
    let copied = [
        "codes",
        "dict.de.txt",
        "dict.en.txt",
        "nonbreaking_prefix.de",
        "nonbreaking_prefix.en",
        "prepared.toml",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    ];
    let left = [
        "config.json",
        "dict.de",
        "model.safetensors",
        "nonbreaking_prefix",
        "prepared.toml.old",
        "train.de",
    ];
    let root = tempfile::tempdir().unwrap();
    let [from, out] = ["from", "out"].map(|name| root.path().join(name));
    for folder in [&from, &out] {
        fs::create_dir(folder).unwrap();
    }
    for name in copied.iter().chain(&left) {
        fs::write(from.join(name), format!("of {name}\r\n")).unwrap();
    }
    fs::create_dir(from.join("nonbreaking_prefix.fr")).unwrap();
    copy_text_files(&from, &out).unwrap();
    let mut found: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, copied);
    for name in copied {
        let text = fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(text, format!("of {name}\r\n"));
    }
}
