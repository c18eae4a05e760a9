//! Head importance of Michel et al. (2019): accumulated derivatives of the gates, their scores, and which go first.

use std::ops::Range;
use std::str::FromStr;

use heads::{HeadGrid, HeadMask};

/// Keeps the score of a row without derivatives at 0 instead of 0 / 0; the released programs' constant.
const NORM_FLOOR: f64 = 1e-20;

/// What of the derivatives is accumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportanceVariant {
    /// The absolute derivative of the mean loss of a batch, summed over batches (the released program on BERT).
    BatchAbs,
    /// The absolute derivative of the loss of an example, summed over examples (Michel et al. 2019).
    ExampleAbs,
    /// The absolute derivative by a gate of each position, summed over positions and examples (the program of Michel et al.
    /// 2019: |context . dL/dcontext| of every token).
    TokenAbs,
    /// The derivative itself, summed over examples (the released program on translation). A head that
    /// lowers the loss scores below 0, so that the most useful heads go first.
    Signed,
}

/// A name that is none of the importances.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is none of batch-abs, example-abs, token-abs, signed")]
pub struct UnknownImportance {
    /// The name.
    pub name: String,
}

impl ImportanceVariant {
    /// Every variant.
    pub const ALL: [Self; 4] = [Self::BatchAbs, Self::ExampleAbs, Self::TokenAbs, Self::Signed];

    /// The name in experiment files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchAbs => "batch-abs",
            Self::ExampleAbs => "example-abs",
            Self::TokenAbs => "token-abs",
            Self::Signed => "signed",
        }
    }
}

impl FromStr for ImportanceVariant {
    type Err = UnknownImportance;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|variant| variant.name() == name)
            .ok_or_else(|| UnknownImportance {
                name: name.to_owned(),
            })
    }
}

/// Derivatives of the gates, accumulated over a training set.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadImportance {
    variant: ImportanceVariant,
    accumulated: Vec<f64>,
}

impl HeadImportance {
    /// Nothing accumulated yet, for `heads` heads.
    pub fn new(variant: ImportanceVariant, heads: usize) -> Self {
        Self {
            variant,
            accumulated: vec![0.0; heads],
        }
    }

    /// Adds dL/dgate at one unit, L the loss summed over its `examples` examples (at least 1): a batch, or one example
    /// for [`ExampleAbs`](ImportanceVariant::ExampleAbs); for [`TokenAbs`](ImportanceVariant::TokenAbs) the absolute
    /// derivatives of a batch's positions, summed.
    ///
    /// `BatchAbs` adds |gradient / examples|, `ExampleAbs` and `TokenAbs` |gradient|, `Signed` the gradient itself.
    pub fn add(&mut self, gradient: &[f64], examples: usize) {
        debug_assert!(gradient.len() == self.accumulated.len() && examples > 0);
        for (sum, gradient) in self.accumulated.iter_mut().zip(gradient) {
            *sum += match self.variant {
                ImportanceVariant::BatchAbs => (gradient / examples as f64).abs(),
                ImportanceVariant::ExampleAbs | ImportanceVariant::TokenAbs => gradient.abs(),
                ImportanceVariant::Signed => *gradient,
            };
        }
    }

    /// What has been added so far, one number a head.
    pub fn accumulated(&self) -> &[f64] {
        &self.accumulated
    }
}

/// Scores of accumulated importances, one a head of `grid`: divided by the L2 norm of the row (+ 1e-20), then moved and
/// scaled so that the smallest over the grid is 0 and the largest 1. Every score is 0 where all are equal.
///
/// Only the `counted` heads take part in norms, minimum and maximum; `None` counts all, also those pruned before, as
/// the released programs do. The others get their score by the same formula, and so may lie outside [0, 1].
///
/// If the importance of a counted head is not finite, or too large for a norm in float64, no score means anything and
/// every one is NaN. One that is not counted spoils its own score only.
///
/// # Panics
/// If there is not one importance for each head.
pub fn normalised_scores(accumulated: &[f64], grid: &HeadGrid, counted: Option<&HeadMask>) -> Vec<f64> {
    let norms = row_norms(accumulated, grid, counted);
    if norms.iter().any(|norm| !norm.is_finite()) {
        return vec![f64::NAN; accumulated.len()];
    }
    let scaled: Vec<f64> = grid
        .cut(accumulated)
        .zip(&norms)
        .flat_map(|(row, norm)| row.iter().map(move |a| a / (norm + NORM_FLOOR)))
        .collect();
    let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (head, &score) in scaled.iter().enumerate() {
        if counts(counted, head) {
            smallest = smallest.min(score);
            largest = largest.max(score);
        }
    }
    if largest <= smallest {
        return vec![0.0; accumulated.len()];
    }
    scaled
        .into_iter()
        .map(|score| (score - smallest) / (largest - smallest))
        .collect()
}

