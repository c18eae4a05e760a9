//! Before a large sweep starts: what it will take is measured, said and, at a terminal, asked about.

mod ask;
mod process;

use std::io::IsTerminal;

use experiment::Scale;
use records::ResultFile;
use records::costs::{Facts, Kind};
use sweep::preflight::{Given, Machine as Has, Work, forecast, rehearse};
use sweep::progress::Estimate;
use sweep::{Resources, RunState, free_memory_mib, largest_peak_mib, wall_times};

use crate::problem::{Problem, Result};
use crate::sweeping::planned::Planned;
use crate::terminal::warn;

pub(crate) use self::process::Said;

/// How a sweep is about to use this machine.
pub(crate) struct Intent<'a> {
    /// Device to train on.
    pub(crate) device: &'a str,
    /// Runs side by side.
    pub(crate) jobs: usize,
    /// What there is to share out.
    pub(crate) resources: &'a Resources,
    /// Try again what failed earlier.
    pub(crate) retry_failed: bool,
    /// Whether the question is answered already.
    pub(crate) yes: bool,
}

/// Whether a sweep starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It does; with the MiB that a run may come to hold, where that was looked into.
    Start(Option<u64>),
    /// Somebody who was asked said no.
    Stop,
}

/// Says what the runs that are left will take, and whether to go on. Nothing is said of a demo, and of a sweep that is done.
pub(crate) fn may_start(planned: &Planned, intent: &Intent<'_>) -> Result<Verdict> {
    let left = left(planned, intent.retry_failed);
    if planned.experiment.scale == Scale::Demo || left.is_empty() {
        return Ok(Verdict::Start(None));
    }
    let Planned {
        experiment,
        plan,
        store,
        status,
        ..
    } = planned;
    let finished = Estimate::from_walls(plan, &wall_times(plan, store, status));
    let is_known = |position: &usize| finished.of_ended(plan.runs()[*position].method).is_some();
    let free_mib = free_memory_mib();
    let stored = facts_of_a_finished_run(planned);
    let (measurement, facts) = match stored {
        Some(facts) if left.iter().all(is_known) => (None, facts),
        _ => {
            let kinds = kinds(
                planned,
                left.iter().copied().filter(|position| !is_known(position)),
            );
            eprintln!("measures what a run takes on this device, for some 20 s after its data are read");
            let measurement = process::measure(experiment, store, intent, &kinds, left.len())?;
            let facts = measurement.facts.clone();
            (Some(measurement), facts)
        }
    };
    let works = works(planned, &left, &facts);
    let measured_peak = measurement.as_ref().and_then(|measurement| measurement.peak_mib);
    let finished_peak = largest_peak_mib(plan, store, status);
    let forecast = forecast(&Given {
        experiment,
        plan,
        left: &left,
        works: &works,
        finished: &finished,
        measurement: measurement.as_ref(),
        facts: &facts,
        peak_mib: measured_peak
            .into_iter()
            .chain(finished_peak)
            .max_by(f64::total_cmp),
        guess_mib: experiment.memory_guess_mib(),
        machine: Has {
            jobs: intent.jobs,
            free_mib,
            disk: files::space(store.root()),
        },
    });
    for line in forecast.lines(measurement.as_ref()) {
        eprintln!("{line}");
    }
    for warning in forecast.warnings() {
        warn(&warning);
    }
    if let Some((error, hint)) = forecast.refusal() {
        return Err(Problem::new(error).hint(hint));
    }
    let is_asked = !intent.yes && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let goes_on = !is_asked || ask::go_on(&mut std::io::stdin().lock(), &mut std::io::stderr())?;
    Ok(match goes_on {
        true => Verdict::Start(Some(forecast.need_mib)),
        false => Verdict::Stop,
    })
}

/// What can be said without a device, by the sizes of the model alone; for a plan that is only shown.
pub(crate) fn tell_sizes(planned: &Planned, jobs: usize) {
    let experiment = &planned.experiment;
    let left = left(planned, false);
    if experiment.scale == Scale::Demo || left.is_empty() {
        return;
    }
    let facts = Facts {
        parameters: experiment.parameters_guess(),
        ..stand_in()
    };
    let forecast = forecast(&Given {
        experiment,
        plan: &planned.plan,
        left: &left,
        works: &works(planned, &left, &facts),
        finished: &Estimate::default(),
        measurement: None,
        facts: &facts,
        peak_mib: Some(experiment.memory_guess_mib() as f64),
        guess_mib: experiment.memory_guess_mib(),
        machine: Has {
            jobs,
            free_mib: free_memory_mib(),
            disk: files::space(planned.store.root()),
        },
    });
    eprintln!(
        "by the sizes of the model, about: memory {}; disk {}; a start measures more",
        forecast.memory(),
        forecast.room()
    );
}

/// Positions of the runs that the sweep will do.
fn left(planned: &Planned, retry_failed: bool) -> Vec<usize> {
    let is_left = |&&position: &&usize| match planned.status.states[position] {
        RunState::Pending | RunState::Partial => true,
        RunState::Failed { .. } | RunState::Blocked => retry_failed,
        RunState::Done | RunState::Running => false,
    };
    planned.selected.iter().filter(is_left).copied().collect()
}

/// What a rehearsal is given where only what a run does counts, and not how much.
fn stand_in() -> Facts {
    Facts {
        updates_per_epoch: 1,
        examples: [(String::new(), 1)].into(),
        look_examples: 1,
        parameters: 0,
    }
}

/// What these runs do; nothing is known of them where there is no place to rehearse them.
fn works(planned: &Planned, positions: &[usize], facts: &Facts) -> Vec<Option<Work>> {
    rehearse(&planned.experiment, &planned.plan, positions, facts)
        .unwrap_or_else(|_| vec![None; positions.len()])
}

/// Steps that some of these runs do.
fn kinds(planned: &Planned, positions: impl Iterator<Item = usize>) -> Vec<Kind> {
    let positions: Vec<usize> = positions.collect();
    let works = works(planned, &positions, &stand_in());
    let is_done = |kind: &Kind| works.iter().flatten().any(|work| work.of(*kind) > 0);
    // The forward pass is tried in any case.
    let wanted = |kind: &Kind| *kind == Kind::Example || is_done(kind);
    Kind::ALL.into_iter().filter(wanted).collect()
}

fn facts_of_a_finished_run(planned: &Planned) -> Option<Facts> {
    let runs = planned.plan.runs().iter().zip(&planned.status.states);
    let mut done = runs.filter(|(_, state)| **state == RunState::Done);
    done.find_map(|(run, _)| match planned.store.run(&run.id).result(run) {
        ResultFile::Valid(result) if !result.measured.rows.is_empty() => Some(Facts::of_result(&result)),
        _ => None,
    })
}
