//! The vectors of the processor, for the one kernel that the compiler does not vectorise well by itself.

use pulp::Simd;

/// A type that processors compute with several of at once.
pub trait Vectors: Sized {
    /// Several numbers that the processor computes with at once.
    type Vector<S: Simd>: Copy;

    /// How many.
    fn lanes<S: Simd>() -> usize;
    /// A vector of equal numbers.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// The first numbers of a slice, 0 where it ends.
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S>;
    /// Writes to the first numbers of a slice, as many as it has.
    fn store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>);
    /// `a * b + c`.
    fn fused<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>)
    -> Self::Vector<S>;
}

impl Vectors for f32 {
    type Vector<S: Simd> = S::f32s;

    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        S::F32_LANES
    }
    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
        simd.splat_f32s(value)
    }
    #[inline(always)]
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S> {
        match S::as_simd_f32s(values).0.first() {
            Some(&vector) => vector,
            None => simd.partial_load_f32s(values),
        }
    }
    #[inline(always)]
    fn store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>) {
        match S::as_mut_simd_f32s(values).0.first_mut() {
            Some(place) => *place = vector,
            None => simd.partial_store_f32s(values, vector),
        }
    }
    #[inline(always)]
    fn fused<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S> {
        simd.mul_add_f32s(a, b, c)
    }
}

impl Vectors for f64 {
    type Vector<S: Simd> = S::f64s;

    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        S::F64_LANES
    }
    #[inline(always)]
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
        simd.splat_f64s(value)
    }
    #[inline(always)]
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Vector<S> {
        match S::as_simd_f64s(values).0.first() {
            Some(&vector) => vector,
            None => simd.partial_load_f64s(values),
        }
    }
    #[inline(always)]
    fn store<S: Simd>(simd: S, values: &mut [Self], vector: Self::Vector<S>) {
        match S::as_mut_simd_f64s(values).0.first_mut() {
            Some(place) => *place = vector,
            None => simd.partial_store_f64s(values, vector),
        }
    }
    #[inline(always)]
    fn fused<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S> {
        simd.mul_add_f64s(a, b, c)
    }
}
