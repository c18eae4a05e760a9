//! Tests of products.

use proptest::prelude::*;

use super::blocks::{Blocks, INPUTS};
use super::part::Part;
use super::*;
use crate::testing::{assert_same_with_any_threads, numbers as spread};
use crate::wide::{by_pulp, one_by_one, widest};

/// Numbers of which every product and sum is exact.
fn numbers(count: usize, seed: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 7 + seed) % 11) as f64 - 5.0).collect()
}

fn by_hand(a: Matrix<'_, f64>, b: Matrix<'_, f64>) -> Vec<f64> {
    let at = |m: Matrix<'_, f64>, row, column| m.data[row * m.row_stride + column * m.column_stride];
    let mut out = Vec::new();
    for row in 0..a.rows {
        for column in 0..b.columns {
            out.push((0..a.columns).map(|p| at(a, row, p) * at(b, p, column)).sum());
        }
    }
    out
}

#[test]
fn strided_and_transposed_products_are_those_by_hand() {
    let (m, k, n) = (5, 7, 3);
    let (a, b) = (numbers(m * 9, 1), numbers(n * 8, 2));
    let a = Matrix::new(&a, m, k, 9);
    let b = Matrix::new(&b, n, k, 8).transposed();
    let mut out = vec![1.0; m * 4];
    matmul(a, b, MatrixMut::new(&mut out, m, n, 4), 2.0, Write::Add);
    let want = by_hand(a, b);
    for row in 0..m {
        for column in 0..n {
            assert_eq!(out[row * 4 + column], 1.0 + 2.0 * want[row * n + column]);
        }
        assert_eq!(out.get(row * 4 + n), Some(&1.0), "gaps between rows stay");
    }
    matmul(a, b, MatrixMut::new(&mut out, m, n, 4), 1.0, Write::Set);
    assert_eq!(out[0], want[0]);
}

#[test]
fn a_sum_of_nothing_is_zero() {
    let mut out = [3.0; 4];
    matmul(
        Matrix::new(&[], 2, 0, 0),
        Matrix::new(&[], 0, 2, 2),
        MatrixMut::contiguous(&mut out, 2),
        1.0,
        Write::Set,
    );
    assert_eq!(out, [0.0; 4]);
}

#[test]
fn large_products_have_the_same_bytes_on_one_two_and_three_threads() {
    let (m, k, n) = (1000, 160, 130);
    let a: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.37).sin()).collect();
    let b: Vec<f32> = (0..n * k).map(|i| (i as f32 * 0.11).cos()).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut out = vec![0.0; m * n];
        pool.install(|| {
            matmul(
                Matrix::contiguous(&a, k),
                Matrix::contiguous(&b, n),
                MatrixMut::contiguous(&mut out, n),
                1.0,
                Write::Set,
            );
        });
        out
    };
    let one = on(1);
    assert!(one == on(2) && one == on(3));
    let a: Vec<f64> = a.into_iter().map(f64::from).collect();
    let b: Vec<f64> = b.into_iter().map(f64::from).collect();
    let want = by_hand(Matrix::contiguous(&a, k), Matrix::contiguous(&b, n));
    for (got, want) in one.iter().zip(&want) {
        assert!((f64::from(*got) - want).abs() < 1e-4, "{got} {want}");
    }
}

/// A matrix of given sizes in memory that is `gaps` longer than they need: contiguous in rows, in columns or in neither.
#[derive(Debug, Clone, Copy)]
struct Layout {
    kind: usize,
    gaps: usize,
}

impl Layout {
    fn strategy() -> impl Strategy<Value = Self> {
        (0..3_usize, 0..3_usize).prop_map(|(kind, gaps)| Self { kind, gaps })
    }

    fn matrix<'a>(
        &self,
        numbers: &mut dyn Iterator<Item = f32>,
        data: &'a mut Vec<f32>,
        rows: usize,
        columns: usize,
    ) -> Matrix<'a, f32> {
        let (row_stride, column_stride) = match self.kind {
            0 => (columns + self.gaps, 1),
            1 => (1, rows + self.gaps),
            _ => ((columns + self.gaps) * 2, 2),
        };
        let size = if rows * columns == 0 {
            0
        } else {
            (rows - 1) * row_stride + (columns - 1) * column_stride + 1
        };
        *data = numbers.take(size).collect();
        Matrix {
            data,
            rows,
            columns,
            row_stride,
            column_stride,
        }
    }
}

fn at(matrix: Matrix<'_, f32>, row: usize, column: usize) -> f32 {
    matrix.data[row * matrix.row_stride + column * matrix.column_stride]
}

/// What the documentation says that a product is.
fn as_documented(
    a: Matrix<'_, f32>,
    b: Matrix<'_, f32>,
    out: &mut MatrixMut<'_, f32>,
    factor: f32,
    write: Write,
) {
    for row in 0..out.rows {
        for column in 0..out.columns {
            let out = &mut out.data[row * out.row_stride + column];
            if write == Write::Set {
                *out = 0.0;
            }
            for first in (0..a.columns).step_by(INPUTS) {
                let block = first..a.columns.min(first + INPUTS);
                let sum = block.fold(0.0, |sum, input| {
                    f32::mul_add(at(a, row, input), at(b, input, column), sum)
                });
                *out = f32::mul_add(factor, sum, *out);
            }
        }
    }
}

