//! `--launcher slurm`: hands the runs of a plan to SLURM, or shows what it would be handed.

use std::path::absolute;

use files::shell::path_word;
use files::{FileError, one_line};
use sweep::Store;
use sweep::slurm::{Counts, Draft, Launch};

use crate::places::make_writable;
use crate::problem::{Problem, Result, cannot};
use crate::reporting::Results;
use crate::sweeping::machine::Machine;
use crate::sweeping::overview::known_cost;
use crate::sweeping::planned::{Planned, check_inputs};
use crate::terminal::{ALL_DONE, SOME_FAILED, print};

/// Submits what is neither done nor in the queue and comes back at once; stdout gets a line for each job. Where nothing
/// is left to wait for, the report is written here.
pub(crate) fn submit(planned: &Planned, machine: &Machine) -> Result<u8> {
    if machine.fail_fast {
        let problem =
            Problem::new("--fail-fast needs a process that watches, and --launcher slurm leaves none");
        let hint = "leave it out; `headcount sweep status` shows failures and `scancel` ends what is queued";
        return Err(problem.hint(hint));
    }
    let Planned { experiment, plan, .. } = planned;
    let root = planned.store.root();
    let root = absolute(root).map_err(|source| FileError::new("resolve", root, source))?;
    let store = Store::new(root);
    let program = std::env::current_exe().map_err(cannot("find the path of this program"))?;
    let launch = Launch {
        experiment,
        plan,
        selected: &planned.selected,
        store: &store,
        program: &program,
        device: &machine.device,
        at_once: machine.jobs.map(usize::from),
        retry_failed: machine.retry_failed,
    };
    if machine.dry_run {
        return show(&launch.draft()?, &store);
    }
    make_writable("--out", store.root())?;
    // The device is the nodes', which this machine need not have.
    check_inputs(experiment, &store, "auto")?;
    // Nothing is measured where jobs are only submitted.
    if let Some(cost) = known_cost(planned, machine.jobs(experiment)) {
        eprintln!("{cost}, by the runs that are done");
    }
    store.write_experiment(experiment)?;
    let mut results = Results::new(experiment, plan, &store)?;
    let submission = launch.submit()?;
    let counts = &submission.counts;
    if submission.jobs.is_empty() && counts.queued == 0 {
        results.tell()?;
    }
    let lines: Vec<String> = submission
        .jobs
        .iter()
        .map(|job| match job.runs {
            0 => format!("{} {}", job.id, job.name),
            runs => format!("{} {} {runs}", job.id, job.name),
        })
        .collect();
    if !lines.is_empty() {
        print(&lines.join("\n"))?;
    }
    Ok(conclude(counts, launch.selected.len()))
}

fn show(draft: &Draft, store: &Store) -> Result<u8> {
    let mut text = String::new();
    for file in &draft.files {
        if let Some(options) = &file.sbatch {
            let root = path_word(store.root());
            let script = path_word(&store.root().join(&file.path));
            let options = options.join(" ");
            text.push_str(&format!("==> sbatch {options} --chdir {root} {script} <==\n"));
        } else {
            text.push_str(&format!("==> {} <==\n", file.path));
        }
        text.push_str(&file.text);
        text.push('\n');
    }
    if !text.is_empty() {
        print(&text)?;
    }
    for note in &draft.notes {
        eprintln!("note: {note}");
    }
    let Counts {
        done,
        queued,
        submitted,
        failed,
        blocked,
    } = &draft.counts;
    eprintln!(
        "{submitted} runs would be submitted; {done} done, {queued} queued, {} failed, {blocked} blocked",
        failed.len()
    );
    Ok(ALL_DONE)
}

fn conclude(counts: &Counts, total: usize) -> u8 {
    let Counts {
        done,
        queued,
        submitted,
        failed,
        blocked,
    } = counts;
    for (id, reason) in failed {
        eprintln!("failed {id}: {}", one_line(reason));
    }
    eprintln!(
        "{done} of {total} runs done, {submitted} submitted, {queued} queued before, {} failed, {blocked} blocked",
        failed.len()
    );
    if !failed.is_empty() {
        eprintln!("hint: the same command with --retry-failed tries them again");
    }
    if submitted + queued > 0 {
        eprintln!("hint: `headcount sweep status` shows where they stand; the last job writes the report");
        ALL_DONE
    } else if failed.is_empty() {
        ALL_DONE
    } else {
        SOME_FAILED
    }
}
