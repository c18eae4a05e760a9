//! The folder of a sweep: `experiment.toml`, the report, and one folder a run under `runs/`.

mod atomic;
mod live;
mod lock;
mod result;
mod state;
mod stored_files;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use atomic::write_atomically;
pub use live::Latest;
pub use lock::{Holder, Lock};
pub use result::{Measured, Module, ResultFile, Row, RunIdentity, RunResult, SCHEMA_VERSION};
pub use state::{RunState, Status};
pub use stored_files::{StoredFile, StoredFiles};
pub(crate) use stored_files::{record, remove};

use crate::SweepError;
use crate::experiment::{Experiment, RunKey};
use crate::plan::{Run, RunId};
use crate::provenance::Provenance;

const RESULT: &str = "result.json";
/// What a result is called that cannot be used; further ones have a number.
const DAMAGED: &str = "result.json.damaged";

/// A sweep's folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// Why a run failed, as kept in its folder until it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Key of the run that failed.
    pub key: RunKey,
    /// What happened.
    pub error: String,
    /// The remedy, where there is one.
    pub hint: Option<String>,
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
        write_atomically(&self.experiment_file(), text.as_bytes())
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
        std::fs::create_dir_all(&self.path).map_err(|source| SweepError::io("create", &self.path, source))
    }

    /// Waits until no other process works on the run, then holds it until the lock is dropped or the process ends.
    /// `waits` is called once if another process is at work, with its name if that is known.
    pub fn lock(&self, waits: impl FnOnce(Option<Holder>)) -> Result<Lock, SweepError> {
        self.create()?;
        Lock::acquire(&self.lock_file(), waits)
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
            ResultFile::Valid(result) => match stored_files::check_measured(&self.path, &result.files) {
                Ok(()) => ResultFile::Valid(result),
                Err(reason) => ResultFile::Unusable(reason),
            },
            other => other,
        }
    }

    /// What is wrong with the predictions and the mask of a result that is otherwise whole.
    pub(crate) fn missing_measurement(&self, key: &RunKey) -> Option<String> {
        match self.result_of(key) {
            ResultFile::Valid(result) => stored_files::check_measured(&self.path, &result.files).err(),
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
            ResultFile::Valid(result) => match stored_files::check_all(&self.path, &result.files) {
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
            1 => DAMAGED.to_owned(),
            more => format!("{DAMAGED}-{more}"),
        });
        let name = names
            .find(|name| !self.path.join(name).exists())
            .unwrap_or_else(|| DAMAGED.to_owned());
        let path = self.result_file();
        std::fs::rename(&path, self.path.join(&name))
            .map(|()| name)
            .map_err(|source| SweepError::io("rename", &path, source))
    }

    /// Removes what killed processes were writing. Only for who holds the lock.
    pub(crate) fn remove_temporaries(&self) -> Result<(), SweepError> {
        files::remove_temporaries(&self.path)
            .map_err(|source| SweepError::io("remove temporary files of", &self.path, source))
    }

    pub(crate) fn result_of(&self, key: &RunKey) -> ResultFile {
        ResultFile::read(&self.result_file(), key)
    }

    /// Stores the result; from then on the run is done.
    pub fn write_result(&self, result: &RunResult) -> Result<(), SweepError> {
        let path = self.result_file();
        let text = result.render().map_err(|reason| SweepError::Format {
            path: path.clone(),
            reason,
        })?;
        write_atomically(&path, text.as_bytes())
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
        write_atomically(&path, text.as_bytes())
    }

    /// Why the run failed when it was last tried.
    pub fn failure(&self, run: &Run) -> Option<Failure> {
        let text = std::fs::read(self.failure_file()).ok()?;
        serde_json::from_slice(&text)
            .ok()
            .filter(|failure: &Failure| failure.key == run.key)
    }

    /// Stores why the run failed.
    pub fn write_failure(&self, failure: &Failure) -> Result<(), SweepError> {
        self.write_json(&self.failure_file(), failure)
    }

    /// Forgets a failure, before the run is tried again.
    pub fn clear_failure(&self) -> Result<(), SweepError> {
        let path = self.failure_file();
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(SweepError::io("remove", &path, source))
            }
            _ => Ok(()),
        }
    }

    /// Where, with what and how long the run was done.
    pub(crate) fn provenance(&self) -> Option<Provenance> {
        serde_json::from_slice(&std::fs::read(self.provenance_file()).ok()?).ok()
    }

    pub(crate) fn provenance_file(&self) -> PathBuf {
        self.path.join("provenance.json")
    }

    pub(crate) fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), SweepError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| SweepError::Format {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        write_atomically(path, format!("{text}\n").as_bytes())
    }

    fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn result_file(&self) -> PathBuf {
        self.path.join(RESULT)
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
