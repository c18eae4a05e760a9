//! Recorded tests of significance of sacreBLEU, SciPy and statsmodels.

mod exchanges;
mod formulas;
mod resamples;

use std::fmt::Display;

use metrics::bleu::{BleuOptions, SegmentStats};
use metrics::significance::{BLEU_WIDTH, CorpusBleu, Paired};
use serde::Deserialize;

use super::Found;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct File {
    pairs: Vec<resamples::Pair>,
    fixed_draws: Vec<FixedDraws>,
    exact_randomisation: Vec<exchanges::Exact>,
    mcnemar: Vec<formulas::McNemar>,
    student_t: Vec<formulas::Sample>,
    t_quantiles: Vec<formulas::Quantiles>,
    t_tests: Vec<formulas::TTests>,
    holm: Vec<formulas::Adjusted>,
}

/// The segments of two systems, and what given draws of them gave.
#[derive(Deserialize)]
struct FixedDraws {
    n: usize,
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    bootstrap: resamples::Fixed,
    randomisation: exchanges::Fixed,
}

pub(super) fn check(file: &File) -> Found {
    let fixed = &file.fixed_draws;
    let found = [
        (
            "segments and scores of texts",
            resamples::check_texts(&file.pairs),
        ),
        (
            "own draws in the range of other seeds",
            resamples::check_own_draws(&file.pairs),
        ),
        ("bootstrap of given resamples", resamples::check_given(fixed)),
        ("randomisation of given exchanges", exchanges::check_given(fixed)),
        (
            "exact randomisation",
            exchanges::check_all(&file.exact_randomisation),
        ),
        ("McNemar's tests", formulas::check_mcnemar(&file.mcnemar)),
        ("t intervals", formulas::check_intervals(&file.student_t)),
        ("t quantiles", formulas::check_quantiles(&file.t_quantiles)),
        (
            "paired and Welch's t tests",
            formulas::check_t_tests(&file.t_tests),
        ),
        ("Holm and Bonferroni", formulas::check_adjusted(&file.holm)),
    ];
    found.map(|(what, verdict)| (what.to_owned(), verdict)).into()
}

/// Numbers of a segment: two lengths, four matches, four n-grams.
type Numbers = [u32; BLEU_WIDTH];

fn segments(rows: &[Numbers]) -> Vec<SegmentStats> {
    rows.iter()
        .map(|row| SegmentStats {
            sys_len: row[0],
            ref_len: row[1],
            counts: [row[2], row[3], row[4], row[5]],
            totals: [row[6], row[7], row[8], row[9]],
        })
        .collect()
}

/// Both systems under BLEU with its defaults, or the reason why they cannot be compared.
fn paired(base: &[Numbers], sys: &[Numbers]) -> Result<Paired<CorpusBleu, BLEU_WIDTH>, String> {
    let bleu = CorpusBleu::new(BleuOptions::default()).map_err(|error| error.to_string())?;
    Paired::new(bleu, &segments(base), &segments(sys)).map_err(|error| error.to_string())
}

/// The result of a test, or none and a difference where the test was refused.
fn given<T, E: Display>(tally: &mut Tally, place: &str, result: Result<T, E>) -> Option<T> {
    result
        .map_err(|error| tally.differs(format!("{place}: {error}")))
        .ok()
}

/// Compares within a share of the recorded number, however small it is.
fn share(tally: &mut Tally, place: &str, ours: f64, recorded: f64, tolerance: f64) {
    tally.number(place, ours, recorded, tolerance * recorded.abs());
}
