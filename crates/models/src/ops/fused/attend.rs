//! Gated attention.

use std::ops::Range;
use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use kernels::{
    Attention, AttentionGradient, Projected, Span, attention_backward, attention_forward, buffers,
};

use super::OwnedDropout;
use super::operation::{Operand, Operation, Outcome, apply};
use super::storage::{Number, numbers, recycle, sizes, tensor, whole, with_real};
use crate::gates::ModuleGates;
use crate::ops::{Attending, RowDropout};

/// Queries, keys and values side by side, or queries and then keys and values side by side; last the gates, if any.
#[derive(Debug, Clone)]
struct Attend {
    spans: Arc<[Span]>,
    heads: usize,
    causal: bool,
    dropout: Option<OwnedDropout>,
    /// Columns of this module's gates in those of all heads; none without gates.
    gated: Option<Range<usize>>,
}

pub(in crate::ops) fn attend(
    projected: Tensor<2>,
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let operation = Attend::new(how, gates.as_ref());
    let projected = Operand::new(projected);
    match gates {
        Some(gates) => apply(operation, [projected, Operand::new(gates.all.clone())]),
        None => apply(operation, [projected]),
    }
}

pub(in crate::ops) fn attend_to(
    queries: Tensor<2>,
    memory: Tensor<2>,
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let operation = Separate(Attend::new(how, gates.as_ref()));
    let (queries, memory) = (Operand::new(queries), Operand::new(memory));
    match gates {
        Some(gates) => apply(operation, [queries, memory, Operand::new(gates.all.clone())]),
        None => apply(operation, [queries, memory]),
    }
}

/// An [`Attend`] over a memory of its own.
#[derive(Debug, Clone)]
struct Separate(Attend);

/// What the backward pass needs.
#[derive(Debug, Clone)]
struct Saved {
    queries: FlexTensor,
    memory: Option<FlexTensor>,
    gates: Option<FlexTensor>,
    probabilities: FlexTensor,
}

impl Attend {
    fn new(how: &Attending<'_>, gates: Option<&ModuleGates<'_>>) -> Self {
        let queries = how.queries.all();
        let keys = how.keys.tokens().iter().cloned();
        Self {
            spans: queries
                .zip(keys)
                .map(|(queries, keys)| Span { queries, keys })
                .collect(),
            heads: how.heads,
            causal: how.causal,
            dropout: OwnedDropout::new(RowDropout {
                dropout: how.dropout,
                rows: how.queries,
            }),
            gated: gates.map(|gates| gates.columns.clone()),
        }
    }

    /// The gates of this module, `[copies][heads]`, from those of all heads, `[copies, N]`.
    fn gates<T: Number>(&self, gates: Option<&FlexTensor>) -> Option<Vec<T>> {
        let (all, columns) = gates.zip(self.gated.as_ref())?;
        let copies = numbers::<T>(all).chunks_exact(sizes(all)[1]);
        Some(copies.flat_map(|copy| &copy[columns.clone()]).copied().collect())
    }

