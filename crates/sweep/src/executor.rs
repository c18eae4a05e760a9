//! One run in this process: the seam to the training, and what surrounds it so that it happens once and whole.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use experiment::Experiment;
use files::one_line;
use methods::{ExecuteError, Job, Progress};
use records::{Failure, Measured, Provenance, Recorder, ResultFile, RunResult, Setup, stored_files};

use crate::SweepError;
use crate::plan::{Plan, Run};
use crate::store::{RunFolder, Store};

/// Environment variables in which a launcher says how many threads the process of a run may use: what the pure Rust kernels
/// read, and what libtorch reads.
pub const THREADS_VARIABLES: [&str; 2] = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

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

    /// Whether the process was asked to stop: a run that ends without a result then is to go on later.
    fn was_interrupted(&self) -> bool {
        false
    }

    /// Whether a file of this name in a run's folder only serves the process that goes on with an interrupted run. It is
    /// removed once the result is stored, and not before: measuring may take long.
    fn is_leftover(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Every device name, usable or not.
    fn devices(&self) -> Vec<Device>;

    /// Names of the accelerators among which runs on this device are shared out, as their driver takes them; none where
    /// runs use the processor, or one accelerator whatever there is.
    fn accelerators(&self, device: &str) -> Vec<String> {
        let _ = device;
        Vec::new()
    }

    /// Whether a run on this device gives the same bytes for any number of threads.
    fn is_same_for_all_threads(&self, device: &str) -> bool {
        let _ = device;
        false
    }

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
    /// The failure is stored, unless the disk is at fault.
    Failed(Failure),
    /// The process was asked to stop; the same call goes on from what it has stored.
    Interrupted,
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
    let folder = store.run(&run.id);
    let lock = folder.lock(|holder| {
        let holder = holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
        eprintln!("waits for {holder}, which is at work on {}", run.id);
    })?;
    match folder.result(run) {
        ResultFile::Valid(result) => {
            eprintln!("{} is done already", run.id);
            return Ok(RunEnd::Done(result));
        }
        ResultFile::Unreadable(reason) => return Err(SweepError::UnreadableResult { reason }),
        ResultFile::Unusable(reason) => {
            let name = folder.set_aside()?;
            eprintln!(
                "warning: {}; the result is now {name}, and the run is repeated",
                one_line(&reason)
            );
        }
        ResultFile::Missing => {}
    }
    folder.remove_temporaries()?;
    if lock.waited()
        && let Some(failure) = folder.failure(run)
    {
        return Ok(RunEnd::Failed(failure));
    }
    folder.clear_failure()?;
    for base in &bases {
        let whole = store.run(&base.id).check_as_base(base);
        whole.map_err(|reason| SweepError::DependencyMissing {
            id: run.id.clone(),
            dependency: base.id.clone(),
            reason,
        })?;
    }
    folder.write_identity(run)?;
    let job = Job {
        experiment,
        method: run.method,
        point: &run.point,
        seed: run.seed,
        key: &run.key,
        folder: folder.path(),
        is_base: plan.is_base(run),
        bases: bases
            .iter()
            .map(|base| (base.method.name, store.run(&base.id).path().to_owned()))
            .collect(),
        device,
        threads: threads(experiment),
    };
    let recorder = Recorder::start();
    match execute(executor, &job, progress) {
        Ok(measured) => {
            let weights = experiment.model.weights.as_deref();
            let provenance = recorder.finish(&run.id, executor.setup(device), job.threads, weights);
            finish(executor, &folder, run, measured, &provenance)
        }
        Err(_) if executor.was_interrupted() => Ok(RunEnd::Interrupted),
        Err(ExecuteError { error, hint, of_disk }) => {
            let failure = Failure {
                key: run.key.clone(),
                error,
                hint,
            };
            if !of_disk && let Err(unwritten) = folder.write_failure(&failure) {
                eprintln!("warning: {unwritten}; the next start tries the run again");
            }
            Ok(RunEnd::Failed(failure))
        }
    }
}

/// Threads of this process: what the launcher that shares out a machine has said, else what the experiment says.
pub fn threads(experiment: &Experiment) -> usize {
    let said = std::env::var(THREADS_VARIABLES[0]).ok();
    let said = said
        .and_then(|text| text.parse().ok())
        .filter(|&threads| threads > 0);
    said.unwrap_or(experiment.run.threads)
}

/// The result comes last: once it is there, everything is, and what led to it can go.
fn finish(
    executor: &dyn Executor,
    folder: &RunFolder,
    run: &Run,
    measured: Measured,
    provenance: &Provenance,
) -> Result<RunEnd, SweepError> {
    provenance.write(&folder.provenance_file())?;
    let is_leftover = |name: &str| executor.is_leftover(name);
    let result = RunResult::new(
        run.identity(),
        measured,
        stored_files::record(folder.path(), is_leftover)?,
    );
    folder.write_result(&result)?;
    stored_files::remove(folder.path(), is_leftover);
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
        let text = panic_text(payload.as_ref());
        Err(ExecuteError::new(format!("the program panicked: {text}")))
    })?;
    measured.check(job.method.measures).map_err(ExecuteError::new)?;
    Ok(measured)
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
}
