//! Methods of exactly K heads whose only settings are the rates of their importances: their section, and the two trainings, with
//! the weights from their start or on the frozen dense model.

use std::fmt;
use std::marker::PhantomData;

use experiment::{
    Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, TaskName, json, without,
};
use heads::{GateError, HeadGate, HeadGrid, UniformStream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::exact;
use crate::method::{Job, Method};
use crate::pipelined::{self, PipelinedSection};
use crate::task::{Fit, Rate, Task};

/// A gate of exactly K heads that learns one importance a head, and what its methods are called.
pub trait LearnedGate: fmt::Debug + Clone + PartialEq + Default + Send + Sync + 'static {
    /// Name of its section.
    const SECTION: &'static str;
    /// Name of the method that trains it with the weights.
    const JOINT: &'static str;
    /// Name of the method that trains it on the frozen dense model.
    const PIPELINED: &'static str;
    /// The gate.
    type Gate: HeadGate + 'static;

    /// The gate of `k` heads at its start.
    ///
    /// # Errors
    /// There are no such subsets.
    fn start(grid: &HeadGrid, k: usize, noise: &mut dyn UniformStream) -> Result<Self::Gate, GateError>;
}

/// The rates of importances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, bound = "")]
pub struct RateSection<G: LearnedGate> {
    /// Learning rate of the importances w.
    pub learning_rate: f64,
    /// The same on the frozen dense model; `learning_rate` if left out.
    pub pipelined_learning_rate: Option<f64>,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
    #[serde(skip)]
    gate: PhantomData<G>,
}

impl<G: LearnedGate> Default for RateSection<G> {
    fn default() -> Self {
        Self {
            learning_rate: 0.5,
            pipelined_learning_rate: None,
            schedule: ScheduleName::Linear,
            gate: PhantomData,
        }
    }
}

impl<G: LearnedGate> Section for RateSection<G> {
    const NAME: &'static str = G::SECTION;

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "learning_rate = 0.2\nschedule = \"constant\"\n",
        }
    }
}

impl<G: LearnedGate> RateSection<G> {
    const OF_JOINT: &'static [Part] = &[
        Part::DATA,
        Part::MODEL,
        Part::TRAIN,
        Part::SELECT,
        Part {
            name: G::SECTION,
            value: |experiment| experiment.section::<Self>().decisive(),
        },
    ];
    const OF_PIPELINED: &'static [Part] = &[
        PipelinedSection::PART,
        Part::SELECT,
        Part {
            name: G::SECTION,
            value: |experiment| {
                let section: Self = experiment.section();
                Self {
                    learning_rate: pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
                    ..section
                }
                .decisive()
            },
        },
    ];

    /// Weights and importances trained together.
    pub(crate) const JOINT: Method = Method {
        name: G::JOINT,
        sections: &[SectionType::of::<Self>()],
        decisive: Self::OF_JOINT,
        starts_from: None,
        same_heads: false,
        points: |experiment| Point::heads(experiment, G::JOINT),
        check: check::<G>,
        measures: true,
        run: |job, task, progress| exact::joint(job, task, progress, fit::<G>),
    };

    /// Importances trained on the frozen dense model, dropout on.
    pub(crate) const PIPELINED: Method = Method {
        name: G::PIPELINED,
        sections: &[SectionType::of::<Self>(), SectionType::of::<PipelinedSection>()],
        decisive: Self::OF_PIPELINED,
        starts_from: Some(&DENSE),
        same_heads: false,
        points: |experiment| Point::heads(experiment, G::PIPELINED),
        check: |experiment| {
            check::<G>(experiment)?;
            let own = experiment.section::<Self>().pipelined_learning_rate;
            pipelined::check_rate(&format!("{}.pipelined_learning_rate", G::SECTION), own)?;
            pipelined::check(experiment)
        },
        measures: true,
        run: |job, task, progress| exact::pipelined(job, task, progress, fit::<G>),
    };

    /// Everything but the rate of the other kind of training.
    fn decisive(&self) -> Value {
        without(json(self), &["pipelined_learning_rate"])
    }
}

fn fit<G: LearnedGate>(
    job: &Job<'_>,
    task: &dyn Task,
    updates: usize,
    weights: Option<Rate>,
) -> Result<Fit, ExecuteError> {
    let (section, k) = (job.experiment.section::<RateSection<G>>(), job.k()?);
    let gate = G::start(task.grid(), k, &mut job.importance_start()).map_err(ExecuteError::new)?;
    let rate = match weights {
        Some(_) => section.learning_rate,
        None => pipelined::rate(section.learning_rate, section.pipelined_learning_rate),
    };
    exact::fit(job, updates, weights, gate, (rate, section.schedule))
}

fn check<G: LearnedGate>(experiment: &Experiment) -> Result<(), Finding> {
    let rate = experiment.section::<RateSection<G>>().learning_rate;
    Finding::positive(&format!("{}.learning_rate", G::SECTION), rate)
}
