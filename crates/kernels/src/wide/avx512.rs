//! Vectors of sixteen numbers, on processors that have AVX-512.

use std::arch::x86_64::{
    __m512, __mmask16, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps, _mm256_add_ps,
    _mm256_castps256_ps128, _mm256_extractf128_ps, _mm512_add_ps, _mm512_castps512_ps256, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_shuffle_f32x4,
    _mm512_storeu_ps,
};
use std::sync::LazyLock;

use super::tile::Tile;
use super::{Wide, WithWide};

/// Says that the processor has AVX-512; there is one only where it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

/// Whether it does, asked once.
pub(super) static AVX512: LazyLock<Option<Avx512>> = LazyLock::new(|| {
    let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("fma");
    there.then_some(Avx512(()))
});

impl Avx512 {
    /// Runs `body` compiled for these vectors.
    #[expect(unsafe_code, reason = "code for a processor that was asked for")]
    pub(super) fn run<B: WithWide>(self, body: B) {
        #[target_feature(enable = "avx512f,fma")]
        fn compiled<B: WithWide>(avx512: Avx512, body: B) {
            body.with(avx512);
        }
        // SAFETY: the processor has these instructions, or there would be no `self`.
        unsafe { compiled(self, body) }
    }
}

/// The first `count` lanes, at most 16.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    ((1_u32 << count) - 1) as __mmask16
}

#[expect(unsafe_code, reason = "loads and stores take pointers")]
impl Wide for Avx512 {
    type Vector = __m512;
    const LANES: usize = 16;
    const TILE: Tile = Tile::LARGE;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: the processor has this instruction, or there would be no `self`; so for all below.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    fn load(self, values: &[f32]) -> __m512 {
        if values.len() >= Self::LANES {
            // SAFETY: 16 numbers are there to be read.
            unsafe { _mm512_loadu_ps(values.as_ptr()) }
        } else {
            // SAFETY: lanes behind the last number are masked, and masked lanes are not read.
            unsafe { _mm512_maskz_loadu_ps(first(values.len()), values.as_ptr()) }
        }
    }
    #[inline(always)]
    fn store(self, values: &mut [f32], vector: __m512) {
        if values.len() >= Self::LANES {
            // SAFETY: there is room for 16 numbers.
            unsafe { _mm512_storeu_ps(values.as_mut_ptr(), vector) }
        } else {
            // SAFETY: lanes behind the last number are masked, and masked lanes are not written.
            unsafe { _mm512_mask_storeu_ps(values.as_mut_ptr(), first(values.len()), vector) }
        }
    }
    #[inline(always)]
    fn fused(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the processor has this instruction, or there would be no `self`.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the processor has this instruction, or there would be no `self`.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sum(self, vector: __m512) -> f32 {
        // SAFETY: the processor has these instructions, or there would be no `self`.
        unsafe {
            let upper = _mm512_castps512_ps256(_mm512_shuffle_f32x4::<0b1110>(vector, vector));
            let eight = _mm256_add_ps(_mm512_castps512_ps256(vector), upper);
            let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }
}
