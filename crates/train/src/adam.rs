//! Adam with decoupled weight decay, on device tensors for weights and in float64 on the host for parameters of gates.

use burn::tensor::Tensor;
use models::{AdamStep, TensorOptions, adam_step};

/// When the decay is subtracted; only rounding differs, and that each parameter is decayed before or after its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecayOrder {
    /// `p <- p - lr wd p`, then the step (fairseq's Adam).
    BeforeStep,
    /// The step, then `p <- p - lr wd p` (Hugging Face's AdamW).
    AfterStep,
}

/// Constants of Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamConfig {
    /// Decay rates of the first and second moment.
    pub betas: (f64, f64),
    /// Added to the square root of the second moment before that is corrected for its start at 0. The gradients of
    /// importances start near 1e-5; the other common form departs from the paper's program at the second update.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// When the decay is subtracted.
    pub decay_order: DecayOrder,
}

impl AdamConfig {
    /// `lr sqrt(1 - b2^t) / (1 - b1^t)` for step `t`, counted from 1.
    fn step_size(&self, rate: f64, t: u64) -> f64 {
        let t = t as f64;
        rate * (1.0 - self.betas.1.powf(t)).sqrt() / (1.0 - self.betas.0.powf(t))
    }

    fn decay(&self, rate: f64, order: DecayOrder) -> Option<f64> {
        (self.weight_decay != 0.0 && self.decay_order == order).then_some(1.0 - rate * self.weight_decay)
    }
}

/// First and second moment of one parameter, flattened.
pub(crate) type Moments = (Tensor<1>, Tensor<1>);

/// Adam over flattened device tensors, in the order in which the model shows its parameters.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    moments: Vec<Option<Moments>>,
}

impl Adam {
    /// No moments yet.
    pub fn new(config: AdamConfig) -> Self {
        Self {
            config,
            moments: Vec::new(),
        }
    }

    /// The value of parameter `index` after a step along `gradient`; `options` are those of the tensors.
    pub fn step(
        &mut self,
        index: usize,
        value: Tensor<1>,
        gradient: Tensor<1>,
        step: &AdamStep,
        options: &TensorOptions,
    ) -> Tensor<1> {
        if self.moments.len() <= index {
            self.moments.resize(index + 1, None);
        }
        let (first, second) = self.moments[index]
            .take()
            .unwrap_or_else(|| (gradient.zeros_like(), gradient.zeros_like()));
        let [value, first, second] = adam_step([value, gradient, first, second], step, options);
        self.moments[index] = Some((first, second));
        value
    }

    /// The constants of step `t` (from 1) at learning rate `rate` along gradients scaled by `scale`.
    pub fn constants(&self, scale: f64, rate: f64, t: u64) -> AdamStep {
        let decay = |order| self.config.decay(rate, order).unwrap_or(1.0);
        AdamStep {
            scale,
            beta1: self.config.betas.0,
            beta2: self.config.betas.1,
            epsilon: self.config.epsilon,
            step_size: self.config.step_size(rate, t),
            decay_before: decay(DecayOrder::BeforeStep),
            decay_after: decay(DecayOrder::AfterStep),
        }
    }

    /// The moments, for a checkpoint.
    pub(crate) fn moments(&self) -> &[Option<Moments>] {
        &self.moments
    }

    /// Puts back the moments of a checkpoint.
    pub(crate) fn set_moments(&mut self, moments: Vec<Option<Moments>>) {
        self.moments = moments;
    }
}

/// Adam in float64 on the host, for a group of parameters of a gate.
#[derive(Debug, Clone)]
pub struct HostAdam {
    config: AdamConfig,
    pub(crate) first: Vec<f64>,
    pub(crate) second: Vec<f64>,
}

impl HostAdam {
    /// No moments yet, for `n` parameters.
    pub fn new(config: AdamConfig, n: usize) -> Self {
        Self {
            config,
            first: vec![0.0; n],
            second: vec![0.0; n],
        }
    }

    /// Steps `values` along `gradient` scaled by `scale`; `t` counts from 1.
    pub fn step(&mut self, values: &mut [f64], gradient: &[f64], scale: f64, rate: f64, t: u64) {
        let (b1, b2) = self.config.betas;
        let size = self.config.step_size(rate, t);
        let before = self.config.decay(rate, DecayOrder::BeforeStep).unwrap_or(1.0);
        let after = self.config.decay(rate, DecayOrder::AfterStep).unwrap_or(1.0);
        for (((value, &gradient), first), second) in values
            .iter_mut()
            .zip(gradient)
            .zip(&mut self.first)
            .zip(&mut self.second)
        {
            let gradient = gradient * scale;
            *first = b1 * *first + (1.0 - b1) * gradient;
            *second = b2 * *second + (1.0 - b2) * gradient * gradient;
            *value = (*value * before - size * *first / (second.sqrt() + self.config.epsilon)) * after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const CONFIG: AdamConfig = AdamConfig {
        betas: (0.9, 0.999),
        epsilon: 1e-8,
        weight_decay: 0.0,
        decay_order: DecayOrder::AfterStep,
    };

    #[test]
    fn the_first_step_is_the_rate_times_the_sign_unless_the_gradient_nears_epsilon() {
        let mut values = [1.0, 1.0];
        // sqrt(v) = sqrt(0.001) |g|; uncorrected, epsilon halves the step where that equals 1e-8.
        let near = 1e-8 / 0.001_f64.sqrt();
        HostAdam::new(CONFIG, 2).step(&mut values, &[-2.0, near], 1.0, 0.1, 1);
        assert!((values[0] - 1.1).abs() < 1e-6, "{}", values[0]);
        assert!((values[1] - 0.95).abs() < 1e-9, "{}", values[1]);
    }

    #[test]
    fn host_and_device_agree_over_steps_with_decay_in_both_orders() {
        for decay_order in [DecayOrder::BeforeStep, DecayOrder::AfterStep] {
            let config = AdamConfig {
                weight_decay: 0.1,
                decay_order,
                ..CONFIG
            };
            let mut host = HostAdam::new(config, 3);
            let fused = TensorOptions::single(Device::flex());
            let all = [fused.clone(), fused.plain()];
            let mut devices = all.map(|options| {
                let tensor: Tensor<1> = options.float(&[0.5, -1.0, 2.0], [3]);
                (Adam::new(config), tensor, options)
            });
            let mut values = [0.5, -1.0, 2.0];
            for t in 1..=5 {
                let gradient = [0.1 * t as f64, -0.3, 0.02];
                host.step(&mut values, &gradient, 0.5, 0.05, t);
                for (device, tensor, options) in &mut devices {
                    let gradient = options.float(&gradient, [3]);
                    let step = device.constants(0.5, 0.05, t);
                    *tensor = device.step(0, tensor.clone(), gradient, &step, options);
                }
            }
            for (_, tensor, _) in devices {
                let got: Vec<f32> = tensor.try_into_vec_as().unwrap();
                for (value, got) in values.iter().zip(got) {
                    assert!((value - f64::from(got)).abs() < 1e-5, "{value} {got}");
                }
            }
        }
    }
}
