//! Philox4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2, 3").

const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// The golden ratio and sqrt(3) - 1, by which the key moves on between rounds.
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// The four words for a counter under a key. A loop over counters that calls this becomes vector instructions.
#[inline(always)]
pub(crate) fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let p0 = u64::from(a) * u64::from(MULTIPLIERS[0]);
        let p1 = u64::from(c) * u64::from(MULTIPLIERS[1]);
        a = (p1 >> 32) as u32 ^ b ^ k0;
        b = p1 as u32;
        c = (p0 >> 32) as u32 ^ d ^ k1;
        d = p0 as u32;
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_published_ones() {
        // Known answers that come with Random123, the authors' library.
        let published = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, words) in published {
            assert_eq!(philox(counter, key), words, "{counter:x?} {key:x?}");
        }
    }
}
