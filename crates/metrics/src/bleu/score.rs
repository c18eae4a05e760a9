//! From the sums of a corpus to its score.

use serde::{Serialize, Serializer};

use super::counts::{ORDER, SegmentStats};
use super::options::{BleuOptions, Smooth};

/// A BLEU score and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bleu {
    /// The score, 0 to 100.
    pub score: f64,
    /// For n = 1..=4: matching n-grams; whole numbers unless [`Smooth::AddK`] added to them.
    #[serde(serialize_with = "whole_numbers")]
    pub counts: [f64; ORDER],
    /// For n = 1..=4: n-grams of the hypotheses; whole numbers unless [`Smooth::AddK`] added to them.
    #[serde(serialize_with = "whole_numbers")]
    pub totals: [f64; ORDER],
    /// For n = 1..=4: the smoothed share of matching n-grams, in per cent.
    pub precisions: [f64; ORDER],
    /// The brevity penalty, 0 to 1.
    pub bp: f64,
    /// Tokens of the hypotheses.
    pub sys_len: u32,
    /// Tokens of the references.
    pub ref_len: u32,
}

impl Bleu {
    /// The score of the segments that `sum` is the sum of; of the options only the smoothing and the effective order
    /// matter here. Without any match everything but the brevity penalty is 0, whatever the smoothing.
    pub fn from_stats(sum: SegmentStats, options: &BleuOptions) -> Self {
        let mut bleu = Self {
            score: 0.0,
            counts: sum.counts.map(f64::from),
            totals: sum.totals.map(f64::from),
            precisions: [0.0; ORDER],
            bp: brevity_penalty(sum.sys_len, sum.ref_len),
            sys_len: sum.sys_len,
            ref_len: sum.ref_len,
        };
        if sum.counts == [0; ORDER] {
            return bleu;
        }
        if let Smooth::AddK(k) = options.smooth {
            for n in 1..ORDER {
                bleu.counts[n] += k;
                bleu.totals[n] += k;
            }
        }
        let reached = bleu.fill_precisions(options.smooth);
        let order = if options.effective_order { reached } else { ORDER };
        let precisions = &bleu.precisions[..order];
        if precisions.iter().all(|precision| *precision > 0.0) {
            let mean = precisions.iter().map(|precision| precision.ln()).sum::<f64>() / order as f64;
            bleu.score = bleu.bp * mean.exp();
        }
        bleu
    }

    /// Fills the precisions up to the first order without n-grams; returns how many orders come before it.
    fn fill_precisions(&mut self, smooth: Smooth) -> usize {
        let mut halved = 1.0;
        for n in 0..ORDER {
            let (count, total) = (self.counts[n], self.totals[n]);
            if total == 0.0 {
                return n;
            }
            let matches = match smooth {
                _ if count > 0.0 => count,
                Smooth::Exp => {
                    halved /= 2.0;
                    halved
                }
                Smooth::Floor(value) => value,
                Smooth::None | Smooth::AddK(_) => 0.0,
            };
            self.precisions[n] = 100.0 * matches / total;
        }
        ORDER
    }

    /// The score in one line, as sacreBLEU prints it.
    pub fn text(&self) -> String {
        let [one, two, three, four] = self.precisions;
        let ratio = match self.ref_len {
            0 => 0.0,
            ref_len => f64::from(self.sys_len) / f64::from(ref_len),
        };
        format!(
            "BLEU = {:.2} {one:.1}/{two:.1}/{three:.1}/{four:.1} (BP = {:.3} ratio = {ratio:.3} hyp_len = {} ref_len = {})",
            self.score, self.bp, self.sys_len, self.ref_len
        )
    }
}

/// What hypotheses that are shorter than their references lose (Papineni et al., 2002, section 2.2.2).
fn brevity_penalty(sys_len: u32, ref_len: u32) -> f64 {
    if sys_len >= ref_len {
        1.0
    } else if sys_len == 0 {
        0.0
    } else {
        (1.0 - f64::from(ref_len) / f64::from(sys_len)).exp()
    }
}

