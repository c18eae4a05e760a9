//! Pairs in files: what is learned from them, and what is refused.

use std::fs;

use super::common::{headcount, read, run_folder};

/// An experiment on files of made-up pairs.
struct Files(tempfile::TempDir);

const EXPERIMENT: &str = r#"
name = "files"
task = "translation"
[data]
source = "files"
corpus = "made-up pairs"
train = [{ path = "train.de", target = "train.en" }]
valid = [{ path = "test.de", target = "test.en" }]
[data.evaluate]
test = [{ path = "test.de", target = "test.en" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 6
[train]
updates = 3
batch = 2
[generate]
beam = 2
max_len_b = 4
[dsp]
cooldown = 0.5
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
"#;

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("x.toml", EXPERIMENT);
        files.write("train.de", "ein haus\nein hund\ndas haus ist da\nnein\n");
        files.write("train.en", "a house\na dog\nthe house is here\nno\n");
        files.write("test.de", "ein haus\nein hund\n");
        files.write("test.en", "a house\na dog\n");
        files
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn reproduce(&self, set: &[&str]) -> (Option<i32>, String) {
        let mut command = headcount(&["reproduce", "x.toml", "--out", "out"]);
        for entry in set {
            command.args(["--set", entry]);
        }
        let output = command.current_dir(self.0.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    fn refused(&self, set: &[&str], message: &str) {
        let (code, said) = self.reproduce(set);
        assert_eq!(code, Some(2), "{set:?} {message}: {said}");
        assert!(said.contains("error: ") && said.contains(message), "{said}");
        assert!(
            !self.0.path().join("out/runs").exists(),
            "a run was started: {said}"
        );
    }
}

#[test]
fn pairs_in_files_are_learned_and_translated() {
    let files = Files::new();
    let (code, said) = files.reproduce(&[]);
    assert_eq!(code, Some(0), "{said}");
    // The dictionaries are those of the training text: 4 special symbols and the words.
    let dense = run_folder(&files.0.path().join("out"), "dense");
    assert_eq!(read(&dense.join("dict.en.txt")).lines().count(), 7);
    // Goes on from that model, with its dictionaries, under another seed.
    let weights = format!("model.weights={}", dense.display());
    let (code, said) = files.reproduce(&[&weights, "sweep.seeds=[2]"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn unusable_training_pairs_are_counted_and_unusable_test_pairs_refused() {
    let files = Files::new();
    files.write("train.de", "ein haus\n\ndas haus ist da da da da\nnein\n");
    let (code, said) = files.reproduce(&["sweep.methods=[\"dense\"]"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("left out 1 pairs with an empty side"), "{said}");
    assert!(
        said.contains("left out 1 pairs with a sentence of more than 6 tokens"),
        "{said}"
    );
    let files = Files::new();
    files.write("test.de", "ein haus\n\n");
    files.refused(&[], "test.de:2: ");
    files.write("test.de", "ein haus\nein hund ein hund ein hund\n");
    files.refused(&[], "test.de:2: ");
}

#[test]
fn files_that_cannot_be_pairs_are_refused() {
    let files = Files::new();
    files.write("train.en", "a house\na dog\n");
    files.refused(&[], "train.de:3: ");
    let files = Files::new();
    files.write("train.de", b"ein haus\n\xff\xfe\nja\nnein\n");
    files.refused(&[], "train.de:2: ");
    let files = Files::new();
    files.write("train.de", "\n\n\n\n");
    files.refused(&[], "train.de");
    let files = Files::new();
    files.refused(
        &["data.train=[{ path = \"train.de\" }]"],
        "`data.train.0.target` is missing",
    );
    files.refused(
        &["data.max_length=64"],
        "`data.max_length` means nothing for the task translation",
    );
    files.refused(&["data.languages=[\"de\", \"fr\"]"], "unknown language `fr`");
    files.refused(&["train.schedule=as-weights"], "`train.schedule` is as-weights");
    files.refused(
        &["train.padding=max-length"],
        "`train.padding` is \"max-length\", but translation has no such length",
    );
    files.refused(
        &["data.source=iwslt14"],
        "means nothing for `data.source` = \"iwslt14\"",
    );
    files.refused(
        &["data.merges=5"],
        "`data.merges` means nothing for `data.source` = \"files\"",
    );
    files.refused(
        &["generate.beam=6"],
        "`generate.beam` is 6, but the target dictionary has 11 entries",
    );
    files.refused(
        &["train.max_tokens=3"],
        "`train.max_tokens` is 3, but a training sentence has 5 tokens",
    );
    files.refused(
        &["data.train=[{ path = \"train.de\", target = \"train.en\", format = \"mnli-tsv\" }]"],
        "data.train",
    );
    files.refused(
        &["model.width=2"],
        "`model.width` is 2, but must be an even number of at least 4",
    );
}

#[test]
fn a_dictionary_that_does_not_fit_the_model_is_refused() {
    let files = Files::new();
    let (code, said) = files.reproduce(&[]);
    assert_eq!(code, Some(0), "{said}");
    let dense = run_folder(&files.0.path().join("out"), "dense");
    fs::rename(&dense, files.0.path().join("model")).unwrap();
    fs::remove_dir_all(files.0.path().join("out")).unwrap();
    files.write("other.txt", "ein 3\nhaus 2\n");
    files.refused(
        &[
            "model.weights=model",
            "data.dictionaries=[\"other.txt\", \"model/dict.en.txt\"]",
        ],
        "the de dictionary is not that of model.weights: id 6 is",
    );
    // As many words, in another order.
    let words = read(&files.0.path().join("model/dict.de.txt"));
    let turned: String = words.lines().rev().map(|line| format!("{line}\n")).collect();
    files.write("turned.txt", turned);
    files.refused(
        &[
            "model.weights=model",
            "data.dictionaries=[\"turned.txt\", \"model/dict.en.txt\"]",
        ],
        "the de dictionary is not that of model.weights: id 4 is",
    );
    fs::remove_file(files.0.path().join("model/dict.en.txt")).unwrap();
    files.refused(&["model.weights=model"], "`model.weights` brings no dict.en.txt");
    files.write("other.txt", "ein drei\n");
    files.refused(
        &["data.dictionaries=[\"other.txt\", \"other.txt\"]"],
        "other.txt:1: ",
    );
}
