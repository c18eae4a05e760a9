//! Random subsets of heads, the baseline that any importance must beat.

use heads::{HeadMask, MaskError, UniformStream};

/// `k` of `n` heads, every subset equally likely: the heads of the `k` largest of `n` uniform draws.
pub fn random_subset(n: usize, k: usize, noise: &mut dyn UniformStream) -> Result<HeadMask, MaskError> {
    let mut draws = vec![0.0; n];
    noise.fill(&mut draws);
    HeadMask::top_k(&draws, k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heads::SeededUniform;

    #[test]
    fn every_head_is_kept_equally_often() {
        let (n, k, draws) = (12, 3, 4000);
        let mut kept = vec![0_u32; n];
        for draw in 0..draws {
            let mask = random_subset(n, k, &mut SeededUniform::at_update(1, draw)).unwrap();
            assert_eq!(mask.kept(), k);
            for (count, &flag) in kept.iter_mut().zip(mask.flags()) {
                *count += u32::from(flag);
            }
        }
        // 1000 expected, standard deviation sqrt(4000 / 4 * 3 / 4) = 27; five of those.
        assert!(kept.iter().all(|count| count.abs_diff(1000) < 137), "{kept:?}");
    }

    #[test]
    fn more_heads_than_there_are_is_refused() {
        assert!(random_subset(3, 4, &mut SeededUniform::at_update(1, 0)).is_err());
    }
}
