//! Differentiable subset pruning: with the weights (joint), or on the frozen dense model (pipelined).

use dsp_gate::{SubsetGate, TemperatureSchedule};
use experiment::{
    Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, Switch, TaskName, json, without,
};
use records::Measured;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dense::{DENSE, weight_rate};
use crate::error::ExecuteError;
use crate::exact;
use crate::method::{Job, Method};
use crate::pipelined::{self, PipelinedSection};
use crate::progress::Progress;
use crate::task::{Fit, Rate, Task, Trained};

/// Differentiable subset pruning (section 3 of the paper).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DspSection {
    /// Learning rate of the importances w.
    pub learning_rate: f64,
    /// The same on the frozen dense model; `learning_rate` if left out.
    pub pipelined_learning_rate: Option<f64>,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
    /// Temperature at update 0.
    pub tau_start: f64,
    /// Temperature from the cooldown on.
    pub tau_end: f64,
    /// Share of the updates after which the temperature stays at `tau_end`.
    pub cooldown: Option<f64>,
    /// The same as a number of updates; exactly one of the two keys is set.
    pub cooldown_updates: Option<usize>,
    /// The same number for pipelined training; needed where `cooldown_updates` is set.
    pub pipelined_cooldown_updates: Option<usize>,
    /// Temperatures on the way from `tau_start` to `tau_end`, each with the share of the updates after which it is reached.
    pub waypoints: Vec<(f64, f64)>,
    /// Share of the updates of joint training, at its end, under the mask that is tested: without noise, the importances as they
    /// are; 0 or left out, the noise stays on to the end. On the frozen model nothing would be learned then.
    pub settle: Option<f64>,
}

impl Default for DspSection {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
            pipelined_learning_rate: None,
            schedule: ScheduleName::Linear,
            tau_start: 1000.0,
            tau_end: 1e-8,
            cooldown: None,
            cooldown_updates: None,
            pipelined_cooldown_updates: None,
            waypoints: Vec::new(),
            settle: None,
        }
    }
}

impl Section for DspSection {
    const NAME: &'static str = "dsp";
    const SWITCHES: &'static [Switch] = &[Switch {
        key: "dsp.tau_end",
        // On translation the temperature begins at 0.1 already: it would not fall at all.
        task: Some(TaskName::Classification),
        released: "1e-8",
        paper: "0.1",
        reason: "temperature at the end: the program's README against the paper's appendix as a third party quotes it",
    }];
    const EXCLUSIVE: &'static [(&'static str, &'static str)] = &[
        ("dsp.cooldown", "dsp.cooldown_updates"),
        ("dsp.cooldown", "dsp.pipelined_cooldown_updates"),
        ("dsp.cooldown_updates", "dsp.cooldown"),
        ("dsp.pipelined_cooldown_updates", "dsp.cooldown"),
    ];

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "learning_rate = 0.2\nschedule = \"constant\"\ntau_start = 0.1\n",
        }
    }

    fn completed(self, _: &dyn Fn(&str) -> bool) -> Self {
        // No update is the same as no share.
        let settle = self.settle.filter(|share| *share != 0.0);
        Self { settle, ..self }
    }
}

/// Warned of below this. The noise has unit scale: a margin of a few tenths leaves the order of the two heads to it.
const SMALL_MARGIN: f64 = 1.0;

/// Weights and importances trained together.
pub(crate) static JOINT: Method = Method {
    name: "dsp-joint",
    sections: &[SectionType::of::<DspSection>()],
    decisive: &[
        Part::DATA,
        Part::MODEL,
        Part::TRAIN,
        Part::SELECT,
        Part {
            name: "dsp",
            value: decisive,
        },
    ],
    starts_from: None,
    same_heads: false,
    points: |experiment| Point::heads(experiment, "dsp-joint"),
    check,
    measures: true,
    run: joint,
};