/// Writes 12 and not 12.0 where nothing was added.
fn whole_numbers<S: Serializer>(numbers: &[f64; ORDER], serializer: S) -> Result<S::Ok, S::Error> {
    if numbers.iter().all(|number| number.fract() == 0.0) {
        numbers.map(|number| number as u64).serialize(serializer)
    } else {
        numbers.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stats(counts: [u32; ORDER], totals: [u32; ORDER], sys_len: u32, ref_len: u32) -> SegmentStats {
        SegmentStats {
            counts,
            totals,
            sys_len,
            ref_len,
        }
    }

    fn score(sum: SegmentStats, smooth: Smooth, effective_order: bool) -> Bleu {
        let options = BleuOptions {
            smooth,
            effective_order,
            ..BleuOptions::default()
        };
        Bleu::from_stats(sum, &options)
    }

    #[test]
    fn every_smoothing_fills_the_orders_without_a_match() {
        let sum = stats([5, 2, 0, 0], [8, 5, 4, 2], 8, 8);
        let precisions = |smooth| score(sum, smooth, false).precisions;
        assert_eq!(precisions(Smooth::Exp), [62.5, 40.0, 12.5, 12.5]);
        assert_eq!(precisions(Smooth::Floor(0.2)), [62.5, 40.0, 5.0, 10.0]);
        assert_eq!(precisions(Smooth::None), [62.5, 40.0, 0.0, 0.0]);
        assert_eq!(score(sum, Smooth::None, true).score, 0.0);
        let added = score(sum, Smooth::AddK(1.0), false);
        assert_eq!(added.precisions, [62.5, 50.0, 20.0, 100.0 / 3.0]);
        assert_eq!(added.counts, [5.0, 3.0, 1.0, 1.0]);
        assert_eq!(added.totals, [8.0, 6.0, 5.0, 3.0]);
    }

    #[test]
    fn the_effective_order_ends_where_the_ngrams_end() {
        let sum = stats([2, 1, 0, 0], [2, 1, 0, 0], 2, 2);
        assert!((score(sum, Smooth::Exp, true).score - 100.0).abs() < 1e-10);
        assert_eq!(score(sum, Smooth::Exp, false).score, 0.0);
        assert_eq!(
            score(sum, Smooth::Exp, false).precisions,
            [100.0, 100.0, 0.0, 0.0]
        );
    }

    #[test]
    fn without_a_match_nothing_is_smoothed() {
        for smooth in [Smooth::Exp, Smooth::Floor(0.1), Smooth::AddK(1.0)] {
            let bleu = score(stats([0; ORDER], [4, 3, 2, 1], 4, 8), smooth, true);
            assert_eq!((bleu.score, bleu.precisions), (0.0, [0.0; ORDER]));
            assert_eq!(bleu.totals, [4.0, 3.0, 2.0, 1.0]);
            assert_eq!(bleu.bp, (-1.0_f64).exp());
        }
        assert_eq!(brevity_penalty(0, 3), 0.0);
        assert_eq!(brevity_penalty(0, 0), 1.0);
    }

    #[test]
    fn prints_a_line_and_json() {
        let bleu = score(stats([8, 4, 2, 1], [9, 7, 5, 4], 9, 12), Smooth::AddK(0.5), false);
        assert_eq!(
            bleu.text(),
            "BLEU = 38.20 88.9/60.0/45.5/33.3 (BP = 0.717 ratio = 0.750 hyp_len = 9 ref_len = 12)"
        );
        let json = serde_json::to_value(bleu).unwrap();
        assert_eq!(json["counts"], serde_json::json!([8.0, 4.5, 2.5, 1.5]));
        let json =
            serde_json::to_string(&score(stats([1; 4], [4, 3, 2, 1], 4, 0), Smooth::Exp, false)).unwrap();
        assert!(
            json.contains(r#""counts":[1,1,1,1],"totals":[4,3,2,1]"#),
            "{json}"
        );
        assert!(json.contains(r#""bp":1.0,"sys_len":4,"ref_len":0"#), "{json}");
    }

    proptest! {
        #[test]
        fn more_matches_never_lower_a_score(
            matched in 1_u32..40, tokens in 40_u32..80, ref_len in 1_u32..160, effective_order: bool,
        ) {
            for smooth in [Smooth::Exp, Smooth::Floor(0.1), Smooth::None, Smooth::AddK(1.0)] {
                let at = |matched: u32| {
                    let counts = [0, 1, 2, 3].map(|n| matched.saturating_sub(n));
                    let totals = [0, 1, 2, 3].map(|n| tokens - n);
                    score(stats(counts, totals, tokens, ref_len), smooth, effective_order).score
                };
                prop_assert!(at(matched) <= at(matched + 1));
                prop_assert!((0.0..=100.0 + 1e-9).contains(&at(matched)));
            }
        }
    }
}
