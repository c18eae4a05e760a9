//! Files of finished runs that are removed or changed.

use std::fs;
use std::path::Path;

use crate::common::run_folder;
use crate::{copy_of_calm, recovers};

/// What is damaged, and how.
type Damage<'a> = (&'a str, &'a dyn Fn(&Path));

/// Runs that only the dense model can give again.
fn remove_dependents(out: &Path) {
    for method in ["dsp-pipelined", "random"] {
        fs::remove_dir_all(run_folder(out, method)).unwrap();
    }
}

#[test]
fn a_removed_or_damaged_dependency_is_repeated_before_what_starts_from_it() {
    let model = |out: &Path| run_folder(out, "dense").join("model.safetensors");
    let flip = |out: &Path| {
        let mut bytes = fs::read(model(out)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(model(out), bytes).unwrap();
    };
    let damages: [Damage<'_>; 3] = [
        ("the whole run", &|out| {
            fs::remove_dir_all(run_folder(out, "dense")).unwrap();
        }),
        ("its weights", &|out| fs::remove_file(model(out)).unwrap()),
        ("a bit of its weights", &flip),
    ];
    for (what, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("sweep");
        copy_of_calm(&out);
        remove_dependents(&out);
        damage(&out);
        let said = recovers(&out);
        let start = |method: &str| {
            said.find(&format!("start {method} "))
                .unwrap_or_else(|| panic!("{what}: {said}"))
        };
        assert!(
            start("dense") < start("dsp-pipelined").min(start("random")),
            "{what}"
        );
        assert!(
            !said.contains("start dsp-joint") && !said.contains("start michel"),
            "{what}: {said}"
        );
        if what != "the whole run" {
            assert!(said.contains("warning: dense-s1-"), "{what}: {said}");
            assert!(
                run_folder(&out, "dense").join("result.json.damaged").is_file(),
                "{what}"
            );
        }
    }
}

#[test]
fn removed_weights_without_dependents_are_nobodys_business_but_predictions_are_results() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sweep");
    copy_of_calm(&out);
    for method in ["dense", "dsp-joint"] {
        fs::remove_file(run_folder(&out, method).join("model.safetensors")).unwrap();
    }
    assert!(!recovers(&out).contains("start "));
    let predictions = run_folder(&out, "dsp-joint").join("predictions.matched.csv");
    let text = fs::read(&predictions).unwrap();
    fs::write(&predictions, &text[..text.len() / 2]).unwrap();

    let report = crate::headcount(&["report"]).arg(&out).output().unwrap();
    assert_eq!(report.status.code(), Some(0));
    let warning = crate::said(&report);
    assert!(warning.contains("predictions.matched.csv has"), "{warning}");

    let said = recovers(&out);
    assert_eq!(said.matches("start ").count(), 1, "{said}");
    assert!(said.contains("start dsp-joint"), "{said}");
}
