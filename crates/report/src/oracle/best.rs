//! oracle_best.csv: for each seed and number of heads the subset of least loss on the tuning split.

use serde::Serialize;

use super::Oracle;

/// The columns of oracle_best.csv, in order.
pub const BEST_COLUMNS: [&str; 8] = [
    "seed",
    "k",
    "mask",
    "tuning_loss",
    "split",
    "metric",
    "value",
    "nested",
];

/// A number of the best subset of some size, on a split that results are reported on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BestSubset {
    /// The seed of the dense model.
    pub seed: u64,
    /// Heads kept, from 1 on.
    pub k: usize,
    /// The subset of least loss on the tuning split: a digit a head, 1 for a head that is kept, in the flat order of the
    /// grid. Among equals the one whose digits, the first head last, are the lowest number.
    pub mask: String,
    /// Its mean loss per example on the tuning split.
    pub tuning_loss: f64,
    /// A split that results are reported on.
    pub split: String,
    /// `loss`, or `accuracy` in 0..=1.
    pub metric: String,
    /// The metric of this subset on this split.
    pub value: f64,
    /// Whether it keeps all heads that the best subset of one head less keeps.
    pub nested: bool,
}

impl Oracle {
    /// The best subsets by seed, number of heads and split.
    pub fn best_subsets(&self) -> Vec<BestSubset> {
        let mut rows = Vec::new();
        for of_seed in &self.seeds {
            let pairs = of_seed.best.iter().zip(of_seed.best.iter().skip(1));
            for (k, (&smaller, &subset)) in (1..).zip(pairs) {
                let reported = self.columns.iter().zip(&of_seed.values);
                let reported = reported.filter(|(column, _)| !column.is_tuning());
                rows.extend(reported.map(|(column, values)| BestSubset {
                    seed: of_seed.seed,
                    k,
                    mask: self.digits(subset),
                    tuning_loss: of_seed.values[self.tuning_loss][subset],
                    split: column.split.clone(),
                    metric: column.metric.clone(),
                    value: values[subset],
                    nested: subset & smaller == smaller,
                }));
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use records::TUNING;

    use super::super::tests::{oracle, rows};

    #[test]
    fn the_best_have_the_least_tuning_loss_and_may_not_be_nested() {
        // Alone the first head is best, of two the others.
        let tuning = [9.0, 1.0, 2.0, 3.0, 4.0, 3.0, 0.5, 0.25];
        let test = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0];
        let lines = [rows(3, TUNING, "loss", &tuning), rows(3, "test", "loss", &test)].concat();
        let best = oracle(&lines).unwrap().best_subsets();
        let told: Vec<_> = best
            .iter()
            .map(|row| (row.k, row.mask.as_str(), row.tuning_loss, row.value, row.nested))
            .collect();
        let expected = [
            (1, "100", 1.0, 8.0, true),
            (2, "011", 0.5, 3.0, false),
            (3, "111", 0.25, 2.0, true),
        ];
        assert_eq!(told, expected);
        assert!(
            best.iter()
                .all(|row| (row.seed, row.split.as_str()) == (3, "test"))
        );
    }
}
