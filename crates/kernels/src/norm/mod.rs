//! Layer norm (Ba et al. 2016) with the dropout and the residual before it.

mod in_place;

pub use in_place::in_place;

use crate::lanes::{LANES, sum, total};
use crate::rows::{Blocks, Partials, Rows, RowsMut, count};
use crate::{DropoutRows, Real};

/// The constants of a layer norm over rows of one width.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a, T> {
    /// Scale of each column, `[width]`.
    pub gamma: &'a [T],
    /// Shift of each column, `[width]`.
    pub beta: &'a [T],
    /// Added to the variance.
    pub epsilon: f64,
}

/// The layer norm of `dropout(y) + residual`, row by row.
///
/// - `normalised` `[rows, width]`: y on entry; on return the sum with mean 0 and variance 1, which the backward pass
///   needs;
/// - `residual` `[rows, width]`: added after the dropout;
/// - `out` `[rows, width]`: gamma times the normalised sum plus beta;
/// - `inverse_std` `[rows]`: 1 / sqrt(variance + epsilon), which the backward pass needs.
///
/// # Panics
///
/// Where a length does not fit the others.
pub fn forward<T: Real>(
    norm: Norm<'_, T>,
    normalised: &mut [T],
    residual: Option<&[T]>,
    dropout: Option<DropoutRows<'_>>,
    out: &mut [T],
    inverse_std: &mut [T],
) {
    let width = norm.gamma.len();
    let rows = count(normalised.len(), width);
    assert_eq!(norm.beta.len(), width, "beta has one number for each column");
    assert_eq!(out.len(), normalised.len(), "the result is as large as the input");
    assert_eq!(inverse_std.len(), rows, "one deviation for each row");
    if let Some(residual) = residual {
        assert_eq!(
            residual.len(),
            normalised.len(),
            "the residual is as large as the input"
        );
    }
    if let Some(dropout) = dropout {
        dropout.check(rows);
    }
    let piece = (
        RowsMut {
            values: normalised,
            width,
        },
        residual.map(|values| Rows { values, width }),
        dropout,
        RowsMut { values: out, width },
        RowsMut {
            values: inverse_std,
            width: 1,
        },
    );
    Blocks::of(rows, width).run(piece, &|(normalised, residual, dropout, out, inverse_std)| {
        forward_block(norm, normalised, residual, dropout, out, inverse_std);
    });
}

vectorised! {
    fn forward_block<'a, T>(
        norm: Norm<'a, T>,
        normalised: RowsMut<'a, T>,
        residual: Option<Rows<'a, T>>,
        dropout: Option<DropoutRows<'a>>,
        out: RowsMut<'a, T>,
        inverse_std: RowsMut<'a, T>,
    ) {
        let width = normalised.width;
        let share = T::of(1.0 / width as f64);
        let epsilon = T::of(norm.epsilon);
        let rows = normalised.values.chunks_exact_mut(width).zip(out.values.chunks_exact_mut(width));
        for (row, ((x, out), inverse_std)) in rows.zip(inverse_std.values).enumerate() {
            if let Some(DropoutRows { dropout, keys }) = dropout {
                dropout.scale_row(keys[row], x);
            }
            if let Some(residual) = residual {
                let residual = &residual.values[row * width..][..width];
                for (x, &residual) in x.iter_mut().zip(residual) {
                    *x += residual;
                }
            }
            let mean = sum(x, |x| x) * share;
            let variance = sum(x, |x| (x - mean) * (x - mean)) * share;
            let inverse = T::ONE / (variance + epsilon).sqrt();
            *inverse_std = inverse;
            for (((x, out), &gamma), &beta) in x.iter_mut().zip(out).zip(norm.gamma).zip(norm.beta) {
                *x = (*x - mean) * inverse;
                *out = gamma.mul_add(*x, beta);
            }
        }
    }
}

