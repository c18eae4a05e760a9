//! What the runs that are left will take: time, memory, disk; and what of that cannot be had.

use std::collections::BTreeMap;
use std::time::Duration;

use experiment::{Experiment, Keep, TaskName};
use files::Space;
use records::costs::{Facts, Kind, Measurement};

use super::counting::Work;
use crate::plan::Plan;
use crate::progress::{Estimate, Left};

/// Bytes of a number of a model.
const NUMBER: u64 = 4;
/// Bytes that the logs of a training hold for an update, about.
const LOG_LINE: u64 = 200;
/// Bytes of a stored answer, about: a line with two labels, or with three sentences.
const ANSWER: u64 = 40;
const TRANSLATION: u64 = 350;
const MIB: u64 = 1 << 20;

/// What a forecast is made of.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Everything of the experiment.
    pub experiment: &'a Experiment,
    /// The runs.
    pub plan: &'a Plan,
    /// Positions of those that are left, ascending.
    pub left: &'a [usize],
    /// What each of them does, in the same order.
    pub works: &'a [Option<Work>],
    /// What finished runs took.
    pub finished: &'a Estimate,
    /// What single steps take on this device; none where nothing was measured.
    pub measurement: Option<&'a Measurement>,
    /// Numbers that the model has.
    pub facts: &'a Facts,
    /// What a run holds at its peak, in MiB, as far as it is known.
    pub peak_mib: Option<f64>,
    /// The same by the sizes of the model: batches that are longer than those that were measured hold more.
    pub guess_mib: u64,
    /// What there is.
    pub machine: Machine,
}

/// What the machine has for the runs.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// Runs side by side, as asked for.
    pub jobs: usize,
    /// Memory that is free, in MiB; none where the system does not say.
    pub free_mib: Option<u64>,
    /// The disk of the sweep's folder; none where the system does not say.
    pub disk: Option<Space>,
}

/// Where the time of a method's runs comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Runs of it that are done.
    Finished,
    /// What was measured, multiplied by what its runs do.
    Measured,
}

/// The time of a method's runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The method.
    pub method: &'static str,
    /// Runs of it that are left.
    pub runs: usize,
    /// What they take together.
    pub seconds: f64,
    /// How that is known.
    pub source: Source,
}

/// Room that something takes, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need {
    /// What the largest run leaves.
    pub stays: u64,
    /// What the largest run has beside that while it trains.
    pub passes: u64,
    /// What all runs leave, and those side by side have beside that.
    pub all: u64,
}

/// What the runs that are left will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Runs that are left.
    pub runs: usize,
    /// Those of each method, the costliest first.
    pub shares: Vec<Share>,
    /// Methods of whose runs nothing is known.
    pub unknown: Vec<&'static str>,
    /// Time of the runs whose time is known; none where that are none.
    pub time: Option<Left>,
    /// Runs side by side, as far as memory allows.
    pub side_by_side: usize,
    /// As asked for.
    pub jobs: usize,
    /// What a run holds at its peak, in MiB.
    pub peak_mib: Option<u64>,
    /// What it may come to hold, in MiB.
    pub need_mib: u64,
    /// Memory that is free, in MiB.
    pub free_mib: Option<u64>,
    /// Room that the runs take on the disk.
    pub need: Need,
    /// The disk.
    pub disk: Option<Space>,
}

/// Of the runs that are left.
pub fn forecast(given: &Given<'_>) -> Forecast {
    let Given {
        plan,
        left,
        works,
        machine,
        ..
    } = *given;
    let mut shares: BTreeMap<&'static str, Share> = BTreeMap::new();
    let mut unknown = Vec::new();
    // When each run ends if every run starts as soon as it can.
    let mut ends = vec![0.0_f64; plan.runs().len()];
    let mut work = 0.0;
    for (&position, of_run) in left.iter().zip(works) {
        let method = plan.runs()[position].method;
        let found = match given.finished.of_ended(method) {
            Some(seconds) => Some((seconds, Source::Finished)),
            None => of_run
                .and_then(|of_run| measured(given.measurement?, &of_run))
                .map(|seconds| (seconds, Source::Measured)),
        };
        let Some((seconds, source)) = found else {
            if !unknown.contains(&method.name) {
                unknown.push(method.name);
            }
            continue;
        };
        work += seconds;
        ends[position] = seconds + plan.base(position).map_or(0.0, |base| ends[base]);
        let share = shares.entry(method.name).or_insert(Share {
            method: method.name,
            runs: 0,
            seconds: 0.0,
            source,
        });
        share.runs += 1;
        share.seconds += seconds;
    }
    let mut shares: Vec<Share> = shares.into_values().collect();
    shares.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let duration = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let time = (!shares.is_empty()).then(|| Left {
        work: duration(work),
        chain: duration(ends.iter().copied().fold(0.0, f64::max)),
    });
    let peak_mib = given.peak_mib.map(|peak| peak.ceil() as u64);
    let need_mib = given.guess_mib.max(peak_mib.unwrap_or(0));
    let fitting = machine.free_mib.map(|free| free / need_mib.max(1));
    let wanted = machine.jobs.min(left.len()).max(1);
    let side_by_side = fitting.map_or(wanted, |fitting| {
        wanted.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
    });
    Forecast {
        runs: left.len(),
        shares,
        unknown,
        time,
        side_by_side,
        jobs: wanted,
        peak_mib,
        need_mib,
        free_mib: machine.free_mib,
        need: need(given, side_by_side),
        disk: machine.disk,
    }
}

