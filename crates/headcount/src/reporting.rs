//! Tables and figures of a sweep: what is stored, collected by crate `sweep` and drawn by crate `report`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use experiment::Experiment;
use files::shell::path_word;
use records::{Caption, RunId};
use sweep::{Plan, RESULTS_FILE, Store, Tables};

use crate::problem::Result;
use crate::terminal::{print, warn};

/// The tables and figures of one sweep.
#[derive(Debug)]
pub(crate) struct Results {
    tables: Tables,
    cost: Duration,
    written: Option<Instant>,
    /// What the figures could not show when they were last written.
    pub(crate) figure_warnings: Vec<String>,
}

impl Results {
    /// For the runs of a plan, of which a copy is left in the sweep's folder.
    pub(crate) fn new(experiment: &Experiment, plan: &Plan, store: &Store) -> Result<Self> {
        Ok(Self::of(Tables::new(experiment, plan, store)?))
    }

    /// For a sweep that was started earlier, maybe elsewhere.
    pub(crate) fn open(store: &Store) -> Result<Self> {
        Ok(Self::of(Tables::open(store)?))
    }

    fn of(tables: Tables) -> Self {
        Self {
            tables,
            cost: Duration::ZERO,
            written: None,
            figure_warnings: Vec::new(),
        }
    }

    /// What is stored, in tables.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Writes everything anew if the last time is long enough ago that a thirtieth of the time goes into it at most.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        match self.written {
            Some(last) if last.elapsed() < 30 * self.cost => Ok(()),
            _ => self.write().map(drop),
        }
    }

    /// Writes the tables and, if any run is done, the figures; returns the paths of the files that a reader would open.
    pub(crate) fn write(&mut self) -> Result<Vec<PathBuf>> {
        let start = Instant::now();
        let (results, report) = self.tables.write(|root, has_rows| {
            let report = has_rows.then(|| report::write_report(root)).transpose();
            (root.join(RESULTS_FILE), report)
        })?;
        let mut files = vec![results];
        if let Some(report) = report? {
            files.extend(report.files);
            self.figure_warnings = report.warnings;
        }
        self.cost = start.elapsed();
        self.written = Some(Instant::now());
        Ok(files)
    }

    /// Writes the report, prints its table, and tells of warnings and of the files.
    pub(crate) fn tell(&mut self) -> Result<()> {
        let files = self.write()?;
        if let Some(table) = self.summary()? {
            print(&table)?;
        }
        warn_of(&self.tables.warnings());
        warn_of(&self.tables.incomplete());
        for warning in &self.figure_warnings {
            warn(warning);
        }
        for file in files {
            eprintln!("wrote {}", path_word(&file));
        }
        Ok(())
    }

    /// The table of all methods from the folder's results.csv; none while it has no rows.
    fn summary(&self) -> Result<Option<String>> {
        let root = self.tables.root();
        let rows = records::read_results(&root.join(RESULTS_FILE))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let caption = Caption::read(root, &rows)?;
        Ok(Some(report::summary_table(&rows, &caption)?))
    }
}

/// What readers of the numbers should know of single runs.
pub(crate) fn warn_of(runs: &[(RunId, String)]) {
    for (id, warning) in runs {
        warn(&format!("{id}: {warning}"));
    }
}
