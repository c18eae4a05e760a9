//! Which heads are kept: exactly K of N.

/// A choice of heads, in the flat order of [`HeadGrid`](crate::HeadGrid).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeadMask {
    kept: Vec<bool>,
}

/// Why a mask was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// More heads asked for than there are.
    #[error("cannot keep {k} of {n} heads")]
    TooMany {
        /// Heads to keep.
        k: usize,
        /// Heads there are.
        n: usize,
    },
    /// An importance is not a number, so that no order exists.
    #[error("the importance of head {head} is not a number")]
    NotANumber {
        /// Flat index of the head.
        head: usize,
    },
}

impl HeadMask {
    /// A mask from one flag a head.
    pub fn from_flags(kept: Vec<bool>) -> Self {
        Self { kept }
    }

    /// Every one of `n` heads.
    pub fn all(n: usize) -> Self {
        Self { kept: vec![true; n] }
    }

    /// The `k` heads of largest importance; among equals the lowest index is kept. `+0` equals `-0`.
    pub fn top_k(importances: &[f64], k: usize) -> Result<Self, MaskError> {
        let n = importances.len();
        if k > n {
            return Err(MaskError::TooMany { k, n });
        }
        if let Some(head) = importances.iter().position(|w| w.is_nan()) {
            return Err(MaskError::NotANumber { head });
        }
        let mut order: Vec<usize> = (0..n).collect();
        // Stable, and `partial_cmp` (not `total_cmp`) so that the two zeros tie.
        order.sort_by(|&a, &b| {
            importances[b]
                .partial_cmp(&importances[a])
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut kept = vec![false; n];
        for &head in &order[..k] {
            kept[head] = true;
        }
        Ok(Self { kept })
    }

    /// The heads whose score is above `threshold`, however many those are.
    pub fn above(scores: &[f64], threshold: f64) -> Self {
        Self {
            kept: scores.iter().map(|&score| score > threshold).collect(),
        }
    }

    /// The mask that [`digits`](Self::digits) wrote; none for anything but digits 0 and 1.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let flag = |digit: char| match digit {
            '0' => Some(false),
            '1' => Some(true),
            _ => None,
        };
        let kept = digits.chars().map(flag).collect::<Option<_>>()?;
        Some(Self { kept })
    }

    /// A digit a head: 1 for a head kept, 0 otherwise.
    pub fn digits(&self) -> String {
        self.kept
            .iter()
            .map(|&kept| if kept { '1' } else { '0' })
            .collect()
    }

    /// One flag a head.
    pub fn flags(&self) -> &[bool] {
        &self.kept
    }

    /// N, the number of heads.
    pub fn total(&self) -> usize {
        self.kept.len()
    }

    /// K, the number of heads kept.
    pub fn kept(&self) -> usize {
        self.kept.iter().filter(|&&kept| kept).count()
    }

    /// The mask as gate values: 1 for a head kept, 0 otherwise.
    pub fn gates(&self) -> Vec<f64> {
        self.kept.iter().map(|&kept| f64::from(u8::from(kept))).collect()
    }
}

/// Distance between the K-th and the next importance, the margin of the choice; `None` for K = 0 or K = N.
///
/// Once the temperature is tiny the importances stop moving while the noise keeps its unit scale: at a margin of
/// a few tenths every update still trains another subset than the one that is tested.
pub fn margin(importances: &[f64], k: usize) -> Option<f64> {
    if k == 0 || k >= importances.len() {
        return None;
    }
    let mut sorted = importances.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    Some(sorted[k - 1] - sorted[k])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_lowest_index() {
        let mask = HeadMask::top_k(&[0.5, 1.0, 0.5, 0.5], 2).unwrap();
        assert_eq!(mask.flags(), [true, true, false, false]);
        let zeros = HeadMask::top_k(&[-0.0, 0.0, -1.0], 1).unwrap();
        assert_eq!(zeros.flags(), [true, false, false]);
    }

    #[test]
    fn digits_are_read_back() {
        let mask = HeadMask::from_flags(vec![true, false, true]);
        assert_eq!(mask.digits(), "101");
        assert_eq!(HeadMask::from_digits("101"), Some(mask));
        assert_eq!(HeadMask::from_digits(""), Some(HeadMask::all(0)));
        assert_eq!(HeadMask::from_digits("1 1"), None);
    }

    #[test]
    fn too_many_heads_and_nan_are_refused() {
        assert_eq!(HeadMask::top_k(&[1.0], 2), Err(MaskError::TooMany { k: 2, n: 1 }));
        assert_eq!(
            HeadMask::top_k(&[1.0, f64::NAN], 1),
            Err(MaskError::NotANumber { head: 1 })
        );
    }

    #[test]
    fn the_margin_is_the_gap_at_the_cut() {
        assert_eq!(margin(&[3.0, -1.0, 2.5], 1), Some(0.5));
        assert_eq!(margin(&[3.0, -1.0, 2.5], 2), Some(3.5));
        assert_eq!(margin(&[3.0, -1.0, 2.5], 3), None);
    }

    proptest! {
        #[test]
        fn exactly_k_are_kept_and_none_left_out_is_larger(
            importances in prop::collection::vec(-3i8..3, 1..160), cut in 0.0f64..=1.0,
        ) {
            let importances: Vec<f64> = importances.into_iter().map(f64::from).collect();
            let k = (cut * importances.len() as f64) as usize;
            let mask = HeadMask::top_k(&importances, k).unwrap();
            prop_assert_eq!(mask.kept(), k);
            for (i, &kept) in mask.flags().iter().enumerate() {
                for (j, &other) in mask.flags().iter().enumerate() {
                    if kept && !other {
                        prop_assert!(importances[i] > importances[j] || (importances[i] == importances[j] && i < j));
                    }
                }
            }
        }
    }
}
