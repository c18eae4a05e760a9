//! What the program does on PyTorch's backend, in a build that has it: recordings, both demos and a scale with a folder of
//! weights, cut down to a few updates.
#![cfg(feature = "libtorch")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "what is killed and done again is for other tests")]
mod common;
mod supplies;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{headcount, read, rows};
use supplies::encoder::{self, Kind};
use supplies::mnli;

/// Runs a command with values of the experiment replaced; it must end with 0, and its stdout is returned.
fn done(folder: &Path, command: &str, set: &[&str]) -> String {
    let mut program = headcount(&command.split_whitespace().collect::<Vec<_>>());
    for entry in set {
        program.args(["--set", entry]);
    }
    let output = program.current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{command}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn methods(out: &Path) -> BTreeSet<String> {
    rows(out).into_iter().map(|row| row["method"].clone()).collect()
}

/// Every run of a folder did its work on this device.
fn all_on_libtorch(out: &Path) {
    let text = read(&out.join("provenance.csv"));
    let mut lines = text.lines();
    let column = lines
        .next()
        .unwrap()
        .split(',')
        .position(|name| name == "device")
        .unwrap();
    let devices: BTreeSet<&str> = lines.map(|line| line.split(',').nth(column).unwrap()).collect();
    assert_eq!(devices, BTreeSet::from(["libtorch"]));
}

/// A training of a few updates, one seed, one number of heads.
const FEW: [&str; 3] = ["train.updates=4", "sweep.seeds=[1]", "sweep.heads=[3]"];

#[test]
fn recordings_are_within_tolerance_by_both_kinds_of_operations() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden");
    for kind in ["", " --plain"] {
        let table = done(&golden, &format!("verify . --device libtorch{kind}"), &[]);
        assert!(table.contains("float64") && !table.contains("FAIL"), "{table}");
    }
}

#[test]
fn both_demos_do_all_their_methods() {
    let folder = tempfile::tempdir().unwrap();
    for (demo, least) in [("mnli", 10), ("iwslt", 9)] {
        let command = format!("reproduce {demo} --scale demo --device libtorch --out {demo}");
        done(folder.path(), &command, &FEW);
        let out = folder.path().join(demo);
        assert!(methods(&out).len() >= least, "{:?}", methods(&out));
        all_on_libtorch(&out);
    }
}

#[test]
fn a_scale_starts_from_a_folder_of_weights_and_repeats_itself() {
    let folder = tempfile::tempdir().unwrap();
    encoder::write(&folder.path().join("encoder"), Kind::Bare);
    mnli::write(&folder.path().join("MNLI"));
    let set = [
        "model.weights=encoder",
        "data.dir=MNLI",
        "train.updates=2",
        "sweep.seeds=[1]",
        "sweep.heads=[6]",
    ];
    for out in ["one", "other"] {
        let command = format!("reproduce mnli --scale small --device libtorch --out {out}");
        done(folder.path(), &command, &set);
        all_on_libtorch(&folder.path().join(out));
    }
    let results = ["one", "other"].map(|out| fs::read(folder.path().join(out).join("results.csv")).unwrap());
    assert!(!results[0].is_empty());
    assert_eq!(results[0], results[1]);
}

#[test]
fn it_is_listed_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let devices = done(folder.path(), "devices", &[]);
    let line = devices
        .lines()
        .find(|line| line.starts_with("libtorch "))
        .unwrap();
    assert!(!line.contains("not"), "{line}");
    let sizes = "--layers 2 --width 16 --heads 2 --ffn 32 --vocab 50 --batch 2 --length 6 --updates 2";
    for arch in ["bert", "mt"] {
        let command = format!("bench step --arch {arch} {sizes} --device libtorch --format json");
        let report: serde_json::Value = serde_json::from_str(&done(folder.path(), &command, &[])).unwrap();
        assert_eq!(report["device"], "libtorch");
    }
}
