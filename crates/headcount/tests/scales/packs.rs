//! The experiments on small real corpora, as documented and with all their methods, for a few updates. The corpora lie
//! where HEADCOUNT_TEST_DATA says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::common::{headcount, read, rows};
use super::promised::{holds_what_is_promised, shows};
use super::{done, said};

fn packs() -> Option<PathBuf> {
    let packs = std::env::var_os("HEADCOUNT_TEST_DATA").map(PathBuf::from);
    if packs.is_none() {
        eprintln!("skipped: HEADCOUNT_TEST_DATA does not name a folder of corpora");
    }
    packs
}

fn experiment(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../experiments")
        .join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// Runs an experiment file on `corpus`, and looks for its three methods and its figure.
fn reproduces(name: &str, corpus: &Path, set: &[&str], figure: &str) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut program = headcount(&["reproduce", &experiment(name), "--set"]);
    program.arg(format!("data.dir={}", corpus.canonicalize().unwrap().display()));
    for entry in set {
        program.args(["--set", entry]);
    }
    let output = program.arg("--out").arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    let rows = rows(&out);
    let methods: BTreeSet<&str> = rows.iter().map(|row| row["method"].as_str()).collect();
    assert_eq!(
        methods.into_iter().collect::<Vec<_>>(),
        ["dense", "dsp-joint", "random"],
        "{name}"
    );
    assert!(rows.iter().all(|row| row["scale"] == "small"), "{name}");
    holds_what_is_promised(&out);
    shows(&out, figure, &["dense", "dsp-joint", "random"], "small scale");
}

/// A training of a few updates, one seed, one number of heads.
const FEW: [&str; 4] = [
    "train.updates=6",
    "sweep.seeds=[1]",
    "sweep.heads=[2]",
    "random.draws=1",
];

#[test]
fn sentences_of_sst2() {
    let Some(packs) = packs() else { return };
    reproduces("sst2/small.toml", &packs, &FEW, "accuracy_vs_heads");
}

#[test]
fn pairs_of_inference() {
    let Some(packs) = packs() else { return };
    reproduces("mnli/pairs.toml", &packs, &FEW, "accuracy_vs_heads");
}

#[test]
fn captions_of_multi30k() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let raw = packs.join("multi30k").canonicalize().unwrap();
    let raw = raw.to_str().unwrap();
    assert!(
        !raw.contains(char::is_whitespace),
        "{raw}: the command of the file's comment is split at white space"
    );
    let command = read(Path::new(&experiment("multi30k/small.toml")))
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .skip_while(|line| !line.contains("headcount data prepare"))
        .take(2)
        .collect::<String>()
        .replace('\\', "")
        .replace("FOLDER", raw);
    done(
        folder.path(),
        command.trim().strip_prefix("headcount ").unwrap(),
        &[],
    );
    let prepared = folder.path().join("multi30k");
    // Searching translations of a thousand captions with beams takes a model that knows none most of a minute.
    for part in ["valid", "test"] {
        for code in ["de", "en"] {
            let path = prepared.join(format!("{part}.{code}"));
            let few: String = read(&path)
                .lines()
                .take(20)
                .map(|line| format!("{line}\n"))
                .collect();
            fs::write(path, few).unwrap();
        }
    }
    reproduces("multi30k/small.toml", &prepared, &FEW, "bleu_vs_heads");
}
