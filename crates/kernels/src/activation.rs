//! Activations with the bias before and the dropout after them.

use crate::rows::{Blocks, Rows, RowsMut, count};
use crate::{DropoutRows, Real};

/// The kernel of a smooth activation, from its value and slope at one number.
macro_rules! smooth {
    ($(#[$meta:meta])* $forward:ident, $block:ident, $of_number:ident) => {
        $(#[$meta])*
        ///
        /// # Panics
        ///
        /// Where the lengths differ.
        pub fn $forward<T: Real>(values: &mut [T], slope: Option<&mut [T]>) {
            if let Some(slope) = &slope {
                assert_eq!(slope.len(), values.len(), "a slope for each value");
            }
            let blocks = Blocks::of(values.len(), 1);
            let slope = slope.map(|values| RowsMut { values, width: 1 });
            blocks.run((RowsMut { values, width: 1 }, slope), &|(values, slope)| {
                $block(values, slope);
            });
        }

        vectorised! {
            fn $block<'a, T>(values: RowsMut<'a, T>, slope: Option<RowsMut<'a, T>>) {
                match slope {
                    Some(slopes) => {
                        for (value, slope) in values.values.iter_mut().zip(slopes.values) {
                            (*value, *slope) = value.$of_number();
                        }
                    }
                    None => {
                        for value in values.values {
                            *value = value.$of_number().0;
                        }
                    }
                }
            }
        }
    };
}

smooth! {
    /// GELU in place, in its exact form ([`Real::gelu`]); `slope`, of the same length, becomes the derivative at each
    /// value, for [`multiply`] in the backward pass.
    gelu_forward, gelu_block, gelu
}
smooth! {
    /// GELU in place, by the hyperbolic tangent ([`Real::gelu_tanh`]); `slope` as of [`gelu_forward`].
    gelu_tanh_forward, gelu_tanh_block, gelu_tanh
}
smooth! {
    /// SiLU in place ([`Real::silu`]); `slope` as of [`gelu_forward`].
    silu_forward, silu_block, silu
}

/// `gradient` times `slope`, value by value, into `gradient`.
///
/// # Panics
///
/// Where the lengths differ.
pub fn multiply<T: Real>(gradient: &mut [T], slope: &[T]) {
    assert_eq!(gradient.len(), slope.len(), "a slope for each gradient");
    let blocks = Blocks::of(gradient.len(), 1);
    let piece = (
        RowsMut {
            values: gradient,
            width: 1,
        },
        Rows {
            values: slope,
            width: 1,
        },
    );
    blocks.run(piece, &|(gradient, slope)| multiply_block(gradient, slope));
}

vectorised! {
    fn multiply_block<'a, T>(gradient: RowsMut<'a, T>, slope: Rows<'a, T>) {
        for (gradient, &slope) in gradient.values.iter_mut().zip(slope.values) {
            *gradient *= slope;
        }
    }
}

/// ReLU, then dropout, in place on `values` `[rows, width]`.
///
/// # Panics
///
/// Where `values` is not whole rows, one for each number in `dropout`.
pub fn relu_dropout_forward<T: Real>(values: &mut [T], width: usize, dropout: Option<DropoutRows<'_>>) {
    let rows = count(values.len(), width);
    if let Some(dropout) = dropout {
        dropout.check(rows);
    }
    Blocks::of(rows, width).run((RowsMut { values, width }, dropout), &|(values, dropout)| {
        relu_block(values, dropout);
    });
}

vectorised! {
    fn relu_block<'a, T>(rows: RowsMut<'a, T>, dropout: Option<DropoutRows<'a>>) {
        for (row, values) in rows.values.chunks_exact_mut(rows.width).enumerate() {
            for value in values.iter_mut() {
                *value = positive_part(*value);
            }
            if let Some(DropoutRows { dropout, keys }) = dropout {
                dropout.scale_row(keys[row], values);
            }
        }
    }
}

/// The larger of x and 0, and NaN for NaN. A sum, since a choice between 0 and what is there already would be compiled to
/// a branch on whether to store.
#[inline(always)]
fn positive_part<T: Real>(x: T) -> T {
    (x + x.abs()) * T::of(0.5)
}

