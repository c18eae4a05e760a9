//! The experiments on small real corpora, as documented and with all their methods, for a few updates. The corpora lie
//! where HEADCOUNT_TEST_DATA says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::common::{headcount, read, rows};
use super::promised::{holds_what_is_promised, shows};
use super::supplies::encoder;
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

/// What the files that show a few methods ask for.
const THREE: [&str; 3] = ["dense", "dsp-joint", "random"];

/// What the files of the figures on real text have in common.
const OF_FIGURES: [&str; 17] = [
    "dense",
    "dsp-finetuned",
    "dsp-joint",
    "dsp-pipelined",
    "fisher",
    "fisher-finetuned",
    "michel",
    "michel-finetuned",
    "random",
    "random-finetuned",
    "random-joint",
    "simple-joint",
    "simple-pipelined",
    "ste-joint",
    "ste-pipelined",
    "voita",
    "voita-pipelined",
];

/// Runs an experiment file on `corpus`, and looks for its methods and its figure.
fn reproduces(name: &str, corpus: &Path, set: &[&str], figure: &str, wanted: &[&str]) {
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
    assert_eq!(methods, wanted.iter().copied().collect(), "{name}");
    assert!(rows.iter().all(|row| row["scale"] == "small"), "{name}");
    holds_what_is_promised(&out);
    shows(&out, figure, &THREE, "small scale");
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
    reproduces("sst2/small.toml", &packs, &FEW, "accuracy_vs_heads", &THREE);
}

#[test]
fn pairs_of_inference() {
    let Some(packs) = packs() else { return };
    reproduces("mnli/pairs.toml", &packs, &FEW, "accuracy_vs_heads", &THREE);
}

/// Multi30k as the command in an experiment's comment prepares it, with 20 captions to evaluate on: searching translations of a
/// thousand with beams takes a model that knows none most of a minute.
fn captions(folder: &Path, packs: &Path) -> PathBuf {
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
    done(folder, command.trim().strip_prefix("headcount ").unwrap(), &[]);
    let prepared = folder.join("multi30k");
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
    prepared
}

#[test]
fn captions_of_multi30k() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let prepared = captions(folder.path(), &packs);
    reproduces("multi30k/small.toml", &prepared, &FEW, "bleu_vs_heads", &THREE);
}

#[test]
fn the_figure_on_captions() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let prepared = captions(folder.path(), &packs);
    let set = [
        &FEW[..],
        &[
            "pipelined.updates=2",
            "finetune.updates=2",
            "michel.batches=1",
            "fisher.batches=1",
            "sweep.heads_of={}",
        ],
    ];
    let wanted = [&OF_FIGURES[..], &["voita-finetuned"]].concat();
    reproduces(
        "multi30k/figure.toml",
        &prepared,
        &set.concat(),
        "bleu_vs_heads",
        &wanted,
    );
}

#[test]
fn the_figure_on_pairs() {
    let Some(packs) = packs() else { return };
    let folder = tempfile::tempdir().unwrap();
    encoder::write(&folder.path().join("encoder"), encoder::Kind::Bare);
    let weights = format!("model.weights={}", folder.path().join("encoder").display());
    let set = [
        &FEW[..],
        &[
            &weights,
            "pipelined.updates=2",
            "finetune.updates=2",
            "michel.batches=1",
            "fisher.batches=1",
            "sweep.heads_of={}",
        ],
    ];
    reproduces(
        "nli/figure.toml",
        &packs,
        &set.concat(),
        "accuracy_vs_heads",
        &OF_FIGURES,
    );
}
