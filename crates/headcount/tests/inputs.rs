//! Files of users: what is wrong with them is said before a run is started, and real corpora go through.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const EXPERIMENT: &str = r#"
name = "own"
[data]
source = "files"
vocabulary = "vocab.txt"
max_length = 16
train = [{ path = "train.tsv" }]
[data.evaluate]
dev = [{ path = "dev.tsv" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 16
[train]
updates = 2
[dsp]
cooldown = 0.5
[sweep]
heads = [1]
seeds = [1]
"#;

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\ngood\nbad\nfilm\n";
const SENTENCES: &str = "sentence\tlabel\na good film\t1\na bad film\t0\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, content) in [
            ("x.toml", EXPERIMENT),
            ("vocab.txt", VOCABULARY),
            ("train.tsv", SENTENCES),
            ("dev.tsv", SENTENCES),
        ] {
            folder.write(name, content);
        }
        folder
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn reproduce(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_headcount"))
            .args(["reproduce", "x.toml", "--out", "out"])
            .args(more)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The command is refused with 2, its message holds every part, and stored results stay.
    fn refused(&self, more: &[&str], parts: &[&str]) {
        let results = self.0.path().join("out/results.csv");
        let before = fs::read(&results).ok();
        let output = self.reproduce(more);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{part} is not in:\n{stderr}");
        }
        assert!(
            stderr.starts_with("error: ") && stderr.contains("\nhint: "),
            "{stderr}"
        );
        assert!(before == fs::read(&results).ok(), "results.csv was touched");
    }
}

