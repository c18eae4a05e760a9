//! oracle.csv of a sweep: what its runs measured of every subset of heads, gathered anew only where there are other runs
//! than before.

use std::io::ErrorKind;
use std::path::Path;

use files::FileError;
use rayon::prelude::*;
use records::stored_files::check_measured;
use records::{ORACLE_FILE, RecordError, RunId, RunResult, SeededSubset, read_subsets, write_seeded_subsets};

use crate::SweepError;
use crate::store::Store;

/// A finished run that measured every subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measurer {
    id: RunId,
    seed: u64,
    /// Digest of its oracle.csv.
    sha256: String,
}

impl Measurer {
    /// The run of this result; none where it measured no subsets, or its file is not there in its size.
    pub(crate) fn of(store: &Store, result: &RunResult) -> Option<Self> {
        let file = result.files.get(ORACLE_FILE)?;
        let RunResult { run, files, .. } = result;
        // Such a run is repeated by the next `sweep run`, and until then among `Tables::incomplete`.
        check_measured(store.run(&run.id).path(), files).ok()?;
        Some(Self {
            id: run.id.clone(),
            seed: run.seed,
            sha256: file.sha256.clone(),
        })
    }

    fn subsets(&self, store: &Store) -> Result<Vec<SeededSubset>, RecordError> {
        let path = store.run(&self.id).path().join(ORACLE_FILE);
        let rows = read_subsets(&path).map_err(with_hint)?;
        Ok(rows.into_iter().map(|row| row.of_seed(self.seed)).collect())
    }
}

/// The table as this process has last written it.
#[derive(Debug, Default)]
pub(crate) struct SubsetTable {
    written: Vec<Measurer>,
}

impl SubsetTable {
    /// Writes oracle.csv of the sweep, sorted; without runs that measured subsets there is none. A model of N heads has
    /// 2^N lines a number, so nothing is read where the runs are those of the last time.
    ///
    /// # Errors
    /// A run's file cannot be read or is wrong, or the table cannot be written.
    pub(crate) fn write(&mut self, store: &Store, runs: Vec<Measurer>) -> Result<(), SweepError> {
        let path = store.root().join(ORACLE_FILE);
        if runs.is_empty() {
            remove(&path)?;
        } else if runs != self.written || !path.is_file() {
            let parts = runs.par_iter().map(|run| run.subsets(store));
            let rows = parts.collect::<Result<Vec<_>, RecordError>>()?.concat();
            write_seeded_subsets(&path, &rows)?;
        }
        self.written = runs;
        Ok(())
    }
}

/// Removes a table that nothing is in any more.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FileError::new("remove", path, error)),
        _ => Ok(()),
    }
}

fn with_hint(error: RecordError) -> RecordError {
    match error {
        RecordError::Line {
            path, line, reason, ..
        } => RecordError::Line {
            path,
            line,
            reason,
            hint: Some("remove the folder it is in; `headcount sweep run` repeats that run".to_owned()),
        },
        other => other,
    }
}
