//! A classifier that has learned twelve pairs, and what other folders make of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use crate::common::{headcount, rows, run_folder};
use crate::stored::Stored;

const EXPERIMENT: &str = r#"
name = "own"
task = "nli"
scale = "small"
recipe = "released"
[data]
source = "files"
corpus = "own"
max_length = 16
train = [{ path = "pairs.jsonl" }]
[data.evaluate]
dev = [{ path = "pairs.jsonl" }]
[model]
layers = 1
heads = 2
width = 32
feed_forward = 32
positions = 16
dropout = 0.0
attention_dropout = 0.0
linear_std = 0.1
[train]
updates = 150
batch = 8
learning_rate = 5e-3
schedule = "linear"
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
"#;

const WORDS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\ndog\nbird\ncow\nsleeps\nrests\nyes\nit\nis\nnot\nasleep\nno\nmaybe\n\
                     brown\n.\n";

/// A folder with the trained model in `model`, its vocabulary, its pairs, and an experiment without sizes.
pub(crate) struct Work(tempfile::TempDir);

impl Work {
    /// A copy of the model, which is trained once.
    pub(crate) fn trained() -> Self {
        static TRAINED: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
        let (_, model) = TRAINED.get_or_init(|| {
            let work = Self::empty();
            let output = work.reproduce("whole.toml", &[]);
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            let model = run_folder(&work.path("out"), "dense");
            assert_eq!(accuracy(&work.path("out")), "1.0");
            (work.0, model)
        });
        let work = Self::empty();
        Stored::read(model).write(&work.path("model"));
        work
    }

    fn empty() -> Self {
        let work = Self(tempfile::tempdir().unwrap());
        let mut pairs = String::new();
        for animal in ["cat", "dog", "bird", "cow"] {
            for (hypothesis, label) in [
                (format!("The {animal} rests yes."), "entailment"),
                ("It is not asleep no.".to_owned(), "contradiction"),
                ("It maybe is brown.".to_owned(), "neutral"),
            ] {
                pairs.push_str(&format!(
                    "{{\"premise\": \"The {animal} sleeps.\", \"hypothesis\": \"{hypothesis}\", \"label\": \"{label}\"}}\n"
                ));
            }
        }
        let given = [
            "layers",
            "heads = 2",
            "width",
            "feed_forward",
            "positions",
            "dropout",
            "attention_dropout",
            "linear_std",
        ];
        let without_sizes: String = EXPERIMENT
            .lines()
            .filter(|line| !given.iter().any(|key| line.starts_with(key)))
            .map(|line| format!("{line}\n"))
            .collect();
        for (name, text) in [
            (
                "whole.toml",
                EXPERIMENT
                    .replace("max_length", "vocabulary = \"vocab.txt\"\nmax_length")
                    .as_str(),
            ),
            ("x.toml", &without_sizes),
            ("pairs.jsonl", &pairs),
            ("vocab.txt", WORDS),
        ] {
            fs::write(work.path(name), text).unwrap();
        }
        work
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn reproduce(&self, file: &str, more: &[&str]) -> Output {
        headcount(&["reproduce", file, "--jobs", "1"])
            .args(more)
            .args(if more.contains(&"--out") {
                [].as_slice()
            } else {
                &["--out", "out"]
            })
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// Writes the model into another folder with something changed.
    pub(crate) fn write(&self, name: &str, change: impl FnOnce(&mut Stored)) {
        let mut stored = Stored::read(&self.path("model"));
        change(&mut stored);
        stored.write(&self.path(name));
    }

    /// Accuracy of a changed model after an update that changes nothing, and what was said.
    pub(crate) fn measured(&self, name: &str, change: impl FnOnce(&mut Stored)) -> (String, String) {
        self.write(name, change);
        self.done(name, &[])
    }

    /// The same for a folder that is there.
    pub(crate) fn done(&self, folder: &str, set: &[&str]) -> (String, String) {
        let out = format!("out-{folder}");
        let output = self.still(folder, &out, set);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        (accuracy(&self.path(&out)), said(&output))
    }

    /// The folder is refused before any run, in a message that has every part.
    pub(crate) fn refused(&self, folder: &str, set: &[&str], parts: &[&str]) {
        let out = format!("refused-{folder}");
        let output = self.still(folder, &out, set);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("error: ") && said.contains("\nhint: "), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part} is not in:\n{said}");
        }
        assert!(!self.path(&out).join("runs").exists(), "{folder}");
    }

    fn still(&self, folder: &str, out: &str, set: &[&str]) -> Output {
        let still = ["train.updates=1", "train.learning_rate=1e-9"];
        self.set(folder, out, &[&still, set].concat())
    }

    /// The folder of a training that starts from a folder.
    pub(crate) fn trained_on(&self, name: &str, folder: &str, set: &[&str]) -> PathBuf {
        let output = self.set(folder, name, set);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        run_folder(&self.path(name), "dense")
    }

    fn set(&self, folder: &str, out: &str, set: &[&str]) -> Output {
        let weights = format!("model.weights={folder}");
        let mut arguments = vec!["--out", out, "--set", &weights];
        set.iter().for_each(|set| arguments.extend(["--set", set]));
        self.reproduce("x.toml", &arguments)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn accuracy(out: &Path) -> String {
    let rows = rows(out);
    let row = rows.iter().find(|row| row["metric"] == "accuracy").unwrap();
    row["value"].clone()
}
