//! Training trajectories: the loop is driven with the recorded batches and draws and compared at every update.

use std::path::Path;

use heads::HeadGate;
use models::translation::TranslationModel;
use models::{Parameters, Precision, TensorOptions};
use train::{GateTraining, Trainable, Trainer, TrainerConfig, UpdateRecord};

use super::compare::{self, RATE, RunTolerances, is_key_bias};
use super::ending;
use super::method::{Forced, Method};
use super::optimizer;
use super::recording::{stored, stored_gradients};
use super::run::Run;
use super::step::step_alone;
use crate::numbers::{l2, largest};
use crate::replay::Replay;
use crate::tally::Tally;
use crate::tensors::Tensors;
use crate::{Verdict, VerifyError};

/// A norm below this is recorded as 0 where it is kept in single precision.
const VANISHED: f64 = f32::MIN_POSITIVE as f64;

/// Nothing is set: every update follows from those before.
pub(super) fn check_free(
    text: &str,
    path: &Path,
    method: Method,
    options: &TensorOptions,
) -> Result<Verdict, VerifyError> {
    let run = Run::read(text, path, method, options)?;
    let mut tally = Tally::default();
    tally.case();
    if method == Method::Dense {
        run.first_gradients(&mut tally)?;
    }
    if method.has_importances() {
        run.gates_alone(&mut tally)?;
        run.pull_back_alone(&mut tally)?;
        step_alone(&mut tally, &run)?;
    }
    let mut trainer = run.trainer(run.gate()?, options);
    let tolerances = compare::free(options.precision, method);
    run.follow(&mut tally, &mut trainer, &tolerances)?;
    ending::check(&mut tally, &run, &trainer, &tolerances)?;
    Ok(tally.verdict())
}

/// The importances are set to the recorded ones before every update; the weights follow from the updates before.
pub(super) fn check_forced(
    text: &str,
    path: &Path,
    method: Method,
    options: &TensorOptions,
) -> Result<Verdict, VerifyError> {
    let run = Run::read(text, path, method, options)?;
    let recorded = run.of_updates("w")?;
    let gate = run
        .gate()?
        .map(|gate| -> Box<dyn HeadGate> { Box::new(Forced { gate, recorded }) });
    let mut tally = Tally::default();
    tally.case();
    run.follow(&mut tally, &mut run.trainer(gate, options), &compare::FORCED)?;
    Ok(tally.verdict())
}

