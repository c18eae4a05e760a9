//! Folders as they are before anything is damaged.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use damage::{Files, files_of, packed};

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ngood\nbad\nfilm\n##s\nthe\ncat\nnot\n,\n.\n";
const MNLI: &str =
    "index\tsentence1\tsentence2\tgold_label\n0\tthe cat\ta cat\tneutral\n1\tx\ty\t-\n2\ta\tb\tentailment\n";
const MULTINLI: &str = "{\"gold_label\": \"neutral\", \"sentence1\": \"a cat\", \"sentence2\": \"the film\"}
{\"gold_label\": \"-\", \"sentence1\": \"a\", \"sentence2\": \"b\"}
{\"gold_label\": \"contradiction\", \"sentence1\": \"not a cat\", \"sentence2\": \"a cat\"}\n";
const PLAIN: &str = "{\"premise\": \"a good cat\", \"hypothesis\": \"a cat\", \"label\": \"entailment\"}
{\"premise\": \"the bad film\", \"hypothesis\": \"not good .\", \"label\": \"contradiction\"}
{\"premise\": \"cats\", \"hypothesis\": \"a film\", \"label\": \"neutral\"}\n";

/// An experiment on files of every format; seconds would be long for it.
pub(crate) const CLASSIFICATION: &str = r#"name = "own"
recipe = "released"
[data]
source = "files"
corpus = "own pairs"
vocabulary = "vocab.txt"
max_length = 12
train = [{ path = "mnli.tsv" }, { path = "multinli.jsonl.gz" }, { path = "plain.jsonl", rows = "rows.txt" }]
[data.evaluate]
dev = [{ path = "plain.jsonl" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 16
dropout = 0.1
attention_dropout = 0.1
linear_std = 0.02
embedding_std = 0.02
layer_norm_eps = 1e-12
[train]
updates = 2
batch = 2
learning_rate = 1e-3
schedule = "linear"
warmup = 1
clip = 1.0
checkpoint_every = 1
[dsp]
cooldown = 0.5
[michel]
batches = 1
heads_per_step = 1
[voita]
lambdas = [0.1]
[random]
draws = 2
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
[run]
threads = 1
"#;

/// The same for translation.
pub(crate) const TRANSLATION: &str = r#"name = "pairs"
task = "translation"
[data]
source = "files"
corpus = "made-up pairs"
train = [{ path = "train.de", target = "train.en" }]
valid = [{ path = "test.de", target = "test.en" }]
dictionaries = ["dict.de.txt", "dict.en.txt"]
[data.evaluate]
test = [{ path = "test.de", target = "test.en" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 8
dropout = 0.1
[train]
updates = 2
batch = 2
label_smoothing = 0.1
[generate]
beam = 2
max_len_b = 4
[dsp]
cooldown = 0.5
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
[run]
threads = 1
"#;

fn files(list: &[(&str, &str)]) -> Files {
    list.iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// An experiment of classification with its corpora.
pub(crate) fn classification() -> Files {
    let mut files = files(&[
        ("x.toml", CLASSIFICATION),
        ("vocab.txt", VOCABULARY),
        ("mnli.tsv", MNLI),
        ("plain.jsonl", PLAIN),
        ("rows.txt", "0\n2\n"),
    ]);
    files.insert("multinli.jsonl.gz".to_owned(), packed(MULTINLI.as_bytes()));
    files
}

/// An experiment of translation with its texts, and what `data prepare` needs beside them.
pub(crate) fn translation() -> Files {
    files(&[
        ("x.toml", TRANSLATION),
        ("train.de", "ein haus\nein h@@ und\ndas haus ist da\nnein\n"),
        ("train.en", "a house\na d@@ og\nthe house is here\nno\n"),
        ("test.de", "ein haus\nein h@@ und\n"),
        ("test.en", "a house\na d@@ og\n"),
        (
            "dict.de.txt",
            "ein 2\nhaus 2\nh@@ 1\nund 1\ndas 1\nist 1\nda 1\nnein 1\n",
        ),
        (
            "dict.en.txt",
            "a 2\nhouse 2\nd@@ 1\nog 1\nthe 1\nis 1\nhere 1\nno 1\n",
        ),
        ("codes", "#version: 0.2\ne i\nei n</w>\nh a\nd a</w>\n"),
        (
            "prefixes/nonbreaking_prefix.de",
            "# Titel\nDr\nNr #NUMERIC_ONLY#\n",
        ),
        ("prefixes/nonbreaking_prefix.en", "Mr\nNo #NUMERIC_ONLY#\n"),
    ])
}

/// The files with those that the program leaves when it is called so; what it leaves must be there.
pub(crate) fn after(files: &Files, arguments: &[&str]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let output = Command::new(env!("CARGO_BIN_EXE_headcount"))
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    files_of(folder.path()).unwrap()
}

/// The files below a folder, under another name.
pub(crate) fn moved(files: &Files, from: &str, to: &str) -> Files {
    let rest = |name: &String| name.strip_prefix(from).map(|rest| format!("{to}{rest}"));
    files
        .iter()
        .filter_map(|(name, bytes)| Some((rest(name)?, bytes.clone())))
        .collect()
}

/// The folder of the run of a method in what a sweep left in `out`.
pub(crate) fn run_of(files: &Files, method: &str) -> String {
    let begin = format!("out/runs/{method}-");
    let found = files.keys().find(|name| name.starts_with(&begin)).unwrap();
    found.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn write(folder: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
