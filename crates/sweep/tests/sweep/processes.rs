//! Whatever happens to processes and files, a sweep that is started again ends with the same results.csv.

use std::fs;
use std::path::Path;
use std::time::Duration;

use experiment::Experiment;
use methods::Methods;
use sweep::progress::{Lines, Quiet};
use sweep::{Interrupt, Plan, Run, RunnerOptions, Store};

use crate::fake::{
    self, OPTIONS, clear_fault, executed, experiment, label, order_fault, results, sweep, sweep_with,
    this_program,
};

/// 2 dense runs and 2 methods x 2 K x 2 seeds.
const RUNS: usize = 10;

#[test]
#[ignore = "the process of a run, started by the other tests"]
fn child_process() {
    fake::child();
}

#[test]
#[ignore = "the process of a sweep, started by another test"]
fn parent_process() {
    fake::parent();
}

/// results.csv of an undisturbed sweep, one run at a time.
fn undisturbed(experiment: &Experiment) -> String {
    let folder = tempfile::tempdir().unwrap();
    let outcome = sweep(experiment, folder.path(), OPTIONS);
    assert_eq!((outcome.done, outcome.failed.len(), outcome.left), (RUNS, 0, 0));
    results(experiment, folder.path())
}

fn every_run_once(root: &Path) {
    let executed = executed(root);
    assert_eq!(executed.len(), RUNS);
    assert!(executed.values().all(|&count| count == 1), "{executed:?}");
}

fn find(experiment: &Experiment, name: &str) -> Run {
    let plan = Plan::new(experiment, &Methods::known()).unwrap();
    plan.runs().iter().find(|run| label(run) == name).unwrap().clone()
}

#[test]
fn jobs_and_simultaneous_sweeps_change_nothing() {
    let experiment = experiment(&[1, 3]);
    let expected = undisturbed(&experiment);
    assert_eq!(expected.lines().count(), 1 + 2 + 4 + 3 * 4);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let start = || sweep(&experiment, root, RunnerOptions { jobs: 2, ..OPTIONS });
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(start);
        (start(), other.join().unwrap())
    });
    assert_eq!((one.done, two.done), (RUNS, RUNS));
    every_run_once(root);
    assert_eq!(results(&experiment, root), expected);
}

#[test]
fn a_killed_run_fails_and_is_repeated_by_the_next_start() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    order_fault(root, "dense-s2", "kill-run");
    let outcome = sweep(&experiment, root, OPTIONS);
    assert_eq!(
        (outcome.done, outcome.failed.len(), outcome.blocked.len()),
        (RUNS - 3, 1, 2)
    );
    assert!(outcome.failed[0].1.contains("signal: 9"), "{:?}", outcome.failed);
    let outcome = sweep(&experiment, root, OPTIONS);
    assert_eq!((outcome.done_before, outcome.done), (RUNS - 3, RUNS));
    assert_eq!(results(&experiment, root), undisturbed(&experiment));
}

#[test]
fn a_killed_sweep_goes_on_when_started_again() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    Store::new(root).write_experiment(&experiment).unwrap();
    order_fault(root, "random-k01-s1", "kill-sweep");
    let status = this_program("processes::parent_process", root).status().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    let outcome = sweep(&experiment, root, RunnerOptions { jobs: 2, ..OPTIONS });
    assert_eq!(outcome.done, RUNS);
    // The orphans finish, and the second sweep waits for them.
    every_run_once(root);
    assert_eq!(results(&experiment, root), undisturbed(&experiment));
}

