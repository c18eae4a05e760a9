//! Dropout whose pattern is a function of seed, place, row and column, so that nothing has to be stored for the backward
//! pass.

use crate::Real;
use crate::random::philox;
use crate::rows::{Blocks, Piece, RowsMut, count};

/// Columns that are drawn together: eight counters of four words of two draws.
const GROUP: usize = 64;

/// Counters of a group, side by side in the lanes of a vector register.
const LANES: usize = 8;

/// Dropout at one place of a model for one update (Srivastava et al. 2014): each value is replaced by 0, or scaled so
/// that the mean stays.
///
/// Draws are whole numbers of 16 bits from Philox4x32-10 under the seed. The value in column `c` of row `r` takes, with
/// `g = c / 64`, `lane = c % 8` and `half = c / 8 % 8`, the lower (`half` even) or upper bits of word `half / 2` for the
/// counter `[8 g + lane, r, r >> 32, site]`: it depends on nothing else, in particular not on the number of columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Draws below this are dropped.
    threshold: u32,
    scale: f64,
    key: [u32; 2],
    site: u32,
}

/// Dropout for some rows and the numbers by which their draws are told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DropoutRows<'a> {
    /// What is dropped.
    pub dropout: Dropout,
    /// One number a row: the `row` of [`Dropout::factors`].
    pub keys: &'a [u64],
}

impl Dropout {
    /// Dropout of this rate, to the nearest 1/65536, at a place of the model that `site` tells from the others; none if
    /// that rate is 0.
    ///
    /// # Panics
    ///
    /// Where the rate is not at least 0 and below 1 after rounding, so that something is kept.
    pub fn new(rate: f64, seed: u64, site: u32) -> Option<Self> {
        let draws = f64::from(1_u32 << 16);
        let dropped = (rate * draws).round();
        assert!(
            rate >= 0.0 && dropped < draws,
            "a dropout rate of {rate} is not in 0..1"
        );
        (dropped > 0.0).then_some(Self {
            threshold: dropped as u32,
            scale: draws / (draws - dropped),
            key: [seed as u32, (seed >> 32) as u32],
            site,
        })
    }

    /// What a kept value is multiplied by: 1 / (1 - rate), for the rate after rounding.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// 0 or the scale for each column of a row.
    pub fn factors<T: Real>(&self, row: u64, out: &mut [T]) {
        factors(*self, row, out);
    }

    /// The factors for columns `64 group..64 group + 64`.
    #[inline(always)]
    pub(crate) fn group<T: Real>(self, row: u64, group: usize) -> [T; GROUP] {
        let scale = T::of(self.scale);
        let factor = |draw: u32| if draw < self.threshold { T::ZERO } else { scale };
        let mut factors = [T::ZERO; GROUP];
        for lane in 0..LANES {
            let block = (group * LANES + lane) as u32;
            let counter = [block, row as u32, (row >> 32) as u32, self.site];
            for (word, bits) in philox(counter, self.key).into_iter().enumerate() {
                factors[2 * word * LANES + lane] = factor(bits & 0xffff);
                factors[(2 * word + 1) * LANES + lane] = factor(bits >> 16);
            }
        }
        factors
    }

    /// Multiplies a row by its factors; for use inside vectorised functions.
    #[inline(always)]
    pub(crate) fn scale_row<T: Real>(self, row: u64, values: &mut [T]) {
        let (groups, rest) = values.as_chunks_mut::<GROUP>();
        let whole = groups.len();
        for (group, values) in groups.iter_mut().enumerate() {
            let factors = self.group::<T>(row, group);
            for (value, factor) in values.iter_mut().zip(factors) {
                *value *= factor;
            }
        }
        if !rest.is_empty() {
            for (value, factor) in rest.iter_mut().zip(self.group::<T>(row, whole)) {
                *value *= factor;
            }
        }
    }
}

impl Piece for DropoutRows<'_> {
    fn cut(self, rows: usize) -> (Self, Self) {
        let (first, others) = self.keys.split_at(rows);
        let piece = |keys| Self { keys, ..self };
        (piece(first), piece(others))
    }
}

impl DropoutRows<'_> {
    /// # Panics
    ///
    /// Where there is not one number for each of `rows` rows.
    #[track_caller]
    pub(crate) fn check(&self, rows: usize) {
        assert_eq!(self.keys.len(), rows, "one row number for dropout for each row");
    }
}

vectorised! {
    fn factors<'a, T>(dropout: Dropout, row: u64, out: &'a mut [T]) {
        for (group, out) in out.chunks_mut(GROUP).enumerate() {
            let factors = dropout.group::<T>(row, group);
            out.copy_from_slice(&factors[..out.len()]);
        }
    }
}

vectorised! {
    fn scale_block<'a, T>(rows: RowsMut<'a, T>, dropout: DropoutRows<'a>) {
        let DropoutRows { dropout, keys } = dropout;
        for (values, &key) in rows.values.chunks_exact_mut(rows.width).zip(keys) {
            dropout.scale_row(key, values);
        }
    }
}

