//! The training behind a run: the one place where the command line meets the tensor backends.

mod classification;
mod fitting;
mod interruption;
mod learning;
mod measuring;
mod preflight;
mod selection;
mod session;
mod setup;
mod timing;
mod translation;

use std::path::Path;
use std::sync::Arc;

use models::TensorOptions;
use sweep::experiment::{Experiment, PaddingRule, Task};
use sweep::store::Measured;
use sweep::{Device, ExecuteError, Executor, Job, Progress, Setup};

use self::classification::Classification;
pub(crate) use self::fitting::{adam_config, trainer_config};
pub(crate) use self::interruption::Interruption;
pub(crate) use self::learning::Learning;
pub(crate) use self::preflight::measure;
use self::session::Session;
pub(crate) use self::timing::{Parts, constant, timed_gate, timed_update};
use self::translation::Translation;

/// Folder of tokenised and prepared corpora inside the folder of a sweep.
const CACHE: &str = "cache";

/// The executor of this build, for a process that nobody asks to stop.
pub(crate) fn executor() -> impl Executor {
    interruptible(Arc::default())
}

/// The executor of this build, which stops a training when it is asked to.
pub(crate) fn interruptible(interruption: Arc<Interruption>) -> impl Executor {
    Training { interruption }
}

/// Reads, tokenises and caches everything that the runs will need, so that bad input is refused before any is started.
pub(crate) fn check_inputs(experiment: &Experiment, root: &Path, device: &str) -> Result<(), ExecuteError> {
    let device = models::open_device(device).map_err(device_error)?;
    match experiment.task {
        Task::Nli => classification::check_inputs(experiment, root, device),
        Task::Translation => translation::check_inputs(experiment, root, device),
    }
}

/// The task of an experiment with its corpora loaded and its sizes decided.
pub(crate) enum Prepared<'a> {
    /// Inference.
    Nli(Classification<'a>),
    /// Translation.
    Translation(Translation<'a>),
}

/// What the runs of an experiment train on; `root` is the folder of the sweep, in which corpora are cached.
pub(crate) fn prepare<'a>(
    experiment: &'a Experiment,
    root: &Path,
    options: TensorOptions,
) -> Result<Prepared<'a>, ExecuteError> {
    Ok(match experiment.task {
        Task::Nli => Prepared::Nli(Classification::prepare(experiment, root, options)?),
        Task::Translation => Prepared::Translation(Translation::prepare(experiment, root, options)?),
    })
}

/// Gives the CPU kernels of this process the threads that the experiment says. Only the first call counts: the pool
/// of a process cannot be changed.
pub(crate) fn use_threads(threads: usize) {
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

struct Training {
    interruption: Arc<Interruption>,
}

impl Executor for Training {
    fn execute(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        use_threads(job.threads);
        let device = models::open_device(job.device).map_err(device_error)?;
        let root = job.folder.ancestors().nth(2).unwrap_or(job.folder);
        match prepare(job.experiment, root, tensor_options(job.experiment, device))? {
            Prepared::Nli(learning) => run(job, learning, &self.interruption, progress),
            Prepared::Translation(learning) => run(job, learning, &self.interruption, progress),
        }
    }

    fn was_interrupted(&self) -> bool {
        self.interruption.is_requested()
    }

    fn is_leftover(&self, name: &str) -> bool {
        name == fitting::CHECKPOINT || selection::holds_weights_of_a_look(name)
    }

    fn devices(&self) -> Vec<Device> {
        models::devices()
            .into_iter()
            .map(|status| Device {
                name: status.name.to_owned(),
                feature: status.feature.to_owned(),
                missing: status.state.err().map(|error| error.to_string()),
            })
            .collect()
    }

    fn accelerators(&self, device: &str) -> Vec<String> {
        models::accelerators(device)
    }

    fn is_same_for_all_threads(&self, device: &str) -> bool {
        models::resolve_device(device).is_ok_and(|name| name == "flex")
    }

    fn check_device(&self, name: &str) -> Result<(), ExecuteError> {
        models::open_device(name).map(|_| ()).map_err(device_error)
    }

    fn setup(&self, device: &str) -> Setup {
        setup::setup(device)
    }
}

fn run(
    job: &Job<'_>,
    learning: impl Learning,
    interruption: &Interruption,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let mut session = Session::new(job, learning, interruption);
    (job.run.method.run)(job, &mut session, progress)
}

fn device_error(error: models::DeviceError) -> ExecuteError {
    let hint = error.hint();
    ExecuteError::new(error).hint(hint)
}

fn data_error(error: data::DataError) -> ExecuteError {
    let hint = error.hint();
    ExecuteError {
        hint,
        ..ExecuteError::caused_by(error)
    }
}

fn model_error(error: bundle::BundleError) -> ExecuteError {
    let hint = error.hint();
    ExecuteError::caused_by(error).hint(hint)
}

fn train_error(error: train::TrainError) -> ExecuteError {
    let hint = error.hint().to_owned();
    ExecuteError::caused_by(error).hint(hint)
}
