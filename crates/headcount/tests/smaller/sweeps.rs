//! Little sweeps that these tests start from, each done once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::common::{headcount, read, run_folder};

/// A finished sweep.
pub(crate) struct Sweep {
    folder: tempfile::TempDir,
}

const CLASSIFIER: [&str; 9] = [
    "sweep.seeds=[1]",
    "sweep.heads=[3, 5]",
    "sweep.methods=['dense', 'dsp-joint', 'michel', 'random']",
    "data.train_examples=600",
    "data.dev_examples=90",
    "train.updates=300",
    "random.draws=2",
    "model.width=16",
    "model.feed_forward=16",
];

const TRANSLATION: [&str; 13] = [
    "sweep.seeds=[1]",
    "sweep.heads=[5]",
    "sweep.methods=['dense', 'dsp-joint', 'michel']",
    "sweep.heads_of={}",
    "data.train_examples=600",
    "data.dev_examples=8",
    "data.test_examples=40",
    "model.layers=1",
    "model.decoder_layers=1",
    "model.width=32",
    "model.feed_forward=32",
    "train.updates=250",
    "generate.max_len_b=12",
];

impl Sweep {
    /// Inference: 12 heads, of which runs keep 3 and 5.
    pub(crate) fn of_classifiers() -> &'static Self {
        static SWEEP: OnceLock<Sweep> = OnceLock::new();
        SWEEP.get_or_init(|| Self::done("mnli", &CLASSIFIER))
    }

    /// Translation: 12 heads, of which runs keep 5.
    pub(crate) fn of_translation() -> &'static Self {
        static SWEEP: OnceLock<Sweep> = OnceLock::new();
        SWEEP.get_or_init(|| Self::done("iwslt", &TRANSLATION))
    }

    /// Does a sweep.
    pub(crate) fn done(name: &str, set: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = headcount(&["reproduce", name, "--device", "flex", "--yes"]);
        for entry in set {
            command.args(["--set", entry]);
        }
        let output = command.arg("--out").arg(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Folder of the first run whose name begins so.
    pub(crate) fn run(&self, begin: &str) -> PathBuf {
        run_folder(self.path(), begin)
    }
}

/// A column of a predictions file.
pub(crate) fn answers(run: &Path, split: &str, column: usize) -> Vec<String> {
    let path = run.join(format!("predictions.{split}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let field = |record: csv::StringRecord| record.get(column).unwrap().to_owned();
    reader.records().map(|record| field(record.unwrap())).collect()
}

/// The pairs of a split of the demo corpus of [`Sweep::of_classifiers`], a premise and a hypothesis a line.
pub(crate) fn pairs(split: &str) -> String {
    corpus(split)
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            format!(
                "{}\t{}\n",
                row["premise"].as_str().unwrap(),
                row["hypothesis"].as_str().unwrap()
            )
        })
        .collect()
}

/// The test sentences of [`Sweep::of_translation`], segmented, as its dictionaries have them.
pub(crate) fn sources() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let words = [
        "data",
        "generate",
        "translation",
        "--train",
        "600",
        "--valid",
        "8",
        "--test",
        "40",
        "--out",
    ];
    let output = headcount(&words).arg(&out).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    read(&out.join("test.de")).lines().map(str::to_owned).collect()
}

/// The labelled pairs of that split as JSON lines.
pub(crate) fn corpus(split: &str) -> String {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = headcount(&[
            "data", "generate", "nli", "--dev", "90", "--train", "600", "--out",
        ]);
        let output = command.arg(folder.path().join("demo")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        folder
    });
    read(&folder.path().join("demo").join(format!("{split}.jsonl")))
}