impl Run<'_> {
    fn trainer(&self, gate: Option<Box<dyn HeadGate>>, options: &TensorOptions) -> Trainer<TranslationModel> {
        let adam = self.file.adam.config();
        let total = self.file.updates as u64;
        let rate = self.file.lr_schedule.rate(total);
        // The gates of the hard concrete method are weights like others.
        let of_gate = if self.method.has_importances() {
            optimizer::constant(self.file.w_lr, total)
        } else {
            rate
        };
        let frozen = self.file.steps.iter().all(|step| step.lr.is_none());
        let config = TrainerConfig {
            weights: (!frozen).then_some((adam, rate)),
            clip: 0.0,
            clip_gates: true,
            seed: 0,
        };
        let gate = gate.map(|gate| GateTraining::new(gate, adam, of_gate));
        Trainer::new(&self.model, gate, config, options.clone())
    }

    /// Makes every update and compares it.
    fn follow(
        &self,
        tally: &mut Tally,
        trainer: &mut Trainer<TranslationModel>,
        tolerances: &RunTolerances,
    ) -> Result<(), VerifyError> {
        let draws = self.of_updates("u").unwrap_or_default();
        let norms = self.tensors.floats("param_norm")?.values;
        tally.equal("number of updates", &self.file.steps.len(), &self.file.updates);
        for (n, step) in self.file.steps.iter().enumerate() {
            let batch = self.batches.get(step.batch).ok_or_else(|| {
                VerifyError::malformed(self.path, format!("update {n} names no recorded batch"))
            })?;
            tally.equal(&format!("update {n} ntokens"), &batch.tokens, &step.ntokens);
            let draws = draws.chunks(self.heads()).nth(n).unwrap_or_default();
            let record = trainer
                .step_with_noise(batch, &mut Replay(draws.to_vec()))
                .map_err(|error| VerifyError::malformed(self.path, error))?;
            self.compare_losses(tally, n, &record, tolerances)?;
            if self.method != Method::Dense {
                self.compare_gates(tally, n, &record, tolerances)?;
            }
            // Norms of weights are recorded in single precision alone.
            if self.precision == Precision::Single {
                let names = &self.file.param_names;
                let norms = norms.chunks(names.len()).nth(n).unwrap_or_default();
                let weights = stored(trainer.model());
                for (name, &norm) in names.iter().zip(norms).filter(|(name, _)| !is_key_bias(name)) {
                    // w and log alpha are compared as they are.
                    if let Some(values) = weights.get(name) {
                        tally.number(
                            &format!("update {n} norm of {name}"),
                            l2(values),
                            norm,
                            tolerances.weights,
                        );
                    }
                }
            }
        }
        Ok(())
    }

    fn compare_losses(
        &self,
        tally: &mut Tally,
        n: usize,
        record: &UpdateRecord,
        tolerances: &RunTolerances,
    ) -> Result<(), VerifyError> {
        let step = &self.file.steps[n];
        let (loss, norm, penalty) = match self.precision {
            Precision::Single => (step.loss, step.grad_norm, step.penalty),
            Precision::Double => (step.loss_f64, step.grad_norm_f64, step.penalty_f64),
        };
        let words = step.ntokens as f64;
        let place = |what: &str| format!("update {n} {what}");
        let own = record.loss - record.penalty;
        tally.number(&place("loss"), own, loss / words, tolerances.loss);
        let penalty = penalty.unwrap_or(0.0) / words;
        tally.number(&place("penalty"), record.penalty, penalty, tolerances.loss);
        let rounding = self.pull_back(n)?.map_or(0.0, |pulled| pulled.rounding_of_norm());
        let tolerance = tolerances.norm * norm + rounding + VANISHED;
        tally.number(&place("grad_norm"), record.gradient_norm, norm, tolerance);
        let rate = step.lr.unwrap_or(0.0);
        tally.number(&place("lr"), record.learning_rate, rate, RATE * rate);
        if self.method.has_importances() {
            tally.equal(&place("lr_w"), &Some(self.file.w_lr), &step.lr_w);
        }
        if let Some(tau) = step.tau {
            let ours = record.temperature.unwrap_or(f64::NAN);
            tally.number(&place("tau"), ours, tau, RATE * tau);
        }
        Ok(())
    }

    fn compare_gates(
        &self,
        tally: &mut Tally,
        n: usize,
        record: &UpdateRecord,
        tolerances: &RunTolerances,
    ) -> Result<(), VerifyError> {
        let recorded = |name: &str| self.of_update(name, n);
        let place = |what: &str| format!("update {n} {what}");
        let gates = recorded("gates")?;
        if self.method == Method::StraightThrough {
            tally.equal(&place("gates"), &record.gates, &gates);
        } else {
            tally.close(&place("gates"), &record.gates, &gates, tolerances.gates);
        }
        let name = self.method.parameters().unwrap_or_default();
        let parameters = recorded(name)?;
        tally.close(
            &place(name),
            &record.parameters,
            &parameters,
            tolerances.importances,
        );
        if let Some(tolerance) = tolerances.gate_gradient {
            let words = self.file.steps[n].ntokens as f64;
            let summed: Vec<f64> = record
                .gate_gradient
                .iter()
                .map(|gradient| gradient * words)
                .collect();
            tally.close(&place("gate_grad"), &summed, &recorded("gate_grad")?, tolerance);
        }
        if let Some(tolerance) = tolerances.importance_gradient {
            let want = recorded(&format!("{name}_grad"))?;
            let what = place(&format!("{name}_grad"));
            let rounding = self.pull_back(n)?.map_or(0.0, |pulled| pulled.rounding());
            let tolerance = tolerance * largest(&want) + rounding;
            tally.close(&what, &record.parameter_gradient, &want, tolerance);
        }
        Ok(())
    }

    /// The gates from recorded importances, draws and temperatures.
    fn gates_alone(&self, tally: &mut Tally) -> Result<(), VerifyError> {
        let Some(gate) = self.gate()? else {
            return Ok(());
        };
        let recorded = self.of_updates("w")?;
        let mut forced = Forced { gate, recorded };
        let draws = self.of_updates("u").unwrap_or_default();
        let gates = self.of_updates("gates")?;
        for (n, want) in gates.chunks(self.heads()).enumerate() {
            let draws = draws.chunks(self.heads()).nth(n).unwrap_or_default();
            forced.set_update(n as u64);
            let got = forced.sample(&mut Replay(draws.to_vec()));
            tally.close(
                &format!("update {n} gates alone"),
                got,
                want,
                compare::GATES_ALONE,
            );
        }
        Ok(())
    }

    /// The gradients of w from recorded importances, draws, temperatures and gradients of the gates.
    fn pull_back_alone(&self, tally: &mut Tally) -> Result<(), VerifyError> {
        for n in 0..self.file.steps.len() {
            if let Some(pulled) = self.pull_back(n)? {
                pulled.alone(tally, &format!("update {n} w_grad alone"));
            }
        }
        Ok(())
    }

    /// Every gradient of the first update, where they are recorded.
    fn first_gradients(&self, tally: &mut Tally) -> Result<(), VerifyError> {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let path = self
            .path
            .with_file_name(format!("{stem}_grads_update0.safetensors"));
        let (Some(batch), Precision::Single, true) = (self.batches.first(), self.precision, path.is_file())
        else {
            return Ok(());
        };
        let tensors = Tensors::read(&path)?;
        let model = self.model.trainable();
        let mut gradients = model.loss(batch, None, 0).backward();
        let words = TranslationModel::divisor(batch);
        for (name, got) in stored_gradients(&model, &mut gradients) {
            if is_key_bias(&name) {
                continue;
            }
            let want = tensors.floats(&name)?.values;
            let place = format!("first gradient of {name}");
            tally.equal(&place, &got.len(), &want.len());
            for (got, want) in got.iter().zip(want) {
                let tolerance = compare::gradient(self.precision, want * words);
                tally.number(&place, *got, want * words, tolerance);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