/// A product computed on this thread in one of the ways that there are.
type Way = fn(Blocks<'_>);

const WAYS: [Way; 3] = [
    |blocks| widest(blocks),
    |blocks| by_pulp(blocks),
    |blocks| one_by_one(blocks),
];

/// Asserts that all vectors give the bytes that the documentation says, and no others are written.
fn assert_as_documented(a: Matrix<'_, f32>, b: Matrix<'_, f32>, gap: usize, factor: f32, write: Write) {
    assert_eq!(INPUTS, 512, "as documented");
    let stride = b.columns + gap;
    let before: Vec<f32> = spread(a.rows * stride, 3);
    let mut want = before.clone();
    as_documented(
        a,
        b,
        &mut MatrixMut::new(&mut want, a.rows, b.columns, stride),
        factor,
        write,
    );
    let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    for (way, compute) in WAYS.into_iter().enumerate() {
        let mut got = before.clone();
        let out = MatrixMut::new(&mut got, a.rows, b.columns, stride);
        Part::new(a, b, out, factor, write).here(compute);
        assert!(bits(&got) == bits(&want), "way {way}");
    }
}

proptest! {
    #[test]
    fn products_of_whole_numbers_are_exact(
        sizes in prop_oneof![
            (0..70_usize, 0..70_usize, 0..70_usize),
            (1..9_usize, INPUTS - 1..INPUTS + 2, 1..40_usize),
            (1..9_usize, 1..9_usize, 280..300_usize),
            (120..140_usize, 1..9_usize, 1..60_usize),
        ],
        layouts in (Layout::strategy(), Layout::strategy()), gap in 0..3_usize, add: bool,
    ) {
        let (m, k, n) = sizes;
        let mut whole = (0_usize..).map(|i| ((i * 7 + 3) % 11) as f32 - 5.0);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let (a, b) = (layouts.0.matrix(&mut whole, &mut a, m, k), layouts.1.matrix(&mut whole, &mut b, k, n));
        let mut got = vec![7.0; m * (n + gap)];
        let write = if add { Write::Add } else { Write::Set };
        matmul(a, b, MatrixMut::new(&mut got, m, n, n + gap), 0.5, write);
        for (row, got) in got.chunks((n + gap).max(1)).enumerate() {
            for (column, &got) in got.iter().enumerate() {
                let exact = if column < n {
                    let products = (0..k).map(|p| f64::from(at(a, row, p)) * f64::from(at(b, p, column)));
                    0.5 * products.sum::<f64>() + if add { 7.0 } else { 0.0 }
                } else {
                    7.0
                };
                prop_assert_eq!(f64::from(got), exact);
            }
        }
    }

    #[test]
    fn each_number_is_the_documented_chain_whatever_the_vectors(
        sizes in (1..40_usize, 1..40_usize, 1..120_usize),
        layouts in (Layout::strategy(), Layout::strategy()), gap in 0..3_usize, add: bool,
    ) {
        let (m, k, n) = sizes;
        let mut numbers = spread::<f32>(20_000, 1).into_iter();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let (a, b) = (layouts.0.matrix(&mut numbers, &mut a, m, k), layouts.1.matrix(&mut numbers, &mut b, k, n));
        assert_as_documented(a, b, gap, 0.3, if add { Write::Add } else { Write::Set });
    }
}

#[test]
fn several_blocks_are_the_documented_chain_whatever_the_vectors() {
    for (m, k, n) in [(130, 1030, 50), (30, 513, 300), (9, 1537, 20)] {
        for kind in 0..9 {
            let mut numbers = spread::<f32>(1_000_000, 1).into_iter();
            let (mut a, mut b) = (Vec::new(), Vec::new());
            let layout = |kind| Layout { kind, gaps: 1 };
            let a = layout(kind / 3).matrix(&mut numbers, &mut a, m, k);
            let b = layout(kind % 3).matrix(&mut numbers, &mut b, k, n);
            assert_as_documented(a, b, 1, 1.0, Write::Set);
            assert_as_documented(a, b, 1, -1.5, Write::Add);
        }
    }
}

#[test]
fn large_products_are_the_same_chains_on_one_two_and_three_threads() {
    // Cut by rows, by columns, and where there are fewer tiles than threads.
    for (m, k, n) in [(1000, 160, 130), (40, 600, 1500), (20, 6000, 90)] {
        assert!(2 * m * k * n >= SHARED_FROM);
        let (a, b): (Vec<f32>, Vec<f32>) = (spread(m * k, 1), spread(k * n, 2));
        for transposed in [false, true] {
            let (a, b) = if transposed {
                (
                    Matrix::new(&a, k, m, m).transposed(),
                    Matrix::new(&b, n, k, k).transposed(),
                )
            } else {
                (Matrix::contiguous(&a, k), Matrix::contiguous(&b, n))
            };
            assert_same_with_any_threads(|| {
                let mut out: Vec<f32> = spread(m * (n + 1), 3);
                matmul(a, b, MatrixMut::new(&mut out, m, n, n + 1), 1.0, Write::Add);
                out
            });
            assert_as_documented(a, b, 0, 1.0, Write::Set);
        }
    }
}
