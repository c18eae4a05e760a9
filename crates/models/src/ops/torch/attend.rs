//! Gated attention in the rectangle of a batch.

use burn::tensor::Tensor;

use super::step::{Operand, apply, constant};
use crate::SequenceRows;
use crate::gates::ModuleGates;
use crate::ops::Attending;

pub(in crate::ops) fn attend(
    projected: Tensor<2>,
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let projected = how.queries.to_rectangle(projected);
    let heads = Heads::new(how, gates.as_ref());
    let contexts = |projected: &tch::Tensor, gates: Option<&tch::Tensor>| {
        let [query, key, value] = [0, 1, 2].map(|part| heads.split(projected, how.queries, part, 3));
        heads.contexts([query, key, value], gates)
    };
    let contexts = match gates {
        Some(gates) => {
            let inputs = [Operand::new(projected), Operand::new(gates.all.clone())];
            apply(inputs, |[projected, gates]| contexts(projected, Some(gates)))
        }
        None => apply([Operand::new(projected)], |[projected]| contexts(projected, None)),
    };
    how.queries.out_of_rectangle(contexts)
}

pub(in crate::ops) fn attend_to(
    queries: Tensor<2>,
    memory: Tensor<2>,
    gates: Option<ModuleGates<'_>>,
    how: &Attending<'_>,
) -> Tensor<2> {
    let queries = Operand::new(how.queries.to_rectangle(queries));
    let memory = Operand::new(how.keys.to_rectangle(memory));
    let heads = Heads::new(how, gates.as_ref());
    let contexts = |queries: &tch::Tensor, memory: &tch::Tensor, gates: Option<&tch::Tensor>| {
        let query = heads.split(queries, how.queries, 0, 1);
        let [key, value] = [0, 1].map(|part| heads.split(memory, how.keys, part, 2));
        heads.contexts([query, key, value], gates)
    };
    let contexts = match gates {
        Some(gates) => apply(
            [queries, memory, Operand::new(gates.all.clone())],
            |[queries, memory, gates]| contexts(queries, memory, Some(gates)),
        ),
        None => apply([queries, memory], |[queries, memory]| {
            contexts(queries, memory, None)
        }),
    };
    how.queries.out_of_rectangle(contexts)
}

/// What attention of one module needs besides its tensors.
struct Heads {
    heads: i64,
    /// First column of the gates in those of all heads.
    first: i64,
    /// Added to the scores.
    mask: Option<tch::Tensor>,
    dropout: f64,
}

impl Heads {
    fn new(how: &Attending<'_>, gates: Option<&ModuleGates<'_>>) -> Self {
        let causal = how.causal.then(|| how.queries.causal());
        let masks = [how.keys.padding(), causal].into_iter().flatten();
        Self {
            heads: how.heads as i64,
            first: gates.map_or(0, |gates| gates.columns.start as i64),
            mask: masks
                .reduce(|one, other| one + other)
                .map(|mask| constant(mask).tensor),
            dropout: how.dropout.map_or(0.0, |dropout| dropout.rate),
        }
    }

    /// One of `parts` tensors that stand side by side in `cells`, by head: `[sequences, heads, length, width of a head]`.
    fn split(&self, cells: &tch::Tensor, rows: &SequenceRows, part: i64, parts: i64) -> tch::Tensor {
        let shape = [
            rows.sequences() as i64,
            rows.length() as i64,
            parts,
            self.heads,
            -1,
        ];
        cells.view(shape).select(2, part).transpose(1, 2)
    }

    /// `[cells, width]`.
    fn contexts(&self, [query, key, value]: [tch::Tensor; 3], gates: Option<&tch::Tensor>) -> tch::Tensor {
        let mask = self.mask.as_ref();
        let contexts = tch::Tensor::scaled_dot_product_attention(
            &query,
            &key,
            &value,
            mask,
            self.dropout,
            false,
            None,
            false,
        );
        let contexts = match gates {
            Some(gates) => {
                let copies = gates.size()[0];
                let own = gates.narrow(1, self.first, self.heads);
                contexts * own.view([copies, self.heads, 1, 1])
            }
            None => contexts,
        };
        let width = self.heads * value.size()[3];
        contexts.transpose(1, 2).reshape([-1, width])
    }
}
