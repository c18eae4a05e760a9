//! Where the runs of a plan stand, what they wait for and what they cost, for people and for programs.

mod dot;
mod json;
mod status;
mod table;

use std::time::Duration;

use files::Holder;
use sweep::progress::{Estimate, Left, Running, readable};
use sweep::store::Latest;
use sweep::{Run, RunState, wall_times};

use super::queue::{STATES, word};
use super::ready::render as ready;
use crate::problem::Result;
use crate::sweeping::planned::Planned;
use crate::terminal::{ALL_DONE, Format, print, warn};

/// How to print a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PlanFormat {
    /// Aligned columns.
    Table,
    /// JSON.
    Json,
    /// The graph for Graphviz.
    Dot,
    /// Names of the runs that can be started now, one a line.
    Ids,
}

/// Every selected run, and a line that counts them and says what is left.
pub(crate) fn show_plan(planned: &Planned, format: PlanFormat, jobs: usize) -> Result<u8> {
    let overview = Overview::new(planned, jobs);
    let text = match format {
        PlanFormat::Table => table::render(&overview),
        PlanFormat::Json => json::render(&overview)?,
        PlanFormat::Dot => dot::render(&overview),
        PlanFormat::Ids => ready(planned),
    };
    // No name at all is no line, not an empty one.
    if !text.is_empty() {
        print(&text)?;
    }
    Ok(ALL_DONE)
}

/// How many runs of each method stand where, those in progress, and why others failed.
pub(crate) fn show_status(planned: &Planned, format: Format, jobs: usize) -> Result<u8> {
    let overview = Overview::new(planned, jobs);
    print(&match format {
        Format::Table => status::render(&overview),
        Format::Json => json::render(&overview)?,
    })?;
    for warning in &planned.status.warnings {
        warn(warning);
    }
    Ok(ALL_DONE)
}

/// What is left of the selected runs by those that are done, in words; none where that is not known.
pub(crate) fn known_cost(planned: &Planned, jobs: usize) -> Option<String> {
    let overview = Overview::new(planned, jobs);
    overview.left.and_then(|_| overview.cost())
}

/// A selected run.
struct Entry<'a> {
    run: &'a Run,
    state: &'a RunState,
    /// One word for the state, a place in a queue included.
    word: &'static str,
    /// How many runs must be done before it, one after another.
    level: usize,
    /// The run that it starts from, if that is not done.
    waits_for: Option<&'a Run>,
    /// How long it took, if it is done.
    wall: Option<Duration>,
    /// How long it will still take, if the next `sweep run` does it or another process is at work on it.
    estimated: Option<Duration>,
    /// Who works on it, if it is running.
    holder: Option<Holder>,
    /// How far its training is, if it is running.
    latest: Option<Latest>,
}

struct Overview<'a> {
    planned: &'a Planned,
    entries: Vec<Entry<'a>>,
    /// What is left of the selected runs, those that failed and that are blocked by them not included; none where no run
    /// is done to judge by.
    left: Option<Left>,
    jobs: usize,
}

impl<'a> Overview<'a> {
    fn new(planned: &'a Planned, jobs: usize) -> Self {
        let (plan, states) = (&planned.plan, &planned.status.states);
        let walls = wall_times(plan, &planned.store, &planned.status);
        let estimate = Estimate::from_walls(plan, &walls);
        let levels = plan.levels();
        let (mut waiting, mut running) = (Vec::new(), Vec::new());
        let entry = |&position: &usize| {
            let (run, state) = (&plan.runs()[position], &states[position]);
            let mut entry = Entry {
                run,
                state,
                word: word(run, state, &planned.queue),
                level: levels[position],
                waits_for: None,
                wall: walls[position],
                estimated: None,
                holder: None,
                latest: None,
            };
            if *state != RunState::Done {
                let base = plan.base(position).filter(|&base| states[base] != RunState::Done);
                entry.waits_for = base.map(|base| &plan.runs()[base]);
            }
            match state {
                RunState::Pending | RunState::Partial => {
                    waiting.push(position);
                    entry.estimated = estimate.of(run.method);
                }
                RunState::Running => {
                    let folder = planned.store.run(&run.id);
                    entry.holder = folder.holder();
                    entry.latest = folder.latest();
                    let elapsed = entry
                        .holder
                        .as_ref()
                        .and_then(Holder::elapsed)
                        .unwrap_or_default();
                    running.push(Running {
                        position,
                        elapsed,
                        fraction: 0.0,
                    });
                    let whole = estimate.of(run.method);
                    entry.estimated = whole.map(|whole| whole.saturating_sub(elapsed));
                }
                RunState::Done | RunState::Failed { .. } | RunState::Blocked => {}
            }
            entry
        };
        let entries = planned.selected.iter().map(entry).collect();
        let left = estimate.left(plan, waiting.into_iter(), &running);
        Self {
            planned,
            entries,
            left,
            jobs,
        }
    }

    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().map(|entry| entry.word)
    }

    /// `about 3 h 20 min of work left; about 1 h 45 min with 2 jobs`; none where nothing is left to do.
    fn cost(&self) -> Option<String> {
        let ends = |state: &RunState| {
            matches!(
                state,
                RunState::Done | RunState::Failed { .. } | RunState::Blocked
            )
        };
        if self.entries.iter().all(|entry| ends(entry.state)) {
            return None;
        }
        let Some(left) = self.left else {
            return Some("the cost is not known until a first run is done".to_owned());
        };
        let mut text = format!("about {} of work left", readable(left.work));
        if self.jobs > 1 {
            let with_jobs = readable(left.with_jobs(self.jobs));
            text.push_str(&format!("; about {with_jobs} with {} jobs", self.jobs));
        }
        Some(text)
    }
}

/// How many runs stand at each state, in the order of the names.
fn counts(words: impl Iterator<Item = &'static str>) -> [(&'static str, usize); STATES.len()] {
    let mut counts = STATES.map(|name| (name, 0));
    for word in words {
        for (_, count) in counts.iter_mut().filter(|(name, _)| *name == word) {
            *count += 1;
        }
    }
    counts
}

/// `27 runs: 3 done, 24 pending`.
fn counted(words: impl Iterator<Item = &'static str>) -> String {
    let counts = counts(words);
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let runs = if total == 1 { "run" } else { "runs" };
    format!("{total} {runs}: {}", parts.join(", "))
}
