//! An experiment with its runs and where they stand, and what is looked at before any of them starts.

use std::thread::available_parallelism;

use experiment::Experiment;
use methods::Methods;
use sweep::slurm::Queue;
use sweep::store::Status;
use sweep::{Executor, Filter, Plan, Store};

use crate::places::OutFolder;
use crate::problem::Result;

/// Runs side by side: as asked for, or one an accelerator, or as many as there are cores for.
pub(crate) fn jobs(asked: Option<u16>, experiment: &Experiment, accelerators: usize) -> usize {
    match (asked, accelerators) {
        (Some(asked), _) => asked.into(),
        (None, 0) => (cores() / experiment.run.threads.max(1)).max(1),
        (None, accelerators) => accelerators,
    }
}

/// More threads of one model are no use, and thousands of them take minutes to start.
pub(crate) const MOST_THREADS: i64 = 512;

pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// An experiment, its runs and where they stand.
pub(crate) struct Planned {
    pub(crate) experiment: Experiment,
    pub(crate) plan: Plan,
    pub(crate) store: Store,
    pub(crate) status: Status,
    /// What SLURM says of the runs, where it was asked.
    pub(crate) queue: Queue,
    /// Positions of the runs asked for and of those that they start from, ascending.
    pub(crate) selected: Vec<usize>,
}

impl Planned {
    pub(crate) fn new(experiment: Experiment, out: &OutFolder, filter: Option<Filter>) -> Result<Self> {
        let plan = Plan::new(&experiment, &Methods::known())?;
        let store = Store::new(out.of(&experiment)?);
        let status = Status::read(&plan, &store);
        let selected = filter.unwrap_or_default().select(&plan);
        Ok(Self {
            experiment,
            plan,
            store,
            status,
            queue: Queue::default(),
            selected,
        })
    }
}

/// Whether the device is there, before any process is started.
pub(crate) fn check_device(executor: &impl Executor, device: &str) -> Result<()> {
    Ok(executor.check_device(device)?)
}

/// Whether corpora and weights can be read, before any run is started.
pub(crate) fn check_inputs(experiment: &Experiment, store: &Store, device: &str) -> Result<()> {
    Ok(tasks::check_inputs(experiment, store.root(), device)?)
}
