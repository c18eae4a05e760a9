//! Does the runs of a plan on this machine and reports: what `reproduce` and `sweep run` have in common.

use std::process::Command;
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use files::shell::path_word;
use sweep::experiment::Experiment;
use sweep::progress::on_stderr;
use sweep::slurm::Queue;
use sweep::store::Status;
use sweep::{
    Executor, Filter, Interrupt, Outcome, Plan, Resources, Results, Run, RunId, Runner, RunnerOptions, Share,
    Store, SweepError, THREADS_VARIABLE, one_line,
};

use super::overview::{PlanFormat, show_plan};
use super::places::make_writable;
use super::preflight::{Intent, Verdict, may_start, tell_sizes};
use super::signals::on_signal;
use super::slurm::submit;
use super::{ALL_DONE, INTERRUPTED, OutFolder, Problem, SOME_FAILED, print, warn};
use crate::executor::{self, executor};
use crate::fetched::Missing;

/// How to use this machine.
#[derive(Debug, Args)]
pub(super) struct Machine {
    /// What starts the runs.
    #[arg(long, value_enum, default_value_t = Launcher::Local)]
    launcher: Launcher,
    /// Do nothing: list the runs, where they stand and what they cost, or with --launcher slurm print the job scripts.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Runs side by side, as far as memory allows [default: cores / run.threads, or one an accelerator; with --launcher
    /// slurm slurm.at_once].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Device to train on.
    #[arg(long, default_value = "auto")]
    pub(super) device: String,
    /// Go on without being asked, once it is said what a sweep of scale small or paper will take.
    #[arg(long)]
    pub(super) yes: bool,
    /// Try again what failed earlier.
    #[arg(long)]
    pub(super) retry_failed: bool,
    /// End everything at the first failure; not with --launcher slurm.
    #[arg(long)]
    pub(super) fail_fast: bool,
}

/// What starts the processes of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Launcher {
    /// This process, on this machine.
    Local,
    /// SLURM, from job arrays that are submitted here.
    Slurm,
}

impl Machine {
    /// What becomes of weights that are not here: a dry run does nothing.
    pub(super) fn missing(&self) -> Missing {
        if self.dry_run {
            Missing::Refuse
        } else {
            Missing::Download
        }
    }

    /// Runs side by side, as far as that is known before the device is looked at.
    pub(super) fn jobs(&self, experiment: &Experiment) -> usize {
        jobs(self.jobs, experiment, 0)
    }
}

