//! Which rows of the hidden states belong to which sequence of a batch: without padding, or as a rectangle.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use burn::tensor::{Int, Tensor};

use crate::TensorOptions;

/// Added to the scores of keys that a query must not see; any value whose exponential underflows gives the same result.
const MASKED_SCORE: f64 = -1e9;

/// The sequences of a batch in the rows of its hidden states.
///
/// Packed, the tokens of all sequences stand one after another. As a rectangle, every sequence has as many rows as the
/// longest; rows of padding compute something that nobody looks at.
#[derive(Debug)]
pub struct SequenceRows {
    length: usize,
    packed: bool,
    /// Rows of the tokens of each sequence.
    tokens: Vec<Range<usize>>,
    /// Cell of the host's rectangle for each row.
    cells: Vec<usize>,
    dropout_rows: Arc<[u64]>,
    options: TensorOptions,
    padding: OnceLock<Option<Tensor<4>>>,
    causal: OnceLock<Tensor<4>>,
    cells_on_device: OnceLock<[Tensor<1, Int>; 2]>,
}

impl SequenceRows {
    /// Rows for a rectangle of `sequences` rows of cells, true at tokens and false at padding. Batches are packed if
    /// `options` say so, and where padding stands between tokens.
    pub fn new(is_token: &[bool], sequences: usize, options: &TensorOptions) -> Self {
        let length = is_token.len() / sequences.max(1);
        let lines = || is_token.chunks(length.max(1)).take(sequences);
        let gap = lines()
            .any(|line| line.windows(2).filter(|pair| !pair[0] && pair[1]).count() > usize::from(!line[0]));
        // Without padding both layouts are the same rows, and the rectangle is there without moving any.
        let packed = gap || (options.packed && is_token.contains(&false));
        let (mut tokens, mut cells, mut dropout_rows) = (Vec::new(), Vec::new(), Vec::new());
        for (sequence, line) in lines().enumerate() {
            let mut position = 0;
            let begin = cells.len();
            let mut first = begin;
            for (column, &token) in line.iter().enumerate() {
                if !token && packed {
                    continue;
                }
                if token && position == 0 {
                    first = cells.len();
                }
                cells.push(sequence * length + column);
                // A token has the same draws in both layouts.
                let place = if token { position } else { (1 << 31) + column };
                dropout_rows.push(((sequence as u64) << 32) | place as u64);
                position += usize::from(token);
            }
            tokens.push(first..first + position);
        }
        Self {
            length,
            packed,
            tokens,
            cells,
            dropout_rows: dropout_rows.into(),
            options: options.clone(),
            padding: OnceLock::new(),
            causal: OnceLock::new(),
            cells_on_device: OnceLock::new(),
        }
    }

    /// Number of sequences.
    pub fn sequences(&self) -> usize {
        self.tokens.len()
    }

    /// Cells of each sequence in the rectangle.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Rows of the hidden states.
    pub fn count(&self) -> usize {
        self.cells.len()
    }

    /// Tokens in all sequences.
    pub fn token_count(&self) -> usize {
        self.tokens.iter().map(Range::len).sum()
    }

    /// Rows of the tokens of each sequence.
    pub fn tokens(&self) -> &[Range<usize>] {
        &self.tokens
    }

    /// Rows of each sequence, padding included.
    pub fn all(&self) -> impl Iterator<Item = Range<usize>> {
        let packed = self.packed;
        self.tokens.iter().enumerate().map(move |(sequence, tokens)| {
            if packed {
                tokens.clone()
            } else {
                sequence * self.length..(sequence + 1) * self.length
            }
        })
    }

    /// A number for each row that stands for it in the draws of dropout.
    pub fn dropout_rows(&self) -> &[u64] {
        &self.dropout_rows
    }

    /// [`dropout_rows`](Self::dropout_rows) to keep, without copying them.
    #[cfg(feature = "flex")]
    pub(crate) fn shared_dropout_rows(&self) -> Arc<[u64]> {
        Arc::clone(&self.dropout_rows)
    }

    /// What the options of the batch say.
    pub fn options(&self) -> &TensorOptions {
        &self.options
    }