    fn attention<'a, T: Number>(
        &'a self,
        queries: &'a FlexTensor,
        memory: Option<&'a FlexTensor>,
        gates: Option<&'a [T]>,
    ) -> Attention<'a, T> {
        let part = |tensor: &'a FlexTensor, index: usize, width: usize| Projected {
            rows: numbers::<T>(tensor),
            stride: sizes(tensor)[1],
            offset: index * width,
        };
        let width = if memory.is_some() {
            sizes(queries)[1]
        } else {
            sizes(queries)[1] / 3
        };
        let (keys, values) = match memory {
            Some(memory) => (part(memory, 0, width), part(memory, 1, width)),
            None => (part(queries, 1, width), part(queries, 2, width)),
        };
        Attention {
            queries: part(queries, 0, width),
            keys,
            values,
            spans: &self.spans,
            heads: self.heads,
            head_width: width / self.heads,
            causal: self.causal,
            gates,
            dropout: self
                .dropout
                .as_ref()
                .map(|dropout| (dropout.dropout, &dropout.keys[..])),
        }
    }

    fn forward(
        &self,
        queries: FlexTensor,
        memory: Option<FlexTensor>,
        gates: Option<FlexTensor>,
        keep: bool,
    ) -> Outcome<Saved> {
        with_real!(queries, T => {
            let own_gates = self.gates::<T>(gates.as_ref());
            let attention = self.attention(&queries, memory.as_ref(), own_gates.as_deref());
            let shape = [sizes(&queries)[0], attention.width()];
            let mut context = buffers::take::<T>(shape[0] * shape[1]);
            let mut probabilities = keep.then(|| buffers::take::<T>(attention.probabilities()));
            attention_forward(&attention, &mut context, probabilities.as_deref_mut());
            let saved = probabilities.map(|probabilities| {
                let count = probabilities.len();
                Saved {
                    queries: queries.clone(),
                    memory: memory.clone(),
                    gates: gates.clone(),
                    probabilities: tensor(probabilities, [count]),
                }
            });
            Outcome {
                result: tensor(context, shape),
                saved,
            }
        })
    }

    /// Gradients of queries (joint with keys and values, or alone), memory and gates.
    fn backward(
        &self,
        saved: Saved,
        gradient: FlexTensor,
        inputs: bool,
        gates: bool,
    ) -> [Option<FlexTensor>; 3] {
        let gradient = whole(gradient);
        let Saved {
            queries,
            memory,
            gates: all_gates,
            probabilities,
        } = saved;
        let found = with_real!(gradient, T => {
            let own_gates = self.gates::<T>(all_gates.as_ref());
            let attention = self.attention(&queries, memory.as_ref(), own_gates.as_deref());
            let buffer = |of: &FlexTensor| {
                let [rows, width] = sizes(of);
                buffers::take::<T>(rows * width)
            };
            let mut of_queries = inputs.then(|| buffer(&queries));
            let mut of_memory = memory.as_ref().filter(|_| inputs).map(buffer);
            let into = match (&mut of_queries, &mut of_memory) {
                (Some(queries), Some(memory)) => AttentionGradient::Separate(queries, memory),
                (Some(joint), None) => AttentionGradient::Joint(joint),
                _ => AttentionGradient::None,
            };
            let mut kept = super::storage::into_buffer::<T>(probabilities);
            let by_gates = attention_backward(&attention, &mut kept, numbers(&gradient), into);
            buffers::give(kept);
            let of_gates = all_gates.as_ref().filter(|_| gates).map(|gates| self.spread(&by_gates, gates));
            [
                of_queries.map(|values| tensor(values, sizes(&queries))),
                of_memory.zip(memory.as_ref()).map(|(values, memory)| tensor(values, sizes(memory))),
                of_gates,
            ]
        });
        recycle(gradient);
        recycle(queries);
        memory.into_iter().for_each(recycle);
        found
    }

    /// Derivatives by this module's gates, `[sequences][heads]`, in a tensor of all gates' shape, `[copies, N]`.
    fn spread<T: Number>(&self, by_gates: &[T], gates: &FlexTensor) -> FlexTensor {
        let [copies, total] = sizes(gates);
        let mut all = vec![T::ZERO; copies * total];
        let first = self.gated.as_ref().map_or(0, |columns| columns.start);
        for (sequence, by_gates) in by_gates.chunks_exact(self.heads).enumerate() {
            let copy = if copies == 1 { 0 } else { sequence };
            let own = &mut all[copy * total + first..][..self.heads];
            for (sum, &by_gate) in own.iter_mut().zip(by_gates) {
                *sum += by_gate;
            }
        }
        tensor(all, [copies, total])
    }
}

impl<const N: usize> Operation<N> for Attend {
    type Saved = Saved;

    fn forward(&self, inputs: [FlexTensor; N], wanted: [bool; N]) -> Outcome<Saved> {
        let mut inputs = inputs.map(whole).map(Some);
        let gates = if self.gated.is_some() {
            inputs[N - 1].take()
        } else {
            None
        };
        match inputs[0].take() {
            Some(joint) => Attend::forward(self, joint, None, gates, wanted.contains(&true)),
            None => unreachable!("the projections come first"),
        }
    }

    fn backward(&self, saved: Saved, gradient: FlexTensor, wanted: [bool; N]) -> [Option<FlexTensor>; N] {
        let [joint, _, gates] = Attend::backward(
            self,
            saved,
            gradient,
            wanted[0],
            self.gated.is_some() && wanted[N - 1],
        );
        let mut found = [const { None }; N];
        if self.gated.is_some() {
            found[N - 1] = gates;
        }
        found[0] = joint;
        found
    }
}

impl<const N: usize> Operation<N> for Separate {
    type Saved = Saved;

    fn forward(&self, inputs: [FlexTensor; N], wanted: [bool; N]) -> Outcome<Saved> {
        let mut inputs = inputs.map(whole).map(Some);
        let gates = if self.0.gated.is_some() {
            inputs[N - 1].take()
        } else {
            None
        };
        match (inputs[0].take(), inputs[1].take()) {
            (Some(queries), Some(memory)) => {
                self.0
                    .forward(queries, Some(memory), gates, wanted.contains(&true))
            }
            _ => unreachable!("queries and memory come first"),
        }
    }

    fn backward(&self, saved: Saved, gradient: FlexTensor, wanted: [bool; N]) -> [Option<FlexTensor>; N] {
        let inputs = wanted[0] || wanted[1];
        let [queries, memory, gates] =
            self.0
                .backward(saved, gradient, inputs, self.0.gated.is_some() && wanted[N - 1]);
        let mut found = [const { None }; N];
        if self.0.gated.is_some() {
            found[N - 1] = gates;
        }
        found[0] = queries;
        found[1] = memory;
        found
    }
}
