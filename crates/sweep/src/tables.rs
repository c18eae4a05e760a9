//! From stored runs to results.csv, heads.csv, scores.csv, oracle.csv, warnings.csv, provenance.csv and report.toml.

use std::path::{Path, PathBuf};

use experiment::{DataSource, Experiment, RECIPE_VERSION};
use files::{FileError, Lock};
use rayon::prelude::*;
use records::{
    Caption, HeadsRow, Provenance, ResultFile, ResultRow, Row, RunId, RunKey, RunResult, SCORES_FILE,
    ScoreRow, WARNINGS_FILE, WarningRow, heads_rows, score_rows, warning_rows,
};
use serde::{Deserialize, Serialize};

use crate::SweepError;
use crate::plan::Plan;
use crate::store::Store;
use crate::subset_table::{Measurer, SubsetTable, remove};

/// Name of the table of all numbers.
pub const RESULTS_FILE: &str = "results.csv";

/// `plan.json`: which of the folders under `runs/` belong to the sweep, so that a report needs neither the corpus nor
/// the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct StoredPlan {
    experiment: String,
    task: String,
    scale: String,
    recipe: String,
    recipe_version: u32,
    corpus: Option<String>,
    /// Points by which a method must be worse to be called so; none where an earlier program declared none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    margin: Option<f64>,
    runs: Vec<StoredRun>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredRun {
    id: RunId,
    key: RunKey,
}

/// The lines of the tables, from the runs that are done.
#[derive(Default)]
struct Collected {
    runs: usize,
    rows: Vec<ResultRow>,
    heads: Vec<HeadsRow>,
    scores: Vec<ScoreRow>,
    warnings: Vec<WarningRow>,
    measurers: Vec<Measurer>,
    provenance: Vec<Provenance>,
}

/// The tables of one sweep.
#[derive(Debug)]
pub struct Tables {
    store: Store,
    plan: StoredPlan,
    /// Runs that were done when they were last written.
    done: usize,
    subsets: SubsetTable,
}

