//! The training behind a run: the one place where the command line meets the tensor backends.

mod classification;
mod fitting;
mod learning;
mod measuring;
mod selection;
mod session;
mod setup;
mod translation;

use std::path::Path;

use models::TensorOptions;
use sweep::experiment::{Experiment, PaddingRule, Task};
use sweep::store::Measured;
use sweep::{Device, ExecuteError, Executor, Job, Progress, Setup};

use self::classification::Classification;
pub(crate) use self::fitting::{adam_config, trainer_config};
pub(crate) use self::learning::Learning;
use self::session::Session;
use self::translation::Translation;

/// Folder of tokenised and prepared corpora inside the folder of a sweep.
const CACHE: &str = "cache";

/// The executor of this build.
pub(crate) fn executor() -> impl Executor {
    Training
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

struct Training;

impl Executor for Training {
    fn execute(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        use_threads(job.experiment.run.threads);
        let device = models::open_device(job.device).map_err(device_error)?;
        let root = job.folder.ancestors().nth(2).unwrap_or(job.folder);
        match prepare(job.experiment, root, tensor_options(job.experiment, device))? {
            Prepared::Nli(learning) => run(job, learning, progress),
            Prepared::Translation(learning) => run(job, learning, progress),
        }
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
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let mut session = Session::new(job, learning);
    let measured = (job.run.method.run)(job, &mut session, progress)?;
    session.tidy();
    Ok(measured)
}

fn device_error(error: models::DeviceError) -> ExecuteError {
    ExecuteError {
        error: error.to_string(),
        hint: Some(error.hint()),
    }
}

fn data_error(error: data::DataError) -> ExecuteError {
    ExecuteError {
        error: error.to_string(),
        hint: error.hint(),
    }
}

fn model_error(error: models::ModelError) -> ExecuteError {
    ExecuteError {
        error: error.to_string(),
        hint: Some(error.hint().to_owned()),
    }
}

fn train_error(error: train::TrainError) -> ExecuteError {
    ExecuteError {
        error: error.to_string(),
        hint: Some(error.hint().to_owned()),
    }
}
