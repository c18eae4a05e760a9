//! The likeliest words of rows of scores, with their log-probabilities.

use crate::lanes::{largest, sum};
use crate::rows::{Blocks, Rows, RowsMut, count};

/// Groups of words whose largest scores bound what the best words have; so many words at most can be asked for without
/// getting all.
const GROUPS: usize = 128;

/// Words that are compared with the bound together.
const WORDS: usize = 32;

/// Words and their log-probabilities.
pub type Words = Vec<(u32, f64)>;

/// Of each row of `logits` `[rows, classes]` words with their log-probabilities, in ascending order of words: those of the
/// `wanted` largest, those too whose log-probability may become equal to one of them by rounding, and those named by
/// `always`. Of a row that has no distribution, and where many are wanted, all words.
///
/// The log-probabilities are those of [`log_softmax`](crate::cross_entropy::log_softmax), to the byte.
///
/// # Panics
///
/// Where a length does not fit the others, or a word in `always` is none.
pub fn best_words(logits: &[f32], classes: usize, wanted: usize, always: &[u32], out: &mut [Words]) {
    let rows = count(logits.len(), classes);
    assert_eq!(out.len(), rows, "a list for each row");
    assert!(
        always.iter().all(|&word| (word as usize) < classes),
        "a word that is none"
    );
    let logits = Rows {
        values: logits,
        width: classes,
    };
    let out = RowsMut {
        values: out,
        width: 1,
    };
    Blocks::of(rows, classes).run((logits, out), &|(logits, out)| {
        best_block(logits, wanted, always, out);
    });
}

vectorised! {
    fn best_block<'a>(logits: Rows<'a, f32>, wanted: usize, always: &'a [u32], out: RowsMut<'a, Words>) {
        let mut tops = [0.0_f32; GROUPS];
        for (logits, out) in logits.values.chunks_exact(logits.width).zip(out.values) {
            out.clear();
            let shift = largest(logits);
            let normaliser = f64::from(sum(logits, |logit| crate::Real::exp(logit - shift))).ln();
            let scored = |word: usize, logit: f32| (word as u32, f64::from(logit - shift) - normaliser);
            if !normaliser.is_finite() || wanted > GROUPS {
                out.extend(logits.iter().enumerate().map(|(word, &logit)| scored(word, logit)));
                continue;
            }
            // The largest of each group are as many words as there are groups: the `wanted`-th largest of all is no less
            // than the `wanted`-th of those.
            tops.fill(f32::NEG_INFINITY);
            for logits in logits.chunks(GROUPS) {
                for (top, &logit) in tops.iter_mut().zip(logits) {
                    *top = if logit > *top { logit } else { *top };
                }
            }
            let (_, &mut bound, _) = tops.select_nth_unstable_by(wanted.max(1) - 1, |a, b| b.total_cmp(a));
            // Two scores that differ by less may have one log-probability.
            let bound = bound - 1e-6 * (1.0 + bound.abs().max(shift.abs()));
            let listed = |word: usize, logit: f32| logit >= bound || always.contains(&(word as u32));
            for (part, logits) in logits.chunks(WORDS).enumerate() {
                let first = part * WORDS;
                let mut any = false;
                for &logit in logits {
                    any |= logit >= bound;
                }
                if any || always.iter().any(|&word| (first..first + WORDS).contains(&(word as usize))) {
                    let own = (first..).zip(logits).filter(|&(word, &logit)| listed(word, logit));
                    out.extend(own.map(|(word, &logit)| scored(word, logit)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross_entropy::log_softmax;
    use crate::testing::{assert_same_with_any_threads, numbers};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_are_listed_in_order_with_the_bytes_of_softmax(
            rows in 0_usize..5, classes in 4_usize..700, wanted in 0_usize..150, coarse: bool, seed: u64,
        ) {
            let mut logits: Vec<f32> = numbers(rows * classes, seed);
            if coarse {
                logits.iter_mut().for_each(|logit| *logit = (*logit * 4.0).round());
            }
            let mut all = vec![f64::NAN; rows * classes];
            log_softmax(&logits, classes, &mut all);
            let mut out = vec![vec![(7, 0.0)]; rows];
            best_words(&logits, classes, wanted, &[1, 3], &mut out);
            for (row, own) in all.chunks(classes).zip(&out) {
                prop_assert!(own.is_sorted_by_key(|&(word, _)| word));
                prop_assert!(own.iter().all(|&(word, score)| row[word as usize] == score));
                let mut sorted = row.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                let least = sorted.get(wanted.max(1) - 1).copied().unwrap_or(f64::NEG_INFINITY);
                for (word, &score) in row.iter().enumerate() {
                    let listed = own.iter().any(|&(other, _)| other as usize == word);
                    prop_assert!(listed || (score < least && word != 1 && word != 3));
                }
            }
        }
    }

    #[test]
    fn a_row_without_a_distribution_has_all_words() {
        for odd in [f32::NAN, f32::INFINITY] {
            let mut logits = vec![0.5; 600];
            logits[400] = odd;
            let mut out = vec![Vec::new(); 2];
            best_words(&logits, 300, 2, &[], &mut out);
            // In the first row all are equal.
            assert_eq!((out[0].len(), out[1].len()), (300, 300));
            logits[10] = 3.0;
            best_words(&logits, 300, 1, &[299], &mut out);
            assert!(out[0].len() < 300 && out[1].len() == 300);
        }
        let mut out = vec![Vec::new()];
        best_words(&[f32::NEG_INFINITY; 9], 9, 1, &[], &mut out);
        assert_eq!(out[0].len(), 9);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let logits: Vec<f32> = numbers(90 * 7000, 3);
        assert_same_with_any_threads(|| {
            let mut out = vec![Vec::new(); 90];
            best_words(&logits, 7000, 9, &[2], &mut out);
            out.concat().into_iter().map(|(_, score)| score).collect()
        });
    }
}