/// Seconds of a run by what it does.
fn measured(measurement: &Measurement, work: &Work) -> Option<f64> {
    let mut seconds = measurement.start_seconds;
    for kind in Kind::ALL {
        match work.of(kind) {
            0 => {}
            count => seconds += count as f64 * measurement.price(kind)?,
        }
    }
    Some(seconds)
}

fn need(given: &Given<'_>, side_by_side: usize) -> Need {
    let mut need = Need::default();
    let methods = given
        .left
        .iter()
        .map(|&position| given.plan.runs()[position].method.name);
    for (method, work) in methods.zip(given.works) {
        let Some(work) = work else { continue };
        let (stays, passes) = room(given.experiment, given.facts.parameters, method, work);
        need.stays = need.stays.max(stays);
        need.passes = need.passes.max(passes);
        need.all = need.all.saturating_add(stays);
    }
    need.all = need
        .all
        .saturating_add(need.passes.saturating_mul(side_by_side as u64));
    need
}

/// What a run leaves, and what it has beside that while it trains.
fn room(experiment: &Experiment, parameters: u64, method: &str, work: &Work) -> (u64, u64) {
    let weights = parameters.saturating_mul(NUMBER);
    let answer = match experiment.task {
        TaskName::Classification => ANSWER,
        TaskName::Translation => TRANSLATION,
    };
    let model = if work.leaves_model { weights } else { 0 };
    let removed = work.removed_heads.map_or(0, |gone| {
        let of_head = experiment.model.parameters_per_head().saturating_mul(NUMBER);
        weights.saturating_sub(of_head.saturating_mul(gone as u64))
    });
    let stays = model
        .saturating_add(removed)
        .saturating_add(work.answers.saturating_mul(answer))
        .saturating_add(work.updates().saturating_mul(LOG_LINE));
    if work.updates() == 0 {
        return (stays, 0);
    }
    // Weights, and two moments of each if they are trained; the next is written before the last one goes.
    let of_checkpoint = if work.of(Kind::Update) > 0 { 3 } else { 1 };
    let checkpoints = if experiment.train.checkpoint_every == 0 {
        0
    } else {
        2 * of_checkpoint
    };
    let looks = match experiment.select.keep(method) {
        Keep::Last => 0,
        Keep::Best => 2,
        Keep::Average => experiment.select.average as u64 + 1,
    };
    (stays, weights.saturating_mul(checkpoints + looks))
}

impl Forecast {
    /// Why not even one run has room, and what to do about it.
    pub fn refusal(&self) -> Option<(String, String)> {
        let disk = self.disk?;
        let Need { stays, passes, .. } = self.need;
        let run = stays.saturating_add(passes);
        (disk.free < run).then(|| {
            (
                format!(
                    "a run needs about {} of disk, {} of it while it trains, and {} are free",
                    size(run),
                    size(passes),
                    size(disk.free)
                ),
                "make space, or choose a folder on a larger disk with --out".to_owned(),
            )
        })
    }

    /// What may not suffice.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(disk) = self.disk.filter(|disk| disk.free < self.need.all) {
            warnings.push(format!(
                "all runs need about {} of disk, and {} are free: the sweep will stop when the disk is full, and go on when \
                 there is space",
                size(self.need.all),
                size(disk.free)
            ));
        }
        if let Some(free) = self.free_mib {
            if free < self.need_mib {
                warnings.push(format!(
                    "a run holds about {} of memory, and {} are free: the machine may become very slow or end the run",
                    size(self.need_mib.saturating_mul(MIB)),
                    size(free.saturating_mul(MIB))
                ));
            } else if self.side_by_side < self.jobs {
                warnings.push(format!(
                    "memory suffices for {} of {} runs side by side",
                    self.side_by_side, self.jobs
                ));
            }
        }
        if !self.unknown.is_empty() {
            warnings.push(format!(
                "what runs of {} take is not known",
                self.unknown.join(", ")
            ));
        }
        warnings
    }
}

/// `418 MiB`, `62.1 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const NAMES: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < NAMES.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(value < 100.0 && unit > 1);
    format!("{value:.digits$} {}", NAMES[unit])
}

#[cfg(test)]
mod tests;
