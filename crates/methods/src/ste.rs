//! The straight-through estimator: the K largest importances forwards, the identity backwards.

use baselines::StraightThrough;
use experiment::{
    Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, TaskName, json, without,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::exact;
use crate::method::{Job, Method};
use crate::pipelined::{self, PipelinedSection};
use crate::task::{Fit, Rate, Task};

/// The straight-through estimator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SteSection {
    /// Learning rate of the importances w.
    pub learning_rate: f64,
    /// The same on the frozen dense model; `learning_rate` if left out.
    pub pipelined_learning_rate: Option<f64>,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
}

impl Default for SteSection {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
            pipelined_learning_rate: None,
            schedule: ScheduleName::Linear,
        }
    }
}

impl Section for SteSection {
    const NAME: &'static str = "ste";

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "learning_rate = 0.2\nschedule = \"constant\"\n",
        }
    }
}

const STE: Part = Part {
    name: "ste",
    value: |experiment| decisive(experiment.section()),
};

const STE_PIPELINED: Part = Part {
    name: "ste",
    value: |experiment| {
        let section: SteSection = experiment.section();
        decisive(SteSection {
            learning_rate: pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
            ..section
        })
    },
};

/// Everything but the rate of the other kind of training.
fn decisive(section: SteSection) -> Value {
    without(json(&section), &["pipelined_learning_rate"])
}

/// Weights and importances trained together.
pub(crate) static JOINT: Method = Method {
    name: "ste-joint",
    sections: &[SectionType::of::<SteSection>()],
    decisive: &[Part::DATA, Part::MODEL, Part::TRAIN, Part::SELECT, STE],
    starts_from: None,
    same_heads: false,
    points: |experiment| Point::heads(experiment, "ste-joint"),
    check,
    measures: true,
    run: |job, task, progress| exact::joint(job, task, progress, fit),
};

/// Importances trained on the frozen dense model, dropout on.
pub(crate) static PIPELINED: Method = Method {
    name: "ste-pipelined",
    sections: &[
        SectionType::of::<SteSection>(),
        SectionType::of::<PipelinedSection>(),
    ],
    decisive: &[PipelinedSection::PART, Part::SELECT, STE_PIPELINED],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "ste-pipelined"),
    check: |experiment| {
        check(experiment)?;
        let own = experiment.section::<SteSection>().pipelined_learning_rate;
        pipelined::check_rate("ste.pipelined_learning_rate", own)?;
        pipelined::check(experiment)
    },
    measures: true,
    run: |job, task, progress| exact::pipelined(job, task, progress, fit),
};

fn fit(job: &Job<'_>, task: &dyn Task, updates: usize, weights: Option<Rate>) -> Result<Fit, ExecuteError> {
    let (section, k) = (job.experiment.section::<SteSection>(), job.k()?);
    let gate =
        StraightThrough::xavier(task.grid(), k, &mut job.importance_start()).map_err(ExecuteError::new)?;
    let rate = match weights {
        Some(_) => section.learning_rate,
        None => pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
    };
    exact::fit(job, updates, weights, gate, (rate, section.schedule))
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    Finding::positive(
        "ste.learning_rate",
        experiment.section::<SteSection>().learning_rate,
    )
}
