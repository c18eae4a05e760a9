//! A sweep of ten thousand runs: where they stand and what is left of them.

use std::fs;
use std::time::Duration;

use methods::Methods;
use records::{Failure, RunResult, StoredFiles};
use sweep::progress::Estimate;
use sweep::store::Status;
use sweep::{Plan, Run, RunState, Store, wall_times};

use crate::fake::{experiment, measured};

fn store_result(store: &Store, run: &Run, wall_seconds: u32) {
    let folder = store.run(&run.id);
    folder
        .write_result(&RunResult::new(run.identity(), measured(run), StoredFiles::new()))
        .unwrap();
    let provenance = format!(
        "{{\"run_id\":\"{}\",\"host\":\"a\",\"platform\":\"b\",\"device\":\"c\",\"threads\":1,\"version\":\"1\",\
         \"git_revision\":\"\",\"start\":\"\",\"end\":\"\",\"wall_seconds\":{wall_seconds}.0,\"peak_memory_mib\":null}}",
        run.id
    );
    fs::write(folder.path().join("provenance.json"), provenance).unwrap();
}

#[test]
fn ten_thousand_runs_stand_where_their_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let heads: Vec<usize> = (1..=12).collect();
    let mut experiment = experiment(&heads);
    experiment.sweep.seeds = (1..=400).collect();
    let plan = Plan::new(&experiment, &Methods::known()).unwrap();
    assert_eq!(plan.runs().len(), 10_000);
    let store = Store::new(folder.path());
    let expected = |run: &Run| match (run.method.name, run.seed) {
        ("dense", 1..=100) | ("dsp-joint", 7) => RunState::Done,
        ("dense", 101..=110) => RunState::Failed {
            reason: "it had to be".to_owned(),
        },
        ("random", 101..=110) => RunState::Blocked,
        _ => RunState::Pending,
    };
    for run in plan.runs() {
        match expected(run) {
            RunState::Done => store_result(&store, run, if run.method.name == "dense" { 60 } else { 30 }),
            RunState::Failed { reason } => {
                let failure = Failure {
                    key: run.key.clone(),
                    error: reason,
                    hint: None,
                };
                store.run(&run.id).write_failure(&failure).unwrap();
            }
            _ => {}
        }
    }
    let status = Status::read(&plan, &store);
    let states: Vec<RunState> = plan.runs().iter().map(expected).collect();
    assert_eq!(status.states, states);
    let counts = ["done", "failed", "blocked", "pending"].map(|name| status.count(name));
    assert_eq!(counts, [112, 10, 120, 9758]);

    let walls = wall_times(&plan, &store, &status);
    assert_eq!(
        walls.iter().flatten().sum::<Duration>(),
        Duration::from_secs(100 * 60 + 12 * 30)
    );
    let waiting = (0..states.len()).filter(|&position| states[position] == RunState::Pending);
    let left = Estimate::from_walls(&plan, &walls)
        .left(&plan, waiting, &[])
        .unwrap();
    // No random subset is done, nor anything else that starts from a model: the mean of the two methods.
    let work = 290 * 60 + 399 * 12 * 30 + (4800 - 120) * 45;
    assert_eq!((left.work.as_secs(), left.chain.as_secs()), (work, 60 + 45));
}
