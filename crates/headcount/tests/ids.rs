//! The ids of all runs of the experiments that come with the program, frozen: under another id a stored result is not
//! found, and its run is done again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use experiment::{Override, Source, load};
use files::Hint;
use methods::Methods;
use sweep::Plan;

/// Set to write the ids anew.
const BLESS: &str = "HEADCOUNT_BLESS";

/// Files that experiments name and that do not come with the program. What is in them goes into the ids: here, their names.
const STAND_INS: [&str; 20] = [
    "train.tsv",
    "dev_matched.tsv",
    "dev_mismatched.tsv",
    "bert-vocab/vocab.txt",
    "snli/dev.jsonl.gz",
    "anli/test.jsonl.gz",
    "mnli/dev_matched.jsonl.gz",
    "nli-splits/mnli_dev_m/train.idx",
    "nli-splits/mnli_dev_m/test.idx",
    "sst2/train.tsv.gz",
    "sst2/dev.tsv.gz",
    "dict.de.txt",
    "dict.en.txt",
    "train.de",
    "train.en",
    "valid.de",
    "valid.en",
    "test.de",
    "test.en",
    "de-en.tgz",
];

/// Experiments that start from weights, with the layers, heads and width of a model that fits their numbers of heads.
const WEIGHTS: [(&str, usize, usize, usize); 3] = [
    ("mnli/paper", 12, 12, 768),
    ("mnli/small", 6, 12, 384),
    ("nli/figure", 6, 12, 384),
];

#[test]
fn ids_are_those_of_earlier_versions() {
    let folder = tempfile::tempdir().unwrap();
    for name in STAND_INS {
        write(&folder.path().join(name), &format!("{name}\n"));
    }
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ids");
    let mut expected_files = BTreeSet::new();
    let mut changed = Vec::new();
    for (name, path) in experiments() {
        let file = stored.join(format!("{}.txt", name.replace('/', "-")));
        let ids = ids(&name, &path, folder.path());
        assert!(!ids.is_empty(), "{name} has no runs");
        if std::env::var_os(BLESS).is_some() {
            write(&file, &ids);
        }
        let before = fs::read_to_string(&file).unwrap_or_default();
        changed.extend(difference(&name, &before, &ids));
        expected_files.insert(file);
    }
    assert!(
        changed.is_empty(),
        "{}\nStored results of these runs would not be found: every user's sweep would do them again. If that is meant, \
         because their numbers change too or the experiment does, write the ids anew:\n    \
         {BLESS}=1 cargo test --release --workspace --test ids",
        changed.join("\n")
    );
    let files: BTreeSet<PathBuf> = entries(&stored).collect();
    assert_eq!(files, expected_files, "an experiment for each file of ids");
}

/// Names such as `mnli/demo`, and files.
fn experiments() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    // Beside the folders lie what is no experiment of its own: settings of `prune`, numbers of others.
    let mut found: Vec<_> = entries(&root)
        .filter(|path| path.is_dir())
        .flat_map(|folder| entries(&folder))
        // What `headcount tune` reads is no experiment.
        .filter(|path| path.file_stem().is_some_and(|name| name != "trials"))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            (name.display().to_string(), path)
        })
        .collect();
    found.sort();
    assert!(found.len() > 1, "no experiments in {}", root.display());
    found
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path())
}

/// One id a line, in the order of the plan.
fn ids(name: &str, path: &Path, folder: &Path) -> String {
    let set = |key: &str, value: &Path| -> Override { format!("{key}={}", value.display()).parse().unwrap() };
    let text = fs::read_to_string(path).unwrap();
    let mut overrides = Vec::new();
    if text.contains("source = \"files\"") {
        overrides.push(set("data.dir", folder));
    }
    if text.contains("source = \"iwslt14\"") {
        overrides.push(set("data.archive", &folder.join("de-en.tgz")));
    }
    if let Some((name, layers, heads, width)) = WEIGHTS.iter().find(|(of, ..)| *of == name) {
        let weights = folder.join("weights").join(name);
        let feed_forward = 4 * width;
        let config = format!(
            "{{\"num_hidden_layers\":{layers},\"num_attention_heads\":{heads},\"hidden_size\":{width},\
             \"intermediate_size\":{feed_forward},\"max_position_embeddings\":512}}\n"
        );
        write(&weights.join("config.json"), &config);
        for file in ["model.safetensors", "vocab.txt"] {
            write(&weights.join(file), &format!("{file}\n"));
        }
        overrides.push(set("model.weights", &weights));
    }
    let experiment =
        load(&Source::embedded(name, &text), &overrides, &Methods::known()).unwrap_or_else(|error| {
            let hint = error.hint().unwrap_or_default();
            panic!("{error}; {hint}; a file that the experiment names needs a stand-in in this test")
        });
    let plan = Plan::new(&experiment, &Methods::known()).unwrap();
    plan.runs().iter().map(|run| format!("{}\n", run.id)).collect()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What changed, in a line.
fn difference(name: &str, before: &str, now: &str) -> Option<String> {
    if before == now {
        return None;
    }
    if before.is_empty() {
        return Some(format!("{name}: no ids are stored"));
    }
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), now.lines().collect());
    let gone: Vec<_> = old.difference(&new).copied().collect();
    let added: Vec<_> = new.difference(&old).copied().collect();
    let first = |ids: &[&str]| ids.first().map_or("none", |id| *id).to_owned();
    Some(format!(
        "{name}: {} of {} ids are gone (first: {}), {} are new (first: {}){}",
        gone.len(),
        old.len(),
        first(&gone),
        added.len(),
        first(&added),
        if gone.is_empty() && added.is_empty() {
            "; the order changed"
        } else {
            ""
        }
    ))
}
