//! Linear layers whose weights are packed once and multiplied many times.
//!
//! A general product packs the weights at every call, which is most of the work where rows are few: a step of a decoder has
//! as many as there are hypotheses. Single precision alone, for what is not trained.

mod tile;

use rayon::prelude::*;

use self::tile::Product;
use crate::Matrix;
use crate::wide::widest_panel;

/// Rows of a block that is multiplied by all weights before the next: it stays in a second-level cache.
const ROWS: usize = 256;

/// Floating-point operations from which a product is shared out between threads.
const SHARED_FROM: usize = 1 << 22;

/// `x W + b` for several `[W, b]` side by side.
///
/// The weights lie in panels of as many columns as a tile has, a panel's rows one after another. Each number of a result is
/// summed in the order of the inputs, whatever the vectors and the threads.
#[derive(Debug)]
pub struct Packed {
    /// The panels, from `begin` on, where a cache line begins.
    numbers: Vec<f32>,
    begin: usize,
    bias: Vec<f32>,
    inputs: usize,
    /// Columns of a whole panel; the last may have fewer, in whole vectors.
    panel: usize,
    lanes: usize,
}

impl Packed {
    /// Weights `[inputs, columns]` and biases of several layers of the same inputs.
    ///
    /// # Panics
    /// If the inputs differ, or a bias has not one number for each column.
    pub fn new(layers: &[(Matrix<'_, f32>, &[f32])]) -> Self {
        let inputs = layers.first().map_or(0, |(weight, _)| weight.rows);
        let (lanes, vectors) = widest_panel();
        let panel = vectors * lanes;
        let columns: usize = layers.iter().map(|(weight, _)| weight.columns).sum();
        let size = inputs * columns.next_multiple_of(lanes);
        // A vector that crosses a cache line is read twice.
        let mut numbers = vec![0.0_f32; size + 16];
        let begin = numbers.as_ptr().align_offset(64).min(16);
        let (mut bias, mut first) = (Vec::with_capacity(columns), 0);
        for &(weight, own) in layers {
            assert_eq!(weight.rows, inputs, "layers side by side have the same inputs");
            assert_eq!(weight.columns, own.len(), "a bias for each column");
            bias.extend_from_slice(own);
            for column in 0..weight.columns {
                let place = Place::of(first + column, columns, panel, lanes);
                let into = &mut numbers[begin + place.begin * inputs + place.within..];
                let from = &weight.data[column * weight.column_stride..];
                let from = from.iter().step_by(weight.row_stride).take(inputs);
                for (into, &from) in into.iter_mut().step_by(place.width).zip(from) {
                    *into = from;
                }
            }
            first += weight.columns;
        }
        Self {
            numbers,
            begin,
            bias,
            inputs,
            panel,
            lanes,
        }
    }

    /// Numbers of a row of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of a row of results.
    pub fn columns(&self) -> usize {
        self.bias.len()
    }

    /// `x W + b` into `out`: `[rows, inputs]` to `[rows, columns]`.
    ///
    /// # Panics
    /// If the sizes do not fit.
    pub fn apply(&self, x: &[f32], out: &mut [f32]) {
        self.apply_then(x, out, &|_, _| ());
    }

    /// [`apply`](Self::apply), and then `finish` for the number of the first row and the results of each block of rows, while
    /// they are in the cache.
    ///
    /// # Panics
    /// If the sizes do not fit.
    pub fn apply_then(&self, x: &[f32], out: &mut [f32], finish: &(impl Fn(usize, &mut [f32]) + Sync)) {
        let (inputs, columns) = (self.inputs, self.columns());
        let rows = crate::rows::count(out.len(), columns);
        assert_eq!(x.len(), rows * inputs, "a row of inputs for each of results");
        let shared = rayon::current_num_threads() > 1 && 2 * rows * inputs * columns >= SHARED_FROM;
        let block = |number: usize, out: &mut [f32]| {
            let first = number * ROWS;
            let x = &x[first * inputs..][..out.len() / columns * inputs];
            let product = Product::new(self, x, out.chunks_exact_mut(columns).collect());
            product.run(shared && rows <= ROWS);
            finish(first, out);
        };
        if shared && rows > ROWS {
            let blocks = out.par_chunks_mut(ROWS * columns).enumerate();
            blocks.for_each(|(number, out)| block(number, out));
        } else {
            let blocks = out.chunks_mut(ROWS * columns).enumerate();
            blocks.for_each(|(number, out)| block(number, out));
        }
    }

    /// Number of panels.
    fn panels(&self) -> usize {
        self.columns().div_ceil(self.panel)
    }

    /// The numbers of a panel and the columns that it stands for.
    fn panel(&self, number: usize) -> (&[f32], usize) {
        let first = number * self.panel;
        let columns = self.panel.min(self.columns() - first);
        let size = self.inputs * columns.next_multiple_of(self.lanes);
        (&self.numbers[self.begin + first * self.inputs..][..size], columns)
    }
}

/// Where a column lies.
struct Place {
    /// First column of its panel.
    begin: usize,
    /// Its column in the panel.
    within: usize,
    /// Columns of a row of the panel, padding included.
    width: usize,
}

impl Place {
    fn of(column: usize, columns: usize, panel: usize, lanes: usize) -> Self {
        let begin = column / panel * panel;
        Self {
            begin,
            within: column - begin,
            width: panel.min((columns - begin).next_multiple_of(lanes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_same_with_any_threads, numbers};
    use crate::{MatrixMut, Write, matmul};
    use proptest::prelude::*;

    /// Numbers of which every product and sum is exact.
    fn exact(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7 + seed) % 11) as f32 - 5.0).collect()
    }

    proptest! {
        #[test]
        fn layers_side_by_side_are_products_and_biases(
            rows in 0_usize..20, inputs in 1_usize..30, widths in prop::collection::vec(1_usize..90, 1..4), turned: bool,
        ) {
            let weights: Vec<Vec<f32>> = widths.iter().map(|&width| exact(inputs * width, width)).collect();
            let biases: Vec<Vec<f32>> = widths.iter().map(|&width| exact(width, 3)).collect();
            let matrix = |layer: usize| if turned {
                Matrix::new(&weights[layer], widths[layer], inputs, inputs).transposed()
            } else {
                Matrix::new(&weights[layer], inputs, widths[layer], widths[layer])
            };
            let layers: Vec<_> = (0..widths.len()).map(|layer| (matrix(layer), &biases[layer][..])).collect();
            let packed = Packed::new(&layers);
            let total = packed.columns();
            prop_assert_eq!((packed.inputs(), total), (inputs, widths.iter().sum()));
            let x = exact(rows * inputs, 1);
            let (mut got, mut want) = (vec![f32::NAN; rows * total], vec![0.0; rows * total]);
            packed.apply(&x, &mut got);
            for row in want.chunks_exact_mut(total) {
                row.copy_from_slice(&biases.concat());
            }
            let mut first = 0;
            for (layer, &width) in widths.iter().enumerate().filter(|_| rows > 0) {
                let out = MatrixMut::new(&mut want[first..], rows, width, total);
                matmul(Matrix::new(&x, rows, inputs, inputs), matrix(layer), out, 1.0, Write::Add);
                first += width;
            }
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn many_inputs_are_summed_in_parts_and_the_number_of_threads_changes_nothing() {
        for (rows, inputs, columns) in [(600, 1100, 130), (20, 2100, 700)] {
            let (weight, bias): (Vec<f32>, Vec<f32>) = (numbers(inputs * columns, 1), numbers(columns, 2));
            let x: Vec<f32> = numbers(rows * inputs, 3);
            let packed = Packed::new(&[(Matrix::contiguous(&weight, columns), &bias)]);
            assert_same_with_any_threads(|| {
                let mut out = vec![0.0; rows * columns];
                packed.apply_then(&x, &mut out, &|first, block| block[0] += first as f32);
                out
            });
            let mut out = vec![0.0; rows * columns];
            packed.apply(&x, &mut out);
            for row in [0, rows - 1] {
                for column in [0, columns - 1] {
                    let products = (0..inputs)
                        .map(|p| f64::from(x[row * inputs + p]) * f64::from(weight[p * columns + column]));
                    let want = products.sum::<f64>() + f64::from(bias[column]);
                    let got = f64::from(out[row * columns + column]);
                    assert!((got - want).abs() < 1e-3, "{got} {want}");
                }
            }
        }
    }

    #[test]
    fn each_number_has_the_bytes_of_one_sum_in_order() {
        let (inputs, columns) = (1500, 50);
        let (weight, bias): (Vec<f32>, Vec<f32>) = (numbers(inputs * columns, 1), numbers(columns, 2));
        let x: Vec<f32> = numbers(inputs, 3);
        let mut out = vec![0.0; columns];
        Packed::new(&[(Matrix::contiguous(&weight, columns), &bias)]).apply(&x, &mut out);
        for (column, &got) in out.iter().enumerate() {
            let sum = (0..inputs).fold(0.0_f32, |sum, p| x[p].mul_add(weight[p * columns + column], sum));
            assert_eq!(got, sum + bias[column]);
        }
    }
}