impl Tables {
    /// For the runs of a plan, of which a copy is left in the sweep's folder.
    pub fn new(experiment: &Experiment, plan: &Plan, store: &Store) -> Result<Self, SweepError> {
        let corpus = match experiment.data.source {
            DataSource::Demo => Some(experiment.task.embedded_corpus().to_owned()),
            DataSource::Files => experiment.data.corpus.clone(),
            DataSource::Iwslt14 => Some("IWSLT14 de-en".to_owned()),
        };
        let plan = StoredPlan {
            experiment: experiment.name.clone(),
            task: experiment.task.stored_name().to_owned(),
            scale: experiment.scale.name().to_owned(),
            recipe: experiment.recipe.name().to_owned(),
            recipe_version: RECIPE_VERSION,
            corpus,
            margin: Some(experiment.report.margin),
            runs: plan
                .runs()
                .iter()
                .map(|run| StoredRun {
                    id: run.id.clone(),
                    key: run.key.clone(),
                })
                .collect(),
        };
        let path = plan_file(store);
        let text = serde_json::to_string_pretty(&plan).map_err(|error| SweepError::Format {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        files::store(&path, format!("{text}\n").as_bytes())?;
        Ok(Self {
            store: store.clone(),
            plan,
            done: 0,
            subsets: SubsetTable::default(),
        })
    }

    /// For a sweep that was started earlier, maybe elsewhere.
    ///
    /// # Errors
    /// Its plan.json cannot be read.
    pub fn open(store: &Store) -> Result<Self, SweepError> {
        let path = plan_file(store);
        let text = std::fs::read(&path).map_err(|source| FileError::new("read", &path, source))?;
        let plan = serde_json::from_slice(&text).map_err(|error| SweepError::StoredPlan {
            path,
            reason: error.to_string(),
        })?;
        Ok(Self {
            store: store.clone(),
            plan,
            done: 0,
            subsets: SubsetTable::default(),
        })
    }

    /// The folder of the sweep.
    pub fn root(&self) -> &Path {
        self.store.root()
    }

    /// Writes results.csv, heads.csv, warnings.csv, provenance.csv and report.toml, and where a run has something for them scores.csv and
    /// oracle.csv; then calls `then` with the folder and whether there are any rows, while no other process writes them.
    ///
    /// # Errors
    /// A file cannot be written, or the oracle.csv of a run is wrong.
    pub fn write<T>(&mut self, then: impl FnOnce(&Path, bool) -> T) -> Result<T, SweepError> {
        let root = self.store.root().to_owned();
        let _one_at_a_time = Lock::acquire(&root.join(".report.lock"), |_| ())?;
        let Collected {
            runs,
            rows,
            heads,
            scores,
            warnings,
            measurers,
            provenance,
        } = self.collect();
        records::write_results(&root.join(RESULTS_FILE), &rows)?;
        records::write_heads(&root.join("heads.csv"), &heads)?;
        records::write_warnings(&root.join(WARNINGS_FILE), &warnings)?;
        records::write_provenance(&root.join("provenance.csv"), &provenance)?;
        self.caption().write(&root)?;
        let scores_file = root.join(SCORES_FILE);
        match scores.as_slice() {
            [] => remove(&scores_file)?,
            scores => records::write_scores(&scores_file, scores)?,
        }
        self.subsets.write(&self.store, measurers)?;
        self.done = runs;
        Ok(then(&root, !rows.is_empty()))
    }

    /// What the finished runs say that a reader of their numbers should know, in the order of the plan.
    pub fn warnings(&self) -> Vec<(RunId, String)> {
        let each = |(result, _): (RunResult, _)| {
            let RunResult { run, measured, .. } = result;
            let warnings = measured.warnings.into_iter();
            warnings.map(move |warning| (run.id.clone(), warning))
        };
        self.stored().into_iter().flat_map(each).collect()
    }

    /// Runs that were done when the results were last written, and all runs.
    pub fn done(&self) -> (usize, usize) {
        (self.done, self.plan.runs.len())
    }

    /// What is stored of the runs that are done, in the order of the plan.
    fn stored(&self) -> Vec<(RunResult, Option<Provenance>)> {
        let read = |run: &StoredRun| {
            let folder = self.store.run(&run.id);
            match folder.result_of(&run.key) {
                ResultFile::Valid(result) => Some((*result, folder.provenance())),
                _ => None,
            }
        };
        // Most of the time goes into opening files, above all on a shared folder.
        self.plan.runs.par_iter().filter_map(read).collect()
    }

    /// Finished runs whose predictions or mask are missing or have another size, and what is wrong; comparisons of single
    /// answers need them.
    pub fn incomplete(&self) -> Vec<(RunId, String)> {
        let wrong = |run: &StoredRun| {
            let reason = self.store.run(&run.id).missing_measurement(&run.key)?;
            Some((
                run.id.clone(),
                format!("{reason}; `headcount sweep run` repeats it"),
            ))
        };
        self.plan.runs.iter().filter_map(wrong).collect()
    }

    fn caption(&self) -> Caption {
        Caption {
            title: self.plan.experiment.clone(),
            scale: self.plan.scale.clone(),
            corpus: self.plan.corpus.clone(),
            margin: self.plan.margin,
        }
    }

    fn collect(&self) -> Collected {
        let mut collected = Collected::default();
        for (result, provenance) in self.stored() {
            collected.runs += 1;
            let rows = result.measured.rows.iter();
            collected
                .rows
                .extend(rows.map(|row| self.result_row(&result, row)));
            collected.heads.extend(heads_rows(&result));
            collected.scores.extend(score_rows(&result));
            collected.warnings.extend(warning_rows(&result));
            collected.measurers.extend(Measurer::of(&self.store, &result));
            collected.provenance.extend(provenance);
        }
        collected
    }

    fn result_row(&self, result: &RunResult, row: &Row) -> ResultRow {
        let RunResult { run, measured, .. } = result;
        let heads = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        ResultRow {
            experiment: self.plan.experiment.clone(),
            task: self.plan.task.clone(),
            scale: self.plan.scale.clone(),
            method: run.method.clone(),
            variant: row.variant.clone(),
            k_target: heads(row.k_target),
            k_actual: heads(row.k_actual),
            n_heads: heads(measured.n_heads),
            seed: run.seed,
            split: row.split.clone(),
            metric: row.metric.clone(),
            value: row.value,
            n_examples: row.n_examples as u64,
            signature: row.signature.clone(),
            run_id: run.id.to_string(),
            recipe: self.plan.recipe.clone(),
            recipe_version: self.plan.recipe_version.to_string(),
            params_before: measured.params_before,
            params_after: row.params_after,
            train_updates: measured.train_updates as u64,
            cost_examples: measured.cost_examples,
            macs_before: row.macs_before,
            macs_after: row.macs_after,
            schema_version: records::ROW_SCHEMA_VERSION,
        }
    }
}

fn plan_file(store: &Store) -> PathBuf {
    store.root().join("plan.json")
}