/// The backward pass of [`relu_dropout_forward`], in place: `gradient` times `scale` (of the dropout, 1 without) where
/// the activation that the forward pass left is above 0, else 0. What was dropped has an activation of 0.
///
/// # Panics
///
/// Where the lengths differ.
pub fn relu_dropout_backward<T: Real>(gradient: &mut [T], activation: &[T], scale: f64) {
    assert_eq!(
        gradient.len(),
        activation.len(),
        "an activation for each gradient"
    );
    let scale = T::of(scale);
    let blocks = Blocks::of(gradient.len(), 1);
    let piece = (
        RowsMut {
            values: gradient,
            width: 1,
        },
        Rows {
            values: activation,
            width: 1,
        },
    );
    blocks.run(piece, &|(gradient, activation)| {
        relu_backward_block(gradient, activation, scale);
    });
}

vectorised! {
    fn relu_backward_block<'a, T>(gradient: RowsMut<'a, T>, activation: Rows<'a, T>, scale: T) {
        for (gradient, &activation) in gradient.values.iter_mut().zip(activation.values) {
            let passed = if activation > T::ZERO { scale } else { T::ZERO };
            *gradient *= passed;
        }
    }
}

/// Copies `bias` `[width]` into each row of `values` `[rows, width]`, for a product that is to be added to it.
///
/// # Panics
///
/// Where `values` is not whole rows as long as `bias`.
pub fn fill_rows<T: Real>(values: &mut [T], bias: &[T]) {
    let width = bias.len();
    let blocks = Blocks::of(count(values.len(), width), width);
    blocks.run(RowsMut { values, width }, &|rows| {
        for row in rows.values.chunks_exact_mut(width) {
            row.copy_from_slice(bias);
        }
    });
}

/// The sum of each column of `values` `[rows, width]` into `out` `[width]`: the gradient of a bias.
///
/// # Panics
///
/// Where `values` is not whole rows as long as `out`.
pub fn column_sums<T: Real>(values: &[T], out: &mut [T]) {
    let width = out.len();
    let blocks = Blocks::of(count(values.len(), width), width);
    blocks.summed(out, |sums| {
        blocks.run((Rows { values, width }, sums), &|(rows, sums)| {
            column_block(rows, sums.values);
        });
    });
}

