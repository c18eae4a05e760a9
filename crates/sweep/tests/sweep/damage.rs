//! Results that cannot be used, or must not be: what is set aside, repeated, left alone.

use std::fs;
use std::path::PathBuf;

use experiment::Experiment;
use methods::Methods;
use records::{RESULT_SCHEMA_VERSION, ResultFile};
use serde_json::{Value, json};
use sweep::progress::Lines;
use sweep::{Interrupt, Outcome, Plan, Run, RunState, RunnerOptions, Store};

use crate::fake::{
    OPTIONS, clear_fault, executed, experiment, label, order_fault, results, sweep, sweep_with,
};

/// A finished sweep: 2 dense runs, and for each of 2 seeds one run of 2 methods.
struct Finished {
    folder: tempfile::TempDir,
    experiment: Experiment,
    expected: String,
}

const RUNS: usize = 6;

impl Finished {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let experiment = experiment(&[1]);
        assert_eq!(sweep(&experiment, folder.path(), OPTIONS).done, RUNS);
        let expected = results(&experiment, folder.path());
        Self {
            folder,
            experiment,
            expected,
        }
    }

    fn run(&self, name: &str) -> Run {
        let plan = Plan::new(&self.experiment, &Methods::known()).unwrap();
        plan.runs().iter().find(|run| label(run) == name).unwrap().clone()
    }

    fn file(&self, run: &str, name: &str) -> PathBuf {
        let folder = Store::new(self.folder.path()).run(&self.run(run).id);
        folder.path().join(name)
    }

    fn result(&self, run: &str) -> ResultFile {
        let run = self.run(run);
        Store::new(self.folder.path()).run(&run.id).result(&run)
    }

    /// Does the sweep again; how often each run has been executed by then that was more than once.
    fn again(&self, options: RunnerOptions) -> (Outcome, Vec<(String, usize)>, String) {
        let mut shown = Vec::new();
        let display = &mut Lines::new(&mut shown);
        let root = self.folder.path();
        let outcome = sweep_with(&self.experiment, root, options, display, &Interrupt::default());
        let repeated = executed(root)
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .collect();
        (outcome, repeated, String::from_utf8(shown).unwrap())
    }

    fn recovers(&self, repeated: &[(&str, usize)]) -> String {
        let (outcome, executed, shown) = self.again(OPTIONS);
        assert_eq!((outcome.done, outcome.failed.len()), (RUNS, 0), "{shown}");
        let repeated: Vec<(String, usize)> = repeated
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect();
        assert_eq!(executed, repeated, "{shown}");
        assert_eq!(results(&self.experiment, self.folder.path()), self.expected);
        shown
    }
}

/// `result.json` of a program of another version: what `change` makes of the result, with the checksum of that.
fn rewritten(text: &str, change: impl FnOnce(&mut String)) -> String {
    let (_, result) = text.split_once("\"result\": ").unwrap();
    let mut result = result.trim_end().strip_suffix('}').unwrap().trim_end().to_owned();
    change(&mut result);
    // No string of a result has white space in it.
    let compact: String = result.chars().filter(|c| !c.is_whitespace()).collect();
    let checksum = files::sha256_of(compact.as_bytes());
    format!("{{\n  \"checksum\": \"{checksum}\",\n  \"result\": {result}\n}}\n")
}

#[test]
fn what_was_set_aside_stays() {
    let finished = Finished::new();
    let result = finished.file("dsp-joint-k01-s1", "result.json");
    let good = fs::read_to_string(&result).unwrap();
    for (number, bad) in [
        "{",
        &good[..good.len() / 2],
        &good.replace("accuracy", "Accuracy"),
    ]
    .iter()
    .enumerate()
    {
        fs::write(&result, bad).unwrap();
        let shown = finished.recovers(&[("dsp-joint-k01-s1", number + 2)]);
        assert!(
            shown.contains("result.json: ") && shown.contains("will be repeated"),
            "{shown}"
        );
        let name = ["damaged", "damaged-2", "damaged-3"][number];
        let aside = fs::read_to_string(result.with_file_name(format!("result.json.{name}"))).unwrap();
        assert_eq!(aside, **bad);
        assert_eq!(fs::read_to_string(&result).unwrap(), good);
    }
    let log = fs::read_to_string(finished.file("dsp-joint-k01-s1", "log.txt")).unwrap();
    assert!(
        log.contains("the result is now result.json.damaged-3, and the run is repeated"),
        "{log}"
    );
}

