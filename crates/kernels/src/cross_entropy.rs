//! Cross-entropy with label smoothing (Szegedy et al. 2016), one row of logits for each label.

use crate::Real;
use crate::lanes::{LANES, largest, sum, total};
use crate::rows::{Blocks, Rows, RowsMut, count};

/// Rows of logits and what they should say.
#[derive(Debug, Clone, Copy)]
pub struct Targets<'a, T> {
    /// `[rows, classes]`.
    pub logits: &'a [T],
    /// The class of each row, `[rows]`.
    pub labels: &'a [u32],
    /// Number of classes.
    pub classes: usize,
    /// e: the loss of a row is `(1 - e) (-log p[label]) + e / classes * sum_j (-log p[j])`.
    pub smoothing: f64,
}

impl<'a, T: Real> Targets<'a, T> {
    fn check(&self) -> (Blocks, Rows<'a, T>, Rows<'a, u32>) {
        let rows = count(self.logits.len(), self.classes);
        assert_eq!(self.labels.len(), rows, "one label for each row of logits");
        let classes = self.classes;
        for &label in self.labels {
            assert!(
                (label as usize) < classes,
                "label {label} is not one of {classes} classes"
            );
        }
        (
            Blocks::of(rows, classes),
            Rows {
                values: self.logits,
                width: classes,
            },
            Rows {
                values: self.labels,
                width: 1,
            },
        )
    }
}

/// The loss of each row and the logarithm of each row's sum of exponentials, both `[rows]`; the latter is for
/// [`backward`].
///
/// Rows whose weight is 0 (`weights` `[rows]`, all 1 if absent) are not looked at and have 0 for both; other weights
/// change nothing.
///
/// # Panics
///
/// Where a length does not fit the others or a label, that of a row of weight 0 included, is not a class.
pub fn forward<T: Real>(
    targets: Targets<'_, T>,
    weights: Option<&[T]>,
    losses: &mut [T],
    log_normalisers: &mut [T],
) {
    let (blocks, logits, labels) = targets.check();
    let rows = targets.labels.len();
    assert_eq!(losses.len(), rows, "one loss for each row");
    assert_eq!(log_normalisers.len(), rows, "one normaliser for each row");
    if let Some(weights) = weights {
        assert_eq!(weights.len(), rows, "one weight for each row");
    }
    let piece = (
        logits,
        labels,
        weights.map(|values| Rows { values, width: 1 }),
        RowsMut {
            values: losses,
            width: 1,
        },
        RowsMut {
            values: log_normalisers,
            width: 1,
        },
    );
    let smoothing = T::of(targets.smoothing);
    blocks.run(piece, &|(logits, labels, weights, losses, log_normalisers)| {
        forward_block(logits, labels, weights, smoothing, (losses, log_normalisers));
    });
}

vectorised! {
    fn forward_block<'a, T>(
        logits: Rows<'a, T>,
        labels: Rows<'a, u32>,
        weights: Option<Rows<'a, T>>,
        smoothing: T,
        out: (RowsMut<'a, T>, RowsMut<'a, T>),
    ) {
        let (losses, log_normalisers) = out;
        let share = T::of(1.0 / logits.width as f64);
        let rows = logits.values.chunks_exact(logits.width).zip(labels.values);
        let out = losses.values.iter_mut().zip(log_normalisers.values);
        for (row, ((logits, &label), (loss, log_normaliser))) in rows.zip(out).enumerate() {
            if weights.is_some_and(|weights| weights.values[row] == T::ZERO) {
                (*loss, *log_normaliser) = (T::ZERO, T::ZERO);
                continue;
            }
            let shift = largest(logits);
            let (exponentials, distances) = sums(logits, shift);
            // Relative to the largest logit, so that large logits cost no digits of the loss.
            let normaliser = exponentials.ln();
            let wanted = normaliser - (logits[label as usize] - shift);
            let spread = normaliser - distances * share;
            *loss = (T::ONE - smoothing) * wanted + smoothing * spread;
            *log_normaliser = shift + normaliser;
        }
    }
}

/// The sums of `exp(logit - shift)` and of `logit - shift`.
#[inline(always)]
fn sums<T: Real>(logits: &[T], shift: T) -> (T, T) {
    let mut exponentials = [T::ZERO; LANES];
    let mut distances = [T::ZERO; LANES];
    let (chunks, rest) = logits.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let distance = chunk[lane] - shift;
            exponentials[lane] += distance.exp();
            distances[lane] += distance;
        }
    }
    for (lane, &logit) in rest.iter().enumerate() {
        let distance = logit - shift;
        exponentials[lane] += distance.exp();
        distances[lane] += distance;
    }
    (total(&exponentials), total(&distances))
}

