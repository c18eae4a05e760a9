//! Training trajectories: the loop is driven with the recorded batches and draws and compared at every update.

use std::path::Path;

use models::{Parameters, TensorOptions};
use train::{
    AdamConfig, Course, DecayOrder, GateTraining, LearningRate, Trainer, TrainerConfig, UpdateRecord,
};

use super::compare::{rounding, step_tolerance};
use super::end::EndCheck;
use super::evaluation::Evaluator;
use super::method::Method;
use super::recording::{Hyper, Scheduled, Step, TrajectoryFile, batches, model, parse};
use crate::numbers::flat;
use crate::pull_back::PullBack;
use crate::replay::Replay;
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

pub(super) fn check(
    text: &str,
    path: &Path,
    set: &Path,
    method: Method,
    options: &TensorOptions,
) -> Result<Verdict, VerifyError> {
    let file: TrajectoryFile = parse(text, path)?;
    let model = model(set, &file.initial.weights, options)?;
    let tensors = Tensors::read(&set.join(&file.batches))?;
    let train_batches = batches(&tensors, "train.", options)?;
    let hyper = &file.hyper;
    let gate = method
        .gate(&file, model.grid())
        .map_err(|reason| VerifyError::malformed(path, reason))?;
    let rate = linear(hyper.lr_gates.unwrap_or(0.0), hyper);
    let gate = GateTraining::new(gate, adam(hyper), rate);
    let mut trainer = Trainer::new(&model, Some(gate), config(hyper), options.clone());

    let mut tally = Tally::default();
    tally.case();
    let steps = &file.float64.steps;
    tally.equal("number of updates", &file.schedule.len(), &steps.len());
    for (n, (scheduled, step)) in file.schedule.iter().zip(steps).enumerate() {
        let batch = train_batches
            .get(scheduled.batch)
            .ok_or_else(|| VerifyError::malformed(path, format!("update {n} names no recorded batch")))?;
        let mut noise = Replay(scheduled.u.as_deref().map(flat).unwrap_or_default());
        let record = trainer
            .step_with_noise(batch, &mut noise)
            .map_err(|error| VerifyError::malformed(path, error))?;
        let pulled = pull_back(method, hyper, scheduled, step);
        if let Some(pulled) = &pulled {
            pulled.alone(&mut tally, &format!("update {n} w_grad alone"));
        }
        for (field, got, want) in compared(&record, step, method) {
            let spread = file.spread.get(field).and_then(|spread| spread.get(n));
            let spread = spread.copied().unwrap_or(0.0);
            let tolerance = step_tolerance(options.precision, method, field, &want, spread);
            let rounding = pulled
                .as_ref()
                .map_or(0.0, |pulled| rounding(pulled, field, step));
            tally.close(&format!("update {n} {field}"), got, &want, tolerance + rounding);
        }
        if let (Some(tau), Some(want)) = (record.temperature, scheduled.tau) {
            tally.number(&format!("update {n} tau"), tau, want, 1e-13 * want);
        }
    }
    let eval = batches(&tensors, "eval.", options)?;
    let model = trainer.model().plain();
    let end = EndCheck {
        file: &file,
        method,
        evaluator: Evaluator {
            model: &model,
            batches: &eval,
            options,
        },
    };
    if let Some(gate) = trainer.gate() {
        end.run(&mut tally, gate);
    }
    Ok(tally.verdict())
}

/// The pull-back of one update through the relaxed choice, as it is recorded; none where the method makes no such choice.
fn pull_back(method: Method, hyper: &Hyper, scheduled: &Scheduled, step: &Step) -> Option<PullBack> {
    if method != Method::SubsetPruning {
        return None;
    }
    Some(PullBack {
        importances: flat(step.importances.as_deref()?),
        draws: flat(scheduled.u.as_deref()?),
        k: hyper.k?,
        tau: scheduled.tau?,
        gate_gradient: flat(&step.gate_grad),
        gradient: flat(step.importance_gradient.as_deref()?),
    })
}

/// The recorded fields of one update, ours and the recorded numbers.
fn compared<'a>(
    record: &'a UpdateRecord,
    step: &Step,
    method: Method,
) -> Vec<(&'static str, &'a [f64], Vec<f64>)> {
    let one = |number: &'a f64| std::slice::from_ref(number);
    let mut fields: Vec<(&'static str, &'a [f64], Vec<f64>)> = vec![
        ("loss", one(&record.loss), vec![step.loss]),
        ("gates", &record.gates, flat(&step.gates)),
        ("gate_grad", &record.gate_gradient, flat(&step.gate_grad)),
        ("grad_norm", one(&record.gradient_norm), vec![step.grad_norm]),
        ("clip_coef", one(&record.clip), vec![step.clip_coef]),
    ];
    // Where a method has importances and none are recorded, no numbers are compared with ours, which is a mismatch.
    let recorded = |rows: &Option<Vec<Vec<f64>>>| rows.as_deref().map(flat).unwrap_or_default();
    let (name, name_of_gradient) = method.importances();
    fields.push((name, &record.parameters, recorded(&step.importances)));
    fields.push((
        name_of_gradient,
        &record.parameter_gradient,
        recorded(&step.importance_gradient),
    ));
    if method == Method::HardConcrete {
        let penalty = step.penalty.into_iter().collect();
        fields.push(("penalty", one(&record.penalty), penalty));
    }
    fields
}

fn config(hyper: &Hyper) -> TrainerConfig {
    TrainerConfig {
        weights: hyper.lr_model.map(|rate| (adam(hyper), linear(rate, hyper))),
        clip: hyper.max_grad_norm,
        clip_gates: true,
        seed: 0,
    }
}

fn adam(hyper: &Hyper) -> AdamConfig {
    AdamConfig {
        betas: hyper.betas,
        epsilon: hyper.epsilon,
        weight_decay: hyper.weight_decay,
        decay_order: DecayOrder::AfterStep,
    }
}

fn linear(peak: f64, hyper: &Hyper) -> LearningRate {
    LearningRate {
        peak,
        course: Course::Linear,
        warmup: hyper.warmup,
        total: hyper.updates,
    }
}

#[cfg(test)]
mod tests;