#[test]
fn the_result_of_a_newer_program_is_neither_counted_nor_replaced() {
    let finished = Finished::new();
    let path = finished.file("dense-s1", "result.json");
    let newer = rewritten(&fs::read_to_string(&path).unwrap(), |result| {
        let version = "\"schema_version\"";
        *result = result.replacen(
            &format!("{version}: {RESULT_SCHEMA_VERSION}"),
            &format!("\"more\": [1],\n{version}: {}", RESULT_SCHEMA_VERSION + 1),
            1,
        );
    });
    fs::write(&path, &newer).unwrap();
    fs::remove_dir_all(finished.file("random-k01-s1", "")).unwrap();
    assert!(matches!(finished.result("dense-s1"), ResultFile::Unreadable(_)));
    for retry_failed in [false, true] {
        let (outcome, repeated, shown) = finished.again(RunnerOptions {
            retry_failed,
            ..OPTIONS
        });
        assert_eq!(
            (outcome.done, outcome.failed.len(), outcome.blocked.len()),
            (RUNS - 2, 1, 1),
            "{shown}"
        );
        assert!(
            outcome.failed[0].1.contains("newer program"),
            "{:?}",
            outcome.failed
        );
        assert!(repeated.is_empty(), "{repeated:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    }
    assert!(!results(&finished.experiment, finished.folder.path()).contains(",dense,,12,12,12,1,"));
    // One that only looks newer is damaged.
    fs::write(&path, newer.replacen("1000", "1001", 1)).unwrap();
    assert!(matches!(finished.result("dense-s1"), ResultFile::Unusable(_)));
}

#[test]
fn results_of_the_first_version_are_valid_and_unchecked() {
    let finished = Finished::new();
    for name in ["dense-s1", "random-k01-s1"] {
        let path = finished.file(name, "result.json");
        let text = fs::read_to_string(&path).unwrap();
        let sealed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            sealed["result"]["files"]
                .as_object()
                .unwrap()
                .keys()
                .collect::<Vec<_>>(),
            ["model.safetensors", "predictions.matched.csv"]
        );
        assert_eq!(sealed["result"]["schema_version"], json!(RESULT_SCHEMA_VERSION));
        let first = rewritten(&text, |result| {
            let files = result.find(",\n    \"files\"").unwrap();
            result.truncate(files);
            result.push_str("\n  }");
            let version = format!("\"schema_version\": {RESULT_SCHEMA_VERSION}");
            *result = result.replacen(&version, "\"schema_version\": 1", 1);
        });
        fs::write(&path, first).unwrap();
        assert!(
            matches!(finished.result(name), ResultFile::Valid(_)),
            "{:?}",
            finished.result(name)
        );
    }
    fs::write(finished.file("dense-s1", "model.safetensors"), "other").unwrap();
    finished.recovers(&[]);
}

#[test]
fn leftovers_go_once_the_result_is_there() {
    let finished = Finished::new();
    assert!(!finished.file("dense-s1", "half-done").exists());
    assert!(finished.file("dense-s1", "model.safetensors").exists());
}

#[test]
fn a_base_is_done_again_only_for_what_starts_from_it() {
    let finished = Finished::new();
    let model = finished.file("dense-s2", "model.safetensors");
    let good = fs::read_to_string(&model).unwrap();
    // As long as before.
    fs::write(&model, good.replace(&good[..1], "x")).unwrap();
    finished.recovers(&[]);
    fs::remove_dir_all(finished.file("random-k01-s2", "")).unwrap();
    let shown = finished.recovers(&[("dense-s2", 2), ("random-k01-s2", 2)]);
    assert!(
        shown.contains("no longer what was stored (its result is now result.json.damaged)"),
        "{shown}"
    );
    assert_eq!(fs::read_to_string(&model).unwrap(), good);
}

#[test]
fn missing_predictions_are_made_again() {
    let finished = Finished::new();
    fs::remove_file(finished.file("dsp-joint-k01-s2", "predictions.matched.csv")).unwrap();
    let run = finished.run("dsp-joint-k01-s2");
    let store = Store::new(finished.folder.path());
    assert_eq!(store.run(&run.id).state(&run).0, RunState::Partial);
    finished.recovers(&[("dsp-joint-k01-s2", 2)]);
}

#[test]
fn a_full_disk_is_no_failure_of_the_run() {
    let experiment = experiment(&[1]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    order_fault(root, "dense-s1", "full-disk");
    let outcome = sweep(&experiment, root, OPTIONS);
    assert_eq!((outcome.failed.len(), outcome.blocked.len()), (1, 1));
    let reason = &outcome.failed[0].1;
    assert!(reason.contains("no storage space; make space"), "{reason}");
    clear_fault(root, "dense-s1");
    let outcome = sweep(&experiment, root, OPTIONS);
    assert_eq!((outcome.done, outcome.failed.len()), (RUNS, 0));
}
