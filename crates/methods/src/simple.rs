//! SIMPLE (Ahmed et al. 2023, arXiv 2210.01941): an exact sample of K heads forwards, the derivative of the exact marginals
//! backwards; no temperature, and every update trains a subset of exactly K heads.

use baselines::SimpleGate;
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

/// SIMPLE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimpleSection {
    /// Learning rate of the importances w.
    pub learning_rate: f64,
    /// The same on the frozen dense model; `learning_rate` if left out.
    pub pipelined_learning_rate: Option<f64>,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
}

impl Default for SimpleSection {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
            pipelined_learning_rate: None,
            schedule: ScheduleName::Linear,
        }
    }
}

impl Section for SimpleSection {
    const NAME: &'static str = "simple";

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "learning_rate = 0.2\nschedule = \"constant\"\n",
        }
    }
}

const SIMPLE: Part = Part {
    name: "simple",
    value: |experiment| decisive(experiment.section()),
};

const SIMPLE_PIPELINED: Part = Part {
    name: "simple",
    value: |experiment| {
        let section: SimpleSection = experiment.section();
        decisive(SimpleSection {
            learning_rate: pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
            ..section
        })
    },
};

/// Everything but the rate of the other kind of training.
fn decisive(section: SimpleSection) -> Value {
    without(json(&section), &["pipelined_learning_rate"])
}

/// Weights and importances trained together.
pub(crate) static JOINT: Method = Method {
    name: "simple-joint",
    sections: &[SectionType::of::<SimpleSection>()],
    decisive: &[Part::DATA, Part::MODEL, Part::TRAIN, Part::SELECT, SIMPLE],
    starts_from: None,
    same_heads: false,
    points: |experiment| Point::heads(experiment, "simple-joint"),
    check,
    measures: true,
    run: |job, task, progress| exact::joint(job, task, progress, fit),
};

/// Importances trained on the frozen dense model, dropout on.
pub(crate) static PIPELINED: Method = Method {
    name: "simple-pipelined",
    sections: &[
        SectionType::of::<SimpleSection>(),
        SectionType::of::<PipelinedSection>(),
    ],
    decisive: &[PipelinedSection::PART, Part::SELECT, SIMPLE_PIPELINED],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "simple-pipelined"),
    check: |experiment| {
        check(experiment)?;
        let own = experiment.section::<SimpleSection>().pipelined_learning_rate;
        pipelined::check_rate("simple.pipelined_learning_rate", own)?;
        pipelined::check(experiment)
    },
    measures: true,
    run: |job, task, progress| exact::pipelined(job, task, progress, fit),
};

fn fit(job: &Job<'_>, task: &dyn Task, updates: usize, weights: Option<Rate>) -> Result<Fit, ExecuteError> {
    let (section, k) = (job.experiment.section::<SimpleSection>(), job.k()?);
    let gate = SimpleGate::xavier(task.grid(), k, &mut job.importance_start()).map_err(ExecuteError::new)?;
    let rate = match weights {
        Some(_) => section.learning_rate,
        None => pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
    };
    exact::fit(job, updates, weights, gate, (rate, section.schedule))
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    Finding::positive(
        "simple.learning_rate",
        experiment.section::<SimpleSection>().learning_rate,
    )
}
