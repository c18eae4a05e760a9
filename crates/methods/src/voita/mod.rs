//! Hard concrete gates under an L0 penalty (Voita et al. 2019): with the weights from their start (joint, as the paper's
//! program does), or from the converged dense model (pipelined, as Voita et al. do).

mod search;

use baselines::{EvaluationGate, HardConcrete, HardConcreteGate, L0Penalty, PenaltyScale, open_heads};
use experiment::{
    Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, Switch, TaskName, json, without,
};
use heads::HeadMask;
use records::Measured;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as json_value};

use crate::dense::{DENSE, weight_rate};
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::pipelined::{self, PipelinedSection};
use crate::progress::Progress;
use crate::task::{Answers, Candidate, Fit, GateFit, Gates, Rate, Task};

/// Hard concrete gates under an L0 penalty (Voita et al. 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VoitaSection {
    /// `sweep`: one run for each of `lambdas`; `search`: each number of heads of the sweep is searched for.
    pub mode: VoitaMode,
    /// Factors of the penalty: the larger, the fewer heads stay open.
    pub lambdas: Vec<f64>,
    /// Factors for `voita-pipelined`; empty: the same.
    pub pipelined_lambdas: Vec<f64>,
    /// Trainings that a search may take.
    pub search_runs: usize,
    /// Smallest and largest factor of a search, which bisects the logarithm between them.
    pub search_between: (f64, f64),
    /// Learning rate of log alpha.
    pub learning_rate: f64,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
    /// Learning rate of the weights from the dense model on, for `voita-pipelined`; linear to 0, no warm-up.
    pub pipelined_learning_rate: f64,
    /// Whether the probabilities of open gates are summed over all heads, or averaged over layers.
    pub penalty: PenaltyName,
    /// Whether the evaluation gate divides log alpha by the temperature 0.33, as the training gate does. It moves what is
    /// measured under soft gates only: the heads above 1/2 are the same.
    pub evaluation_beta: bool,
    /// Keep the heads whose evaluation gate is above 1/2, or force a number of heads of the sweep.
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
    /// Over all heads (the released program).
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
    /// Those of the largest log alpha: as many as searched for or, in a sweep over factors, the number of heads of the
    /// sweep that is nearest to what the threshold gives.
    Forced,
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
    const SWITCHES: &'static [Switch] = &[
        Switch {
            key: "voita.evaluation_beta",
            task: None,
            released: "false",
            paper: "true",
            reason: "evaluation gate: sigmoid(log alpha) in the program, against the training gate of Voita et al. without its noise",
        },
        Switch {
            key: "voita.penalty",
            task: None,
            released: "\"sum\"",
            paper: "\"mean\"",
            reason: "L0 penalty: summed over all heads in the program, averaged over layers in that of Voita et al.",
        },
    ];

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
    points: |experiment| points(experiment, JOINT.name),
    check,
    measures: true,
    run,
};

/// From the converged dense model; its weights are trained further, as Voita et al. do.
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
            value: |experiment| decisive(experiment, PIPELINED.name),
        },
    ],
    starts_from: Some(&DENSE),
    points: |experiment| points(experiment, PIPELINED.name),
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
    if method == PIPELINED.name && !section.pipelined_lambdas.is_empty() {
        section.pipelined_lambdas
    } else {
        section.lambdas
    }
}

/// Which other factors there are does not matter to a run, nor do the settings of the other mode.
fn decisive(experiment: &Experiment, method: &str) -> Value {
    let section: VoitaSection = experiment.section();
    let mut value = without(json(&section), &["lambdas", "pipelined_lambdas"]);
    if section.mode == VoitaMode::Sweep {
        value = without(value, &["search_runs", "search_between"]);
        if section.mask == VoitaMask::Forced {
            value["heads"] = json_value!(experiment.heads_of(method));
        }
    }
    value
}

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let Some(lambda) = job.point.lambda else {
        return search::run(job, task, progress);
    };
    let log_alpha = train(job, task, progress, lambda, job.folder)?;
    task.save()?;
    let open = open_heads(&log_alpha, &HardConcrete::default());
    let (mask, forced) = match job.experiment.section::<VoitaSection>().mask {
        VoitaMask::Threshold => (open, None),
        VoitaMask::Forced => {
            let wanted = job.experiment.heads_of(job.method.name);
            let nearest = wanted
                .iter()
                .copied()
                .min_by_key(|k| (k.abs_diff(open.kept()), *k));
            let k = nearest.unwrap_or(open.kept());
            (
                HeadMask::top_k(&log_alpha, k).map_err(ExecuteError::new)?,
                Some(k),
            )
        }
    };
    let variant = format!("lambda={lambda}");
    measure(job, task, progress, &log_alpha, mask, (&variant, forced))
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
    let (weights, updates) = if job.method.starts_from.is_some() {
        task.take_saved(job.base(DENSE.name)?)?;
        let rate = Rate::at_once(section.pipelined_learning_rate, ScheduleName::Linear);
        (rate, pipelined::updates(job, task))
    } else {
        task.take_fresh()?;
        (weight_rate(job), job.updates(task))
    };
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
        weights: Some(weights),
        gate: Some(GateFit {
            gate: Box::new(gate),
            rate: Rate::of_gate(section.learning_rate, section.schedule, weights),
            choose: Box::new(move |log_alpha| Ok(open_heads(log_alpha, &shape))),
        }),
        folder: folder.to_owned(),
    };
    Ok(task.train(fit, progress)?.parameters)
}

/// Accuracy of the heads kept and, beside it, under the values of the evaluation gates.
pub(crate) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    log_alpha: &[f64],
    mask: HeadMask,
    (variant, k_target): (&str, Option<usize>),
) -> Result<Measured, ExecuteError> {
    let shape = HardConcrete::default();
    let (evaluation, signature) = if job.experiment.section::<VoitaSection>().evaluation_beta {
        (EvaluationGate::WithTemperature, "evaluation gate with beta")
    } else {
        (EvaluationGate::WithoutTemperature, "evaluation gate without beta")
    };
    let values = log_alpha
        .iter()
        .map(|&log_alpha| shape.evaluation_gate(log_alpha, evaluation))
        .collect();
    let kept = mask.kept();
    let candidate = |gates| Candidate {
        variant: variant.to_owned(),
        k_target,
        gates,
        answers: Answers::Stored,
    };
    let soft = Gates::Soft {
        values,
        signature: signature.to_owned(),
    };
    let mut measured = task.measure(&[candidate(Gates::Hard(mask)), candidate(soft)], progress)?;
    measured.train_updates = match job.method.starts_from {
        Some(_) => pipelined::updates(job, task),
        None => job.updates(task),
    };
    if kept == 0 {
        let warning = "the penalty closed every head: attention adds its output bias and nothing else";
        measured.warnings.push(warning.to_owned());
    }
    Ok(measured)
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let section: VoitaSection = experiment.section();
    Finding::positive("voita.learning_rate", section.learning_rate)?;
    match section.mode {
        VoitaMode::Sweep => {
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
