//! Hard concrete gates under an L0 penalty (Voita et al. 2019): with the weights from their start (joint, as the program of
//! the paper on subset pruning), on the frozen dense model (pipelined, as that program too), or with its weights trained
//! further (as Voita et al. do).

mod measuring;
mod search;

use baselines::{HardConcrete, HardConcreteGate, L0Penalty, PenaltyScale, open_heads};
use experiment::{
    Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, TaskName, json, without,
};
use records::{LAMBDA, Measured};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as json_value};

use self::measuring::{Measuring, measure};
use crate::dense::{DENSE, weight_rate};
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::pipelined::{self, PipelinedSection};
use crate::progress::Progress;
use crate::task::{Fit, GateFit, Rate, Task};

/// Hard concrete gates under an L0 penalty (Voita et al. 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VoitaSection {
    /// `sweep`: one run for each of `lambdas`; `search`: each number of heads of the sweep is searched for.
    pub mode: VoitaMode,
    /// Factors of the penalty: the larger, the fewer heads stay open.
    pub lambdas: Vec<f64>,
    /// Factors for `voita-pipelined` and `voita-finetuned`; empty: the same.
    pub pipelined_lambdas: Vec<f64>,
    /// Trainings that a search may take.
    pub search_runs: usize,
    /// Smallest and largest factor of a search, which bisects the logarithm between them.
    pub search_between: (f64, f64),
    /// Learning rate of log alpha.
    pub learning_rate: f64,
    /// The same from the dense model on, for `voita-pipelined` and `voita-finetuned`; `learning_rate` if left out.
    pub pipelined_gate_learning_rate: Option<f64>,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
    /// Learning rate of the weights from the dense model on, for `voita-finetuned`; linear to 0, no warm-up.
    pub pipelined_learning_rate: f64,
    /// Whether the probabilities of open gates are summed over all heads (the objective of Voita et al.), or averaged over
    /// layers (their program).
    pub penalty: PenaltyName,
    /// Whether the evaluation gate divides log alpha by the temperature 0.33, as the training gate does. It moves what is
    /// measured under soft gates only: the heads above 1/2 are the same.
    pub evaluation_beta: bool,
    /// Keep the heads whose evaluation gate is above 1/2, force a number of heads, or measure both.
    pub mask: VoitaMask,
}

/// How numbers of heads are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoitaMode {
    /// The factors are given, the numbers of heads are what comes out.
    Sweep,
    /// The numbers of heads are given, the factors are searched for.
    Search,
}

/// How the penalty is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyName {
    /// Over all heads (the objective of Voita et al., and the released program).
    Sum,
    /// Over the heads of a layer, then the mean over layers (the program of Voita et al.).
    Mean,
}

/// Which heads are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoitaMask {
    /// Those whose evaluation gate is above 1/2.
    Threshold,
    /// Those of the largest log alpha, as many as searched for; in a sweep over factors nothing says how many.
    Forced,
    /// Both: what the threshold keeps, and forced numbers of heads: that searched for or, in a sweep over factors, each of the
    /// sweep. A report takes for each number the factor whose own number is nearest.
    Both,
}

impl Default for VoitaSection {
    fn default() -> Self {
        Self {
            mode: VoitaMode::Sweep,
            lambdas: vec![0.0015],
            pipelined_lambdas: Vec::new(),
            search_runs: 6,
            search_between: (1e-5, 1.0),
            learning_rate: 0.1,
            pipelined_gate_learning_rate: None,
            schedule: ScheduleName::Linear,
            pipelined_learning_rate: 2e-5,
            penalty: PenaltyName::Sum,
            evaluation_beta: false,
            mask: VoitaMask::Threshold,
        }
    }
}

impl Section for VoitaSection {
    const NAME: &'static str = "voita";
    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => {
                "learning_rate = 5e-4\nschedule = \"as-weights\"\nlambdas = [200.0]\npipelined_learning_rate = 5e-4\n\
                 search_between = [1.0, 1e5]\n"
            }
        }
    }
}

/// From the start of the weights.
pub(crate) static JOINT: Method = Method {
    name: "voita",
    sections: &[SectionType::of::<VoitaSection>()],
    decisive: &[
        Part::DATA,
        Part::MODEL,
        Part::TRAIN,
        Part::SELECT,
        Part {
            name: "voita",
            value: |experiment| without(decisive(experiment, JOINT.name), &["pipelined_learning_rate"]),
        },
    ],
    starts_from: None,
    same_heads: false,
    points: |experiment| points(experiment, JOINT.name),
    check,
    measures: true,
    run,
};

