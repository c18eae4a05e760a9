//! What is gathered from runs that score heads or measure every subset of them.

use std::fs;
use std::path::Path;

use experiment::{Source, load};
use files::Hint;
use methods::Methods;
use records::{
    ORACLE_FILE, RunResult, SCORES_FILE, SubsetRow, TUNING, read_scores, read_seeded_subsets, stored_files,
    write_subsets,
};
use sweep::{Plan, Run, Store, Tables};

use crate::fake::{label, measured};

/// A sweep of the oracle and of scores that remove heads, with results as runs would leave them.
struct Fixture {
    folder: tempfile::TempDir,
    store: Store,
    plan: Plan,
    tables: Tables,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = "name = 'fake'\nscale = 'demo'\n[model]\nlayers = 1\nheads = 2\nwidth = 64\npositions = 128\n[michel]\n\
                    heads_per_step = 1\n[sweep]\nmethods = ['michel', 'oracle']\nheads = [1]\nseeds = [1, 2]\n";
        let experiment = load(&Source::embedded("fake.toml", text), &[], &Methods::known()).unwrap();
        let plan = Plan::new(&experiment, &Methods::known()).unwrap();
        let store = Store::new(folder.path());
        let tables = Tables::new(&experiment, &plan, &store).unwrap();
        Self {
            folder,
            store,
            plan,
            tables,
        }
    }

    fn run(&self, method: &str, seed: u64) -> &Run {
        let is_meant = |run: &&Run| (run.method.name, run.seed) == (method, seed);
        self.plan.runs().iter().find(is_meant).unwrap()
    }

    /// Stores the result of a run with the files in its folder.
    fn finish(&self, method: &str, seed: u64, scores: Option<Vec<f64>>) {
        let run = self.run(method, seed);
        let folder = self.store.run(&run.id);
        folder.create().unwrap();
        let mut measured = measured(run);
        measured.n_heads = 2;
        measured.scores = scores;
        measured.rows.clear();
        let files = stored_files::record(folder.path(), |_| false).unwrap();
        let result = RunResult::new(run.identity(), measured, files);
        folder.write_result(&result).unwrap();
    }

    /// Finishes the oracle of a seed, whose losses are `loss` and less.
    fn oracle(&self, seed: u64, loss: f64) {
        let folder = self.store.run(&self.run("oracle", seed).id);
        folder.create().unwrap();
        let row = |(mask, k): (&str, usize)| SubsetRow {
            mask: mask.to_owned(),
            k,
            split: TUNING.to_owned(),
            metric: "loss".to_owned(),
            value: loss - k as f64,
        };
        let rows: Vec<SubsetRow> = [("00", 0), ("10", 1), ("01", 1), ("11", 2)]
            .into_iter()
            .map(row)
            .collect();
        write_subsets(&folder.path().join(ORACLE_FILE), &rows).unwrap();
        self.finish("oracle", seed, None);
    }

    fn write(&mut self) -> Result<(), sweep::SweepError> {
        self.tables.write(|_, _| ())
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn scores_of_stages_and_subsets_of_all_seeds_are_gathered() {
    let mut sweep = Fixture::new();
    let (scores, oracle) = (sweep.file(SCORES_FILE), sweep.file(ORACLE_FILE));
    // What an earlier sweep has left in the folder is of no run.
    fs::write(&scores, "stale").unwrap();
    fs::write(&oracle, "stale").unwrap();
    sweep.write().unwrap();
    assert!(!scores.exists() && !oracle.exists());

    sweep.finish("michel-order", 2, Some(vec![0.5, 0.25]));
    sweep.oracle(2, 7.0);
    sweep.oracle(1, 5.0);
    sweep.write().unwrap();
    let stage = sweep.run("michel-order", 2);
    assert!(label(stage).starts_with("michel-order"));
    let variant = stage.point.variant.unwrap();
    assert_eq!(
        text(&scores),
        format!(
            "method,variant,k,seed,run_id,head,score\nmichel,{variant},,2,{id},0,0.5\nmichel,{variant},,2,{id},1,0.25\n",
            id = stage.id
        )
    );
    assert_eq!(read_scores(&scores).unwrap().len(), 2);
    assert_eq!(
        text(&oracle),
        "seed,mask,k,split,metric,value\n1,00,0,tuning,loss,5.0\n1,10,1,tuning,loss,4.0\n1,01,1,tuning,loss,4.0\n\
         1,11,2,tuning,loss,3.0\n2,00,0,tuning,loss,7.0\n2,10,1,tuning,loss,6.0\n2,01,1,tuning,loss,6.0\n\
         2,11,2,tuning,loss,5.0\n"
    );
}

#[test]
fn subsets_are_read_again_only_where_a_run_was_added_or_repeated() {
    let mut sweep = Fixture::new();
    let oracle = sweep.file(ORACLE_FILE);
    sweep.oracle(1, 5.0);
    sweep.write().unwrap();
    let first = text(&oracle);
    // Nobody has looked at the runs if this stays.
    fs::write(&oracle, "touched").unwrap();
    sweep.write().unwrap();
    assert_eq!(text(&oracle), "touched");
    // A table that is gone is made again, and so is one of a run that was repeated.
    fs::remove_file(&oracle).unwrap();
    sweep.write().unwrap();
    assert_eq!(text(&oracle), first);
    sweep.oracle(1, 6.0);
    sweep.write().unwrap();
    assert_eq!(read_seeded_subsets(&oracle).unwrap()[0].value, 6.0);
    sweep.oracle(2, 7.0);
    sweep.write().unwrap();
    assert_eq!(read_seeded_subsets(&oracle).unwrap().len(), 8);
}

#[test]
fn what_is_missing_or_damaged_is_told() {
    let mut sweep = Fixture::new();
    sweep.oracle(1, 5.0);
    sweep.oracle(2, 5.0);
    let of_run = sweep
        .store
        .run(&sweep.run("oracle", 2).id)
        .path()
        .join(ORACLE_FILE);
    // Of the same size, so that only who reads it notices.
    let damaged = text(&of_run).replace("01,1", "01,2");
    fs::write(&of_run, damaged).unwrap();
    let error = sweep.write().unwrap_err();
    let told = error.to_string();
    assert!(
        told.ends_with("oracle.csv:4: k is 2, and the mask keeps 1") && told.contains("oracle-s2"),
        "{told}"
    );
    assert!(error.hint().unwrap().contains("remove the folder"));
    // The other tables are there all the same.
    assert!(sweep.file("results.csv").exists());

    fs::remove_file(&of_run).unwrap();
    sweep.write().unwrap();
    assert_eq!(read_seeded_subsets(&sweep.file(ORACLE_FILE)).unwrap().len(), 4);
    let incomplete = sweep.tables.incomplete();
    assert_eq!(incomplete.len(), 1);
    assert!(incomplete[0].1.contains(ORACLE_FILE), "{incomplete:?}");
}