/// The L2 norm of each row of accumulated importances over its `counted` heads, which [`normalised_scores`] divides
/// by; `None` counts all heads. 0 for a row without heads.
///
/// # Panics
/// If there is not one importance for each head.
pub fn row_norms(accumulated: &[f64], grid: &HeadGrid, counted: Option<&HeadMask>) -> Vec<f64> {
    let square = |head: usize| accumulated[head] * accumulated[head];
    let squares = |range: Range<usize>| {
        let counted = range.filter(|&head| counts(counted, head));
        counted.map(square).fold(0.0, |sum: f64, square| sum + square)
    };
    grid.iter().map(|(_, range)| squares(range).sqrt()).collect()
}

fn counts(counted: Option<&HeadMask>, head: usize) -> bool {
    counted.is_none_or(|mask| mask.flags().get(head) == Some(&true))
}

/// The `count` kept heads of lowest score, lowest first; ties go to the lowest index, `+0` equals `-0`. Fewer where
/// fewer are kept. Scores that are NaN come last, so that such a head is named only when no other is left.
pub fn lowest(scores: &[f64], kept: &HeadMask, count: usize) -> Vec<usize> {
    debug_assert!(scores.len() == kept.total());
    let mut order: Vec<(usize, f64)> = scores
        .iter()
        .zip(kept.flags())
        .enumerate()
        .filter(|&(_, (_, &kept))| kept)
        .map(|(head, (&score, _))| (head, score))
        .collect();
    // Stable, and `partial_cmp` (not `total_cmp`) so that the two zeros tie.
    order.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())));
    order.into_iter().take(count).map(|(head, _)| head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heads::{HeadRow, RowKind};
    use proptest::prelude::*;

    fn rows(accumulated: &[f64], heads: usize) -> HeadGrid {
        HeadGrid::encoder(accumulated.len() / heads, heads).unwrap()
    }

    /// Scores of rows of so many heads each.
    fn scores_of(accumulated: &[f64], heads: usize, counted: Option<&HeadMask>) -> Vec<f64> {
        normalised_scores(accumulated, &rows(accumulated, heads), counted)
    }

    fn norms_of(accumulated: &[f64], heads: usize, counted: Option<&HeadMask>) -> Vec<f64> {
        row_norms(accumulated, &rows(accumulated, heads), counted)
    }

    #[test]
    fn names_are_read_back() {
        for variant in ImportanceVariant::ALL {
            assert_eq!(variant.name().parse(), Ok(variant));
        }
        let refused = "abs".parse::<ImportanceVariant>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "\"abs\" is none of batch-abs, example-abs, token-abs, signed"
        );
    }

    #[test]
    fn variants_differ_in_where_the_absolute_value_is_taken() {
        for (variant, examples, want) in [
            (ImportanceVariant::BatchAbs, 4, [1.0, 2.25]),
            (ImportanceVariant::ExampleAbs, 1, [4.0, 9.0]),
            (ImportanceVariant::TokenAbs, 4, [4.0, 9.0]),
            (ImportanceVariant::Signed, 4, [-2.0, 7.0]),
        ] {
            let mut importance = HeadImportance::new(variant, 2);
            assert_eq!(importance.accumulated(), [0.0; 2]);
            importance.add(&[1.0, 8.0], examples);
            importance.add(&[-3.0, -1.0], examples);
            assert_eq!(importance.accumulated(), want);
        }
        let mut batches = HeadImportance::new(ImportanceVariant::BatchAbs, 1);
        batches.add(&[6.0], 2);
        batches.add(&[-6.0], 3);
        assert_eq!(batches.accumulated(), [5.0]);
    }

    #[test]
    fn scores_of_two_rows() {
        assert_eq!(norms_of(&[3.0, 4.0, 6.0, -8.0], 2, None), [5.0, 10.0]);
        // So 0.6, 0.8, 0.6, -0.8; then moved by 0.8 and divided by 1.6.
        let scores = scores_of(&[3.0, 4.0, 6.0, -8.0], 2, None);
        for (got, want) in scores.iter().zip([0.875, 1.0, 0.875, 0.0]) {
            assert!((got - want).abs() < 1e-15, "{scores:?}");
        }
    }

    #[test]
    fn a_row_is_divided_by_its_own_norm_whatever_its_length() {
        let row = |layer, heads| HeadRow {
            kind: RowKind::EncoderSelf,
            layer,
            heads,
        };
        let grid = HeadGrid::new(vec![row(0, 1), row(1, 0), row(2, 2)]).unwrap();
        assert_eq!(row_norms(&[-2.0, 3.0, 4.0], &grid, None), [2.0, 0.0, 5.0]);
        // So -1, 0.6, 0.8; then moved by 1 and divided by 1.8.
        let scores = normalised_scores(&[-2.0, 3.0, 4.0], &grid, None);
        for (got, want) in scores.iter().zip([0.0, 1.6 / 1.8, 1.0]) {
            assert!((got - want).abs() < 1e-15, "{scores:?}");
        }
    }

    #[test]
    fn only_counted_heads_move_the_others() {
        let kept = HeadMask::from_flags(vec![true, true, false, true, true, false]);
        let counted = |pruned: f64| scores_of(&[3.0, 4.0, pruned, 1.0, 0.0, 0.0], 3, Some(&kept));
        let scores = counted(10.0);
        assert_eq!(
            norms_of(&[3.0, 4.0, 9.0, 1.0, 0.0, 9.0], 3, Some(&kept)),
            [5.0, 1.0]
        );
        // So 0.6, 0.8, (2), 1, 0, (0); minimum 0, maximum 1.
        for (got, want) in scores.iter().zip([0.6, 0.8, 2.0, 1.0, 0.0, 0.0]) {
            assert!((got - want).abs() < 1e-15, "{scores:?}");
        }
        assert_eq!(counted(-7.0)[..2], scores[..2]);
        assert_eq!(counted(f64::NAN)[..2], scores[..2]);
        assert!(counted(f64::NAN)[2].is_nan());
        assert_ne!(
            scores_of(&[3.0, 4.0, 10.0, 1.0, 0.0, 0.0], 3, None)[..2],
            scores[..2]
        );
    }

    #[test]
    fn equal_scores_are_0_and_so_is_a_row_without_derivatives() {
        assert_eq!(scores_of(&[0.25; 6], 3, None), [0.0; 6]);
        assert_eq!(scores_of(&[0.0; 6], 3, None), [0.0; 6]);
        assert_eq!(scores_of(&[3.0, 4.0, 0.0, 0.0], 2, None)[2..], [0.0; 2]);
        let none = HeadMask::from_flags(vec![false; 2]);
        assert_eq!(scores_of(&[3.0, 4.0], 2, Some(&none)), [0.0; 2]);
        let none = HeadGrid::encoder(2, 0).unwrap();
        assert!(normalised_scores(&[], &none, None).is_empty());
    }

    #[test]
    fn what_is_not_finite_leaves_no_score() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
            let scores = scores_of(&[1.0, 2.0, bad, 3.0], 2, None);
            assert!(scores.iter().all(|score| score.is_nan()), "{bad}: {scores:?}");
        }
    }

    #[test]
    fn the_lowest_kept_go_first_and_nan_last() {
        let scores = [0.5, 0.1, 0.1, f64::NAN, 0.0, -0.0, f64::INFINITY];
        let all = HeadMask::all(7);
        assert_eq!(lowest(&scores, &all, 7), [4, 5, 1, 2, 0, 6, 3]);
        assert_eq!(lowest(&scores, &all, 3), [4, 5, 1]);
        assert_eq!(lowest(&scores, &all, 9).len(), 7);
        let kept = HeadMask::from_flags(vec![true, false, true, true, false, false, false]);
        assert_eq!(lowest(&scores, &kept, 2), [2, 0]);
        assert_eq!(lowest(&scores, &kept, 5), [2, 0, 3]);
        assert!(lowest(&scores, &kept, 0).is_empty());
    }

    proptest! {
        #[test]
        fn the_scale_of_a_row_does_not_matter(
            accumulated in prop::collection::vec(0.01f64..1.0, 12), scales in prop::collection::vec(0.001f64..1000.0, 3),
        ) {
            let scaled: Vec<f64> = accumulated.iter().enumerate().map(|(head, a)| a * scales[head / 4]).collect();
            let (left, right) = (scores_of(&accumulated, 4, None), scores_of(&scaled, 4, None));
            for (left, right) in left.iter().zip(&right) {
                prop_assert!((left - right).abs() < 1e-11);
            }
        }

        #[test]
        fn scores_span_0_to_1(accumulated in prop::collection::vec(-1.0f64..1.0, 12)) {
            let scores = scores_of(&accumulated, 4, None);
            prop_assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
            prop_assert!(scores.contains(&0.0) && scores.contains(&1.0));
        }

        #[test]
        fn the_lowest_are_a_sorted_prefix(
            scores in prop::collection::vec(-3i8..3, 1..40), gone in prop::collection::vec(any::<bool>(), 40),
            count in 0usize..40,
        ) {
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            let kept = HeadMask::from_flags(gone[..scores.len()].iter().map(|gone| !gone).collect());
            let heads = lowest(&scores, &kept, count);
            prop_assert_eq!(heads.len(), count.min(kept.kept()));
            prop_assert!(heads.iter().all(|&head| kept.flags()[head]));
            prop_assert!(heads.is_sorted_by(|&a, &b| (scores[a], a) < (scores[b], b)));
            if let Some(&last) = heads.last() {
                let left = (0..scores.len()).filter(|head| kept.flags()[*head] && !heads.contains(head));
                prop_assert!(left.into_iter().all(|head| (scores[last], last) < (scores[head], head)));
            }
        }
    }
}
