//! SIMPLE (Ahmed et al. 2023, arXiv 2210.01941): an exact sample of K heads forwards, the derivative of the exact marginals
//! backwards; no temperature, and every update trains a subset of exactly K heads.

use baselines::SimpleGate;
use experiment::{Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, TaskName, json};
use serde::{Deserialize, Serialize};

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
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
}

impl Default for SimpleSection {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
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
    value: |experiment| json(&experiment.section::<SimpleSection>()),
};

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
    decisive: &[PipelinedSection::PART, Part::SELECT, SIMPLE],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "simple-pipelined"),
    check: |experiment| check(experiment).and_then(|()| pipelined::check(experiment)),
    measures: true,
    run: |job, task, progress| exact::pipelined(job, task, progress, fit),
};

fn fit(job: &Job<'_>, task: &dyn Task, updates: usize, weights: Option<Rate>) -> Result<Fit, ExecuteError> {
    let (section, k) = (job.experiment.section::<SimpleSection>(), job.k()?);
    let gate = SimpleGate::xavier(task.grid(), k, &mut job.importance_start()).map_err(ExecuteError::new)?;
    exact::fit(
        job,
        updates,
        weights,
        gate,
        (section.learning_rate, section.schedule),
    )
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    Finding::positive(
        "simple.learning_rate",
        experiment.section::<SimpleSection>().learning_rate,
    )
}
