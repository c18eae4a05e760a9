//! What tests of kernels share: numbers to compute with, pools of threads, and derivatives by finite differences.

use crate::Real;

/// Numbers in -2..2 that look random, the same for the same seed.
pub(crate) fn numbers<T: Real>(length: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            T::of((state >> 40) as f64 / (1_u64 << 22) as f64 - 2.0)
        })
        .collect()
}

/// What `compute` gives in a pool of so many threads.
pub(crate) fn with_threads<R: Send>(threads: usize, compute: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(compute)
}

/// Asserts that 1, 2 and 3 threads compute the same bits.
pub(crate) fn assert_same_with_any_threads<T: Real>(compute: impl Fn() -> Vec<T> + Sync) {
    let bits = |threads| -> Vec<u64> {
        let values = with_threads(threads, &compute);
        values.iter().map(|value| value.as_f64().to_bits()).collect()
    };
    let one = bits(1);
    assert!(one == bits(2), "1 and 2 threads differ");
    assert!(one == bits(3), "1 and 3 threads differ");
}

/// The derivative of `function` with respect to each of `at`, by central differences.
pub(crate) fn differences(at: &[f64], function: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-5;
    (0..at.len())
        .map(|index| {
            let shifted = |by: f64| {
                let mut at = at.to_vec();
                at[index] += by;
                function(&at)
            };
            (shifted(step) - shifted(-step)) / (2.0 * step)
        })
        .collect()
}

/// Asserts that each pair differs by at most `tolerance` times the larger of 1 and the expected size.
#[track_caller]
pub(crate) fn assert_close<T: Real>(got: &[T], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (index, (got, &expected)) in got.iter().zip(expected).enumerate() {
        let error = (got.as_f64() - expected).abs();
        assert!(
            error <= tolerance * expected.abs().max(1.0),
            "{index}: got {got:?}, expected {expected}"
        );
    }
}

/// The sum of products.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