/// The gradient of the logits, `d_logits` `[rows, classes]`: `d_loss[row] (softmax - (1 - e) onehot - e / classes)`.
///
/// `d_loss` `[rows]` is the gradient of the loss of each row and `log_normalisers` is that of [`forward`]. Rows whose
/// `d_loss` is 0 are not looked at and get 0.
///
/// # Panics
///
/// Where a length does not fit the others or a label is not a class.
pub fn backward<T: Real>(targets: Targets<'_, T>, log_normalisers: &[T], d_loss: &[T], d_logits: &mut [T]) {
    let (blocks, logits, labels) = targets.check();
    let rows = targets.labels.len();
    assert_eq!(log_normalisers.len(), rows, "one normaliser for each row");
    assert_eq!(d_loss.len(), rows, "a gradient for the loss of each row");
    assert_eq!(d_logits.len(), targets.logits.len(), "a gradient for each logit");
    let piece = (
        logits,
        labels,
        Rows {
            values: log_normalisers,
            width: 1,
        },
        Rows {
            values: d_loss,
            width: 1,
        },
        RowsMut {
            values: d_logits,
            width: targets.classes,
        },
    );
    let smoothing = T::of(targets.smoothing);
    blocks.run(piece, &|(logits, labels, log_normalisers, d_loss, d_logits)| {
        backward_block(logits, labels, smoothing, (log_normalisers, d_loss), d_logits);
    });
}

vectorised! {
    fn backward_block<'a, T>(
        logits: Rows<'a, T>,
        labels: Rows<'a, u32>,
        smoothing: T,
        each_row: (Rows<'a, T>, Rows<'a, T>),
        d_logits: RowsMut<'a, T>,
    ) {
        let (log_normalisers, d_loss) = each_row;
        let classes = logits.width;
        let share = smoothing * T::of(1.0 / classes as f64);
        let rows = logits.values.chunks_exact(classes).zip(labels.values);
        let rows = rows.zip(log_normalisers.values).zip(d_loss.values);
        for ((((logits, &label), &log_normaliser), &d_loss), d_logits) in
            rows.zip(d_logits.values.chunks_exact_mut(classes))
        {
            if d_loss == T::ZERO {
                d_logits.fill(T::ZERO);
                continue;
            }
            for (d_logit, &logit) in d_logits.iter_mut().zip(logits) {
                *d_logit = d_loss * ((logit - log_normaliser).exp() - share);
            }
            d_logits[label as usize] -= d_loss * (T::ONE - smoothing);
        }
    }
}

/// The logarithm of softmax of each row of `logits` `[rows, classes]`, in double precision from the logits' distance to the
/// largest, into `out` of the same shape. A row with a logit that is no number has nothing else.
///
/// # Panics
///
/// Where a length does not fit the others.
pub fn log_softmax<T: Real>(logits: &[T], classes: usize, out: &mut [f64]) {
    assert_eq!(out.len(), logits.len(), "a result for each logit");
    let rows = count(logits.len(), classes);
    let piece = (
        Rows {
            values: logits,
            width: classes,
        },
        RowsMut {
            values: out,
            width: classes,
        },
    );
    Blocks::of(rows, classes).run(piece, &|(logits, out)| log_softmax_block(logits, out));
}