vectorised! {
    fn column_block<'a, T>(rows: Rows<'a, T>, sums: &'a mut [T]) {
        for values in rows.values.chunks_exact(rows.width) {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dropout;
    use crate::testing::{assert_close, assert_same_with_any_threads, differences, dot, numbers};
    use proptest::prelude::*;

    type Forward<T> = fn(&mut [T], Option<&mut [T]>);

    /// A kernel gives the values and slopes of each number, alone and with slopes, and its gradient is that of differences.
    fn follows(n: usize, seed: u64, forward: Forward<f64>, single: Forward<f32>, at: fn(f64) -> (f64, f64)) {
        let before: Vec<f64> = numbers(n, seed);
        let (mut values, mut slope) = (before.clone(), vec![f64::NAN; n]);
        forward(&mut values, Some(&mut slope));
        let expected: Vec<f64> = before.iter().map(|&x| at(x).0).collect();
        assert_eq!(values, expected);
        let mut alone = before.clone();
        forward(&mut alone, None);
        assert_eq!(alone, expected);

        let d_out: Vec<f64> = numbers(n, !seed);
        let mut gradient = d_out.clone();
        multiply(&mut gradient, &slope);
        let loss = |moved: &[f64]| moved.iter().zip(&d_out).map(|(&x, d)| at(x).0 * d).sum();
        assert_close(&gradient, &differences(&before, loss), 1e-8);

        let (mut values, mut slope) = (numbers::<f32>(n, seed), vec![f32::NAN; n]);
        single(&mut values, Some(&mut slope));
        assert_close(&values, &expected, 1e-6);
        assert_close(
            &slope,
            &before.iter().map(|&x| at(x).1).collect::<Vec<f64>>(),
            1e-6,
        );
    }

    proptest! {
        #[test]
        fn smooth_activations_and_their_gradients(n in 0_usize..300, seed: u64) {
            follows(n, seed, gelu_forward, gelu_forward, |x| x.gelu());
            follows(n, seed, gelu_tanh_forward, gelu_tanh_forward, |x| x.gelu_tanh());
            follows(n, seed, silu_forward, silu_forward, |x| x.silu());
        }

        #[test]
        fn relu_with_dropout_and_its_gradient(
            rows in 0_usize..4, width in 1_usize..70, rate in 0.0_f64..0.6, seed: u64,
        ) {
            let keys: Vec<u64> = (0..rows as u64).map(|key| key + seed % 7).collect();
            let dropout = Dropout::new(rate, seed, 2).map(|dropout| DropoutRows { dropout, keys: &keys });
            let mut factors = vec![1.0; rows * width];
            if let Some(DropoutRows { dropout, keys }) = dropout {
                for (factors, &key) in factors.chunks_exact_mut(width).zip(keys) {
                    dropout.factors(key, factors);
                }
            }
            let before: Vec<f64> = numbers(rows * width, seed);
            let relu = |at: &[f64]| -> Vec<f64> {
                at.iter().zip(&factors).map(|(x, factor)| x.max(0.0) * factor).collect()
            };
            let mut values = before.clone();
            relu_dropout_forward(&mut values, width, dropout);
            prop_assert_eq!(&values, &relu(&before));
            let mut undefined = [f64::NAN];
            relu_dropout_forward(&mut undefined, 1, None);
            prop_assert!(undefined[0].is_nan());

            let d_out: Vec<f64> = numbers(rows * width, !seed);
            let mut gradient = d_out.clone();
            relu_dropout_backward(&mut gradient, &values, dropout.map_or(1.0, |rows| rows.dropout.scale()));
            let away_from_0 = |x: &f64| x.abs() > 1e-4;
            prop_assume!(before.iter().all(away_from_0));
            assert_close(&gradient, &differences(&before, |at| dot(&relu(at), &d_out)), 1e-8);
        }

        #[test]
        fn biases_are_copied_and_columns_summed(rows in 0_usize..9, width in 1_usize..70, seed: u64) {
            let (before, bias): (Vec<f64>, Vec<f64>) = (numbers(rows * width, seed), numbers(width, !seed));
            let mut filled = before.clone();
            let mut sums = vec![f64::NAN; width];
            fill_rows(&mut filled, &bias);
            column_sums(&before, &mut sums);
            for column in 0..width {
                for row in 0..rows {
                    let at = row * width + column;
                    prop_assert_eq!(filled[at], bias[column]);
                }
                let sum: f64 = (0..rows).map(|row| before[row * width + column]).sum();
                prop_assert!((sums[column] - sum).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (rows, width) = (1301, 257);
        let n = rows * width;
        let keys: Vec<u64> = (0..rows as u64).collect();
        let dropout = Dropout::new(0.1, 1, 1).map(|dropout| DropoutRows { dropout, keys: &keys });
        let (before, bias): (Vec<f32>, Vec<f32>) = (numbers(n, 3), numbers(width, 4));
        assert_same_with_any_threads(|| {
            let (mut gelu, mut slope) = (before.clone(), vec![0.0; n]);
            gelu_forward(&mut gelu, Some(&mut slope));
            multiply(&mut gelu, &slope);
            let (mut by_tanh, mut silu) = (before.clone(), before.clone());
            gelu_tanh_forward(&mut by_tanh, None);
            silu_forward(&mut silu, None);
            let (mut relu, mut gradient) = (before.clone(), before.clone());
            relu_dropout_forward(&mut relu, width, dropout);
            relu_dropout_backward(&mut gradient, &relu, 2.0);
            let mut filled = vec![0.0; n];
            fill_rows(&mut filled, &bias);
            let mut sums = vec![0.0; width];
            column_sums(&before, &mut sums);
            [gelu, slope, by_tanh, silu, relu, gradient, filled, sums].concat()
        });
    }

    #[test]
    fn columns_of_many_blocks_are_summed_once() {
        let (rows, width) = (3000, 100);
        let mut sums = vec![f64::NAN; width];
        column_sums(&vec![1.0; rows * width], &mut sums);
        assert_eq!(sums, vec![rows as f64; width]);
    }
}
