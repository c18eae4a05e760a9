//! Does the runs of a plan on this machine, and reports.

use std::process::Command;
use std::sync::Arc;

use experiment::Experiment;
use files::one_line;
use sweep::progress::on_stderr;
use sweep::{Executor, Interrupt, Outcome, Resources, Run, Runner, RunnerOptions, Share, THREADS_VARIABLES};

use crate::executor::executor;
use crate::places::make_writable;
use crate::problem::{Result, cannot};
use crate::reporting::Results;
use crate::signals::on_signal;
use crate::sweeping::before::{Intent, Verdict, may_start};
use crate::sweeping::machine::Machine;
use crate::sweeping::planned::{Planned, check_device, check_inputs, cores, jobs};
use crate::terminal::{ALL_DONE, INTERRUPTED, SOME_FAILED};

/// Does what is not done, then prints the summary table on stdout and the paths of the report on stderr.
pub(crate) fn work(planned: &Planned, machine: &Machine) -> Result<u8> {
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
    let program = std::env::current_exe().map_err(cannot("find the path of this program"))?;
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
        command.arg("--progress").arg("json");
        for variable in THREADS_VARIABLES {
            command.env(variable, share.threads.to_string());
        }
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
    results.tell()?;
    Ok(conclude(&outcome, planned.selected.len()))
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
