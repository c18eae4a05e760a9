//! Forced numbers of heads of methods that have a penalty instead: for each number the training whose own number is nearest.

use std::collections::BTreeMap;

use records::{FORCED, LAMBDA, ResultRow};

/// Rows of one seed that force the same number of heads on the trainings of several factors.
type Alternatives<'a> = (&'a str, &'a str, &'a str, u64, u32);

/// The rows, with those of forced numbers cut down to one training for each method, seed and number: the one whose own number
/// of heads, that which the threshold keeps, is nearest; among equals the one of fewer heads, then of the larger factor. Its
/// variant becomes `forced`, and its cost that of all trainings it was taken from, since all were needed to find it.
pub(crate) fn nearest(rows: &[ResultRow]) -> Vec<ResultRow> {
    let own: BTreeMap<(&str, &str, &str), u32> = rows
        .iter()
        .filter(|row| row.variant.starts_with(LAMBDA))
        .map(|row| {
            (
                (row.run_id.as_str(), row.split.as_str(), row.metric.as_str()),
                row.k_actual,
            )
        })
        .collect();
    let mut kept = Vec::with_capacity(rows.len());
    let mut forced: BTreeMap<Alternatives<'_>, Vec<&ResultRow>> = BTreeMap::new();
    for row in rows {
        match factor(row) {
            Some(_) => forced
                .entry((&row.method, &row.split, &row.metric, row.seed, row.k_target))
                .or_default()
                .push(row),
            None => kept.push(row.clone()),
        }
    }
    for alternatives in forced.values() {
        let distance = |row: &ResultRow| {
            let own = own.get(&(row.run_id.as_str(), row.split.as_str(), row.metric.as_str()));
            own.map_or((u32::MAX, u32::MAX), |own| (own.abs_diff(row.k_target), *own))
        };
        let order = |a: &&&ResultRow, b: &&&ResultRow| {
            let factors = factor(b).unwrap_or(0.0).total_cmp(&factor(a).unwrap_or(0.0));
            distance(a).cmp(&distance(b)).then(factors)
        };
        let costs: Option<u64> = alternatives.iter().map(|row| row.cost_examples).sum();
        if let Some(row) = alternatives.iter().min_by(order) {
            kept.push(ResultRow {
                variant: FORCED.to_owned(),
                cost_examples: costs,
                ..(*row).clone()
            });
        }
    }
    kept
}

/// The factor of a row under a forced number of heads.
fn factor(row: &ResultRow) -> Option<f64> {
    let factor = row
        .variant
        .strip_prefix(FORCED)?
        .strip_prefix(' ')?
        .strip_prefix(LAMBDA)?;
    factor.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(run: &str, variant: &str, k_target: u32, k_actual: u32, value: f64) -> ResultRow {
        ResultRow {
            experiment: "toy".into(),
            task: "nli".into(),
            scale: "demo".into(),
            method: "voita".into(),
            variant: variant.into(),
            k_target,
            k_actual,
            n_heads: 12,
            seed: 1,
            split: "matched".into(),
            metric: "accuracy".into(),
            value,
            n_examples: 10,
            signature: String::new(),
            run_id: run.into(),
            recipe: "paper".into(),
            recipe_version: "1".into(),
            params_before: 10,
            params_after: 10,
            train_updates: 5,
            cost_examples: Some(100),
            macs_before: None,
            macs_after: None,
            schema_version: 2,
        }
    }

    #[test]
    fn the_training_with_the_nearest_number_of_its_own_is_taken() {
        let rows = [
            row("a", "lambda=0.1", 3, 3, 0.5),
            row("a", "forced lambda=0.1", 4, 4, 0.51),
            row("a", "forced lambda=0.1", 9, 9, 0.52),
            row("b", "lambda=0.01", 8, 8, 0.6),
            row("b", "forced lambda=0.01", 4, 4, 0.61),
            row("b", "forced lambda=0.01", 9, 9, 0.62),
        ];
        let kept = nearest(&rows);
        let forced: Vec<(u32, f64, Option<u64>)> = kept
            .iter()
            .filter(|row| row.variant == "forced")
            .map(|row| (row.k_target, row.value, row.cost_examples))
            .collect();
        assert_eq!(forced, [(4, 0.51, Some(200)), (9, 0.62, Some(200))]);
        assert_eq!(kept.len(), 4);
    }

    #[test]
    fn of_two_as_near_the_one_of_fewer_heads_is_taken_and_other_rows_stay() {
        let rows = [
            row("a", "lambda=0.01", 8, 8, 0.5),
            row("a", "forced lambda=0.01", 6, 6, 0.51),
            row("b", "lambda=0.1", 4, 4, 0.6),
            row("b", "forced lambda=0.1", 6, 6, 0.61),
            row("c", "forced", 6, 6, 0.7),
        ];
        let forced: Vec<f64> = nearest(&rows)
            .iter()
            .filter(|row| row.variant == "forced")
            .map(|row| row.value)
            .collect();
        assert_eq!(forced, [0.7, 0.61]);
    }
}
