//! The folder of a sweep: `experiment.toml`, the report, and one folder a run under `runs/`.

mod live;
mod state;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use experiment::Experiment;
use files::{FileError, Holder, Lock, store};
use records::stored_files::{check_all, check_measured};
use records::{DAMAGED_RESULT, Failure, Provenance, RESULT_FILE, ResultFile, RunId, RunKey, RunResult};
use serde_json::Value;

use crate::SweepError;
use crate::plan::Run;

pub use live::Latest;
pub use state::{RunState, Status};

/// A sweep's folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// A folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The experiment with everything filled in, which the processes of the runs read.
    pub fn experiment_file(&self) -> PathBuf {
        self.root.join("experiment.toml")
    }

    /// The text of that file.
    pub fn experiment_text(&self, experiment: &Experiment) -> Result<String, SweepError> {
        toml::to_string(experiment).map_err(|error| SweepError::Format {
            path: self.experiment_file(),
            reason: error.to_string(),
        })
    }

    /// Writes the experiment with everything filled in.
    pub fn write_experiment(&self, experiment: &Experiment) -> Result<(), SweepError> {
        let text = self.experiment_text(experiment)?;
        Ok(store(&self.experiment_file(), text.as_bytes())?)
    }

    /// The folder of a run, which need not exist yet.
    pub fn run(&self, id: &RunId) -> RunFolder {
        RunFolder {
            path: self.root.join("runs").join(id.as_str()),
        }
    }

    /// Names of the folders of runs that exist; nothing where they cannot be listed.
    fn begun(&self) -> Option<HashSet<OsString>> {
        match std::fs::read_dir(self.root.join("runs")) {
            Ok(entries) => entries
                .map(|entry| entry.ok().map(|entry| entry.file_name()))
                .collect(),
            Err(error) => (error.kind() == ErrorKind::NotFound).then(HashSet::new),
        }
    }
}

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the run's process writes to stderr.
    pub fn log_file(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// Makes the folder.
    pub fn create(&self) -> Result<(), SweepError> {
        Ok(std::fs::create_dir_all(&self.path)
            .map_err(|source| FileError::new("create", &self.path, source))?)
    }

    /// Waits until no other process works on the run, then holds it until the lock is dropped or the process ends.
    /// `waits` is called once if another process is at work, with its name if that is known.
    pub fn lock(&self, waits: impl FnOnce(Option<Holder>)) -> Result<Lock, SweepError> {
        self.create()?;
        Ok(Lock::acquire(&self.lock_file(), waits)?)
    }

    /// Whether a process is at work on the run.
    pub fn is_locked(&self) -> bool {
        Lock::is_held(&self.lock_file())
    }

    /// The process that is at work on the run; none where there is none, or it has not said so yet.
    pub fn holder(&self) -> Option<Holder> {
        Lock::holder(&self.lock_file())
    }

    /// The stored result, if it is whole and belongs to this run, and the predictions and the mask that belong to it are
    /// there in their sizes.
    pub fn result(&self, run: &Run) -> ResultFile {
        match self.result_of(&run.key) {
            ResultFile::Valid(result) => match check_measured(&self.path, &result.files) {
                Ok(()) => ResultFile::Valid(result),
                Err(reason) => ResultFile::Unusable(reason),
            },
            other => other,
        }
    }

    /// What is wrong with the predictions and the mask of a result that is otherwise whole.
    pub(crate) fn missing_measurement(&self, key: &RunKey) -> Option<String> {
        match self.result_of(key) {
            ResultFile::Valid(result) => check_measured(&self.path, &result.files).err(),
            _ => None,
        }
    }

    /// Whether other runs can start from this one: every file of its result is as it was stored. Reads all of them. If
    /// one is not, the result is set aside, so that the run counts as one that has to be done.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check_as_base(&self, run: &Run) -> Result<(), String> {
        let found = self.result(run);
        let reason = match &found {
            ResultFile::Missing => return Err(self.no_result()),
            ResultFile::Unusable(reason) | ResultFile::Unreadable(reason) => return Err(reason.clone()),
            ResultFile::Valid(result) => match check_all(&self.path, &result.files) {
                Ok(()) => return Ok(()),
                Err(reason) => reason,
            },
        };
        match Lock::try_acquire(&self.lock_file()) {
            // Nobody has repeated it meanwhile.
            Ok(Some(_lock)) if self.result(run) == found => match self.set_aside() {
                Ok(name) => Err(format!("{reason} (its result is now {name})")),
                Err(error) => Err(format!("{reason}; {error}")),
            },
            Ok(Some(_)) => Err(reason),
            Ok(None) => Err(format!("{reason}; {}", self.no_result())),
            Err(error) => Err(format!("{reason}; {error}")),
        }
    }

    fn no_result(&self) -> String {
        match self.holder() {
            Some(holder) => format!("{holder} is at work on it"),
            None => "it has no result".to_owned(),
        }
    }

    /// Renames a result that cannot be used, so that nothing of it is lost when the run is repeated, and gives the name
    /// that it has now. Only for who holds the lock.
    pub(crate) fn set_aside(&self) -> Result<String, SweepError> {
        let mut names = (1..).map(|number| match number {
            1 => DAMAGED_RESULT.to_owned(),
            more => format!("{DAMAGED_RESULT}-{more}"),
        });
        let name = names
            .find(|name| !self.path.join(name).exists())
            .unwrap_or_else(|| DAMAGED_RESULT.to_owned());
        let path = self.result_file();
        std::fs::rename(&path, self.path.join(&name))
            .map_err(|source| FileError::new("rename", &path, source))?;
        Ok(name)
    }

    /// Removes what killed processes were writing. Only for who holds the lock.
    pub(crate) fn remove_temporaries(&self) -> Result<(), SweepError> {
        Ok(files::remove_temporaries(&self.path)
            .map_err(|source| FileError::new("remove temporary files of", &self.path, source))?)
    }

    pub(crate) fn result_of(&self, key: &RunKey) -> ResultFile {
        ResultFile::read(&self.result_file(), key)
    }

    /// Stores the result; from then on the run is done.
    pub fn write_result(&self, result: &RunResult) -> Result<(), SweepError> {
        Ok(result.write(&self.result_file())?)
    }

    /// Stores what the run is, for readers of the folder.
    pub fn write_identity(&self, run: &Run) -> Result<(), SweepError> {
        let path = self.path.join("run.toml");
        let mut table = toml::Table::new();
        table.insert("id".into(), run.id.to_string().into());
        table.insert("key".into(), run.key.to_string().into());
        table.insert(
            "config".into(),
            to_toml(&run.config.to_json()).unwrap_or_else(|| toml::Table::new().into()),
        );
        let text = toml::to_string(&table).map_err(|error| SweepError::Format {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok(store(&path, text.as_bytes())?)
    }

    /// Why the run failed when it was last tried.
    pub fn failure(&self, run: &Run) -> Option<Failure> {
        Failure::read(&self.failure_file(), &run.key)
    }

    /// Stores why the run failed.
    pub fn write_failure(&self, failure: &Failure) -> Result<(), SweepError> {
        Ok(failure.write(&self.failure_file())?)
    }

    /// Forgets a failure, before the run is tried again.
    pub fn clear_failure(&self) -> Result<(), SweepError> {
        Ok(Failure::clear(&self.failure_file())?)
    }

    /// Where, with what and how long the run was done.
    pub(crate) fn provenance(&self) -> Option<Provenance> {
        Provenance::read(&self.provenance_file())
    }

    pub(crate) fn provenance_file(&self) -> PathBuf {
        self.path.join("provenance.json")
    }

    fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn result_file(&self) -> PathBuf {
        self.path.join(RESULT_FILE)
    }

    fn failure_file(&self) -> PathBuf {
        self.path.join("failure.json")
    }
}

/// TOML has no null: a key without a value is left out.
fn to_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => toml::Value::Boolean(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => toml::Value::Integer(integer),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => toml::Value::Array(items.iter().filter_map(to_toml).collect()),
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(name, child)| Some((name.clone(), to_toml(child)?)))
            .collect::<toml::Table>()
            .into(),
    })
}
