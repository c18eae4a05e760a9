//! One run in this process: the seam to the training, and what surrounds it so that it happens once and whole.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use heads::{SeededUniform, derive_seed};

use crate::SweepError;
use crate::experiment::Experiment;
use crate::plan::{Plan, Run};
use crate::provenance::{Recorder, Setup};
use crate::store::{Failure, Measured, ResultFile, RunFolder, RunResult, RunState, Store};
use crate::task::Task;

/// What a run is executed from.
#[derive(Debug)]
pub struct Job<'a> {
    /// Everything of the experiment.
    pub experiment: &'a Experiment,
    /// Method, K and seed.
    pub run: &'a Run,
    /// Folder of the run, which exists; checkpoints of an interrupted process may be in it.
    pub folder: &'a Path,
    /// Methods and folders of the runs that this one starts from, the nearest first.
    pub bases: Vec<(&'static str, PathBuf)>,
    /// Name of the device.
    pub device: &'a str,
}

impl Job<'_> {
    /// K of the run.
    pub(crate) fn k(&self) -> Result<usize, ExecuteError> {
        let k = self.run.point.k;
        k.ok_or_else(|| ExecuteError::new("the run names no number of heads"))
    }

    /// Folder of the run of a method that this one starts from.
    pub(crate) fn base(&self, method: &str) -> Result<&Path, ExecuteError> {
        let found = self.bases.iter().find(|(name, _)| *name == method);
        found
            .map(|(_, folder)| folder.as_path())
            .ok_or_else(|| ExecuteError::new(format!("the run starts from no run of {method}")))
    }

    /// Updates of a training of the weights from their start.
    pub(crate) fn updates(&self, task: &dyn Task) -> usize {
        let section = &self.experiment.train;
        task.updates(section.epochs, section.updates)
    }

    /// Draws for the start of the importances, the same for every method and K of a seed.
    pub(crate) fn importance_start(&self) -> SeededUniform {
        SeededUniform::at_update(derive_seed(self.run.seed, "importances"), 0)
    }
}

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// What is being done, in a word.
    pub phase: String,
    /// Steps done of the whole run, not of the phase.
    pub done: u64,
    /// Steps of the whole run.
    pub total: u64,
    /// Training loss.
    pub loss: Option<f64>,
    /// Temperature.
    pub tau: Option<f64>,
}

/// Takes what a run says while it is executed.
pub trait Progress {
    /// May be called at every update: what is too much is dropped.
    fn report(&mut self, update: &Update);
}

/// Why an execution failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct ExecuteError {
    /// What happened.
    pub error: String,
    /// The remedy, where there is one.
    pub hint: Option<String>,
}

impl ExecuteError {
    /// What happened.
    pub fn new(error: impl std::fmt::Display) -> Self {
        Self {
            error: error.to_string(),
            hint: None,
        }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A device and whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Name for `--device`.
    pub name: String,
    /// Cargo feature that brings it.
    pub feature: String,
    /// Why it cannot be used, if so.
    pub missing: Option<String>,
}

/// Trains and evaluates.
pub trait Executor {
    /// Does one run. The same job gives the same [`Measured`], whether or not an earlier process was interrupted.
    ///
    /// # Errors
    /// Whatever makes this run impossible; runs that do not start from it go on.
    fn execute(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError>;

    /// Every device name, usable or not.
    fn devices(&self) -> Vec<Device>;

    /// Whether a device can be used.
    ///
    /// # Errors
    /// No such name, not in this build, or not present.
    fn check_device(&self, name: &str) -> Result<(), ExecuteError>;

    /// What a run on a device is computed with, for provenance.csv.
    fn setup(&self, device: &str) -> Setup {
        Setup {
            device: device.to_owned(),
            ..Setup::default()
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEnd {
    /// The result is stored; it may have been before.
    Done(Box<RunResult>),
    /// The failure is stored.
    Failed(Failure),
}

/// Does the run of this name unless it is done. Safe to call at any time from any number of processes: one works, the
/// others wait and find its result.
///
/// # Errors
/// The run is unknown, the one that it starts from is not done, or the folder cannot be written. That the run itself
/// fails is no error but [`RunEnd::Failed`].
pub fn run_one(
    experiment: &Experiment,
    plan: &Plan,
    store: &Store,
    id: &str,
    device: &str,
    executor: &dyn Executor,
    progress: &mut dyn Progress,
) -> Result<RunEnd, SweepError> {
    let run = plan.find(id)?;
    let bases: Vec<&Run> = std::iter::successors(plan.base_of(run), |base| plan.base_of(base)).collect();
    if let Some(missing) = bases
        .iter()
        .find(|base| store.run(&base.id).state(base).0 != RunState::Done)
    {
        return Err(SweepError::DependencyMissing {
            id: run.id.clone(),
            dependency: missing.id.clone(),
        });
    }
    let folder = store.run(&run.id);
    let lock = folder.lock()?;
    if let ResultFile::Valid(result) = folder.result(run) {
        return Ok(RunEnd::Done(result));
    }
    if lock.waited()
        && let Some(failure) = folder.failure(run)
    {
        return Ok(RunEnd::Failed(failure));
    }
    folder.clear_failure()?;
    folder.write_identity(run)?;
    let job = Job {
        experiment,
        run,
        folder: folder.path(),
        bases: bases
            .iter()
            .map(|base| (base.method.name, store.run(&base.id).path().to_owned()))
            .collect(),
        device,
    };
    let recorder = Recorder::start();
    match execute(executor, &job, progress) {
        Ok(measured) => {
            let provenance = recorder.finish(&run.id, executor.setup(device), experiment.run.threads);
            finish(&folder, run, measured, &provenance)
        }
        Err(ExecuteError { error, hint }) => {
            let failure = Failure {
                key: run.key.clone(),
                error,
                hint,
            };
            folder.write_failure(&failure)?;
            Ok(RunEnd::Failed(failure))
        }
    }
}

/// The result comes last: once it is there, everything is.
fn finish(
    folder: &RunFolder,
    run: &Run,
    measured: Measured,
    provenance: &crate::Provenance,
) -> Result<RunEnd, SweepError> {
    folder.write_json(&folder.provenance_file(), provenance)?;
    let result = RunResult::new(run, measured);
    folder.write_result(&result)?;
    Ok(RunEnd::Done(Box::new(result)))
}

/// A panic is a failure of this run like any other, and so is a result that means nothing.
fn execute(
    executor: &dyn Executor,
    job: &Job<'_>,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| executor.execute(job, progress)));
    let measured = outcome.unwrap_or_else(|payload| {
        Err(ExecuteError {
            error: format!("the program panicked: {}", panic_text(payload.as_ref())),
            hint: None,
        })
    })?;
    measured
        .check(job.run.method.measures)
        .map_err(|error| ExecuteError { error, hint: None })?;
    Ok(measured)
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
}
