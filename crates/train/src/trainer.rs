//! One update: gates, forward, backward, clip, step.

use std::time::Instant;

use burn::tensor::{Gradients, Tensor};
use heads::{HeadGate, ParameterGroup, SeededUniform, UniformStream, derive_seed};
use models::{HeadGates, Parameter, TensorOptions, sum_of_squares};

use crate::{Adam, AdamConfig, HostAdam, LearningRate, TrainError, Trainable};

/// Added to the gradient norm before the division, as PyTorch's clipping does.
const CLIP_EPSILON: f64 = 1e-6;

/// Settings of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainerConfig {
    /// Optimizer of the weights; `None` trains the gate alone, and no weight gradient is computed.
    pub weights: Option<(AdamConfig, LearningRate)>,
    /// Largest L2 norm of the clipped gradients together; 0 switches clipping off.
    pub clip: f64,
    /// Whether the gradients of the gate's parameters belong to the clipped ones, as in the released program; otherwise
    /// they neither enter the norm nor are scaled.
    pub clip_gates: bool,
    /// Seed of dropout and of the gate's noise.
    pub seed: u64,
}

/// A gate and how its parameters are stepped.
pub struct GateTraining {
    /// The method.
    pub gate: Box<dyn HeadGate>,
    /// One for each group of parameters.
    pub(crate) adam: Vec<HostAdam>,
    rate: LearningRate,
}

impl GateTraining {
    /// Trains `gate` with Adam.
    pub fn new(gate: Box<dyn HeadGate>, config: AdamConfig, rate: LearningRate) -> Self {
        let groups = gate.parameters();
        let adam = groups
            .iter()
            .map(|group| HostAdam::new(config, group.values.len()));
        let adam = adam.collect();
        Self { gate, adam, rate }
    }

    /// What `pick` takes of each group of parameters, one after the other.
    fn of_groups<'a>(&'a self, pick: impl Fn(ParameterGroup<'a>) -> &'a [f64]) -> Vec<f64> {
        let groups = self.gate.parameters().into_iter();
        groups.flat_map(pick).copied().collect()
    }

    /// Steps the parameters along `gradient`, that of all groups, scaled by `scale`, after so many updates.
    fn step(&mut self, gradient: &[f64], scale: f64, update: u64) {
        let (rate, mut rest) = (self.rate.at(update), gradient);
        for (group, adam) in self.gate.parameters_mut().into_iter().zip(&mut self.adam) {
            let (own, others) = rest.split_at(group.values.len());
            adam.step(group.values, own, scale, rate, update + 1);
            rest = others;
        }
    }
}

/// Wall-clock seconds of the parts of an update.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// Gates and forward pass; on a device that works behind the host's back, until it is under way.
    pub forward: f64,
    /// Backward pass and the gate's pull-back.
    pub backward: f64,
    /// Norm, clipping and steps.
    pub optimizer: f64,
}

/// What happened in one update.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateRecord {
    /// Finished updates before this one.
    pub update: u64,
    /// Loss, penalty included. This and what follows is per term of the loss where that is a sum
    /// ([`Trainable::divisor`]).
    pub loss: f64,
    /// What the method added to the loss; for a sum it is added to the sum.
    pub penalty: f64,
    /// Rate of the weights; 0 where they are frozen.
    pub learning_rate: f64,
    /// L2 norm of the gradients that are clipped, before clipping.
    pub gradient_norm: f64,
    /// Factor that clipping applied.
    pub clip: f64,
    /// Temperature of the gate.
    pub temperature: Option<f64>,
    /// Gate values of the forward pass.
    pub gates: Vec<f64>,
    /// dL/dgate.
    pub gate_gradient: Vec<f64>,
    /// Parameters of the gate that the forward pass used, group after group.
    pub parameters: Vec<f64>,
    /// dL/dparameter of the gate, before clipping.
    pub parameter_gradient: Vec<f64>,
    /// Whether the gate's derivative left the range of float64, so that its parameters were not moved by it.
    pub gate_overflow: bool,
    /// Where the time went.
    pub seconds: Seconds,
}

