//! Partial sums over the lanes of vector registers, in an order that the length alone decides.

use crate::Real;

/// Partial sums of one sum: four registers of eight single-precision numbers, so that additions need not wait for each
/// other.
pub(crate) const LANES: usize = 32;

/// The partial sums of one sum.
pub(crate) type Lanes<T> = [T; LANES];

/// The sum of the partial sums, halves added to halves.
///
/// Never inlined: where the compiler sees this tree of additions it lays out the partial sums for it, in pairs, and the
/// loop that fills them gets half the speed or less.
#[inline(never)]
pub(crate) fn total<T: Real>(lanes: &Lanes<T>) -> T {
    let mut lanes = *lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// The sum of a function of each value.
#[inline(always)]
pub fn sum<T: Real, S: Real>(values: &[T], term: impl Fn(T) -> S) -> S {
    let mut lanes = [S::ZERO; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += term(chunk[lane]);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    total(&lanes)
}

/// The sum of the products of two slices of one length.
#[inline(always)]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    debug_assert_eq!(a.len(), b.len());
    let mut lanes = [T::ZERO; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] = a[lane].mul_add(b[lane], lanes[lane]);
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane = a.mul_add(b, *lane);
    }
    total(&lanes)
}

/// The largest value, none of them NaN; [`Real::LOWEST`] of none.
#[inline(always)]
pub fn largest<T: Real>(values: &[T]) -> T {
    let mut lanes = [T::LOWEST; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = chunk[lane].larger(lanes[lane]);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = value.larger(*lane);
    }
    lanes
        .iter()
        .fold(T::LOWEST, |largest, &lane| lane.larger(largest))
}
