//! Classification and translation: what a run is made of. A task brings its corpora, its model and what the model's answers
//! are worth ([`Learning`]); the rooms around it train, choose, measure and store, the same for every task.

mod classification;
mod context;
mod fitting;
pub mod inference;
mod interruption;
mod learning;
mod measuring;
mod preflight;
mod selection;
mod session;
mod timing;
mod translation;

use std::path::Path;

use experiment::{Experiment, PaddingRule, TaskName};
use methods::{ExecuteError, Job, Progress, Task};
use models::TensorOptions;
use records::Measured;

use self::context::Context;
use self::session::Session;

pub use self::classification::Classification;
pub use self::fitting::{adam_config, trainer_config};
pub use self::interruption::Interruption;
pub use self::learning::{Asked, BatchOf, Learning, Score, Scores};
pub use self::preflight::measure;
pub use self::timing::{Parts, constant, timed_gate, timed_update};
pub use self::translation::Translation;

/// Folder of tokenised and prepared corpora inside the folder of a sweep.
const CACHE: &str = "cache";

/// Does one run on the device that the job names. The same job gives the same values, whether or not an earlier process was
/// interrupted.
///
/// # Errors
/// Whatever makes this run impossible.
pub fn execute(
    job: &Job<'_>,
    interruption: &Interruption,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    use_threads(job.threads);
    let device = models::open_device(job.device).map_err(ExecuteError::caused_by)?;
    let root = job.folder.ancestors().nth(2).unwrap_or(job.folder);
    match prepare(job.experiment, root, tensor_options(job.experiment, device))? {
        Prepared::Classification(learning) => run(job, learning, interruption, progress),
        Prepared::Translation(learning) => run(job, learning, interruption, progress),
    }
}

fn run(
    job: &Job<'_>,
    learning: impl Learning,
    interruption: &Interruption,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let mut session = Session::new(Context {
        job,
        learning,
        interruption,
    });
    let mut measured = (job.method.run)(job, &mut session, progress)?;
    // What the nearest has cost is with all that it started from.
    let before = match job.bases.first() {
        Some((_, folder)) => records::cost_of(folder),
        None => Some(0),
    };
    measured.cost_examples = before.map(|before| before + session.cost());
    Ok(measured)
}

/// Whether a file of this name in a run's folder only serves the process that goes on with an interrupted run.
pub fn is_leftover(name: &str) -> bool {
    name == fitting::CHECKPOINT || selection::holds_weights_of_a_look(name)
}

/// Reads, tokenises and caches everything that the runs will need, so that bad input is refused before any is started.
///
/// # Errors
/// Corpora, weights or the device cannot be used.
pub fn check_inputs(experiment: &Experiment, root: &Path, device: &str) -> Result<(), ExecuteError> {
    let device = models::open_device(device).map_err(ExecuteError::caused_by)?;
    match experiment.task {
        TaskName::Classification => classification::check_inputs(experiment, root, device),
        TaskName::Translation => translation::check_inputs(experiment, root, device),
    }
}

/// The task of an experiment with its corpora loaded and its sizes decided.
pub enum Prepared<'a> {
    /// Classification.
    Classification(Classification<'a>),
    /// Translation.
    Translation(Translation<'a>),
}

/// What the runs of an experiment train on; `root` is the folder of the sweep, in which corpora are cached.
///
/// # Errors
/// Corpora or weights cannot be used.
pub fn prepare<'a>(
    experiment: &'a Experiment,
    root: &Path,
    options: TensorOptions,
) -> Result<Prepared<'a>, ExecuteError> {
    Ok(match experiment.task {
        TaskName::Classification => {
            Prepared::Classification(Classification::prepare(experiment, root, options)?)
        }
        TaskName::Translation => Prepared::Translation(Translation::prepare(experiment, root, options)?),
    })
}

/// Gives the CPU kernels of this process the threads that the experiment says. Only the first call counts: the pool
/// of a process cannot be changed.
pub fn use_threads(threads: usize) {
    // Refused where a pool exists, which then is that of an earlier call.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
}

/// How the models of an experiment compute.
fn tensor_options(experiment: &Experiment, device: burn::tensor::Device) -> TensorOptions {
    let options = TensorOptions::single(device);
    match experiment.train.padding {
        PaddingRule::None => options.packed(),
        PaddingRule::Longest | PaddingRule::MaxLength => options,
    }
}
