//! rank_correlations.csv: how far the scores of methods order heads as their exact worth does.

use std::collections::BTreeMap;

use metrics::kendall_tau_b;
use records::ScoreRow;
use serde::Serialize;

use super::Oracle;
use super::shapley::HeadWorths;
use crate::ReportError;

/// The columns of rank_correlations.csv, in order.
pub const RANK_COLUMNS: [&str; 6] = ["method", "variant", "k", "seed", "with", "kendall_tau"];

/// How far the scores of one run and the worth of heads in the dense model of the same seed give one order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankCorrelation {
    /// The method that the scores are of. Where it trains weights, its scores are of heads of another model than the
    /// dense one, of which only the start is the same.
    pub method: String,
    /// What sets the run apart within its method, as in scores.csv.
    pub variant: String,
    /// Number of heads the run was asked to keep; none where it aims at no number.
    pub k: Option<u32>,
    /// The seed.
    pub seed: u64,
    /// `shapley` or `leave_one_out`, both of the negative loss on the tuning split.
    pub with: &'static str,
    /// Kendall's tau-b in -1..=1; none for a single head, or where all scores or all worths are equal.
    pub kendall_tau: Option<f64>,
}

impl Oracle {
    /// Two rows for each run with scores and a seed that has an oracle, sorted as scores.csv.
    ///
    /// # Errors
    /// A run has scores of another number of heads.
    pub fn rank_correlations(&self, scores: &[ScoreRow]) -> Result<Vec<RankCorrelation>, ReportError> {
        let mut runs: BTreeMap<_, Vec<(u32, f64)>> = BTreeMap::new();
        for row in scores {
            let run = (&row.method, &row.variant, row.k, row.seed, &row.run_id);
            runs.entry(run).or_default().push((row.head, row.score));
        }
        let mut worths: BTreeMap<u64, HeadWorths> = BTreeMap::new();
        for of_seed in &self.seeds {
            worths.insert(of_seed.seed, self.head_worths(of_seed, self.tuning_loss)?);
        }
        let mut rows = Vec::new();
        for ((method, variant, k, seed, run_id), mut heads) in runs {
            let Some(worths) = worths.get(&seed) else { continue };
            if heads.len() != self.n {
                let reason = format!(
                    "its masks have {} heads, and scores.csv has {} scores of run `{run_id}`",
                    self.n,
                    heads.len()
                );
                return Err(self.wrong(reason));
            }
            heads.sort_by_key(|(head, _)| *head);
            let scores: Vec<f64> = heads.into_iter().map(|(_, score)| score).collect();
            let exact = [
                ("shapley", &worths.shapley),
                ("leave_one_out", &worths.leave_one_out),
            ];
            rows.extend(exact.map(|(with, worths)| RankCorrelation {
                method: method.clone(),
                variant: variant.clone(),
                k,
                seed,
                with,
                kendall_tau: kendall_tau_b(&scores, worths),
            }));
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use records::TUNING;

    use super::super::tests::{oracle, rows};
    use super::*;

    fn scores(method: &str, seed: u64, values: &[f64]) -> Vec<ScoreRow> {
        let row = |(head, &score): (u32, &f64)| ScoreRow {
            method: method.to_owned(),
            variant: "v".to_owned(),
            k: None,
            seed,
            run_id: format!("{method}-{seed}"),
            head,
            score,
        };
        (0..).zip(values).map(row).collect()
    }

    #[test]
    fn scores_are_compared_head_by_head_whatever_their_order() {
        // Heads take 1, 2 and 4 from the loss, whichever others are there.
        let losses: Vec<f64> = (0..8).map(|subset| 10.0 - f64::from(subset)).collect();
        let oracle = oracle(&rows(1, TUNING, "loss", &losses)).unwrap();
        let mut lines = [
            scores("fisher", 1, &[0.1, 0.2, 0.3]),
            scores("michel", 1, &[0.1, 0.3, 0.2]),
            scores("ste", 1, &[1.0, 1.0, 1.0]),
            scores("fisher", 2, &[0.1, 0.2, 0.3]),
        ]
        .concat();
        lines.reverse();
        let found = oracle.rank_correlations(&lines).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|row| (row.method.as_str(), row.with, row.kendall_tau))
            .collect();
        let third = Some(1.0 / 3.0);
        let expected = [
            ("fisher", "shapley", Some(1.0)),
            ("fisher", "leave_one_out", Some(1.0)),
            ("michel", "shapley", third),
            ("michel", "leave_one_out", third),
            ("ste", "shapley", None),
            ("ste", "leave_one_out", None),
        ];
        assert_eq!(told, expected);
        let error = oracle
            .rank_correlations(&scores("fisher", 1, &[0.0; 2]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "oracle.csv: its masks have 3 heads, and scores.csv has 2 scores of run `fisher-1`"
        );
    }
}
