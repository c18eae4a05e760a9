//! From stored runs to results.csv, provenance.csv and the report.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use report::{Caption, HeadsRow, ResultRow};
use serde::{Deserialize, Serialize};

use crate::SweepError;
use crate::experiment::{DataSource, Experiment, RECIPE_VERSION, RunKey};
use crate::kept_heads::heads_rows;
use crate::plan::{Plan, RunId};
use crate::provenance::Provenance;
use crate::store::{Lock, ResultFile, Row, RunResult, Store, write_atomically};

/// `plan.json`: which of the folders under `runs/` belong to the sweep, so that a report needs neither the corpus nor
/// the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredPlan {
    experiment: String,
    task: String,
    scale: String,
    recipe: String,
    recipe_version: u32,
    corpus: Option<String>,
    runs: Vec<StoredRun>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredRun {
    id: RunId,
    key: RunKey,
}

#[derive(Serialize)]
struct ReportFile<'a> {
    title: &'a str,
    scale: &'a str,
    corpus: Option<&'a str>,
}

/// The lines of the tables, from the runs that are done.
#[derive(Default)]
struct Collected {
    runs: usize,
    rows: Vec<ResultRow>,
    heads: Vec<HeadsRow>,
    provenance: Vec<Provenance>,
}

/// The tables and figures of one sweep.
#[derive(Debug)]
pub struct Results {
    store: Store,
    plan: StoredPlan,
    cost: Duration,
    written: Option<Instant>,
    /// What the figures could not show when they were last written.
    figure_warnings: Vec<String>,
    /// Runs that were done then.
    done: usize,
}

impl Results {
    /// For the runs of a plan, of which a copy is left in the sweep's folder.
    pub fn new(experiment: &Experiment, plan: &Plan, store: &Store) -> Result<Self, SweepError> {
        let corpus = match experiment.data.source {
            DataSource::Demo => Some(experiment.task.embedded_corpus().to_owned()),
            DataSource::Files => experiment.data.corpus.clone(),
            DataSource::Iwslt14 => Some("IWSLT14 de-en".to_owned()),
        };
        let plan = StoredPlan {
            experiment: experiment.name.clone(),
            task: experiment.task.name().to_owned(),
            scale: experiment.scale.name().to_owned(),
            recipe: experiment.recipe.name().to_owned(),
            recipe_version: RECIPE_VERSION,
            corpus,
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
        write_atomically(&path, format!("{text}\n").as_bytes())?;
        Ok(Self {
            store: store.clone(),
            plan,
            cost: Duration::ZERO,
            written: None,
            figure_warnings: Vec::new(),
            done: 0,
        })
    }

    /// For a sweep that was started earlier, maybe elsewhere.
    pub(crate) fn open(store: &Store) -> Result<Self, SweepError> {
        let path = plan_file(store);
        let text = std::fs::read(&path).map_err(|source| SweepError::io("read", &path, source))?;
        let plan = serde_json::from_slice(&text).map_err(|error| SweepError::StoredPlan {
            path,
            reason: error.to_string(),
        })?;
        Ok(Self {
            store: store.clone(),
            plan,
            cost: Duration::ZERO,
            written: None,
            figure_warnings: Vec::new(),
            done: 0,
        })
    }

    /// Writes everything anew if the last time is long enough ago that a thirtieth of the time goes into it at most.
    pub fn refresh(&mut self) -> Result<(), SweepError> {
        match self.written {
            Some(last) if last.elapsed() < 30 * self.cost => Ok(()),
            _ => self.write().map(|_| ()),
        }
    }

    /// Writes results.csv, heads.csv, provenance.csv and, if any run is done, the report; returns the paths of the files that a
    /// reader would open.
    pub fn write(&mut self) -> Result<Vec<PathBuf>, SweepError> {
        let start = Instant::now();
        let root = self.store.root().to_owned();
        let _one_at_a_time = Lock::acquire(&root.join(".report.lock"), |_| ())?;
        let Collected {
            runs,
            rows,
            heads,
            provenance,
        } = self.collect();
        let results = root.join("results.csv");
        report::write_results(&results, &rows)?;
        report::write_heads(&root.join("heads.csv"), &heads)?;
        write_provenance(&root.join("provenance.csv"), &provenance)?;
        self.write_caption(&root.join("report.toml"))?;
        let mut files = vec![results];
        if !rows.is_empty() {
            let report = report::write_report(&root)?;
            files.extend(report.files);
            self.figure_warnings = report.warnings;
        }
        self.done = runs;
        self.cost = start.elapsed();
        self.written = Some(Instant::now());
        Ok(files)
    }

    /// The table of all methods for the terminal; none while no run is done.
    pub fn summary(&self) -> Result<Option<String>, SweepError> {
        summary(self.store.root())
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

    /// What the figures could not show when they were last written.
    pub fn figure_warnings(&self) -> &[String] {
        &self.figure_warnings
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

    fn write_caption(&self, path: &Path) -> Result<(), SweepError> {
        let StoredPlan {
            experiment: title,
            scale,
            corpus,
            ..
        } = &self.plan;
        let text = toml::to_string(&ReportFile {
            title,
            scale,
            corpus: corpus.as_deref(),
        })
        .map_err(|error| SweepError::Format {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        write_atomically(path, text.as_bytes())
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
            schema_version: report::SCHEMA_VERSION,
        }
    }
}

/// The table of all methods from a folder's results.csv; none while it has no rows.
fn summary(root: &Path) -> Result<Option<String>, SweepError> {
    let rows = report::read_results(&root.join("results.csv"))?;
    if rows.is_empty() {
        return Ok(None);
    }
    let caption = Caption::read(root, &rows)?;
    Ok(Some(report::summary_table(&rows, &caption)?))
}

fn plan_file(store: &Store) -> PathBuf {
    store.root().join("plan.json")
}

fn write_provenance(path: &Path, lines: &[Provenance]) -> Result<(), SweepError> {
    let write = || -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for line in lines {
            writer.serialize(line)?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    };
    let bytes = write().map_err(|error| SweepError::Format {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    write_atomically(path, &bytes)
}
