//! Sinusoidal positions as fairseq counts and computes them (Vaswani et al. 2017, section 3.5, in halves).

use burn::tensor::Tensor;

use super::PADDING;
use crate::{Indices, TensorOptions};

/// Rows kept ready; longer inputs get a table of their own.
const ROWS: usize = 1026;

/// Row of the table for a word with `before` words before it in its sentence.
pub(super) fn position(before: usize) -> i32 {
    PADDING + 1 + before as i32
}

/// Row of the table for each id, rows of `length` ids: words are counted from 2, wherever padding stands; padding has
/// row 1.
pub(super) fn positions(ids: &[i32], length: usize) -> Vec<i32> {
    let mut positions = Vec::with_capacity(ids.len());
    for row in ids.chunks(length.max(1)) {
        let mut last = PADDING;
        positions.extend(row.iter().map(|&id| {
            if id == PADDING {
                return PADDING;
            }
            last += 1;
            last
        }));
    }
    positions
}

/// `rows` rows of `width` (even, at least 4) numbers: `sin(p f_i)` in the first half, `cos(p f_i)` in the second, with
/// `f_i = 10000^(-i / (h - 1))` for h = width / 2; the row of padding is 0.
///
/// In 32-bit floats up to sine and cosine, as fairseq does, so that far positions have its angles.
pub fn position_table(rows: usize, width: usize) -> Vec<f32> {
    let half = width / 2;
    let rate = -(10_000_f64.ln() / (half as f64 - 1.0)) as f32;
    let frequencies: Vec<f32> = (0..half).map(|index| (index as f32 * rate).exp()).collect();
    let mut table = Vec::with_capacity(rows * width);
    for row in 0..rows {
        if row == PADDING as usize {
            table.resize(table.len() + width, 0.0);
            continue;
        }
        let angles = || {
            frequencies
                .iter()
                .map(|frequency| f64::from(row as f32 * frequency))
        };
        table.extend(angles().map(|angle| angle.sin() as f32));
        table.extend(angles().map(|angle| angle.cos() as f32));
    }
    table
}

/// The table on a device.
#[derive(Debug, Clone)]
pub(super) struct Positions {
    table: Tensor<2>,
    options: TensorOptions,
}

impl Positions {
    pub(super) fn new(width: usize, options: &TensorOptions) -> Self {
        Self::from_table(position_table(ROWS, width), width, options)
    }

    /// The given rows of `width` numbers instead of those of [`position_table`].
    pub(super) fn from_table(table: Vec<f32>, width: usize, options: &TensorOptions) -> Self {
        let rows = table.len() / width;
        Self {
            table: options.float32(table, [rows, width]),
            options: options.clone(),
        }
    }

    pub(super) fn options(&self) -> &TensorOptions {
        &self.options
    }

    /// The table, or one that has all of `rows`.
    pub(super) fn table_for(&self, rows: &Indices) -> Tensor<2> {
        let rows = rows.host().iter().max().map_or(0, |&last| last as usize + 1);
        let [ready, width] = self.table.dims();
        if rows <= ready {
            return self.table.clone();
        }
        Self::from_table(position_table(rows, width), width, &self.options).table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn words_are_counted_from_2_on_either_side_of_padding() {
        assert_eq!(positions(&[1, 1, 9, 2, 9, 2, 1, 1], 4), [1, 1, 2, 3, 2, 3, 1, 1]);
    }

    #[test]
    fn sines_then_cosines_and_nothing_for_padding() {
        // h = 2, so that the frequencies are 1 and 1/10000.
        let table = position_table(4, 4);
        assert_eq!(table[..4], [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(table[4..8], [0.0; 4]);
        let third = [3_f64.sin(), 3e-4_f64.sin(), 3_f64.cos(), 3e-4_f64.cos()];
        for (got, want) in table[12..].iter().zip(third) {
            assert!((f64::from(*got) - want).abs() < 1e-7, "{got} {want}");
        }
    }

    #[test]
    fn an_input_beyond_the_table_gets_rows_of_the_same_formula() {
        let options = TensorOptions::single(Device::flex());
        let short = Positions::from_table(position_table(3, 6), 6, &options);
        let long = Positions::new(6, &options);
        let numbers = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
        for rows in [[2, 3, 4, 5], [position(9); 4]] {
            let asked = Indices::new(&rows, &options);
            let rows = |table: &Positions| numbers(table.table_for(&asked).select(0, asked.on_device()));
            assert_eq!(rows(&short), rows(&long));
        }
    }
}
