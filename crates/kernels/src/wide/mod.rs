//! The widest vectors of the processor for single precision: those of `pulp`, and AVX-512 beside them.
//!
//! `pulp` has AVX-512 behind a feature that would compile the tensor library anew for it, and the kernels that the compiler
//! vectorises gain little; products of packed weights gain half of their time.

#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod tile;

use pulp::{Simd, WithSimd};

use self::tile::Tile;
use crate::vectorised::ARCH;
use crate::vectors::Vectors;

/// Vectors of single precision.
pub(crate) trait Wide: Copy {
    /// Several numbers that the processor computes with at once.
    type Vector: Copy;
    /// How many.
    const LANES: usize;
    /// The tile of a product that registers hold.
    const TILE: Tile;

    /// A vector of equal numbers.
    fn splat(self, value: f32) -> Self::Vector;
    /// The first numbers of a slice, 0 where it ends.
    fn load(self, values: &[f32]) -> Self::Vector;
    /// Writes to the first numbers of a slice, as many as it has.
    fn store(self, values: &mut [f32], vector: Self::Vector);
    /// `a * b + c`.
    fn fused(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The sum of the numbers, halves added to halves.
    fn sum(self, vector: Self::Vector) -> f32;
}

/// Something to be computed with the vectors of some processor.
pub(crate) trait WithWide {
    /// The body, compiled for each kind of vectors.
    fn with<W: Wide>(self, wide: W);
}

/// Runs `body` with the widest vectors that there are. Which those are changes no byte of what is computed number by number.
pub(crate) fn widest<B: WithWide>(body: B) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx512) = *avx512::AVX512 {
        return avx512.run(body);
    }
    by_pulp(body);
}

/// Runs `body` with the widest vectors of `pulp`.
pub(crate) fn by_pulp<B: WithWide>(body: B) {
    ARCH.dispatch(ByPulp(body));
}

/// Runs `body` number by number.
#[cfg(test)]
pub(crate) fn one_by_one<B: WithWide>(body: B) {
    body.with(pulp::Scalar::new());
}

struct ByPulp<B>(B);

impl<B: WithWide> WithSimd for ByPulp<B> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.with(simd);
    }
}

impl<S: Simd> Wide for S {
    type Vector = S::f32s;
    const LANES: usize = S::F32_LANES;
    const TILE: Tile = if S::REGISTER_COUNT >= 32 {
        Tile::LARGE
    } else {
        Tile::SMALL
    };

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        f32::splat(self, value)
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> Self::Vector {
        <f32 as Vectors>::load(self, values)
    }
    #[inline(always)]
    fn store(self, values: &mut [f32], vector: Self::Vector) {
        <f32 as Vectors>::store(self, values, vector);
    }
    #[inline(always)]
    fn fused(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        self.mul_add_f32s(a, b, c)
    }
    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        self.add_f32s(a, b)
    }
    #[inline(always)]
    fn sum(self, vector: Self::Vector) -> f32 {
        self.reduce_sum_f32s(vector)
    }
}

/// Asks for the cache line of the number so many places behind the first, which need not be there.
#[inline(always)]
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "a hint takes a pointer")
)]
pub(crate) fn fetch(values: &[f32], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: nothing is read; of an address without memory behind it nothing comes.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(ahead).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, ahead);
}

/// Numbers of the widest vectors that there are, and vectors of their tile.
pub(crate) fn widest_panel() -> (usize, usize) {
    struct Panel<'a>(&'a mut (usize, usize));
    impl WithWide for Panel<'_> {
        #[inline(always)]
        fn with<W: Wide>(self, _: W) {
            *self.0 = (W::LANES, W::TILE.vectors);
        }
    }
    let mut panel = (1, 1);
    widest(Panel(&mut panel));
    panel
}
