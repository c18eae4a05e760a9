//! Tokens of several examples.

use crate::{Indices, SequenceRows, TensorOptions};

/// Tokens of several examples.
#[derive(Debug)]
pub struct TokenBatch {
    /// Word piece of each row.
    pub input_ids: Indices,
    /// 0 for the first text, 1 for the second, of each row.
    pub token_type_ids: Indices,
    /// Place of each row in its example.
    pub positions: Indices,
    /// Row of the first token of each example.
    pub first: Indices,
    /// Which rows belong to which example.
    pub rows: SequenceRows,
    /// The examples as rows of their own, for what is computed of each.
    pub examples: SequenceRows,
    /// Class of each example.
    pub labels: Indices,
}

impl TokenBatch {
    /// A batch from host arrays in row-major order; `attention_mask` is true at tokens, false at padding. `options` say
    /// whether padding is left out.
    pub fn new(
        input_ids: &[i32],
        token_type_ids: &[i32],
        attention_mask: &[bool],
        labels: &[i32],
        options: &TensorOptions,
    ) -> Self {
        let batch = labels.len();
        let length = input_ids.len() / batch.max(1);
        let rows = SequenceRows::new(attention_mask, batch, options);
        let indices = |of_cells: &[i32]| Indices::new(&rows.of_cells(of_cells), options);
        let places: Vec<i32> = (0..input_ids.len())
            .map(|cell| (cell % length.max(1)) as i32)
            .collect();
        let first: Vec<i32> = rows.all().map(|all| all.start as i32).collect();
        Self {
            input_ids: indices(input_ids),
            token_type_ids: indices(token_type_ids),
            positions: indices(&places),
            first: Indices::new(&first, options),
            examples: SequenceRows::new(&vec![true; batch], batch, options),
            labels: Indices::new(labels, options),
            rows,
        }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.rows.sequences()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The position of each row as RoBERTa counts: words of an example from `padding + 1` upwards, words that are
    /// `padding` all at its own number.
    pub(super) fn positions_behind(&self, padding: u32) -> Indices {
        let ids = self.input_ids.host();
        let mut positions = vec![padding.cast_signed(); ids.len()];
        for all in self.rows.all() {
            let mut last = padding.cast_signed();
            for row in all.filter(|&row| ids[row] != padding) {
                last += 1;
                positions[row] = last;
            }
        }
        Indices::new(&positions, self.input_ids.options())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn positions_of_roberta_leave_padding_out_on_either_side_and_within() {
        let ids = [0, 5, 1, 2, 1, 1, 0, 2];
        let tokens = [true, true, true, true, false, false, true, true];
        let rectangle = TensorOptions::single(Device::flex());
        let batch = TokenBatch::new(&ids, &[0; 8], &tokens, &[0, 1], &rectangle);
        assert_eq!(batch.positions_behind(1).host(), [2, 3, 1, 4, 1, 1, 2, 3]);
        assert_eq!(batch.positions.host(), [0, 1, 2, 3, 0, 1, 2, 3]);
        let packed = TokenBatch::new(&ids, &[0; 8], &tokens, &[0, 1], &rectangle.packed());
        assert_eq!(packed.positions_behind(1).host(), [2, 3, 1, 4, 2, 3]);
    }
}