/// Importances trained on the frozen dense model, dropout on.
pub(crate) static PIPELINED: Method = Method {
    name: "dsp-pipelined",
    sections: &[
        SectionType::of::<DspSection>(),
        SectionType::of::<PipelinedSection>(),
    ],
    decisive: &[
        PipelinedSection::PART,
        Part::SELECT,
        Part {
            name: "dsp",
            value: decisive_pipelined,
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "dsp-pipelined"),
    check: check_pipelined,
    measures: true,
    run: pipelined,
};

/// What of the section decides the numbers of joint training; keys that came later do only where they are set.
fn decisive(experiment: &Experiment) -> Value {
    let section: DspSection = experiment.section();
    let mut foreign = vec!["pipelined_cooldown_updates", "pipelined_learning_rate"];
    if section.waypoints.is_empty() {
        foreign.push("waypoints");
    }
    if section.settle.is_none() {
        foreign.push("settle");
    }
    without(json(&section), &foreign)
}

/// The same of training on the frozen dense model.
fn decisive_pipelined(experiment: &Experiment) -> Value {
    let section: DspSection = experiment.section();
    let mut foreign = vec!["cooldown_updates", "pipelined_learning_rate", "settle"];
    if section.waypoints.is_empty() {
        foreign.push("waypoints");
    }
    let section = DspSection {
        learning_rate: pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
        ..section
    };
    without(json(&section), &foreign)
}

fn joint(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let updates = job.updates(task);
    let section: DspSection = job.experiment.section();
    let cooldown = cooldown(&section, section.cooldown_updates, updates)?;
    task.take_fresh()?;
    let trained = task.train(
        fit(job, task, updates, cooldown, Some(weight_rate(job)))?,
        progress,
    )?;
    task.save()?;
    let mut measured = finish(job, task, progress, &trained, updates, cooldown)?;
    measured.train_updates = updates;
    Ok(measured)
}

fn pipelined(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let updates = pipelined::updates(job, task);
    let section: DspSection = job.experiment.section();
    let cooldown = cooldown(&section, section.pipelined_cooldown_updates, updates)?;
    task.take_saved(job.base("dense")?)?;
    let trained = task.train(fit(job, task, updates, cooldown, None)?, progress)?;
    finish(job, task, progress, &trained, updates, cooldown)
}

fn cooldown(section: &DspSection, count: Option<usize>, updates: usize) -> Result<u64, ExecuteError> {
    match (section.cooldown, count) {
        (Some(share), _) => Ok((share * updates as f64).round() as u64),
        (None, Some(count)) => Ok(count as u64),
        (None, None) => Err(ExecuteError::new("dsp.cooldown is missing")),
    }
}

fn fit(
    job: &Job<'_>,
    task: &dyn Task,
    updates: usize,
    cooldown: u64,
    weights: Option<Rate>,
) -> Result<Fit, ExecuteError> {
    let (section, k) = (job.experiment.section::<DspSection>(), job.k()?);
    let at = |share: f64| (share * updates as f64).round() as u64;
    let waypoints: Vec<(u64, f64)> = section
        .waypoints
        .iter()
        .map(|&(share, tau)| (at(share), tau))
        .collect();
    let last = (cooldown, section.tau_end);
    let schedule =
        TemperatureSchedule::through(section.tau_start, &waypoints, last).map_err(ExecuteError::new)?;
    let mut gate = SubsetGate::xavier(task.grid(), k, schedule, &mut job.importance_start())
        .map_err(ExecuteError::new)?;
    let rate = match weights {
        Some(_) => section.learning_rate,
        None => pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
    };
    if let Some(share) = section.settle.filter(|_| weights.is_some()) {
        gate = gate.settling_at(at(1.0 - share));
    }
    exact::fit(job, updates, weights, gate, (rate, section.schedule))
}

fn finish(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    trained: &Trained,
    updates: usize,
    cooldown: u64,
) -> Result<Measured, ExecuteError> {
    let mut measured = exact::measure(job, task, progress, trained)?;
    if (updates as u64) < cooldown {
        measured.warnings.push(format!(
            "the temperature never reached its end: {updates} updates, a cooldown of {cooldown}"
        ));
    }
    if let Some(small) = measured.margin.filter(|margin| *margin < SMALL_MARGIN) {
        measured.warnings.push(format!(
            "the importances of the last head kept and the first one dropped differ by {small:.2} only: noise of unit \
             scale kept training other subsets than the one tested"
        ));
    }
    if trained.overflows > 0 {
        measured.warnings.push(format!(
            "the derivative of the gates left the range of float64 in {} updates, which left the importances to their \
             momentum",
            trained.overflows
        ));
    }
    Ok(measured)
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let dsp: DspSection = experiment.section();
    let at_least_one = |key: &str, count: Option<usize>| match count {
        Some(0) => Err(Finding::new(key, "is 0; cool down over at least one update")),
        _ => Ok(()),
    };
    match (dsp.cooldown, dsp.cooldown_updates) {
        (Some(_), Some(_)) => {
            return Err(Finding::new(
                "dsp.cooldown_updates",
                "says the same as `dsp.cooldown`; leave out one of them",
            ));
        }
        (None, None) => {
            return Err(Finding::new("dsp.cooldown", "is missing")
                .hint("say when the temperature reaches its end, as a share (`cooldown = 0.68`) or as `cooldown_updates`"));
        }
        (Some(share), None) if !(share > 0.0 && share <= 1.0) => {
            return Err(Finding::new(
                "dsp.cooldown",
                format!("is {share}; a share of the updates is in (0, 1]"),
            ));
        }
        _ => {}
    }
    at_least_one("dsp.cooldown_updates", dsp.cooldown_updates)?;
    at_least_one("dsp.pipelined_cooldown_updates", dsp.pipelined_cooldown_updates)?;
    Finding::positive("dsp.learning_rate", dsp.learning_rate)?;
    Finding::positive("dsp.tau_start", dsp.tau_start)?;
    Finding::positive("dsp.tau_end", dsp.tau_end)?;
    if dsp.tau_end > dsp.tau_start {
        let message = format!(
            "is {}, above `dsp.tau_start` = {}; temperatures fall",
            dsp.tau_end, dsp.tau_start
        );
        return Err(Finding::new("dsp.tau_end", message));
    }
    check_waypoints(&dsp)?;
    match dsp.settle {
        Some(share) if !(share > 0.0 && share < 1.0) => {
            let message = format!("is {share}; a share of the updates is in [0, 1)");
            Err(Finding::new("dsp.settle", message).hint("leave it out, and the noise stays on to the end"))
        }
        _ => Ok(()),
    }
}

/// Refuses temperatures on the way that rise, and shares of the updates that do not grow towards `dsp.cooldown`.
fn check_waypoints(dsp: &DspSection) -> Result<(), Finding> {
    if dsp.waypoints.is_empty() {
        return Ok(());
    }
    let Some(cooldown) = dsp.cooldown else {
        return Err(Finding::new(
            "dsp.waypoints",
            "are shares of the updates, and `dsp.cooldown` is not",
        )
        .hint("write `dsp.cooldown` in the place of `dsp.cooldown_updates`"));
    };
    let (mut before, mut tau_before) = (0.0, dsp.tau_start);
    for (index, &(share, tau)) in dsp.waypoints.iter().enumerate() {
        let key = format!("dsp.waypoints.{index}");
        if !(share > before && share < cooldown) {
            let message = format!(
                "is at {share} of the updates, which is not between {before} and `dsp.cooldown` = {cooldown}"
            );
            return Err(Finding::new(key, message));
        }
        if !(tau <= tau_before && tau >= dsp.tau_end) {
            let message = format!(
                "is a temperature of {tau}, which is not between {tau_before} before it and `dsp.tau_end` = {}",
                dsp.tau_end
            );
            return Err(Finding::new(key, message));
        }
        (before, tau_before) = (share, tau);
    }
    Ok(())
}

fn check_pipelined(experiment: &Experiment) -> Result<(), Finding> {
    check(experiment)?;
    let dsp: DspSection = experiment.section();
    pipelined::check_rate("dsp.pipelined_learning_rate", dsp.pipelined_learning_rate)?;
    if dsp.cooldown.is_none() && dsp.pipelined_cooldown_updates.is_none() {
        return Err(Finding::new("dsp.pipelined_cooldown_updates", "is missing")
            .hint("`dsp.cooldown_updates` is of joint training; a share, `dsp.cooldown`, serves both"));
    }
    if dsp.cooldown.is_some() && dsp.pipelined_cooldown_updates.is_some() {
        return Err(Finding::new(
            "dsp.pipelined_cooldown_updates",
            "says the same as `dsp.cooldown`; leave out one of them",
        ));
    }
    pipelined::check(experiment)
}
