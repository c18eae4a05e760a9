//! Training trajectories: the loop is driven with the recorded batches and draws and compared at every update.

use std::path::Path;

use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{GateError, HeadGate, UniformStream};
use models::bert::{BertClassifier, TokenBatch};
use models::{Layout, Parameter, Parameters, Precision, TensorOptions, cross_entropy};
use train::{AdamConfig, Course, DecayOrder, GateTraining, LearningRate, Trainer, TrainerConfig};

use super::compare::{final_tolerance, flat, is_key_bias, l2, numbers, step_tolerance};
use super::recording::{End, Hyper, Step, TrajectoryFile, batches, model, parse};
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

/// Draws from a record.
struct Replay(Vec<f64>);

impl UniformStream for Replay {
    fn fill(&mut self, draws: &mut [f64]) {
        // A record of another length leaves NaN, which no comparison passes.
        draws.fill(f64::NAN);
        for (draw, recorded) in draws.iter_mut().zip(&self.0) {
            *draw = *recorded;
        }
    }
}

/// Every gate 1 and nothing to learn: dense training with the gates' derivatives looked at.
struct Open(Vec<f64>);

impl HeadGate for Open {
    fn total(&self) -> usize {
        self.0.len()
    }
    fn set_update(&mut self, _: u64) {}
    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        &self.0
    }
    fn pull_back(&mut self, _: &[f64]) -> Result<(), GateError> {
        Ok(())
    }
    fn parameters(&self) -> &[f64] {
        &[]
    }
    fn parameters_mut(&mut self) -> &mut [f64] {
        &mut []
    }
    fn gradient(&self) -> &[f64] {
        &[]
    }
}

pub(super) fn check(
    text: &str,
    path: &Path,
    set: &Path,
    options: &TensorOptions,
) -> Result<Verdict, VerifyError> {
    let file: TrajectoryFile = parse(text, path)?;
    let model = model(set, &file.initial.weights, options)?;
    let tensors = Tensors::read(&set.join(&file.batches))?;
    let train_batches = batches(&tensors, "train.", options)?;
    let gate = gate(&file, model.grid().total()).map_err(|reason| VerifyError::malformed(path, reason))?;
    let hyper = &file.hyper;
    let mut trainer = Trainer::new(&model, Some(gate), config(hyper), options.clone());

    let mut tally = Tally::default();
    tally.case();
    let precision = options.precision;
    for (n, (scheduled, step)) in file.schedule.iter().zip(&file.float64.steps).enumerate() {
        let batch = train_batches
            .get(scheduled.batch)
            .ok_or_else(|| VerifyError::malformed(path, format!("update {n} names no recorded batch")))?;
        let mut noise = Replay(scheduled.u.as_deref().map(flat).unwrap_or_default());
        let record = trainer
            .step_with_noise(batch, &mut noise)
            .map_err(|error| VerifyError::malformed(path, error))?;
        let mut compare = |field: &str, got: &[f64], want: &[f64]| {
            let spread = file
                .spread
                .get(field)
                .and_then(|spread| spread.get(n))
                .copied()
                .unwrap_or(0.0);
            let tolerance = step_tolerance(precision, field, want, spread);
            tally.close(&format!("update {n} {field}"), got, want, tolerance);
        };
        let Step {
            loss,
            gates,
            gate_grad,
            w,
            w_grad,
            grad_norm,
            clip_coef,
        } = step;
        compare("loss", &[record.loss], &[*loss]);
        compare("gates", &record.gates, &flat(gates));
        compare("gate_grad", &record.gate_gradient, &flat(gate_grad));
        compare("grad_norm", &[record.gradient_norm], &[*grad_norm]);
        compare("clip_coef", &[record.clip], &[*clip_coef]);
        if let (Some(w), Some(w_grad)) = (w, w_grad) {
            compare("w", &record.importances, &flat(w));
            compare("w_grad", &record.importance_gradient, &flat(w_grad));
        }
        if let (Some(tau), Some(want)) = (record.temperature, scheduled.tau) {
            tally.number(&format!("update {n} tau"), tau, want, 1e-13 * want);
        }
    }
    let eval = batches(&tensors, "eval.", options)?;
    let spread = |field: &str| file.final_spread.get(field).copied().unwrap_or(0.0);
    check_end(
        &mut tally,
        &trainer,
        &file.float64.end,
        hyper,
        &eval,
        &spread,
        options,
    );
    Ok(tally.verdict())
}

