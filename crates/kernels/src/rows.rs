//! How work on rows is cut into blocks of rows, which run on one thread or on several with the same result.

use crate::Real;

/// Elements of a block: some hundred microseconds of the simplest kernels, and half of it fits into a second-level cache.
const BLOCK: usize = 1 << 16;

/// Work of at most this many elements is one block, since waking a thread would take a good part of the time it saves.
const ONE_BLOCK: usize = 1 << 18;

/// Something that belongs to rows and can be cut between two of them.
pub(crate) trait Piece: Send + Sized {
    /// What belongs to the first `rows` rows, and what belongs to the others.
    fn cut(self, rows: usize) -> (Self, Self);
}

/// Rows of `width` values.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) width: usize,
}

/// Rows of `width` values that are written.
pub(crate) struct RowsMut<'a, T> {
    pub(crate) values: &'a mut [T],
    pub(crate) width: usize,
}

/// One row of partial sums for each block.
pub(crate) struct Partials<'a, T> {
    pub(crate) values: &'a mut [T],
    width: usize,
    rows_per_block: usize,
}

impl<T: Sync> Piece for Rows<'_, T> {
    fn cut(self, rows: usize) -> (Self, Self) {
        let (first, others) = self.values.split_at(rows * self.width);
        let piece = |values| Self { values, ..self };
        (piece(first), piece(others))
    }
}

impl<T: Send> Piece for RowsMut<'_, T> {
    fn cut(self, rows: usize) -> (Self, Self) {
        let width = self.width;
        let (first, others) = self.values.split_at_mut(rows * width);
        (
            Self { values: first, width },
            Self {
                values: others,
                width,
            },
        )
    }
}

impl<T: Send> Piece for Partials<'_, T> {
    fn cut(self, rows: usize) -> (Self, Self) {
        let Self {
            values,
            width,
            rows_per_block,
        } = self;
        let (first, others) = values.split_at_mut(rows / rows_per_block * width);
        let piece = |values| Self {
            values,
            width,
            rows_per_block,
        };
        (piece(first), piece(others))
    }
}

impl<P: Piece> Piece for Option<P> {
    fn cut(self, rows: usize) -> (Self, Self) {
        self.map(|piece| piece.cut(rows)).unzip()
    }
}

macro_rules! tuples_are_pieces {
    ($(($($name:ident)+))+) => {$(
        impl<$($name: Piece),+> Piece for ($($name,)+) {
            #[expect(non_snake_case, reason = "a type parameter and its value share a name")]
            fn cut(self, rows: usize) -> (Self, Self) {
                let ($($name,)+) = self;
                $(let $name = $name.cut(rows);)+
                (($($name.0,)+), ($($name.1,)+))
            }
        }
    )+};
}
tuples_are_pieces! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// The number of rows of a slice.
///
/// # Panics
///
/// Where the width is 0 or does not divide the length.
#[track_caller]
pub(crate) fn count(length: usize, width: usize) -> usize {
    assert!(
        width > 0 && length.is_multiple_of(width),
        "{length} values are not rows of {width}"
    );
    length / width
}

/// The blocks of some rows: a function of the number of rows and their width alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocks {
    rows: usize,
    rows_per_block: usize,
}

impl Blocks {
    /// The blocks of rows of `width` elements.
    pub(crate) fn of(rows: usize, width: usize) -> Self {
        let rows_per_block = if rows.saturating_mul(width) <= ONE_BLOCK {
            rows.max(1)
        } else {
            Self::longest(width)
        };
        Self { rows, rows_per_block }
    }

    /// Rows of a block where there are several blocks.
    pub(crate) fn longest(width: usize) -> usize {
        BLOCK.div_ceil(width)
    }

    /// Number of blocks.
    pub(crate) fn count(self) -> usize {
        self.rows.div_ceil(self.rows_per_block)
    }

    /// Runs `body` on what belongs to each block; on this thread where there is one block or one thread.
    pub(crate) fn run<P: Piece>(self, piece: P, body: &(impl Fn(P) + Sync)) {
        if self.count() <= 1 {
            if self.rows > 0 {
                body(piece);
            }
        } else if rayon::current_num_threads() == 1 {
            let mut left = piece;
            for _ in 1..self.count() {
                let (block, others) = left.cut(self.rows_per_block);
                body(block);
                left = others;
            }
            body(left);
        } else {
            let first = self.count() / 2 * self.rows_per_block;
            let half = |rows| Self { rows, ..self };
            let (left, right) = piece.cut(first);
            rayon::join(
                || half(first).run(left, body),
                || half(self.rows - first).run(right, body),
            );
        }
    }

    /// Gives `work` one row of zeros like `sum` for each block, and writes into `sum` what the blocks have made of them,
    /// added in the order of the blocks.
    pub(crate) fn summed<T: Real>(self, sum: &mut [T], work: impl FnOnce(Partials<'_, T>)) {
        let width = sum.len();
        sum.fill(T::ZERO);
        let rows_per_block = self.rows_per_block;
        if self.count() <= 1 {
            return work(Partials {
                values: sum,
                width,
                rows_per_block,
            });
        }
        let mut values = vec![T::ZERO; self.count() * width];
        work(Partials {
            values: &mut values,
            width,
            rows_per_block,
        });
        for partial in values.chunks_exact(width) {
            for (sum, &part) in sum.iter_mut().zip(partial) {
                *sum += part;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_threads;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_cover_every_row_once_and_their_sums_are_added_in_order(
            rows in 0_usize..5000, width in 1_usize..400, threads in 1_usize..4,
        ) {
            let blocks = Blocks::of(rows, width);
            let mut seen = vec![0_u32; rows];
            let mut sums = [0.0_f64; 2];
            let numbers: Vec<f64> = (0..rows).map(|row| row as f64).collect();
            with_threads(threads, || {
                blocks.summed(&mut sums, |sums| {
                    let piece = (
                        RowsMut { values: &mut seen, width: 1 },
                        Rows { values: &numbers, width: 1 },
                        sums,
                    );
                    blocks.run(piece, &|(seen, numbers, sums)| {
                        assert_eq!(sums.values.len(), 2);
                        assert!(numbers.values.len() == rows || rows * width > ONE_BLOCK);
                        seen.values.iter_mut().for_each(|seen| *seen += 1);
                        sums.values[0] += 1.0;
                        sums.values[1] += numbers.values.iter().sum::<f64>();
                    });
                });
            });
            prop_assert!(seen.iter().all(|&seen| seen == 1));
            prop_assert_eq!(sums[0], blocks.count() as f64);
            prop_assert_eq!(sums[1], (0..rows).sum::<usize>() as f64);
        }
    }

    #[test]
    fn small_work_stays_on_its_thread_and_large_work_does_not() {
        assert_eq!(Blocks::of(512, 64).count(), 1);
        assert_eq!(Blocks::of(0, 64).count(), 0);
        assert_eq!(Blocks::of(4096, 768).count(), 4096_usize.div_ceil(86));
    }

    #[test]
    #[should_panic(expected = "7 values are not rows of 2")]
    fn half_a_row_is_refused() {
        count(7, 2);
    }
}