/// Applies dropout in place to `values` `[rows, width]`; also the backward pass, given the gradient.
///
/// # Panics
///
/// Where `values` is not whole rows, one for each number in `dropout`.
pub fn scale_by_dropout<T: Real>(values: &mut [T], width: usize, dropout: DropoutRows<'_>) {
    let rows = count(values.len(), width);
    dropout.check(rows);
    Blocks::of(rows, width).run((RowsMut { values, width }, dropout), &|(values, dropout)| {
        scale_block(values, dropout);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_same_with_any_threads, numbers};
    use proptest::prelude::*;

    fn row(dropout: Dropout, row: u64, width: usize) -> Vec<f32> {
        let mut factors = vec![f32::NAN; width];
        dropout.factors(row, &mut factors);
        factors
    }

    #[test]
    fn a_rate_of_0_is_none_and_a_rate_that_keeps_nothing_is_refused() {
        assert_eq!(Dropout::new(0.0, 1, 1), None);
        assert_eq!(Dropout::new(1e-6, 1, 1), None);
        assert!(Dropout::new(1.0 / 65536.0, 1, 1).is_some());
        for rate in [1.0, 0.999_999, -0.1, f64::NAN] {
            assert!(
                std::panic::catch_unwind(|| Dropout::new(rate, 1, 1)).is_err(),
                "{rate}"
            );
        }
    }

    #[test]
    fn the_rate_is_met_and_the_mean_is_1() {
        for rate in [0.001, 0.1, 0.3, 0.9] {
            let dropout = Dropout::new(rate, 7, 3).unwrap();
            let dropped = (rate * 65536.0).round() / 65536.0;
            assert!((dropout.scale() * (1.0 - dropped) - 1.0).abs() < 1e-15);
            let factors: Vec<f32> = (0..1000).flat_map(|key| row(dropout, key, 1000)).collect();
            let n = factors.len() as f64;
            let zeros = factors.iter().filter(|&&factor| factor == 0.0).count() as f64;
            assert!(
                factors
                    .iter()
                    .all(|&factor| factor == 0.0 || factor == dropout.scale() as f32)
            );
            // Five standard deviations.
            let bound = 5.0 * (n * dropped * (1.0 - dropped)).sqrt();
            assert!((zeros - n * dropped).abs() < bound, "{rate}: {zeros} of {n}");
            let mean = factors.iter().map(|&factor| f64::from(factor)).sum::<f64>() / n;
            assert!(
                (mean - 1.0).abs() < bound / n * dropout.scale() + 1e-6,
                "{rate}: {mean}"
            );
        }
    }

    #[test]
    fn columns_take_the_documented_halves_of_words() {
        let (seed, site, key) = (0x0123_4567_89ab_cdef_u64, 5, (9 << 32) + 4);
        let dropout = Dropout::new(0.5, seed, site).unwrap();
        for (column, &factor) in row(dropout, key, 300).iter().enumerate() {
            let block = (8 * (column / 64) + column % 8) as u32;
            let words = philox([block, 4, 9, site], [seed as u32, (seed >> 32) as u32]);
            let half = column / 8 % 8;
            let draw = words[half / 2] >> (16 * (half % 2)) & 0xffff;
            assert_eq!(factor, if draw < 32768 { 0.0 } else { 2.0 }, "{column}");
        }
    }

    #[test]
    fn rows_sites_and_seeds_differ_about_as_often_as_chance_has_it() {
        let base = row(Dropout::new(0.5, 1, 1).unwrap(), 1, 4096);
        let others = [
            row(Dropout::new(0.5, 1, 1).unwrap(), 2, 4096),
            row(Dropout::new(0.5, 1, 1).unwrap(), 1 + (1 << 32), 4096),
            row(Dropout::new(0.5, 1, 2).unwrap(), 1, 4096),
            row(Dropout::new(0.5, 2, 1).unwrap(), 1, 4096),
            row(Dropout::new(0.5, 1 + (1 << 32), 1).unwrap(), 1, 4096),
        ];
        for (index, other) in others.iter().enumerate() {
            let same = base.iter().zip(other).filter(|(a, b)| a == b).count();
            assert!(
                (1848..2248).contains(&same),
                "{index}: {same} of 4096 are the same"
            );
        }
    }

    proptest! {
        #[test]
        fn a_short_row_is_the_start_of_a_long_one(key: u64, width in 0_usize..300, more in 0_usize..100) {
            let dropout = Dropout::new(0.4, 11, 12).unwrap();
            let long = row(dropout, key, width + more);
            prop_assert_eq!(&row(dropout, key, width)[..], &long[..width]);
        }

        #[test]
        fn scaling_by_dropout_multiplies_by_the_factors(rows in 0_usize..4, width in 1_usize..140, seed: u64) {
            let keys: Vec<u64> = (0..rows as u64).map(|key| key * 3 + seed % 10).collect();
            let dropout = Dropout::new(0.4, seed, 12).unwrap();
            let before: Vec<f32> = numbers(rows * width, seed);
            let mut after = before.clone();
            scale_by_dropout(&mut after, width, DropoutRows { dropout, keys: &keys });
            let factors = keys.iter().flat_map(|&key| row(dropout, key, width));
            let expected: Vec<f32> = before.iter().zip(factors).map(|(value, factor)| value * factor).collect();
            prop_assert_eq!(after, expected);
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let keys: Vec<u64> = (0..5000).collect();
        let dropout = Dropout::new(0.1, 3, 4).unwrap();
        assert_same_with_any_threads(|| {
            let mut values: Vec<f32> = numbers(5000 * 70, 1);
            scale_by_dropout(&mut values, 70, DropoutRows { dropout, keys: &keys });
            values
        });
    }
}