fn config(hyper: &Hyper) -> TrainerConfig {
    TrainerConfig {
        weights: hyper.lr_model.map(|rate| (adam(hyper), linear(rate, hyper))),
        clip: hyper.max_grad_norm,
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

fn gate(file: &TrajectoryFile, heads: usize) -> Result<GateTraining, String> {
    let hyper = &file.hyper;
    let rate = linear(hyper.lr_gates.unwrap_or(0.0), hyper);
    let gate: Box<dyn HeadGate> = match &file.initial.w {
        None => Box::new(Open(vec![1.0; heads])),
        Some(w) => {
            let (Some(k), Some(start), Some(end), Some(cooldown)) =
                (hyper.k, hyper.tau_initial, hyper.tau_final, hyper.cooldown)
            else {
                return Err("hyper lacks K, tau_initial, tau_final or cooldown".into());
            };
            let schedule = TemperatureSchedule::new(start, end, cooldown).map_err(|e| e.to_string())?;
            Box::new(SubsetGate::new(flat(w), k, schedule).map_err(|e| e.to_string())?)
        }
    };
    Ok(GateTraining::new(gate, adam(hyper), rate))
}

fn check_end(
    tally: &mut Tally,
    trainer: &Trainer<BertClassifier>,
    end: &End,
    hyper: &Hyper,
    eval: &[TokenBatch],
    spread: &dyn Fn(&str) -> f64,
    options: &TensorOptions,
) {
    let precision = options.precision;
    let close = |tally: &mut Tally, place: &str, got: &[f64], want: &[f64], field: &str| {
        tally.equal(&format!("number of final {place}"), &got.len(), &want.len());
        for (got, want) in got.iter().zip(want) {
            tally.number(
                &format!("final {place}"),
                *got,
                *want,
                final_tolerance(precision, *want, spread(field)),
            );
        }
    };
    let mut gates = None;
    if let (Some(gate), Some(w), Some(mask), Some(k)) = (trainer.gate(), &end.w, &end.mask, hyper.k) {
        close(tally, "w", gate.parameters(), &flat(w), "w");
        match gate.mask(k) {
            Ok(got) => {
                tally.equal("final mask", &got.gates(), &flat(mask));
                gates = Some(options.float(&got.gates(), [mask.len(), mask[0].len()]));
            }
            Err(error) => tally.differs(format!("final mask: {error}")),
        }
    }

    let model = trainer.model().plain();
    let (mut logits, mut labels, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    for batch in eval {
        let scores = model.forward(batch, gates.as_ref(), false);
        losses.extend(numbers(cross_entropy(scores.clone(), batch.labels.clone())));
        logits.extend(numbers(scores));
        labels.extend(batch.labels.clone().try_into_vec_as::<i64>().unwrap_or_default());
    }
    close(tally, "logits", &logits, &flat(&end.eval.logits), "eval_logits");
    let mean_loss = losses.iter().sum::<f64>() / losses.len() as f64;
    close(
        tally,
        "mean loss",
        &[mean_loss],
        &[end.eval.mean_loss],
        "eval_logits",
    );
    let classes = logits.len() / labels.len().max(1);
    let right = logits
        .chunks(classes.max(1))
        .zip(&labels)
        .filter(|(scores, label)| {
            let best = (0..scores.len())
                .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
                .unwrap_or(0);
            best as i64 == **label
        })
        .count();
    tally.equal(
        "final accuracy",
        &(right as f64 / labels.len() as f64),
        &end.eval.accuracy,
    );

    model.clone().visit("", &mut |name, parameter| {
        let values = match parameter {
            Parameter::Vector(tensor) => numbers(tensor.clone()),
            Parameter::Matrix(tensor, Layout::AsStored | Layout::Transposed) => numbers(tensor.clone()),
        };
        match end.weights.get(name) {
            None => tally.differs(format!("final weights: `{name}` is not recorded")),
            Some(_) if is_key_bias(name) && precision == Precision::Double => {}
            Some(want) => {
                let field = if is_key_bias(name) {
                    "weights_key_bias"
                } else {
                    "weights"
                };
                let count = values.len() as f64;
                let mean = values.iter().sum::<f64>() / count;
                let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
                close(tally, &format!("mean of {name}"), &[mean], &[want.mean], field);
                close(tally, &format!("std of {name}"), &[std], &[want.std], field);
                close(
                    tally,
                    &format!("norm of {name}"),
                    &[l2(&values)],
                    &[want.l2],
                    field,
                );
            }
        }
    });
}
