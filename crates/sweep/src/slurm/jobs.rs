//! `slurm/jobs.json`: which jobs may still be in the queue, and which run is which element.

use std::path::{Path, PathBuf};

use files::FileError;
use records::RunId;
use serde::{Deserialize, Serialize};

use crate::SweepError;
use crate::store::Store;

/// Number of a job, for an array that of the whole array.
pub type JobId = u64;

/// Raised when a reader of an older `jobs.json` would misread it.
const SCHEMA_VERSION: u32 = 1;

/// One submitted job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: JobId,
    /// Its name in the queue: numbers of jobs are used again, in time.
    pub(super) name: String,
    /// Element n of the array is the n-th of them, counted from 1; none for the report.
    pub(super) runs: Vec<RunId>,
}

#[derive(Serialize, Deserialize)]
struct JobsFile {
    schema_version: u32,
    jobs: Vec<Job>,
}

/// The folder of everything that concerns SLURM.
pub(super) fn folder(store: &Store) -> PathBuf {
    store.root().join("slurm")
}

fn file(store: &Store) -> PathBuf {
    folder(store).join("jobs.json")
}

/// What was submitted; nothing where there is no file.
pub(super) fn read(store: &Store) -> Result<Vec<Job>, SweepError> {
    let path = file(store);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(FileError::new("read", &path, source).into()),
    };
    let damaged = |path: &Path, reason: String| SweepError::StoredJobs {
        path: path.to_owned(),
        reason,
    };
    let file: JobsFile = serde_json::from_slice(&text).map_err(|error| damaged(&path, error.to_string()))?;
    if file.schema_version != SCHEMA_VERSION {
        let reason = format!(
            "has schema version {}; this program knows {SCHEMA_VERSION}",
            file.schema_version
        );
        return Err(damaged(&path, reason));
    }
    Ok(file.jobs)
}

pub(super) fn write(store: &Store, jobs: &[Job]) -> Result<(), SweepError> {
    let path = file(store);
    let file = JobsFile {
        schema_version: SCHEMA_VERSION,
        jobs: jobs.to_vec(),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|error| SweepError::Format {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    Ok(files::store(&path, format!("{text}\n").as_bytes())?)
}

#[cfg(test)]
mod tests {
    use files::Hint;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert_eq!(read(&store).unwrap(), []);
        let jobs = [Job {
            id: 7,
            name: "x-level-1".into(),
            runs: serde_json::from_str(r#"["dense-s1-00000000"]"#).unwrap(),
        }];
        write(&store, &jobs).unwrap();
        assert_eq!(read(&store).unwrap(), jobs);
        for text in ["{", r#"{"schema_version": 2, "jobs": []}"#] {
            std::fs::write(file(&store), text).unwrap();
            let error = read(&store).unwrap_err();
            assert!(error.to_string().contains("jobs.json"), "{error}");
            assert!(error.hint().unwrap().contains("scancel"));
        }
    }
}