#[test]
fn own_files_are_trained_on_and_bad_ones_refused_with_what_is_stored_kept() {
    let folder = Folder::new();
    let output = folder.reproduce(&[]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(folder.0.path().join("out/results.csv").is_file());

    let cases: [(&str, &str, &[&str]); 12] = [
        (
            "train.tsv",
            "sentence\tlabel\na good film\t1\na bad film\n",
            &["train.tsv:3"],
        ),
        (
            "train.tsv",
            "sentence\tscore\na good film\t1\n",
            &["train.tsv:1", "label"],
        ),
        (
            "train.tsv",
            "sentence\tlabel\na good film\tfine\n",
            &["train.tsv:2", "fine"],
        ),
        ("train.tsv", "", &["train.tsv"]),
        ("dev.tsv", "sentence\tlabel\n", &["dev.tsv"]),
        ("vocab.txt", "[PAD]\n[UNK]\n[SEP]\na\n", &["vocab.txt", "[CLS]"]),
        ("dev.tsv", "premise only\n", &["dev.tsv"]),
        (
            "train.tsv",
            "idx\tquestion\tsentence\tlabel\n0\tWho won ?\tThey won .\t1\n",
            &["train.tsv:2", "unknown label `1`", "entailment, not_entailment"],
        ),
        (
            "train.tsv",
            "sentence\tcontext\tlabel\na good film\tseen\t1\n",
            &["train.tsv:1", "`context` beside sentence, label"],
        ),
        (
            "train.tsv",
            "sentence\tlabel\n\na good film\t1\n",
            &["train.tsv:2", "blank"],
        ),
        (
            "dev.tsv",
            "sentence\tlabel\nfine\t-\n",
            &["dev.tsv", "1 dropped because they have no gold label"],
        ),
        ("vocab.txt", "\n\n", &["vocab.txt", "empty"]),
    ];
    for (name, content, parts) in cases {
        let good = fs::read_to_string(folder.0.path().join(name)).unwrap();
        folder.write(name, content);
        folder.refused(&[], parts);
        folder.write(name, &good);
    }
}

#[test]
fn a_share_of_the_training_set_is_what_models_are_chosen_by() {
    let folder = Folder::new();
    let films: String = (0..200)
        .map(|film| format!("a good film {film}\t1\na bad film {film}\t0\n"))
        .collect();
    folder.write("train.tsv", &format!("sentence\tlabel\n{films}"));
    let output = folder.reproduce(&[
        "--set",
        "data.valid_share=0.25",
        "--set",
        "sweep.splits=[\"valid\", \"dev\"]",
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let examples = |split: &str| -> usize {
        let results = fs::read_to_string(folder.0.path().join("out/results.csv")).unwrap();
        let mut lines = results.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let place = |column: &str| header.iter().position(|name| *name == column).unwrap();
        let row = lines.find(|row| row[place("split")] == split).unwrap();
        row[place("n_examples")].parse().unwrap()
    };
    // 100 of 400 with a standard deviation of 8.7.
    assert!((60..140).contains(&examples("valid")), "{}", examples("valid"));
    assert_eq!(examples("dev"), 2);

    for (set, part) in [
        ("data.valid_share=1.0", "is 1, not between 0 and 1"),
        ("data.valid_share=1e-12", "`valid` has no examples"),
        (
            "data.valid=[{ path = \"dev.tsv\" }]",
            "is written beside data.valid",
        ),
    ] {
        let share: &[&str] = if set.starts_with("data.valid_share") {
            &[]
        } else {
            &["--set", "data.valid_share=0.25"]
        };
        folder.refused(&[share, &["--set", set]].concat(), &["data.valid_share", part]);
    }
}

#[test]
fn json_lines_are_objects_with_blank_lines_between_them_or_not() {
    let folder = Folder::new();
    let line = r#"{"premise": "a good film", "hypothesis": "bad", "label": "neutral"}"#;
    let files = [
        "--set",
        r#"data.train=[{path="a.jsonl"}]"#,
        "--set",
        r#"data.evaluate.dev=[{path="a.jsonl"}]"#,
    ];
    for good in [format!("{line}\n\n"), format!("\n{line}\n \n{line}\n")] {
        folder.write("a.jsonl", &good);
        let output = folder.reproduce(&[&files[..], &["--dry-run"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    folder.write(
        "a.jsonl",
        &format!("{line}\n[\"a good film\", \"bad\", \"neutral\"]\n"),
    );
    folder.refused(&files, &["a.jsonl:2", "an array where a JSON object is due"]);
}

/// The list of a model is copied line for line, so that ids stay what they were.
#[test]
fn of_a_piece_twice_the_user_is_told_and_the_list_is_kept() {
    let folder = Folder::new();
    let vocabulary = format!("{VOCABULARY}good\n");
    folder.write("vocab.txt", &format!("{vocabulary}\n"));
    folder.write("train.tsv", &format!("{SENTENCES}\n\n"));
    let output = folder.reproduce(&["--set", "sweep.methods=[\"dense\"]"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let warning = "vocab.txt:9: `good` already stands in line 6; it has the id 8";
    assert_eq!(said.matches(warning).count(), 1, "{said}");
    let run = fs::read_dir(folder.0.path().join("out/runs"))
        .unwrap()
        .next()
        .unwrap();
    let written = fs::read_to_string(run.unwrap().path().join("vocab.txt")).unwrap();
    assert_eq!(written, vocabulary);
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    folder.refused(&["--set", "sweep.heads=[0]"], &["sweep.heads"]);
    folder.refused(&["--set", "sweep.heads=[3]"], &["sweep.heads"]);
    folder.refused(&["--set", "train.batch=many"], &["train.batch"]);
    folder.refused(&["--set", "train.updatse=5"], &["train.updatse", "train.updates"]);
    folder.write("x.toml", &EXPERIMENT.replace("layers = 1", "layers = \"one\""));
    folder.refused(&[], &["x.toml:11", "model.layers"]);
    folder.write("x.toml", &EXPERIMENT.replace("layers = 1", "layerz = 1"));
    folder.refused(&[], &["x.toml:11", "model.layers"]);
}

#[test]
fn a_truncated_weights_file_is_refused() {
    let folder = Folder::new();
    assert_eq!(folder.reproduce(&[]).status.code(), Some(0));
    let runs = fs::read_dir(folder.0.path().join("out/runs")).unwrap();
    let dense: PathBuf = runs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("dense"))
        .unwrap();
    // A trained model is itself a folder to start from.
    let weights = format!("model.weights={}", dense.display());
    let output = folder.reproduce(&["--set", &weights, "--dry-run"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let copy = folder.0.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["config.json", "vocab.txt"] {
        fs::copy(dense.join(name), copy.join(name)).unwrap();
    }
    let whole = fs::read(dense.join("model.safetensors")).unwrap();
    fs::write(copy.join("model.safetensors"), &whole[..whole.len() - 5]).unwrap();
    let weights = format!("model.weights={}", copy.display());
    folder.refused(&["--set", &weights], &["model.safetensors"]);
}

#[test]
fn inputs_longer_than_the_positions_are_refused_before_any_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_headcount"))
        .args([
            "reproduce",
            "mnli",
            "--set",
            "model.positions=12",
            "--set",
            "data.train_examples=300",
        ])
        .args(["--set", "data.dev_examples=30", "--out"])
        .arg(folder.path().join("out"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("positions"), "{stderr}");
    assert!(!folder.path().join("out/runs").exists());
}

/// Where small real corpora lie, or a reason why not.
fn corpora() -> Option<PathBuf> {
    let found = std::env::var_os("HEADCOUNT_TEST_DATA").map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: HEADCOUNT_TEST_DATA does not name a folder of corpora");
    }
    found
}

fn trains_on(experiment: &str, more: &[&str]) {
    let Some(corpora) = corpora() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../experiments")
        .join(experiment);
    let reproduce = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_headcount"))
            .arg("reproduce")
            .arg(&file)
            .args([
                "--set",
                &format!("data.dir={}", corpora.canonicalize().unwrap().display()),
            ])
            .args(more)
            .arg("--out")
            .arg(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    };
    // As it is shipped, with all its methods.
    reproduce(&["--dry-run"]);
    let small = ["--set", "sweep.seeds=[1]", "--set", "sweep.methods=[\"dense\"]"];
    reproduce(&[&small[..], more].concat());
    assert!(
        fs::read_to_string(folder.path().join("results.csv"))
            .unwrap()
            .lines()
            .count()
            >= 2
    );
    let runs = fs::read_dir(folder.path().join("runs")).unwrap();
    let run = runs.map(|entry| entry.unwrap().path()).next().unwrap();
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    let losses: Vec<f64> = metrics
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let third = losses.len() / 3;
    let (begin, end) = (mean(&losses[..third]), mean(&losses[losses.len() - third..]));
    assert!(end < begin, "the loss went from {begin} to {end}");
}

#[test]
fn real_sentences_are_learned() {
    trains_on("sst2/small.toml", &["--set", "train.updates=120"]);
}

#[test]
fn real_pairs_go_through_the_whole_path() {
    trains_on("mnli/pairs.toml", &["--set", "train.updates=60"]);
}
