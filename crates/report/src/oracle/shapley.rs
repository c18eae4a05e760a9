//! shapley.csv and shapley_interactions.csv: what each head, and each pair of heads, is worth in a seed's dense model.

use baselines::{ShapleyError, shapley_interactions, shapley_values};
use serde::Serialize;

use super::{Column, OfSeed, Oracle};
use crate::ReportError;

/// The columns of shapley.csv, in order.
pub const SHAPLEY_COLUMNS: [&str; 6] = ["seed", "split", "metric", "head", "shapley", "leave_one_out"];

/// The columns of shapley_interactions.csv, in order.
pub const INTERACTION_COLUMNS: [&str; 4] = ["seed", "head_a", "head_b", "interaction"];

/// What one head is worth. The value v of a subset is the negative loss, or the accuracy, under it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShapleyValue {
    /// The seed of the dense model.
    pub seed: u64,
    /// The evaluated examples.
    pub split: String,
    /// `loss` or `accuracy`.
    pub metric: String,
    /// Flat index of the head, from 0.
    pub head: usize,
    /// Its exact Shapley value (Shapley 1953), in the unit of v: those of all heads sum to v(all) - v(none).
    pub shapley: f64,
    /// v(all) - v(all but this head).
    pub leave_one_out: f64,
}

/// How far two heads are worth more together than each adds alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interaction {
    /// The seed of the dense model.
    pub seed: u64,
    /// Flat index of a head.
    pub head_a: usize,
    /// That of a later one.
    pub head_b: usize,
    /// Their Shapley interaction index (Grabisch and Roubens 1999) with the negative loss on the tuning split as value:
    /// above 0 where they need each other, below 0 where one can replace the other.
    pub interaction: f64,
}

/// Shapley values of all heads, and what each is worth to all others together.
pub(super) struct HeadWorths {
    pub shapley: Vec<f64>,
    pub leave_one_out: Vec<f64>,
}

impl Oracle {
    /// The values of heads by seed, split, metric and head.
    ///
    /// # Errors
    /// None for an oracle of 1 to 16 heads, as every one that was read is.
    pub fn shapley_values(&self) -> Result<Vec<ShapleyValue>, ReportError> {
        let mut rows = Vec::new();
        for of_seed in &self.seeds {
            for (place, column) in self.columns.iter().enumerate() {
                let HeadWorths {
                    shapley,
                    leave_one_out,
                } = self.head_worths(of_seed, place)?;
                let heads = shapley.into_iter().zip(leave_one_out).enumerate();
                rows.extend(heads.map(|(head, (shapley, leave_one_out))| ShapleyValue {
                    seed: of_seed.seed,
                    split: column.split.clone(),
                    metric: column.metric.clone(),
                    head,
                    shapley,
                    leave_one_out,
                }));
            }
        }
        Ok(rows)
    }

    /// The interactions of pairs by seed and heads.
    ///
    /// # Errors
    /// As of [`Oracle::shapley_values`].
    pub fn interactions(&self) -> Result<Vec<Interaction>, ReportError> {
        let mut rows = Vec::new();
        for of_seed in &self.seeds {
            let worths = self.worths(of_seed, self.tuning_loss);
            let table = shapley_interactions(&worths, self.n).map_err(|error| self.no_game(error))?;
            for (head_a, row) in table.iter().enumerate() {
                rows.extend(
                    row.iter()
                        .enumerate()
                        .skip(head_a + 1)
                        .map(|(head_b, value)| Interaction {
                            seed: of_seed.seed,
                            head_a,
                            head_b,
                            interaction: *value,
                        }),
                );
            }
        }
        Ok(rows)
    }

    /// Of one column; the one by which choices are made has the losses on the tuning split.
    pub(super) fn head_worths(&self, of_seed: &OfSeed, column: usize) -> Result<HeadWorths, ReportError> {
        let worths = self.worths(of_seed, column);
        let all = worths.len() - 1;
        Ok(HeadWorths {
            shapley: shapley_values(&worths, self.n).map_err(|error| self.no_game(error))?,
            leave_one_out: (0..self.n)
                .map(|head| worths[all] - worths[all & !(1 << head)])
                .collect(),
        })
    }

    /// v of every subset.
    fn worths(&self, of_seed: &OfSeed, column: usize) -> Vec<f64> {
        let told: &Column = &self.columns[column];
        of_seed.values[column]
            .iter()
            .map(|&value| told.worth(value))
            .collect()
    }

    fn no_game(&self, error: ShapleyError) -> ReportError {
        self.wrong(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use records::TUNING;

    use super::super::tests::{oracle, rows};

    /// Numbers without a pattern in 0..1.
    fn numbers(count: usize) -> Vec<f64> {
        (0..count)
            .map(|i| (i as f64 * 0.754_877_666).fract().powi(2))
            .collect()
    }

    #[test]
    fn values_of_heads_sum_to_what_all_are_worth() {
        for n in [1, 4, 12] {
            let (losses, accuracies) = (numbers(1 << n), numbers((1 << n) + 3)[3..].to_vec());
            let lines = [
                rows(1, TUNING, "loss", &losses),
                rows(1, "matched", "accuracy", &accuracies),
            ]
            .concat();
            let values = oracle(&lines).unwrap().shapley_values().unwrap();
            assert_eq!(values.len(), 2 * n);
            let all = (1 << n) - 1;
            for (part, worth) in values
                .chunks(n)
                .zip([losses[0] - losses[all], accuracies[all] - accuracies[0]])
            {
                let sum: f64 = part.iter().map(|row| row.shapley).sum();
                assert!((sum - worth).abs() < 1e-9, "{n} heads: {sum} and {worth}");
            }
        }
    }

    #[test]
    fn two_heads_by_hand() {
        // The loss is 5 without heads, 4 and 3 with one of them, 0 with both: v is -5, -4, -3 and 0.
        let lines = rows(1, TUNING, "loss", &[5.0, 4.0, 3.0, 0.0]);
        let oracle = oracle(&lines).unwrap();
        let values = oracle.shapley_values().unwrap();
        // (1 + 3) / 2 and (2 + 4) / 2; left out, 3 and 4 are lost.
        let told: Vec<_> = values
            .iter()
            .map(|row| (row.head, row.shapley, row.leave_one_out))
            .collect();
        assert_eq!(told, [(0, 2.0, 3.0), (1, 3.0, 4.0)]);
        // 0 - (-4) - (-3) + (-5).
        let pairs = oracle.interactions().unwrap();
        let told: Vec<_> = pairs
            .iter()
            .map(|row| (row.head_a, row.head_b, row.interaction))
            .collect();
        assert_eq!(told, [(0, 1, 2.0)]);
    }
}
