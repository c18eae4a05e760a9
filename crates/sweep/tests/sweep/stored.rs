//! One run in this process, and what its folder says afterwards.

use std::fs;

use experiment::Experiment;
use files::Hint;
use methods::Methods;
use records::ResultFile;
use sweep::progress::JsonLines;
use sweep::store::Status;
use sweep::{Plan, Run, RunEnd, RunState, Store, SweepError, Tables, run_one};

use crate::fake::{Fake, clear_fault, executed, experiment, order_fault, results};

struct Fixture {
    folder: tempfile::TempDir,
    experiment: Experiment,
    plan: Plan,
    store: Store,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let experiment = experiment(&[1]);
        let plan = Plan::new(&experiment, &Methods::known()).unwrap();
        let store = Store::new(folder.path());
        Self {
            folder,
            experiment,
            plan,
            store,
        }
    }

    fn run(&self, run: &Run) -> Result<RunEnd, SweepError> {
        let progress = &mut JsonLines::new(std::io::sink());
        run_one(
            &self.experiment,
            &self.plan,
            &self.store,
            run.id.as_str(),
            "fake",
            &Fake,
            progress,
        )
    }

    fn find(&self, method: &str) -> &Run {
        self.plan
            .runs()
            .iter()
            .find(|run| run.method.name == method)
            .unwrap()
    }

    fn state(&self, run: &Run) -> RunState {
        let position = self.plan.position(&run.id).unwrap();
        Status::read(&self.plan, &self.store).states[position].clone()
    }
}

#[test]
fn a_second_call_finds_the_result() {
    let fixture = Fixture::new();
    let dense = fixture.find("dense");
    assert_eq!(fixture.state(dense), RunState::Pending);
    let first = fixture.run(dense).unwrap();
    assert!(matches!(first, RunEnd::Done(_)));
    assert_eq!(fixture.run(dense).unwrap(), first);
    assert_eq!(executed(fixture.folder.path())["dense-s1"], 1);
    assert_eq!(fixture.state(dense), RunState::Done);
}

#[test]
fn every_changed_byte_is_noticed() {
    let fixture = Fixture::new();
    let dense = fixture.find("dense");
    fixture.run(dense).unwrap();
    let folder = fixture.store.run(&dense.id);
    let path = folder.path().join("result.json");
    let good = fs::read(&path).unwrap();
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert!(
            matches!(folder.result(dense), ResultFile::Unusable(_)),
            "byte {position}"
        );
    }
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert_eq!(fixture.state(dense), RunState::Partial);
    // The result of another run is none of this one.
    let other = fixture.find("dsp-joint");
    fixture.run(other).unwrap();
    fs::copy(fixture.store.run(&other.id).path().join("result.json"), &path).unwrap();
    assert_eq!(fixture.state(dense), RunState::Partial);
    fixture.run(dense).unwrap();
    assert_eq!(fs::read(&path).unwrap(), good);
}

#[test]
fn failures_and_panics_are_kept_until_the_next_try() {
    let fixture = Fixture::new();
    let (dense, random) = (fixture.find("dense"), fixture.find("random"));
    order_fault(fixture.folder.path(), "dense-s1", "panic");
    let RunEnd::Failed(failure) = fixture.run(dense).unwrap() else {
        panic!("the run did not fail")
    };
    assert_eq!(failure.error, "the program panicked: ordered");
    assert_eq!(
        fixture.state(dense),
        RunState::Failed {
            reason: failure.error
        }
    );
    assert_eq!(fixture.state(random), RunState::Blocked);
    let error = fixture.run(random).unwrap_err();
    assert!(matches!(error, SweepError::DependencyMissing { .. }));
    assert_eq!(error.hint().unwrap(), format!("run it first: --id {}", dense.id));
    clear_fault(fixture.folder.path(), "dense-s1");
    assert!(matches!(fixture.run(dense).unwrap(), RunEnd::Done(_)));
    assert_eq!(fixture.state(dense), RunState::Done);
    assert!(matches!(fixture.run(random).unwrap(), RunEnd::Done(_)));
}

#[test]
fn a_report_needs_the_stored_runs_only() {
    let fixture = Fixture::new();
    let root = fixture.folder.path();
    for run in fixture.plan.runs() {
        fixture.run(run).unwrap();
    }
    let csv = results(&fixture.experiment, root);
    assert!(csv.contains(",random,draw-3,1,1,12,2,matched,accuracy,"), "{csv}");
    let caption = fs::read_to_string(root.join("report.toml")).unwrap();
    assert!(
        caption.contains("corpus = \"embedded demo-nli corpus (not MNLI)\""),
        "{caption}"
    );
    let provenance = fs::read_to_string(root.join("provenance.csv")).unwrap();
    assert_eq!(provenance.lines().count(), 1 + fixture.plan.runs().len());
    assert!(
        provenance.starts_with(
            "run_id,host,platform,instructions,device,backend,burn_version,threads,version,git_revision,git_dirty,start,end,\
             wall_seconds,peak_memory_mib,weights\n"
        ),
        "{provenance}"
    );
    for name in ["experiment.toml", "results.csv", "provenance.csv", "report.toml"] {
        let _ = fs::remove_file(root.join(name));
    }
    let mut tables = Tables::open(&Store::new(root)).unwrap();
    tables.write(|_, has_rows| assert!(has_rows)).unwrap();
    assert!(tables.incomplete().is_empty());
    assert_eq!(fs::read_to_string(root.join("results.csv")).unwrap(), csv);
}
