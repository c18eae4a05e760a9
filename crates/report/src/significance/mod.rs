//! significance.csv: every comparison of two methods, by runs and by single answers, with its verdict.

mod family;
mod items;
mod runs;
mod verdict;

use std::path::Path;

use records::{Caption, GroupRow, ResultRow};
use serde::Serialize;

use self::family::families;
use crate::cells::{cells, rows_of_cells};

pub(crate) use self::items::{ACCURACY, BLEU, class_test, sentence_test};
pub use self::runs::{FEWEST_SEEDS, SeedTest, test_of_seeds};
pub use self::verdict::{ALPHA, Verdict, verdicts};

/// The columns of significance.csv, in order.
pub const COMPARISON_COLUMNS: [&str; 25] = [
    "family",
    "metric",
    "split",
    "k",
    "system",
    "system_variant",
    "baseline",
    "baseline_variant",
    "unit",
    "test",
    "n",
    "seed",
    "estimate",
    "ci_low",
    "ci_high",
    "p",
    "p_adjusted",
    "margin",
    "low",
    "p_noninferior",
    "p_noninferior_adjusted",
    "verdict",
    "note",
    "gap_closed",
    "corpus",
];

/// Points by which a method must be worse to be called worse where the experiment declared none.
pub const MARGIN: f64 = 1.0;

/// One comparison of a system with a baseline at one number of heads. Differences are in points: percent of accuracy, or BLEU.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The comparisons that are adjusted together: a figure, and what is asked of it.
    pub family: String,
    /// The metric.
    pub metric: String,
    /// The evaluated examples.
    pub split: String,
    /// Heads that both keep; those of the system where the baseline is the dense model.
    pub k: u32,
    /// The method that is looked at.
    pub system: String,
    /// Its variant.
    pub system_variant: String,
    /// What it is compared with.
    pub baseline: String,
    /// Its variant.
    pub baseline_variant: String,
    /// What is drawn at random: `seed`, `item`, or `seed and item`.
    pub unit: &'static str,
    /// The test, or how the interval was made.
    pub test: &'static str,
    /// Units: seeds, or items or groups of them.
    pub n: usize,
    /// The seed of the pair of runs whose answers are compared; none where all seeds are.
    pub seed: Option<u64>,
    /// System minus baseline.
    pub estimate: f64,
    /// Lower end of the two-sided 95 % interval.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Two-sided p-value that the two do not differ; none without a test.
    pub p: Option<f64>,
    /// The same by Holm over the family.
    pub p_adjusted: Option<f64>,
    /// Points by which a method must be worse to be called worse.
    pub margin: f64,
    /// Lower one-sided 95 % limit of the difference.
    pub low: Option<f64>,
    /// One-sided p-value that the system is worse by the margin or more.
    pub p_noninferior: Option<f64>,
    /// The same by Holm over the family.
    pub p_noninferior_adjusted: Option<f64>,
    /// What follows; none for single answers, which say nothing of other runs.
    pub verdict: Option<Verdict>,
    /// What a reader should know.
    pub note: String,
    /// Share of the gap between random subsets and the dense model that the system closes, of means over seeds.
    pub gap_closed: Option<f64>,
    /// The corpus, where it is named.
    pub corpus: String,
}

/// Every comparison that `rows` allow: by seeds, and where `folder` has the answers of runs under `runs/`, by items, those of one
/// group of `groups` taken together; and which answers could not be read.
pub fn comparisons(
    rows: &[ResultRow],
    groups: &[GroupRow],
    folder: &Path,
    caption: &Caption,
) -> (Vec<Comparison>, Vec<String>) {
    let margin = caption.margin.unwrap_or(MARGIN);
    let rows = rows_of_cells(rows);
    let cells = cells(&rows);
    let mut compared = Vec::new();
    let mut answers = items::Answers::new(folder, groups);
    for pairs in families(&cells) {
        let tests: Vec<SeedTest> = pairs.iter().map(|pair| pair.test(margin)).collect();
        let verdicts = verdicts(&tests);
        for ((pair, test), (verdict, adjusted)) in pairs.iter().zip(tests).zip(verdicts) {
            let blank = pair.blank(margin, caption);
            compared.push(Comparison {
                unit: "seed",
                test: test.name(),
                n: test.n,
                estimate: test.estimate,
                ci_low: test.ci.map(|(low, _)| low),
                ci_high: test.ci.map(|(_, high)| high),
                p: test.p,
                p_adjusted: adjusted.0,
                low: test.low,
                p_noninferior: test.p_noninferior,
                p_noninferior_adjusted: adjusted.1,
                verdict: Some(verdict),
                note: test.note.to_owned(),
                ..blank.clone()
            });
            compared.extend(answers.compare(pair, &blank));
        }
    }
    (compared, answers.faults)
}