/// The gradients of a layer norm and of the dropout and the residual before it.
///
/// Given the gradient of the output `d_out` `[rows, width]`, `normalised` and `inverse_std` of [`forward`] and `gamma`
/// `[width]`, writes
///
/// - `d_sum` `[rows, width]`: the gradient of the residual, and of y where there was no dropout;
/// - `d_input` `[rows, width]`: the gradient of y under the dropout of the forward pass;
/// - `d_parameters`, each `[width]`: the gradients of gamma and beta.
///
/// # Panics
///
/// Where a length does not fit the others.
pub fn backward<T: Real>(
    gamma: &[T],
    normalised: &[T],
    inverse_std: &[T],
    d_out: &[T],
    d_sum: &mut [T],
    d_input: Option<(&mut [T], DropoutRows<'_>)>,
    d_parameters: Option<(&mut [T], &mut [T])>,
) {
    let width = gamma.len();
    let rows = count(normalised.len(), width);
    assert_eq!(inverse_std.len(), rows, "one deviation for each row");
    assert_eq!(d_out.len(), normalised.len(), "a gradient for each output");
    assert_eq!(d_sum.len(), normalised.len(), "a gradient for each input");
    if let Some((d_input, dropout)) = &d_input {
        assert_eq!(d_input.len(), normalised.len(), "a gradient for each input");
        dropout.check(rows);
    }
    if let Some((d_gamma, d_beta)) = &d_parameters {
        assert_eq!(d_gamma.len(), width, "a gradient for each gamma");
        assert_eq!(d_beta.len(), width, "a gradient for each beta");
    }
    let forward = (
        Rows {
            values: normalised,
            width,
        },
        Rows {
            values: inverse_std,
            width: 1,
        },
        Rows { values: d_out, width },
    );
    let d_sum = RowsMut { values: d_sum, width };
    let d_input = d_input.map(|(values, dropout)| (RowsMut { values, width }, dropout));
    let blocks = Blocks::of(rows, width);
    let run = |d_parameters: Option<(Partials<'_, T>, Partials<'_, T>)>| {
        blocks.run((forward, d_sum, d_input, d_parameters), &|(
            forward,
            d_sum,
            d_input,
            d_parameters,
        )| {
            backward_block(gamma, forward, d_sum, d_input, d_parameters);
        });
    };
    match d_parameters {
        Some((d_gamma, d_beta)) => blocks.summed(d_gamma, |d_gamma| {
            blocks.summed(d_beta, |d_beta| run(Some((d_gamma, d_beta))));
        }),
        None => run(None),
    }
}

vectorised! {
    fn backward_block<'a, T>(
        gamma: &'a [T],
        forward: (Rows<'a, T>, Rows<'a, T>, Rows<'a, T>),
        d_sum: RowsMut<'a, T>,
        d_input: Option<(RowsMut<'a, T>, DropoutRows<'a>)>,
        d_parameters: Option<(Partials<'a, T>, Partials<'a, T>)>,
    ) {
        let (normalised, inverse_std, d_out) = forward;
        let width = gamma.len();
        let share = T::of(1.0 / width as f64);
        let rows = normalised.values.chunks_exact(width).zip(d_out.values.chunks_exact(width));
        let rows = rows.zip(d_sum.values.chunks_exact_mut(width)).zip(inverse_std.values);
        let mut d_input = d_input;
        let mut d_parameters = d_parameters;
        for (row, (((x, d_out), d_sum), &inverse)) in rows.enumerate() {
            if let Some((d_gamma, d_beta)) = &mut d_parameters {
                let parameters = d_gamma.values.iter_mut().zip(d_beta.values.iter_mut());
                for ((&x, &d), (d_gamma, d_beta)) in x.iter().zip(d_out).zip(parameters) {
                    *d_gamma = d.mul_add(x, *d_gamma);
                    *d_beta += d;
                }
            }
            let (slopes, along) = sums(gamma, d_out, x);
            let (mean, along) = (slopes * share, along * share);
            let gradient = |x: T, d: T, gamma: T| inverse * (-x).mul_add(along, d.mul_add(gamma, -mean));
            let columns = d_sum.iter_mut().zip(x).zip(d_out).zip(gamma);
            if let Some((d_input, DropoutRows { dropout, keys })) = &mut d_input {
                let d_input = &mut d_input.values[row * width..][..width];
                for ((((d_sum, &x), &d), &gamma), d_input) in columns.zip(d_input.iter_mut()) {
                    *d_sum = gradient(x, d, gamma);
                    *d_input = *d_sum;
                }
                dropout.scale_row(keys[row], d_input);
            } else {
                for (((d_sum, &x), &d), &gamma) in columns {
                    *d_sum = gradient(x, d, gamma);
                }
            }
        }
    }
}

/// The sums of `gamma d` and of `gamma d x`.
#[inline(always)]
fn sums<T: Real>(gamma: &[T], d: &[T], x: &[T]) -> (T, T) {
    let mut slopes = [T::ZERO; LANES];
    let mut along = [T::ZERO; LANES];
    let (gammas, gamma_rest) = gamma.as_chunks::<LANES>();
    let (ds, d_rest) = d.as_chunks::<LANES>();
    let (xs, x_rest) = x.as_chunks::<LANES>();
    for ((gamma, d), x) in gammas.iter().zip(ds).zip(xs) {
        for lane in 0..LANES {
            let slope = gamma[lane] * d[lane];
            slopes[lane] += slope;
            along[lane] = slope.mul_add(x[lane], along[lane]);
        }
    }
    let rest = gamma_rest.iter().zip(d_rest).zip(x_rest);
    for (lane, ((&gamma, &d), &x)) in rest.enumerate() {
        let slope = gamma * d;
        slopes[lane] += slope;
        along[lane] = slope.mul_add(x, along[lane]);
    }
    (total(&slopes), total(&along))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dropout;
    use crate::testing::{assert_close, assert_same_with_any_threads, differences, dot, numbers};
    use proptest::prelude::*;

    /// Layer norm by its definition.
    fn by_definition(norm: Norm<'_, f64>, sum: &[f64]) -> Vec<f64> {
        let width = norm.gamma.len();
        sum.chunks_exact(width)
            .flat_map(|row| {
                let mean = row.iter().sum::<f64>() / width as f64;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                let deviation = (variance + norm.epsilon).sqrt();
                let columns = row.iter().zip(norm.gamma).zip(norm.beta);
                columns
                    .map(|((x, gamma), beta)| gamma * (x - mean) / deviation + beta)
                    .collect::<Vec<f64>>()
            })
            .collect()
    }

    fn factors(dropout: Option<DropoutRows<'_>>, rows: usize, width: usize) -> Vec<f64> {
        let mut factors = vec![1.0; rows * width];
        if let Some(DropoutRows { dropout, keys }) = dropout {
            for (factors, &key) in factors.chunks_exact_mut(width).zip(keys) {
                dropout.factors(key, factors);
            }
        }
        factors
    }

    proptest! {
        #[test]
        fn values_and_gradients_follow_the_definition(
            rows in 0_usize..4, width in 1_usize..70, residual: bool, rate in 0.0_f64..0.6, seed: u64,
        ) {
            let n = rows * width;
            let keys: Vec<u64> = (0..rows as u64).map(|row| row + seed % 5).collect();
            let dropout = Dropout::new(rate, seed, 1).map(|dropout| DropoutRows { dropout, keys: &keys });
            let factors = factors(dropout, rows, width);
            let (y, r): (Vec<f64>, Vec<f64>) = (numbers(n, seed), numbers(n, !seed));
            let (gamma, beta): (Vec<f64>, Vec<f64>) = (numbers(width, 1), numbers(width, 2));
            // A large epsilon keeps rows of almost equal numbers smooth enough for differences.
            let norm = Norm { gamma: &gamma, beta: &beta, epsilon: 0.1 };
            let sum = |y: &[f64], r: &[f64]| -> Vec<f64> {
                (0..n).map(|i| y[i] * factors[i] + if residual { r[i] } else { 0.0 }).collect()
            };
            let mut normalised = y.clone();
            let (mut out, mut inverse_std) = (vec![f64::NAN; n], vec![f64::NAN; rows]);
            forward(norm, &mut normalised, residual.then_some(&r), dropout, &mut out, &mut inverse_std);
            assert_close(&out, &by_definition(norm, &sum(&y, &r)), 1e-12);

            let d_out: Vec<f64> = numbers(n, seed ^ 3);
            let (mut d_sum, mut d_y) = (vec![f64::NAN; n], vec![f64::NAN; n]);
            let (mut d_gamma, mut d_beta) = (vec![f64::NAN; width], vec![f64::NAN; width]);
            backward(
                &gamma, &normalised, &inverse_std, &d_out, &mut d_sum,
                dropout.map(|dropout| (&mut d_y[..], dropout)), Some((&mut d_gamma, &mut d_beta)),
            );
            let loss = |norm: Norm<'_, f64>, sum: &[f64]| dot(&by_definition(norm, sum), &d_out);
            let of_sum = differences(&sum(&y, &r), |sum| loss(norm, sum));
            assert_close(&d_sum, &of_sum, 1e-6);
            if dropout.is_some() {
                assert_close(&d_y, &differences(&y, |y| loss(norm, &sum(y, &r))), 1e-6);
            }
            let sum = sum(&y, &r);
            let of_gamma = differences(&gamma, |gamma| loss(Norm { gamma, ..norm }, &sum));
            assert_close(&d_gamma, &of_gamma, 1e-6);
            let of_beta = differences(&beta, |beta| loss(Norm { beta, ..norm }, &sum));
            assert_close(&d_beta, &of_beta, 1e-6);

            let mut again = vec![f64::NAN; n];
            backward(&gamma, &normalised, &inverse_std, &d_out, &mut again, None, None);
            prop_assert_eq!(again, d_sum);
        }

        #[test]
        fn single_precision_stays_close_far_from_0(width in 1_usize..300, shift in -1000_i32..1000, seed: u64) {
            let y: Vec<f32> = numbers::<f32>(width, seed).iter().map(|y| y + shift as f32).collect();
            let (gamma, beta): (Vec<f32>, Vec<f32>) = (vec![1.0; width], vec![0.0; width]);
            let (mut normalised, mut out) = (y.clone(), vec![f32::NAN; width]);
            let norm = Norm { gamma: &gamma, beta: &beta, epsilon: 1e-2 };
            forward(norm, &mut normalised, None, None, &mut out, &mut [f32::NAN]);
            let wide: Vec<f64> = y.iter().map(|&y| f64::from(y)).collect();
            let (gamma, beta) = (vec![1.0; width], vec![0.0; width]);
            let norm = Norm { gamma: &gamma, beta: &beta, epsilon: 1e-2 };
            assert_close(&out, &by_definition(norm, &wide), 2e-3);
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (rows, width) = (1201, 301);
        let n = rows * width;
        let keys: Vec<u64> = (0..rows as u64).collect();
        let dropout = Dropout::new(0.1, 1, 1).map(|dropout| DropoutRows { dropout, keys: &keys });
        let (gamma, beta): (Vec<f32>, Vec<f32>) = (numbers(width, 1), numbers(width, 2));
        let norm = Norm {
            gamma: &gamma,
            beta: &beta,
            epsilon: 1e-5,
        };
        let (y, residual): (Vec<f32>, Vec<f32>) = (numbers(n, 3), numbers(n, 4));
        assert_same_with_any_threads(|| {
            let mut normalised = y.clone();
            let (mut out, mut inverse_std) = (vec![0.0; n], vec![0.0; rows]);
            forward(
                norm,
                &mut normalised,
                Some(&residual),
                dropout,
                &mut out,
                &mut inverse_std,
            );
            let (mut d_sum, mut d_y) = (vec![0.0; n], vec![0.0; n]);
            let (mut d_gamma, mut d_beta) = (vec![0.0; width], vec![0.0; width]);
            backward(
                &gamma,
                &normalised,
                &inverse_std,
                &residual,
                &mut d_sum,
                dropout.map(|dropout| (&mut d_y[..], dropout)),
                Some((&mut d_gamma, &mut d_beta)),
            );
            [normalised, out, inverse_std, d_sum, d_y, d_gamma, d_beta].concat()
        });
    }
}
