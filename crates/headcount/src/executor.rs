//! Runs of a sweep as this program does them: tasks on the devices of this build.

use std::sync::Arc;

use methods::{ExecuteError, Job, Progress};
use records::{Measured, Setup};
use sweep::{Device, Executor};
use tasks::Interruption;

use crate::setup;

/// The executor of this build, for a process that nobody asks to stop.
pub(crate) fn executor() -> impl Executor {
    interruptible(Arc::default())
}

/// The executor of this build, which stops a training when it is asked to.
pub(crate) fn interruptible(interruption: Arc<Interruption>) -> impl Executor {
    Training { interruption }
}

struct Training {
    interruption: Arc<Interruption>,
}

impl Executor for Training {
    fn execute(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        tasks::execute(job, &self.interruption, progress)
    }

    fn was_interrupted(&self) -> bool {
        self.interruption.is_requested()
    }

    fn is_leftover(&self, name: &str) -> bool {
        tasks::is_leftover(name)
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
        models::resolve_device(device).is_ok_and(|backend| backend.is_same_for_all_threads)
    }

    fn check_device(&self, name: &str) -> Result<(), ExecuteError> {
        models::open_device(name)
            .map(|_| ())
            .map_err(ExecuteError::caused_by)
    }

    fn setup(&self, device: &str) -> Setup {
        setup::setup(device)
    }
}