/// Runs side by side: as asked for, or one an accelerator, or as many as there are cores for.
pub(super) fn jobs(asked: Option<u16>, experiment: &Experiment, accelerators: usize) -> usize {
    match (asked, accelerators) {
        (Some(asked), _) => asked.into(),
        (None, 0) => (cores() / experiment.run.threads.max(1)).max(1),
        (None, accelerators) => accelerators,
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// An experiment, its runs and where they stand.
pub(super) struct Planned {
    pub(super) experiment: Experiment,
    pub(super) plan: Plan,
    pub(super) store: Store,
    pub(super) status: Status,
    /// What SLURM says of the runs, where it was asked.
    pub(super) queue: Queue,
    /// Positions of the runs asked for and of those that they start from, ascending.
    pub(super) selected: Vec<usize>,
}

impl Planned {
    pub(super) fn new(experiment: Experiment, out: &OutFolder, filter: Option<Filter>) -> Result<Self> {
        let plan = Plan::new(&experiment)?;
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
pub(super) fn check_device(executor: &impl Executor, device: &str) -> Result<(), SweepError> {
    executor.check_device(device).map_err(|error| SweepError::Device {
        message: error.error,
        hint: error.hint,
    })
}

/// Whether corpora and weights can be read, before any run is started.
pub(super) fn check_inputs(experiment: &Experiment, store: &Store, device: &str) -> Result<(), Problem> {
    executor::check_inputs(experiment, store.root(), device).map_err(|error| {
        let problem = Problem::new(error.error);
        match error.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    })
}

/// Does what is not done, by the launcher that was asked for.
pub(super) fn work(planned: &Planned, machine: &Machine) -> Result<u8> {
    match machine.launcher {
        Launcher::Slurm => submit(planned, machine),
        Launcher::Local if machine.dry_run => {
            let jobs = machine.jobs(&planned.experiment);
            let code = show_plan(planned, PlanFormat::Table, jobs)?;
            tell_sizes(planned, jobs);
            Ok(code)
        }
        Launcher::Local => work_here(planned, machine),
    }
}

/// Does what is not done, then prints the summary table on stdout and the paths of the report on stderr.
fn work_here(planned: &Planned, machine: &Machine) -> Result<u8> {
    check_device(&executor(), &machine.device)?;
    let Planned {
        experiment,
        plan,
        store,
        ..
    } = planned;
    make_writable("--out", store.root())?;
    check_inputs(experiment, store, &machine.device)?;
    let resources = resources(experiment, &machine.device);
    let jobs = jobs(machine.jobs, experiment, resources.accelerators.len());
    let intent = Intent {
        device: &machine.device,
        jobs,
        resources: &resources,
        retry_failed: machine.retry_failed,
        yes: machine.yes,
    };
    let need_mib = match may_start(planned, &intent)? {
        Verdict::Start(need_mib) => need_mib,
        Verdict::Stop => {
            eprintln!("nothing was started");
            return Ok(INTERRUPTED);
        }
    };
    let resources = Resources {
        memory_mib: need_mib.unwrap_or(resources.memory_mib),
        ..resources
    };
    store.write_experiment(experiment)?;
    let mut results = Results::new(experiment, plan, store)?;
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    let command = |run: &Run, share: &Share| {
        let mut command = Command::new(&program);
        command
            .arg("run")
            .arg(store.experiment_file())
            .arg("--id")
            .arg(run.id.as_str());
        command
            .arg("--out")
            .arg(store.root())
            .arg("--device")
            .arg(&machine.device);
        command
            .arg("--progress")
            .arg("json")
            .env(THREADS_VARIABLE, share.threads.to_string())
            // What libtorch reads.
            .env("OMP_NUM_THREADS", share.threads.to_string());
        if let Some(accelerator) = &share.accelerator {
            command.env(models::ACCELERATOR_VARIABLE, accelerator);
        }
        command
    };
    let interrupt = listen()?;
    let runner = Runner {
        plan,
        selected: &planned.selected,
        store,
        options: RunnerOptions {
            jobs,
            retry_failed: machine.retry_failed,
            fail_fast: machine.fail_fast,
        },
        resources,
        command: &command,
        interrupt: &interrupt,
    };
    let outcome = runner.run(on_stderr().as_mut(), &mut || results.refresh())?;
    tell_report(&mut results)?;
    Ok(conclude(&outcome, planned.selected.len()))
}

/// Writes the report, prints its table, and tells of warnings and of the files.
pub(super) fn tell_report(results: &mut Results) -> Result<()> {
    let files = results.write()?;
    if let Some(table) = results.summary()? {
        print(&table)?;
    }
    warn_of(&results.warnings());
    warn_of(&results.incomplete());
    for warning in results.figure_warnings() {
        warn(warning);
    }
    for file in files {
        eprintln!("wrote {}", path_word(&file));
    }
    Ok(())
}

/// What this machine has for the runs of an experiment.
fn resources(experiment: &Experiment, device: &str) -> Resources {
    let executor = executor();
    Resources {
        cores: cores(),
        threads: experiment.run.threads,
        spare_threads: executor.is_same_for_all_threads(device),
        accelerators: executor.accelerators(device),
        memory_mib: experiment.memory_guess_mib(),
    }
}

/// Asks to stop at the first Ctrl-C or SIGTERM, and to stop at once at the second.
fn listen() -> Result<Arc<Interrupt>> {
    let interrupt = Arc::new(Interrupt::default());
    let asked = Arc::clone(&interrupt);
    on_signal(move |again| {
        asked.request(again);
        if !again {
            eprintln!("interrupted: the runs save what they have; once more to end them at once");
        }
    })?;
    Ok(interrupt)
}

/// What readers of the numbers should know of single runs.
pub(super) fn warn_of(runs: &[(RunId, String)]) {
    for (id, warning) in runs {
        warn(&format!("{id}: {warning}"));
    }
}

fn conclude(outcome: &Outcome, total: usize) -> u8 {
    for (id, reason) in &outcome.failed {
        eprintln!("failed {id}: {}", one_line(reason));
    }
    let Outcome {
        done,
        failed,
        blocked,
        left,
        interrupted,
        ..
    } = outcome;
    eprintln!(
        "{done} of {total} runs done, {} failed, {} blocked, {left} left",
        failed.len(),
        blocked.len()
    );
    if *interrupted {
        eprintln!("hint: interrupted; the same command goes on from here");
        INTERRUPTED
    } else if failed.is_empty() {
        ALL_DONE
    } else {
        eprintln!(
            "hint: the same command tries again what was killed or had no room on the disk; with --retry-failed also \
             what failed by itself"
        );
        SOME_FAILED
    }
}