/// A model in training.
pub struct Trainer<M> {
    pub(crate) model: M,
    pub(crate) gate: Option<GateTraining>,
    pub(crate) adam: Option<(Adam, LearningRate)>,
    pub(crate) update: u64,
    pub(crate) options: TensorOptions,
    clip: f64,
    clip_gates: bool,
    noise_seed: u64,
    dropout_seed: u64,
}

impl<M: Trainable> Trainer<M> {
    /// Begins a training of `model` at update 0.
    pub fn new(model: &M, gate: Option<GateTraining>, config: TrainerConfig, options: TensorOptions) -> Self {
        let model = if config.weights.is_some() {
            model.trainable()
        } else {
            model.frozen()
        };
        Self {
            model,
            gate,
            adam: config.weights.map(|(adam, rate)| (Adam::new(adam), rate)),
            update: 0,
            options,
            clip: config.clip,
            clip_gates: config.clip_gates,
            noise_seed: derive_seed(config.seed, "gate noise"),
            dropout_seed: derive_seed(config.seed, "dropout"),
        }
    }

    /// The model as it stands.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The gate as it stands.
    pub fn gate(&self) -> Option<&dyn HeadGate> {
        self.gate.as_ref().map(|training| training.gate.as_ref())
    }

    /// Gate values of a fresh sample at the temperature of the last update, for evaluations during training; none
    /// without a gate.
    pub fn sample_gates(&mut self, noise: &mut dyn UniformStream) -> Option<Vec<f64>> {
        // A trainer that has just gone on from a checkpoint has made no update of its own yet.
        let last = self.update.saturating_sub(1);
        self.gate.as_mut().map(|training| {
            training.gate.set_update(last);
            training.gate.sample(noise).to_vec()
        })
    }

    /// Finished updates.
    pub fn finished(&self) -> u64 {
        self.update
    }

    /// One update on `batch`, with the noise that the seed gives for it.
    pub fn step(&mut self, batch: &M::Batch) -> Result<UpdateRecord, TrainError> {
        let mut noise = SeededUniform::at_update(self.noise_seed, self.update);
        self.step_with_noise(batch, &mut noise)
    }

    /// One update on `batch` with the given noise for the gates.
    pub fn step_with_noise(
        &mut self,
        batch: &M::Batch,
        noise: &mut dyn UniformStream,
    ) -> Result<UpdateRecord, TrainError> {
        let started = Instant::now();
        let update = self.update;
        // Anew at each update: a resumed run draws the dropout that it would have drawn. The device's own stream serves where
        // kernels do not draw themselves.
        let dropout_seed = derive_seed(self.dropout_seed, &update.to_string());
        self.options.device.seed(dropout_seed);
        let (gates, parameters) = match &mut self.gate {
            None => (Vec::new(), Vec::new()),
            Some(training) => {
                training.gate.set_update(update);
                let gates = training.gate.sample(noise).to_vec();
                (gates, training.of_groups(|group| group.values))
            }
        };
        let leaf = match &self.gate {
            None => None,
            Some(_) => Some(HeadGates::new(&gates, self.model.grid(), &self.options)?.tracked()),
        };
        let loss = self.model.loss(batch, leaf.as_ref(), dropout_seed);
        let divisor = M::divisor(batch);
        let penalty = self
            .gate
            .as_ref()
            .map_or(0.0, |training| training.gate.penalty() / divisor);
        let forward = started.elapsed().as_secs_f64();

        // Nothing is read before the backward pass is under way: a device that works behind the host's back would stand
        // still meanwhile.
        let value = loss.clone().inner();
        let mut gradients = loss.backward();
        let data_loss: f64 = value.try_into_scalar::<f64>().map_err(TrainError::device)? / divisor;
        if !data_loss.is_finite() {
            return Err(TrainError::Diverged {
                update,
                loss: data_loss,
            });
        }
        let gate_gradient = match leaf {
            Some(leaf) => leaf.gradient(&mut gradients).map_err(TrainError::Device)?,
            None => Vec::new(),
        };
        let mut gate_overflow = false;
        if let Some(training) = &mut self.gate {
            gate_overflow = training.gate.pull_back(&gate_gradient).is_err();
        }
        let backward = started.elapsed().as_secs_f64() - forward;

        let weight_gradients = self.weight_gradients(&mut gradients);
        let per_term =
            |numbers: &[f64]| -> Vec<f64> { numbers.iter().map(|number| number / divisor).collect() };
        // The penalty is in this gradient: it counts once for the whole sum, not once for each of its terms.
        let parameter_gradient = self.gate.as_ref().map_or(Vec::new(), |training| {
            per_term(&training.of_groups(|group| group.gradient))
        });
        let clipped_of_gate: &[f64] = if self.clip_gates { &parameter_gradient } else { &[] };
        let gradient_norm = self.global_norm(&weight_gradients, divisor, clipped_of_gate)?;
        let clip = if self.clip > 0.0 {
            (self.clip / (gradient_norm + CLIP_EPSILON)).min(1.0)
        } else {
            1.0
        };
        self.update += 1;
        let learning_rate = self.step_weights(weight_gradients, clip / divisor, update);
        if let Some(training) = self.gate.as_mut().filter(|training| !training.gate.is_settled()) {
            let scale = if self.clip_gates { clip } else { 1.0 };
            training.step(&parameter_gradient, scale, update);
        }
        Ok(UpdateRecord {
            update,
            loss: data_loss + penalty,
            penalty,
            learning_rate,
            gradient_norm,
            clip,
            temperature: self.gate().and_then(HeadGate::temperature),
            gates,
            gate_gradient: per_term(&gate_gradient),
            parameters,
            parameter_gradient,
            gate_overflow,
            seconds: Seconds {
                forward,
                backward,
                optimizer: started.elapsed().as_secs_f64() - forward - backward,
            },
        })
    }