/// On the dense model, whose weights are frozen, dropout on.
pub(crate) static PIPELINED: Method = Method {
    name: "voita-pipelined",
    sections: &[
        SectionType::of::<VoitaSection>(),
        SectionType::of::<PipelinedSection>(),
    ],
    decisive: &[
        PipelinedSection::PART,
        Part::SELECT,
        Part {
            name: "voita",
            value: |experiment| without(decisive(experiment, PIPELINED.name), &["pipelined_learning_rate"]),
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| points(experiment, PIPELINED.name),
    check: |experiment| check(experiment).and_then(|()| pipelined::check(experiment)),
    measures: true,
    run,
};

/// From the converged dense model, whose weights are trained further, as Voita et al. do.
pub(crate) static FINETUNED: Method = Method {
    name: "voita-finetuned",
    sections: &[
        SectionType::of::<VoitaSection>(),
        SectionType::of::<PipelinedSection>(),
    ],
    decisive: &[
        PipelinedSection::PART,
        Part::SELECT,
        Part {
            name: "voita",
            value: |experiment| decisive(experiment, FINETUNED.name),
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| points(experiment, FINETUNED.name),
    check: |experiment| {
        check(experiment)?;
        let rate = experiment.section::<VoitaSection>().pipelined_learning_rate;
        Finding::positive("voita.pipelined_learning_rate", rate)?;
        pipelined::check(experiment)
    },
    measures: true,
    run,
};

fn points(experiment: &Experiment, method: &str) -> Vec<Point> {
    match experiment.section::<VoitaSection>().mode {
        VoitaMode::Search => Point::heads(experiment, method),
        VoitaMode::Sweep => lambdas(experiment, method)
            .into_iter()
            .map(|lambda| Point {
                lambda: Some(lambda),
                ..Point::default()
            })
            .collect(),
    }
}

fn lambdas(experiment: &Experiment, method: &str) -> Vec<f64> {
    let section: VoitaSection = experiment.section();
    if method != JOINT.name && !section.pipelined_lambdas.is_empty() {
        section.pipelined_lambdas
    } else {
        section.lambdas
    }
}

/// Which other factors there are does not matter to a run, nor do the settings of the other mode and of other trainings.
fn decisive(experiment: &Experiment, method: &str) -> Value {
    let section: VoitaSection = experiment.section();
    let section = VoitaSection {
        learning_rate: gate_rate(&section, method),
        ..section
    };
    let foreign = ["lambdas", "pipelined_lambdas", "pipelined_gate_learning_rate"];
    let mut value = without(json(&section), &foreign);
    if section.mode == VoitaMode::Sweep {
        value = without(value, &["search_runs", "search_between"]);
        if section.mask == VoitaMask::Both {
            value["heads"] = json_value!(experiment.heads_of(method));
        }
    }
    value
}

/// Learning rate of log alpha in a training of this method.
fn gate_rate(section: &VoitaSection, method: &str) -> f64 {
    match method == JOINT.name {
        true => section.learning_rate,
        false => pipelined::rate(section.learning_rate, section.pipelined_gate_learning_rate),
    }
}

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let Some(lambda) = job.point.lambda else {
        return search::run(job, task, progress);
    };
    let log_alpha = train(job, task, progress, lambda, job.folder)?;
    if job.method.name != PIPELINED.name {
        task.save()?;
    }
    let forced = match job.experiment.section::<VoitaSection>().mask {
        VoitaMask::Both => job.experiment.heads_of(job.method.name),
        VoitaMask::Threshold | VoitaMask::Forced => &[],
    };
    let measuring = Measuring {
        variant: &format!("{LAMBDA}{lambda}"),
        k_target: None,
        threshold: true,
        forced,
    };
    measure(job, task, progress, &log_alpha, &measuring)
}

/// Trains the model from the method's start and gives log alpha.
pub(crate) fn train(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    lambda: f64,
    folder: &std::path::Path,
) -> Result<Vec<f64>, ExecuteError> {
    let section: VoitaSection = job.experiment.section();
    let further = Rate::at_once(section.pipelined_learning_rate, ScheduleName::Linear);
    let (weights, updates) = match job.method.starts_from {
        None => {
            task.take_fresh()?;
            (Some(weight_rate(job)), job.updates(task))
        }
        Some(_) => {
            task.take_saved(job.base(DENSE.name)?)?;
            let weights = (job.method.name == FINETUNED.name).then_some(further);
            (weights, pipelined::updates(job, task))
        }
    };
    // Where the weights are frozen there is still the rate that they had.
    let followed = weights.unwrap_or_else(|| weight_rate(job));
    let scale = match section.penalty {
        PenaltyName::Sum => PenaltyScale::Sum,
        PenaltyName::Mean => PenaltyScale::MeanOverRows,
    };
    let shape = HardConcrete::default();
    let penalty = L0Penalty { lambda, scale };
    let gate = HardConcreteGate::xavier(task.grid(), shape, penalty, &mut job.importance_start())
        .map_err(ExecuteError::new)?;
    let fit = Fit {
        updates,
        weights,
        gate: Some(GateFit {
            gate: Box::new(gate),
            rate: Rate::of_gate(gate_rate(&section, job.method.name), section.schedule, followed),
            choose: Box::new(move |log_alpha| Ok(open_heads(log_alpha, &shape))),
        }),
        folder: folder.to_owned(),
    };
    Ok(task.train(fit, progress)?.parameters)
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let section: VoitaSection = experiment.section();
    Finding::positive("voita.learning_rate", section.learning_rate)?;
    let of_pipelined = section.pipelined_gate_learning_rate;
    pipelined::check_rate("voita.pipelined_gate_learning_rate", of_pipelined)?;
    match section.mode {
        VoitaMode::Sweep => {
            if section.mask == VoitaMask::Forced {
                let message = "is \"forced\", but a sweep over factors asks for no number of heads";
                return Err(Finding::new("voita.mask", message).hint(
                    "\"both\" measures what the threshold keeps and every number of heads of the sweep",
                ));
            }
            Finding::factors("voita.lambdas", &section.lambdas)?;
            if section.pipelined_lambdas.is_empty() {
                return Ok(());
            }
            Finding::factors("voita.pipelined_lambdas", &section.pipelined_lambdas)
        }
        VoitaMode::Search => {
            let (low, high) = section.search_between;
            Finding::positive("voita.search_between.0", low)?;
            Finding::positive("voita.search_between.1", high)?;
            if low >= high {
                let message = format!("goes from {low} to {high}; name the smaller factor first");
                return Err(Finding::new("voita.search_between", message));
            }
            Finding::at_least_one("voita.search_runs", section.search_runs)
        }
    }
}
