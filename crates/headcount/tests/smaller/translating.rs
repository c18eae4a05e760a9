//! `translate`: the translations of runs again, and raw text where the folder holds what prepares it.

use std::fs;
use std::path::Path;

use super::common::{headcount, read, run_folder};
use super::sweeps::{Sweep, answers, sources};
use super::{command, ended, fed};

fn translate(folder: &Path, words: &[&str], text: &str) -> String {
    let words = [&["translate", "--device", "flex", "--max-words", "12"], words].concat();
    ended(&fed(command(&words, &[("", folder)]), text.as_bytes()), 0).out
}

#[test]
fn segmented_lines_are_translated_as_in_the_run() {
    let run = Sweep::of_translation().run("dsp-joint");
    let (sources, expected) = (sources(), answers(&run, "test", 4));
    let text = sources.join("\n");
    for folder in [run.clone(), run.join("removed")] {
        let said = translate(&folder, &[], &text);
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
        assert_eq!(translate(&folder, &["--window", "3"], &text), said);
    }
    // An empty line has an empty translation, and a long one is bad.
    let text = format!("{}\n\n{}\n", sources[0], "der ".repeat(500));
    let asked = || command(&["translate", "--max-words", "12"], &[("", run.as_path())]);
    let said = ended(&fed(asked(), text.as_bytes()), 2);
    assert_eq!(said.out, format!("{}\n\n", expected[0]));
    assert!(said.err.contains("standard input:3: 501 units"), "{}", said.err);
    let mut skipping = asked();
    skipping.arg("--skip-bad");
    assert_eq!(
        ended(&fed(skipping, text.as_bytes()), 0).out,
        format!("{}\n\n\n", expected[0])
    );
}

#[test]
fn languages_are_those_of_the_folder_or_given() {
    let run = Sweep::of_translation().run("dense");
    let source = sources()[0].clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in ["config.json", "model.safetensors", "dict.de.txt", "dict.en.txt"] {
        fs::copy(run.join(name), path.join(name)).unwrap();
    }
    let known = translate(path, &[], &source);
    assert_eq!(translate(path, &["--from", "de", "--to", "en"], &source), known);
    let refused = |words: &[&str]| {
        let words = [&["translate"], words].concat();
        ended(&fed(command(&words, &[("", path)]), b"x\n"), 2).err
    };
    assert!(refused(&["--from", "en", "--to", "de"]).contains("from de into en"));
    // As older programs wrote it.
    let config = read(&path.join("config.json"));
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    for key in ["source_language", "target_language"] {
        assert!(config.as_object_mut().unwrap().remove(key).is_some(), "{key}");
    }
    fs::write(path.join("config.json"), config.to_string()).unwrap();
    assert!(refused(&[]).contains("does not say which language"));
    assert_eq!(translate(path, &["--from", "de", "--to", "en"], &source), known);
    assert!(refused(&["--from", "de", "--to", "en", "--beam", "0"]).contains("beam of 0"));
    fs::remove_file(path.join("dict.en.txt")).unwrap();
    assert!(refused(&["--from", "de", "--to", "en"]).contains("dict.en.txt"));
}

/// A corpus is prepared from raw text, a model is trained on it, and its folder takes raw text.
#[test]
fn raw_text_is_prepared_as_the_corpus_was() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pairs = [
        ("Der Hund schläft.", "The dog sleeps."),
        (
            "Die Katze, die läuft, schläft nicht!",
            "The cat that runs doesn't sleep!",
        ),
        ("Ein Hund läuft.", "A dog runs."),
        ("Eine Katze schläft.", "A cat sleeps."),
    ];
    for (language, side) in [("de", 0), ("en", 1)] {
        let lines: String = (0..40)
            .map(|line| {
                let (de, en) = pairs[line % pairs.len()];
                format!("{}\n", [de, en][side])
            })
            .collect();
        fs::write(at(&format!("raw.{language}")), lines).unwrap();
    }
    let mut prepare = headcount(&[
        "data",
        "prepare",
        "parallel",
        "--source-language",
        "de",
        "--target-language",
        "en",
        "--merges",
        "40",
    ]);
    for part in ["train", "valid", "test"] {
        prepare.arg(format!("--{part}"));
        prepare.args([at("raw.de"), at("raw.en")]);
    }
    ended(&prepare.arg("--out").arg(at("corpus")).output().unwrap(), 0);
    let experiment = r#"
        name = "raw"
        task = "translation"
        [data]
        source = "files"
        dir = "corpus"
        dictionaries = ["dict.de.txt", "dict.en.txt"]
        train = [{ path = "train.de", target = "train.en" }]
        evaluate.test = [{ path = "test.de", target = "test.en" }]
        [model]
        layers = 1
        heads = 2
        width = 32
        feed_forward = 32
        dropout = 0.0
        [train]
        updates = 300
        batch = 16
        learning_rate = 5e-3
        schedule = "linear"
        warmup = 20
        [sweep]
        methods = ["dense"]
        seeds = [1]
    "#;
    fs::write(at("raw.toml"), experiment).unwrap();
    let mut sweep = headcount(&[
        "sweep", "run", "raw.toml", "--device", "flex", "--out", "done", "--yes",
    ]);
    ended(&sweep.current_dir(folder.path()).output().unwrap(), 0);
    let run = run_folder(&at("done"), "dense");
    for name in ["codes", "prepared.toml", "dict.de.txt"] {
        assert!(run.join(name).is_file(), "{name}");
    }
    let said = translate(
        &run,
        &[],
        "Der Hund schläft.\nDie Katze, die läuft, schläft nicht!\n",
    );
    // Learned by heart, and written as people write it.
    assert_eq!(said, "the dog sleeps.\nthe cat that runs doesn't sleep!\n");
    let segmented: String = read(&at("corpus/test.de"))
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    let words = translate(&run, &["--segmented"], &segmented);
    assert!(words.starts_with("the dog sleeps .\n"), "{words}");
}
