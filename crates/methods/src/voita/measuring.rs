//! What is measured of a training of hard concrete gates: the heads that the threshold keeps, forced numbers of heads, and the
//! values of the gates.

use baselines::{EvaluationGate, HardConcrete, open_heads};
use heads::HeadMask;
use records::{FORCED, Measured};

use super::{FINETUNED, VoitaSection};
use crate::error::ExecuteError;
use crate::method::Job;
use crate::pipelined;
use crate::progress::Progress;
use crate::task::{Answers, Candidate, Gates, Role, Task};

/// What is measured of a training.
pub(super) struct Measuring<'a> {
    /// Of the rows of what the threshold keeps.
    pub(super) variant: &'a str,
    /// Heads searched for.
    pub(super) k_target: Option<usize>,
    /// Whether the heads that the threshold keeps are measured.
    pub(super) threshold: bool,
    /// Numbers of heads that are forced.
    pub(super) forced: &'a [usize],
}

/// What the model is worth under the heads that the threshold keeps and under forced numbers of heads, and beside it under
/// the values of the evaluation gates.
pub(super) fn measure(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    log_alpha: &[f64],
    measuring: &Measuring<'_>,
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
    let soft = Gates::Soft {
        values,
        signature: signature.to_owned(),
    };
    let Measuring {
        variant,
        k_target,
        threshold,
        forced,
    } = *measuring;
    let open = open_heads(log_alpha, &shape);
    let kept = open.kept();
    let candidate = |variant: &str, k_target, gates, role| Candidate {
        variant: variant.to_owned(),
        k_target,
        gates,
        answers: Answers::Stored,
        role,
    };
    let mut candidates = Vec::new();
    if threshold {
        candidates.push(candidate(variant, k_target, Gates::Hard(open), Role::Choice));
    }
    let name = match variant {
        "" => FORCED.to_owned(),
        variant => format!("{FORCED} {variant}"),
    };
    for &k in forced {
        let mask = HeadMask::top_k(log_alpha, k).map_err(ExecuteError::new)?;
        let (name, role) = match threshold {
            true => (name.as_str(), Role::Alternative),
            false => (variant, Role::Choice),
        };
        candidates.push(candidate(name, Some(k), Gates::Hard(mask), role));
    }
    candidates.push(candidate(variant, k_target, soft, Role::Choice));
    let mut measured = task.measure(&candidates, progress)?;
    measured.train_updates = match (job.method.starts_from, job.method.name == FINETUNED.name) {
        (None, _) => job.updates(task),
        (Some(_), true) => pipelined::updates(job, task),
        (Some(_), false) => 0,
    };
    measured.scores = Some(log_alpha.to_vec());
    if kept == 0 {
        let warning = "the penalty closed every head: attention adds its output bias and nothing else";
        measured.warnings.push(warning.to_owned());
    }
    Ok(measured)
}
