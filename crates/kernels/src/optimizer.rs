//! One pass over weights and moments for a step of Adam, and the norm of a gradient for clipping.

use crate::Real;
use crate::lanes::sum;
use crate::rows::{Blocks, Rows, RowsMut};

/// The sum of the squares of all values, in double precision.
pub fn sum_of_squares<T: Real>(values: &[T]) -> f64 {
    let blocks = Blocks::of(values.len(), 1);
    let mut squares = [0.0];
    blocks.summed(&mut squares, |squares| {
        blocks.run((Rows { values, width: 1 }, squares), &|(rows, squares)| {
            squares_block(rows.values, squares.values);
        });
    });
    squares[0]
}

vectorised! {
    fn squares_block<'a, T>(values: &'a [T], squares: &'a mut [f64]) {
        squares[0] += sum(values, |value| value.as_f64() * value.as_f64());
    }
}

/// The numbers of one step of Adam (Kingma and Ba 2015) with decoupled weight decay, without correction of the second
/// moment inside the root.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// The gradient is multiplied by this first: 1, or less where it is clipped.
    pub scale: f64,
    /// Decay rate of the first moment.
    pub beta1: f64,
    /// Decay rate of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Learning rate with both corrections for moments that start at 0.
    pub step_size: f64,
    /// What a weight is multiplied by before the step; 1 without weight decay at this place.
    pub decay_before: f64,
    /// What a weight is multiplied by after the step; 1 without weight decay at this place.
    pub decay_after: f64,
}

/// One step: with g the gradient times its scale,
///
/// - `first` becomes `beta1 first + (1 - beta1) g`,
/// - `second` becomes `beta2 second + (1 - beta2) g^2`,
/// - `value` becomes `(value decay_before - step_size first / (sqrt(second) + epsilon)) decay_after`.
///
/// # Panics
///
/// Where the lengths differ.
pub fn adam<T: Real>(value: &mut [T], gradient: &[T], first: &mut [T], second: &mut [T], step: &AdamStep) {
    assert_eq!(gradient.len(), value.len(), "a gradient for each value");
    assert_eq!(first.len(), value.len(), "a first moment for each value");
    assert_eq!(second.len(), value.len(), "a second moment for each value");
    let blocks = Blocks::of(value.len(), 1);
    let piece = (
        RowsMut {
            values: value,
            width: 1,
        },
        Rows {
            values: gradient,
            width: 1,
        },
        RowsMut {
            values: first,
            width: 1,
        },
        RowsMut {
            values: second,
            width: 1,
        },
    );
    blocks.run(piece, &|(value, gradient, first, second)| {
        adam_block(value, gradient, first, second, *step);
    });
}

vectorised! {
    fn adam_block<'a, T>(
        value: RowsMut<'a, T>,
        gradient: Rows<'a, T>,
        first: RowsMut<'a, T>,
        second: RowsMut<'a, T>,
        step: AdamStep,
    ) {
        let [beta1, beta2] = [step.beta1, step.beta2].map(T::of);
        // The scale is folded into the factors of the gradient.
        let gain1 = T::of((1.0 - step.beta1) * step.scale);
        let gain2 = T::of((1.0 - step.beta2) * step.scale * step.scale);
        let [epsilon, step_size] = [step.epsilon, step.step_size].map(T::of);
        let [before, after] = [step.decay_before, step.decay_after].map(T::of);
        let moments = first.values.iter_mut().zip(second.values);
        for ((value, &gradient), (first, second)) in value.values.iter_mut().zip(gradient.values).zip(moments) {
            *first = *first * beta1 + gradient * gain1;
            *second = *second * beta2 + gradient * gradient * gain2;
            let direction = *first / (second.sqrt() + epsilon);
            *value = (*value * before - direction * step_size) * after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, assert_same_with_any_threads, numbers};
    use proptest::prelude::*;

    const STEP: AdamStep = AdamStep {
        scale: 0.5,
        beta1: 0.9,
        beta2: 0.98,
        epsilon: 1e-6,
        step_size: 0.01,
        decay_before: 0.99,
        decay_after: 0.95,
    };

    proptest! {
        #[test]
        fn squares_are_summed(n in 0_usize..3000, seed: u64) {
            let values: Vec<f32> = numbers(n, seed);
            let expected: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
            prop_assert!((sum_of_squares(&values) - expected).abs() <= 1e-12 * expected);
        }

        #[test]
        fn steps_follow_the_formula(n in 0_usize..100, seed: u64) {
            let mut value: Vec<f64> = numbers(n, seed);
            let (mut first, mut second) = (vec![0.0; n], vec![0.0; n]);
            let mut single: Vec<f32> = numbers(n, seed);
            let (mut single_first, mut single_second) = (vec![0.0; n], vec![0.0; n]);
            let (mut expected, mut m, mut v) = (value.clone(), vec![0.0; n], vec![0.0; n]);
            for step in 0..4 {
                let gradient: Vec<f64> = numbers(n, seed ^ step);
                adam(&mut value, &gradient, &mut first, &mut second, &STEP);
                let gradient_32: Vec<f32> = numbers(n, seed ^ step);
                adam(&mut single, &gradient_32, &mut single_first, &mut single_second, &STEP);
                for i in 0..n {
                    let g = gradient[i] * STEP.scale;
                    m[i] = STEP.beta1 * m[i] + (1.0 - STEP.beta1) * g;
                    v[i] = STEP.beta2 * v[i] + (1.0 - STEP.beta2) * g * g;
                    expected[i] *= STEP.decay_before;
                    expected[i] -= STEP.step_size * m[i] / (v[i].sqrt() + STEP.epsilon);
                    expected[i] *= STEP.decay_after;
                }
            }
            assert_close(&value, &expected, 1e-13);
            assert_close(&first, &m, 1e-13);
            assert_close(&second, &v, 1e-13);
            assert_close(&single, &expected, 1e-5);
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let n = 400_001;
        let gradient: Vec<f32> = numbers(n, 1);
        assert_same_with_any_threads(|| {
            let (mut value, mut first, mut second): (Vec<f32>, _, _) =
                (numbers(n, 2), vec![0.0; n], vec![0.0; n]);
            adam(&mut value, &gradient, &mut first, &mut second, &STEP);
            [value, first, second].concat()
        });
        assert_same_with_any_threads(|| vec![sum_of_squares(&gradient)]);
    }
}
