//! The relaxed top-K written a second way, and wrongly: what tests compare the gate with, and record trainings with.

use dsp_gate::SoftTopK;
use heads::{GateError, HeadGate, ParameterGroup, ParameterGroupMut, UniformStream};

use super::PullBack;

/// How a pull-back may be written, rightly and wrongly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// By the logarithm of softmax, each product for itself.
    Second,
    SignFlipped,
    Factor,
    WithoutNoise,
    WithoutMean,
    WithoutLowering,
}

/// The K softmaxes.
fn picks(recorded: &PullBack, form: Form) -> Vec<Vec<f64>> {
    let mut scores = recorded.importances.clone();
    if form != Form::WithoutNoise {
        for (score, noise) in scores.iter_mut().zip(SoftTopK::noise(&recorded.draws)) {
            *score += noise;
        }
    }
    let mut picks = Vec::new();
    for _ in 0..recorded.k {
        let exponents: Vec<f64> = scores.iter().map(|score| score / recorded.tau).collect();
        let top = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = exponents.iter().map(|x| (x - top).exp()).sum::<f64>().ln();
        let taken: Vec<f64> = exponents.iter().map(|x| (x - top - log_sum).exp()).collect();
        for (score, p) in scores.iter_mut().zip(&taken) {
            *score += (1.0 - p).max(f64::MIN_POSITIVE).ln();
        }
        picks.push(taken);
    }
    picks
}

/// dL/dw.
pub(crate) fn pulled_back(recorded: &PullBack, form: Form) -> Vec<f64> {
    let mut gradient = vec![0.0; recorded.importances.len()];
    for taken in picks(recorded, form).iter().rev() {
        let a: Vec<f64> = (recorded.gate_gradient.iter().zip(&gradient).zip(taken))
            .map(|((c, behind), p)| match 1.0 - p {
                left if left < f64::MIN_POSITIVE || form == Form::WithoutLowering => *c,
                left => c - behind / left,
            })
            .collect();
        let weighted: Vec<f64> = a.iter().zip(taken).map(|(a, p)| a * p).collect();
        let mean = match form {
            Form::WithoutMean => 0.0,
            _ => weighted.iter().sum(),
        };
        for ((gradient, weighted), p) in gradient.iter_mut().zip(&weighted).zip(taken) {
            *gradient += (weighted - p * mean) / recorded.tau;
        }
    }
    let factor = match form {
        Form::SignFlipped => -1.0,
        Form::Factor => 1.001,
        _ => 1.0,
    };
    gradient.iter().map(|number| factor * number).collect()
}

/// A gate of that arithmetic whose draws let the head behind the K chosen take `rival` of the last pick.
pub(crate) struct SecondGate {
    choice: PullBack,
    rival: f64,
    gates: Vec<f64>,
}

impl SecondGate {
    pub(crate) fn new(importances: Vec<f64>, k: usize, tau: f64, rival: f64) -> Self {
        let n = importances.len();
        let choice = PullBack {
            importances,
            draws: vec![0.5; n],
            k,
            tau,
            gate_gradient: vec![0.0; n],
            gradient: vec![0.0; n],
        };
        Self {
            choice,
            rival,
            gates: vec![0.0; n],
        }
    }

    /// The draws of the last sample.
    pub(crate) fn draws(&self) -> &[f64] {
        &self.choice.draws
    }

    /// Moves the draw of the head behind the K chosen, so that its score is close to that of the last of them.
    fn draw(&mut self, noise: &mut dyn UniformStream) {
        let PullBack {
            importances,
            draws,
            k,
            tau,
            ..
        } = &mut self.choice;
        noise.fill(draws);
        let scores: Vec<f64> = (importances.iter().zip(SoftTopK::noise(draws)))
            .map(|(w, g)| w + g)
            .collect();
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let (last, next) = (order[*k - 1], order[*k]);
        let wanted = scores[last] + *tau * self.rival.ln() - importances[next];
        draws[next] = (-(-wanted).exp()).exp();
    }
}

impl HeadGate for SecondGate {
    fn total(&self) -> usize {
        self.gates.len()
    }
    fn set_update(&mut self, _: u64) {}
    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64] {
        self.draw(noise);
        self.gates.fill(0.0);
        for taken in picks(&self.choice, Form::Second) {
            for (gate, p) in self.gates.iter_mut().zip(taken) {
                *gate += p;
            }
        }
        &self.gates
    }
    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        self.choice.gate_gradient.copy_from_slice(gate_gradient);
        self.choice.gradient = pulled_back(&self.choice, Form::Second);
        Ok(())
    }
    fn importances(&self) -> &[f64] {
        &self.choice.importances
    }
    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        let PullBack {
            importances,
            gradient,
            ..
        } = &self.choice;
        vec![ParameterGroup::importances(importances, gradient)]
    }
    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        let PullBack {
            importances,
            gradient,
            ..
        } = &mut self.choice;
        vec![ParameterGroupMut::importances(importances, gradient)]
    }
    fn temperature(&self) -> Option<f64> {
        Some(self.choice.tau)
    }
}