#[test]
fn a_changed_byte_repeats_that_run_only() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    sweep(&experiment, root, OPTIONS);
    let expected = results(&experiment, root);
    let run = find(&experiment, "dsp-joint-k03-s2");
    let path = root.join("runs").join(run.id.as_str()).join("result.json");
    let text = fs::read_to_string(&path).unwrap();
    let changed = text.replacen("\"n_examples\": 1000", "\"n_examples\": 1001", 1);
    fs::write(&path, &changed).unwrap();
    let mut shown = Vec::new();
    sweep_with(
        &experiment,
        root,
        OPTIONS,
        &mut Lines::new(&mut shown),
        &Interrupt::default(),
    );
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("checksum"), "{shown}");
    assert_eq!(
        fs::read_to_string(path.with_file_name("result.json.damaged")).unwrap(),
        changed
    );
    assert!(
        shown.contains("done  dsp-joint K=3 seed=2: matched accuracy"),
        "{shown}"
    );
    let executed = executed(root);
    assert!(
        executed
            .iter()
            .all(|(name, &count)| count == if name == label(&run) { 2 } else { 1 }),
        "{executed:?}"
    );
    assert_eq!(results(&experiment, root), expected);
}

#[test]
fn a_failure_blocks_its_dependents_only_and_waits_for_a_word() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    order_fault(root, "dense-s1", "fail");
    let mut shown = Vec::new();
    let outcome = sweep_with(
        &experiment,
        root,
        OPTIONS,
        &mut Lines::new(&mut shown),
        &Interrupt::default(),
    );
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("FAIL  dense seed=1: it had to be"), "{shown}");
    assert!(shown.contains("    | about to fail"), "{shown}");
    assert_eq!(
        (outcome.done, outcome.failed.len(), outcome.blocked.len()),
        (RUNS - 3, 1, 2)
    );
    assert!(
        outcome
            .blocked
            .iter()
            .all(|id| id.as_str().starts_with("random-"))
    );
    // Not tried again unless asked to.
    clear_fault(root, "dense-s1");
    assert_eq!(sweep(&experiment, root, OPTIONS).failed, outcome.failed);
    assert_eq!(executed(root)["dense-s1"], 1);
    let outcome = sweep(
        &experiment,
        root,
        RunnerOptions {
            retry_failed: true,
            ..OPTIONS
        },
    );
    assert_eq!((outcome.done, outcome.failed.len()), (RUNS, 0));
    assert_eq!(results(&experiment, root), undisturbed(&experiment));
}

#[test]
fn adding_heads_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    sweep(&experiment(&[1, 3]), root, OPTIONS);
    let outcome = sweep(&experiment(&[1, 2, 3]), root, OPTIONS);
    assert_eq!((outcome.done_before, outcome.done), (RUNS, RUNS + 4));
    assert!(executed(root).values().all(|&count| count == 1));
}

#[test]
fn the_first_failure_ends_a_hasty_sweep() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    order_fault(root, "dense-s1", "fail");
    order_fault(root, "dense-s2", "hang");
    let outcome = sweep(
        &experiment,
        root,
        RunnerOptions {
            jobs: 2,
            fail_fast: true,
            ..OPTIONS
        },
    );
    assert_eq!(
        (
            outcome.done,
            outcome.failed.len(),
            outcome.blocked.len(),
            outcome.left
        ),
        (0, 1, 2, RUNS - 3)
    );
}

#[test]
fn an_interrupt_ends_the_runs_and_leaves_the_rest() {
    let experiment = experiment(&[1, 3]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    order_fault(root, "dense-s2", "hang");
    let interrupt = Interrupt::default();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Once the hanging run has begun, nothing else goes on.
            while !executed(root).contains_key("dense-s2") {
                std::thread::sleep(Duration::from_millis(5));
            }
            interrupt.request(false);
        });
        sweep_with(&experiment, root, OPTIONS, &mut Quiet, &interrupt)
    });
    assert!(outcome.interrupted);
    assert_eq!(
        (outcome.done, outcome.failed.len(), outcome.left),
        (1, 0, RUNS - 1)
    );
    clear_fault(root, "dense-s2");
    assert_eq!(sweep(&experiment, root, OPTIONS).done, RUNS);
    assert_eq!(results(&experiment, root), undisturbed(&experiment));
}