vectorised! {
    fn log_softmax_block<'a, T>(logits: Rows<'a, T>, out: RowsMut<'a, f64>) {
        let rows = logits.values.chunks_exact(logits.width);
        for (logits, out) in rows.zip(out.values.chunks_exact_mut(logits.width)) {
            let shift = largest(logits);
            let normaliser = sum(logits, |logit| (logit - shift).exp()).as_f64().ln();
            for (out, &logit) in out.iter_mut().zip(logits) {
                *out = (logit - shift).as_f64() - normaliser;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, assert_same_with_any_threads, differences, dot, numbers};
    use proptest::prelude::*;

    /// The losses by their definition.
    fn by_definition(targets: Targets<'_, f64>) -> Vec<f64> {
        let rows = targets.logits.chunks_exact(targets.classes).zip(targets.labels);
        rows.map(|(logits, &label)| {
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            let cost = |class: usize| sum.ln() - logits[class];
            let spread = (0..targets.classes).map(cost).sum::<f64>() / targets.classes as f64;
            (1.0 - targets.smoothing) * cost(label as usize) + targets.smoothing * spread
        })
        .collect()
    }

    fn labels(rows: usize, classes: usize, seed: u64) -> Vec<u32> {
        let numbers: Vec<f64> = numbers(rows, seed);
        numbers
            .iter()
            .map(|number| ((number + 2.0) / 4.0 * classes as f64) as u32)
            .collect()
    }

    proptest! {
        #[test]
        fn losses_and_gradients_follow_the_definition(
            rows in 0_usize..5, classes in 1_usize..70, smoothing in 0.0_f64..0.5, seed: u64,
        ) {
            let logits: Vec<f64> = numbers(rows * classes, seed);
            let labels = labels(rows, classes, seed);
            let targets = Targets { logits: &logits, labels: &labels, classes, smoothing };
            let (mut losses, mut normalisers) = (vec![f64::NAN; rows], vec![f64::NAN; rows]);
            forward(targets, None, &mut losses, &mut normalisers);
            assert_close(&losses, &by_definition(targets), 1e-13);

            let mut d_loss: Vec<f64> = numbers(rows, !seed);
            d_loss.iter_mut().skip(3).for_each(|d| *d = 0.0);
            let mut d_logits = vec![f64::NAN; rows * classes];
            backward(targets, &normalisers, &d_loss, &mut d_logits);
            let loss = |logits: &[f64]| dot(&by_definition(Targets { logits, ..targets }), &d_loss);
            assert_close(&d_logits, &differences(&logits, loss), 1e-8);

            // Whole multiples of 0.25 around 500, so that single precision holds the logits exactly.
            let near = |seed| -> Vec<f64> {
                numbers::<f64>(rows * classes, seed).iter().map(|x| (x * 16.0).round() / 4.0).collect()
            };
            let exact = near(seed);
            let shifted: Vec<f32> = exact.iter().map(|&x| x as f32 + 500.0).collect();
            let (mut single, mut single_normalisers) = (vec![f32::NAN; rows], vec![f32::NAN; rows]);
            let single_targets = Targets { logits: &shifted, labels: &labels, classes, smoothing };
            forward(single_targets, None, &mut single, &mut single_normalisers);
            assert_close(&single, &by_definition(Targets { logits: &exact, ..targets }), 1e-6);
        }

        #[test]
        fn logarithms_of_softmax_are_the_losses_of_every_class(
            rows in 0_usize..5, classes in 1_usize..70, seed: u64,
        ) {
            let logits: Vec<f64> = numbers(rows * classes, seed);
            let mut all = vec![f64::NAN; rows * classes];
            log_softmax(&logits, classes, &mut all);
            for class in 0..classes {
                let labels = vec![class as u32; rows];
                let targets = Targets { logits: &logits, labels: &labels, classes, smoothing: 0.0 };
                let own: Vec<f64> = all.iter().skip(class).step_by(classes).map(|log| -log).collect();
                assert_close(&own, &by_definition(targets), 1e-13);
            }
            let single: Vec<f32> = logits.iter().map(|&logit| logit as f32).collect();
            let exact: Vec<f64> = single.iter().map(|&logit| f64::from(logit)).collect();
            let mut of_single = vec![f64::NAN; rows * classes];
            log_softmax(&single, classes, &mut of_single);
            log_softmax(&exact, classes, &mut all);
            assert_close(&of_single, &all, 1e-6);
        }

        #[test]
        fn rows_of_weight_0_are_not_looked_at(rows in 1_usize..6, classes in 1_usize..70, seed: u64) {
            let whole: Vec<f32> = numbers(rows * classes, seed);
            let labels = labels(rows, classes, seed);
            let (mut losses, mut normalisers) = (vec![f32::NAN; rows], vec![f32::NAN; rows]);
            let targets = |logits| Targets { logits, labels: &labels, classes, smoothing: 0.1 };
            forward(targets(&whole), None, &mut losses, &mut normalisers);
            let (all_losses, all_normalisers) = (losses.clone(), normalisers.clone());
            let padding = seed as usize % rows;
            let mut weights = vec![0.5; rows];
            weights[padding] = 0.0;
            let mut logits = whole.clone();
            logits[padding * classes..][..classes].fill(f32::NAN);
            forward(targets(&logits), Some(&weights), &mut losses, &mut normalisers);
            for row in 0..rows {
                let looked_at = row != padding;
                prop_assert_eq!(losses[row], if looked_at { all_losses[row] } else { 0.0 });
                prop_assert_eq!(normalisers[row], if looked_at { all_normalisers[row] } else { 0.0 });
            }
            let mut d_logits = vec![f32::NAN; rows * classes];
            backward(targets(&logits), &normalisers, &weights, &mut d_logits);
            prop_assert!(d_logits.iter().all(|d| d.is_finite()));
            prop_assert!(d_logits[padding * classes..][..classes].iter().all(|&d| d == 0.0));
        }
    }

    #[test]
    #[should_panic(expected = "label 3 is not one of 3 classes")]
    fn a_label_that_is_no_class_is_refused() {
        let targets = Targets {
            logits: &[0.0_f32; 6],
            labels: &[0, 3],
            classes: 3,
            smoothing: 0.0,
        };
        forward(targets, None, &mut [0.0; 2], &mut [0.0; 2]);
    }

    #[test]
    fn a_row_with_a_logit_that_is_no_number_has_nothing_else() {
        let mut all = [0.0; 6];
        log_softmax(&[1.0_f32, f32::NAN, 2.0, 1.0, 1.0, 1.0], 3, &mut all);
        assert!(all[..3].iter().all(|log| log.is_nan()));
        assert_close(&all[3..], &[-(3.0_f64.ln()); 3], 1e-7);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (rows, classes) = (403, 1001);
        let logits: Vec<f32> = numbers(rows * classes, 1);
        let labels = labels(rows, classes, 2);
        let d_loss: Vec<f32> = numbers(rows, 3);
        let targets = Targets {
            logits: &logits,
            labels: &labels,
            classes,
            smoothing: 0.1,
        };
        assert_same_with_any_threads(|| {
            let (mut losses, mut normalisers) = (vec![0.0; rows], vec![0.0; rows]);
            forward(targets, None, &mut losses, &mut normalisers);
            let mut d_logits = vec![0.0; rows * classes];
            backward(targets, &normalisers, &d_loss, &mut d_logits);
            [losses, normalisers, d_logits].concat()
        });
    }
}