    /// Gradients of the weights, flattened, in the order of the parameters; none where the weights are frozen.
    fn weight_gradients(&mut self, gradients: &mut Gradients) -> Vec<Option<Tensor<1>>> {
        let mut found = Vec::new();
        if self.adam.is_some() {
            self.model.visit("", &mut |_, parameter| {
                found.push(match parameter {
                    Parameter::Vector(tensor) => tensor.grad_remove(gradients).map(flat),
                    Parameter::Matrix(tensor, _) => tensor.grad_remove(gradients).map(flat),
                });
            });
        }
        found
    }

    /// Steps the weights along `gradients` scaled by `scale`, and gives the rate that was used.
    fn step_weights(&mut self, gradients: Vec<Option<Tensor<1>>>, scale: f64, update: u64) -> f64 {
        let Some((adam, rate)) = &mut self.adam else {
            return 0.0;
        };
        let rate = rate.at(update);
        let constants = adam.constants(scale, rate, update + 1);
        let options = &self.options;
        let mut gradients = gradients.into_iter().enumerate();
        self.model.visit("", &mut |_, parameter| {
            // A parameter that took no part in the loss has no gradient and stays, moments included.
            let Some((index, Some(gradient))) = gradients.next() else {
                return;
            };
            match parameter {
                Parameter::Vector(tensor) => {
                    let value = taken(tensor);
                    *tensor = adam
                        .step(index, value, gradient, &constants, options)
                        .autodiff()
                        .require_grad();
                }
                Parameter::Matrix(tensor, _) => {
                    let shape = tensor.dims();
                    let value = flat(taken(tensor));
                    let value = adam.step(index, value, gradient, &constants, options);
                    *tensor = value.reshape(shape).autodiff().require_grad();
                }
            }
        });
        rate
    }

    /// L2 norm over the gradients of weights, divided by `divisor`, and of parameters of the gate.
    fn global_norm(
        &self,
        weights: &[Option<Tensor<1>>],
        divisor: f64,
        of_gate: &[f64],
    ) -> Result<f64, TrainError> {
        let weights: Vec<_> = weights.iter().flatten().collect();
        let squares = sum_of_squares(&weights, &self.options).map_err(TrainError::Device)?;
        let total = squares / (divisor * divisor) + of_gate.iter().map(|g| g * g).sum::<f64>();
        Ok(total.sqrt())
    }
}

/// The value of a parameter, which leaves nothing in its place: a tensor that only its owner holds is updated where it is.
fn taken<const D: usize>(tensor: &mut Tensor<D>) -> Tensor<D> {
    let empty = Tensor::empty([0; D], &tensor.device());
    std::mem::replace(tensor, empty).inner()
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.dims().iter().product::<usize>();
    tensor.reshape([count])
}