    /// Values of a host array that has one for each cell of the rectangle, for each row.
    pub fn of_cells<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.cells.iter().map(|&cell| values[cell]).collect()
    }

    /// The given sequences, in the given order, and which of the rows are theirs.
    pub(crate) fn select(&self, sequences: &[i32]) -> (Self, Vec<i32>) {
        let all: Vec<Range<usize>> = self.all().collect();
        let is_token = self.is_token();
        let (mut cells, mut rows) = (Vec::new(), Vec::new());
        for &sequence in sequences {
            let sequence = sequence as usize;
            cells.extend_from_slice(&is_token[sequence * self.length..][..self.length]);
            rows.extend(all[sequence].clone().map(|row| row as i32));
        }
        let options = TensorOptions {
            packed: self.packed,
            ..self.options.clone()
        };
        (Self::new(&cells, sequences.len(), &options), rows)
    }

    /// Whether the cells of the rectangle of plain attention are tokens: those of the batch or, where it is packed, every
    /// sequence from the left.
    pub(crate) fn is_token(&self) -> Vec<bool> {
        let mut is_token = vec![false; self.sequences() * self.length];
        for (sequence, (tokens, all)) in self.tokens.iter().zip(self.all()).enumerate() {
            let begin = sequence * self.length + tokens.start - all.start;
            is_token[begin..begin + tokens.len()].fill(true);
        }
        is_token
    }

    /// `[sequences, 1, 1, length]`: 0 at tokens and very negative at padding; none without padding.
    pub(crate) fn padding(&self) -> Option<Tensor<4>> {
        let make = || {
            let is_token = self.is_token();
            is_token.contains(&false).then(|| {
                let scores: Vec<f64> = is_token
                    .iter()
                    .map(|&token| if token { 0.0 } else { MASKED_SCORE })
                    .collect();
                self.options.float(&scores, [self.sequences(), 1, 1, self.length])
            })
        };
        self.padding.get_or_init(make).clone()
    }

    /// `[1, 1, length, length]`: 0 where the second does not stand after the first, very negative where it does.
    pub(crate) fn causal(&self) -> Tensor<4> {
        let make = || {
            let length = self.length;
            let hidden = |cell: usize| cell % length > cell / length;
            let scores: Vec<f64> = (0..length * length)
                .map(|cell| if hidden(cell) { MASKED_SCORE } else { 0.0 })
                .collect();
            self.options.float(&scores, [1, 1, length, length])
        };
        self.causal.get_or_init(make).clone()
    }

    /// `[rows, width]` to the rectangle `[sequences * length, width]`, with anything at padding.
    pub(crate) fn to_rectangle(&self, rows: Tensor<2>) -> Tensor<2> {
        if self.packed {
            let [of_cells, _] = self.cells_on_device();
            rows.select(0, of_cells)
        } else {
            rows
        }
    }

    /// The rectangle `[sequences * length, width]` to `[rows, width]`.
    pub(crate) fn out_of_rectangle(&self, cells: Tensor<2>) -> Tensor<2> {
        if self.packed {
            let [_, of_rows] = self.cells_on_device();
            cells.select(0, of_rows)
        } else {
            cells
        }
    }

    /// A number for each row to one for each cell of the rectangle, `[sequences, length]`, with 0 at padding.
    pub fn to_tokens(&self, rows: Tensor<1>) -> Tensor<2> {
        let rectangle = self.to_rectangle(rows.unsqueeze_dim(1));
        let rectangle = rectangle.reshape([self.sequences(), self.length]);
        let is_token: Vec<f64> = self
            .is_token()
            .iter()
            .map(|&token| f64::from(u8::from(token)))
            .collect();
        rectangle * self.options.float(&is_token, [self.sequences(), self.length])
    }

    /// The row of each cell of the rectangle of plain attention, and the cell of each row.
    fn cells_on_device(&self) -> [Tensor<1, Int>; 2] {
        let make = || {
            let mut rows = vec![0; self.sequences() * self.length];
            let mut cells = vec![0; self.count()];
            for (sequence, tokens) in self.tokens.iter().enumerate() {
                for (position, row) in tokens.clone().enumerate() {
                    let cell = sequence * self.length + position;
                    rows[cell] = row as i32;
                    cells[row] = cell as i32;
                }
            }
            [rows, cells].map(|indices| self.options.int(&indices, [indices.len()]))
        };
        self.cells_on_device.get_or_init(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const TOKENS: [bool; 6] = [true, true, false, false, true, true];

    #[test]
    fn packed_rows_leave_padding_out_and_draw_alike() {
        let options = TensorOptions::single(Device::flex());
        let rectangle = SequenceRows::new(&TOKENS, 2, &options);
        let packed = SequenceRows::new(&TOKENS, 2, &options.packed());
        assert_eq!((rectangle.count(), packed.count()), (6, 4));
        assert_eq!(rectangle.tokens(), [0..2, 4..6]);
        assert_eq!(packed.tokens(), [0..2, 2..4]);
        assert_eq!(rectangle.all().collect::<Vec<_>>(), [0..3, 3..6]);
        assert_eq!(packed.of_cells(&[1, 2, 3, 4, 5, 6]), [1, 2, 5, 6]);
        for (one, other) in rectangle.tokens().iter().zip(packed.tokens()) {
            assert_eq!(
                rectangle.dropout_rows()[one.clone()],
                packed.dropout_rows()[other.clone()]
            );
        }
    }

    #[test]
    fn a_gap_between_tokens_is_packed_away() {
        let options = TensorOptions::single(Device::flex());
        let rows = SequenceRows::new(&[true, false, true, true, true, false], 2, &options);
        assert_eq!(rows.tokens(), [0..2, 2..4]);
        assert_eq!(rows.length(), 3);
    }

    #[test]
    fn rows_go_to_the_rectangle_and_back() {
        let options = TensorOptions::single(Device::flex()).packed();
        let rows = SequenceRows::new(&TOKENS, 2, &options);
        let states = options.float(&[1.0, 2.0, 3.0, 4.0], [4, 1]);
        let rectangle = rows.to_rectangle(states.clone());
        assert_eq!(rectangle.dims(), [6, 1]);
        let back = rows.out_of_rectangle(rectangle);
        assert_eq!(back.to_data(), states.to_data());
        let padding = rows
            .padding()
            .map(|padding| padding.try_into_vec_as::<f64>().unwrap());
        assert_eq!(padding, Some(vec![0.0, 0.0, -1e9, 0.0, 0.0, -1e9]));
    }
    #[test]
    fn some_of_the_sequences_keep_their_rows() {
        let options = TensorOptions::single(Device::flex());
        let rectangle = SequenceRows::new(&TOKENS, 2, &options);
        let (last, rows) = rectangle.select(&[1]);
        assert_eq!(
            (last.sequences(), &last.tokens()[0], rows),
            (1, &(1..3), vec![3, 4, 5])
        );
        let packed = SequenceRows::new(&TOKENS, 2, &options.packed());
        let (swapped, rows) = packed.select(&[1, 0]);
        assert_eq!((swapped.tokens(), rows), (&[0..2, 2..4][..], vec![2, 3, 0, 1]));
    }
}
