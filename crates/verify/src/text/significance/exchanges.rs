//! Recorded randomisation: given exchanges of the outputs of two systems, and all that there are.

use metrics::significance::Randomisation;
use serde::Deserialize;

use super::super::score::number;
use super::resamples::compare_scores;
use super::{FixedDraws, Numbers, given, paired, share};
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Fixed {
    take_base: Vec<String>,
    scores_a: Vec<f64>,
    scores_b: Vec<f64>,
    count_greater: usize,
    p_value: f64,
}

pub(super) fn check_given(draws: &[FixedDraws]) -> Verdict {
    let mut tally = Tally::default();
    for (draw, number) in draws.iter().zip(1..) {
        tally.case();
        let place = format!("set {number}");
        let recorded = &draw.randomisation;
        let ours = paired(&draw.base_stats, &draw.sys_stats).and_then(|paired| {
            let exchanges = paired
                .scores_of_exchanges(&recorded.rows()?)
                .map_err(|error| error.to_string())?;
            let randomisation = Randomisation::from_scores(paired.observed(), &exchanges);
            Ok((exchanges, randomisation.map_err(|error| error.to_string())?))
        });
        let Some((exchanges, ours)) = given(&mut tally, &place, ours) else {
            continue;
        };
        let scores = (&recorded.scores_a[..], &recorded.scores_b[..]);
        compare_scores(&mut tally, &place, &exchanges, scores);
        let counted = format!("{place} count_greater");
        tally.equal(&counted, &ours.tally.greater, &recorded.count_greater);
        let place = format!("{place} p_value");
        share(&mut tally, &place, ours.tally.p_strict(), recorded.p_value, 1e-9);
    }
    tally.verdict()
}

impl Fixed {
    /// For each exchange, which segments the first side takes from the baseline.
    fn rows(&self) -> Result<Vec<Vec<bool>>, String> {
        let taken = |character| match character {
            '1' => Ok(true),
            '0' => Ok(false),
            other => Err(format!("take_base holds {other:?}, which is neither 0 nor 1")),
        };
        let rows = self.take_base.iter();
        rows.map(|row| row.chars().map(taken).collect()).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Exact {
    n: usize,
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    difference: f64,
    assignments: usize,
    count_greater: usize,
    count_equal: usize,
    p_strict: f64,
    p_at_least: f64,
}

pub(super) fn check_all(recorded: &[Exact]) -> Verdict {
    let mut tally = Tally::default();
    for recorded in recorded {
        tally.case();
        let place = format!("{} segments", recorded.n);
        tally.equal(&place, &recorded.base_stats.len(), &recorded.n);
        let ours = paired(&recorded.base_stats, &recorded.sys_stats)
            .and_then(|paired| paired.exact_randomisation().map_err(|error| error.to_string()));
        let Some(ours) = given(&mut tally, &place, ours) else {
            continue;
        };
        let difference = ours.observed.difference().abs();
        number(
            &mut tally,
            &format!("{place} difference"),
            difference,
            recorded.difference,
        );
        for (field, ours, recorded) in [
            ("assignments", ours.exchanges, recorded.assignments),
            ("count_greater", ours.greater, recorded.count_greater),
            ("count_equal", ours.equal, recorded.count_equal),
        ] {
            tally.equal(&format!("{place} {field}"), &ours, &recorded);
        }
        for (field, ours, recorded) in [
            ("p_strict", ours.p_strict(), recorded.p_strict),
            ("p_at_least", ours.p_value(), recorded.p_at_least),
        ] {
            share(&mut tally, &format!("{place} {field}"), ours, recorded, 1e-9);
        }
    }
    tally.verdict()
}
