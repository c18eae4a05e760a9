//! A layer norm for inference: in place, with nothing kept for a backward pass.

use super::Norm;
use crate::Real;
use crate::lanes::sum;
use crate::rows::{Blocks, Rows, RowsMut, count};

/// The layer norm of `values + residual` `[rows, width]`, in place of `values`: [`forward`](super::forward) without what only a backward pass
/// needs.
///
/// # Panics
///
/// Where a length does not fit the others.
pub fn in_place<T: Real>(norm: Norm<'_, T>, values: &mut [T], residual: Option<&[T]>) {
    let width = norm.gamma.len();
    let rows = count(values.len(), width);
    assert_eq!(norm.beta.len(), width, "beta has one number for each column");
    if let Some(residual) = residual {
        assert_eq!(
            residual.len(),
            values.len(),
            "the residual is as large as the input"
        );
    }
    let residual = residual.map(|values| Rows { values, width });
    Blocks::of(rows, width).run((RowsMut { values, width }, residual), &|(values, residual)| {
        in_place_block(norm, values, residual);
    });
}

vectorised! {
    fn in_place_block<'a, T>(norm: Norm<'a, T>, values: RowsMut<'a, T>, residual: Option<Rows<'a, T>>) {
        let width = values.width;
        let share = T::of(1.0 / width as f64);
        let epsilon = T::of(norm.epsilon);
        for (row, x) in values.values.chunks_exact_mut(width).enumerate() {
            if let Some(residual) = residual {
                let residual = &residual.values[row * width..][..width];
                for (x, &residual) in x.iter_mut().zip(residual) {
                    *x += residual;
                }
            }
            let mean = sum(x, |x| x) * share;
            let variance = sum(x, |x| (x - mean) * (x - mean)) * share;
            let inverse = T::ONE / (variance + epsilon).sqrt();
            for ((x, &gamma), &beta) in x.iter_mut().zip(norm.gamma).zip(norm.beta) {
                *x = gamma.mul_add((*x - mean) * inverse, beta);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::norm::forward;
    use crate::testing::{assert_same_with_any_threads, numbers};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_has_the_bytes_of_the_one_for_training(rows in 0_usize..5, width in 1_usize..70, residual: bool, seed: u64) {
            let n = rows * width;
            let (values, added): (Vec<f32>, Vec<f32>) = (numbers(n, seed), numbers(n, !seed));
            let (gamma, beta): (Vec<f32>, Vec<f32>) = (numbers(width, seed ^ 1), numbers(width, seed ^ 2));
            let norm = Norm { gamma: &gamma, beta: &beta, epsilon: 1e-5 };
            let (mut got, mut want) = (values.clone(), vec![f32::NAN; n]);
            in_place(norm, &mut got, residual.then_some(&added));
            let mut inverse_std = vec![f32::NAN; rows];
            forward(norm, &mut values.clone(), residual.then_some(&added), None, &mut want, &mut inverse_std);
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (rows, width) = (1201, 301);
        let (gamma, beta): (Vec<f32>, Vec<f32>) = (numbers(width, 1), numbers(width, 2));
        let norm = Norm {
            gamma: &gamma,
            beta: &beta,
            epsilon: 1e-5,
        };
        let (values, residual): (Vec<f32>, Vec<f32>) = (numbers(rows * width, 3), numbers(rows * width, 4));
        assert_same_with_any_threads(|| {
            let mut values = values.clone();
            in_place(norm, &mut values, Some(&residual));
            values
        });
    }
}
