//! Two runs, answer by answer: on each split McNemar's test or an exchange of sentences, and how far their masks agree.

use std::path::Path;

use records::{GroupRow, Row, RunResult, TRAINING, read_run};

use crate::ReportError;
use crate::answers::{Expected, Groups, labels, references, right_answers, sentences};
use crate::document::{Grid, numbers, table_text};
use crate::measure::{MEASURES, Measure};
use crate::significance::{ACCURACY, BLEU, Comparison, class_test, sentence_test};

const NO_ANSWERS: &str = "no answers of both are stored";

/// What two runs have in common, and what not.
#[derive(Debug, Clone)]
pub struct RunsCompared {
    /// The run that the other is held against.
    pub baseline: RunResult,
    /// The other.
    pub system: RunResult,
    /// One row for each metric and split that both have; by items where both have stored answers.
    pub rows: Vec<Comparison>,
    /// Heads that both keep as a share of those that either keeps; none where one has no mask or another model.
    pub overlap: Option<f64>,
}

/// Compares the runs in two folders. Examples of one group of `groups` are taken together.
///
/// # Errors
/// A run has no result, or its result or its answers are damaged.
pub fn compare_runs(
    baseline: &Path,
    system: &Path,
    groups: &[GroupRow],
) -> Result<RunsCompared, ReportError> {
    let runs = (read_run(baseline)?, read_run(system)?);
    let groups = Groups::new(groups);
    let mut rows = Vec::new();
    for measure in &MEASURES {
        for (theirs, ours) in common(&runs.0, &runs.1, measure) {
            let mut blank = blank(&runs, theirs, ours, measure);
            let by_items = match measure.metric {
                ACCURACY => {
                    let (a, b) = (
                        right_answers(baseline, &ours.split)?,
                        right_answers(system, &ours.split)?,
                    );
                    let both = answers(&a, theirs).zip(answers(&b, ours));
                    // Examples are known by their number and their label: of other labels, they are other examples.
                    let labels = (labels(baseline, &ours.split)?, labels(system, &ours.split)?);
                    blank.note = apart(both.map(|(a, b)| (a.len(), b.len())), &labels);
                    let both = both.filter(|_| blank.note == NO_ANSWERS);
                    both.and_then(|(a, b)| {
                        let groups = groups.of_each(&ours.split, b.len());
                        class_test(runs.1.run.seed, a, b, groups.as_deref(), &blank)
                    })
                }
                BLEU => {
                    let (a, b) = (sentences(baseline, &ours.split)?, sentences(system, &ours.split)?);
                    let both = answers(&a, theirs).zip(answers(&b, ours));
                    let references = (
                        references(baseline, &ours.split)?,
                        references(system, &ours.split)?,
                    );
                    blank.note = apart(both.map(|(a, b)| (a.len(), b.len())), &references);
                    let both = both.filter(|_| blank.note == NO_ANSWERS);
                    both.and_then(|(a, b)| sentence_test(runs.1.run.seed, a, b, &blank))
                }
                _ => None,
            };
            rows.push(by_items.unwrap_or(blank));
        }
    }
    Ok(RunsCompared {
        overlap: overlap(&runs.0, &runs.1),
        baseline: runs.0,
        system: runs.1,
        rows,
    })
}

impl RunsCompared {
    /// One line of plain text for each metric and split.
    pub fn lines(&self) -> Vec<String> {
        self.rows.iter().map(line).collect()
    }

    /// The comparison as a Markdown table, with what it says of the heads.
    pub fn table(&self) -> String {
        let value = |run: &RunResult, row: &Comparison, factor: f64| {
            let found = run
                .measured
                .rows
                .iter()
                .find(|of_run| of_run.metric == row.metric && of_run.split == row.split);
            found.map_or_else(String::new, |of_run| numbers::points(of_run.value * factor))
        };
        let cells = |row: &Comparison| {
            let factor = MEASURES
                .iter()
                .find(|measure| measure.metric == row.metric)
                .map_or(1.0, |measure| measure.factor);
            vec![
                row.metric.clone(),
                row.split.clone(),
                value(&self.baseline, row, factor),
                value(&self.system, row, factor),
                numbers::difference(row.estimate, row.ci_low.zip(row.ci_high)),
                row.p.map_or_else(|| "–".to_owned(), numbers::probability),
                row.test.to_owned(),
                row.n.to_string(),
            ]
        };
        let grid = Grid {
            caption: format!("{} against {}", self.system.run.id, self.baseline.run.id),
            columns: [
                "metric",
                "split",
                self.baseline.run.id.as_str(),
                self.system.run.id.as_str(),
                "difference (95 % interval)",
                "p",
                "test",
                "items",
            ]
            .map(str::to_owned)
            .to_vec(),
            words: 2,
            rows: self.rows.iter().map(cells).collect(),
        };
        let mut text = table_text(&grid);
        if let Some(overlap) = self.overlap {
            text.push_str(&format!(
                "\nHeads that both keep as a share of those that either keeps: {}.\n",
                numbers::percent(overlap)
            ));
        }
        text
    }
}

fn line(row: &Comparison) -> String {
    let interval = match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => format!(", 95 % interval {low:.2} to {high:.2}"),
        _ => String::new(),
    };
    let p = match row.p {
        Some(p) if p < 0.001 => ", p < 0.001".to_owned(),
        Some(p) => format!(", p = {p:.3}"),
        None => String::new(),
    };
    let test = if row.p.is_some() {
        let plural = if row.n == 1 { "" } else { "s" };
        format!("{}, {} {}{plural}", row.test, row.n, row.unit)
    } else {
        "not tested".to_owned()
    };
    let note = match row.note.as_str() {
        "" => String::new(),
        note => format!(" ({note})"),
    };
    format!(
        "{} {}: {:+.2} points{interval}{p}; {test}{note}",
        row.split, row.metric, row.estimate
    )
}

/// The rows of a metric that both runs have: those of one split where each has one, else those of one variant and number.
fn common<'a>(baseline: &'a RunResult, system: &'a RunResult, measure: &Measure) -> Vec<(&'a Row, &'a Row)> {
    let of = |run: &'a RunResult| -> Vec<&'a Row> {
        let rows = run.measured.rows.iter();
        rows.filter(|row| row.metric == measure.metric && row.split != TRAINING)
            .collect()
    };
    let (theirs, ours) = (of(baseline), of(system));
    let alone = |rows: &[&Row], split: &str| rows.iter().filter(|row| row.split == split).count() == 1;
    let mut common = Vec::new();
    for row in &ours {
        let single = alone(&theirs, &row.split) && alone(&ours, &row.split);
        let found = theirs.iter().find(|other| {
            other.split == row.split
                && (single || (&other.variant, other.k_target) == (&row.variant, row.k_target))
        });
        common.extend(found.map(|other| (*other, *row)));
    }
    common
}

fn answers<'a, T>(variants: &'a crate::answers::OfVariants<T>, row: &Row) -> Option<&'a [T]> {
    variants.get(&row.variant)?.as_deref()
}

/// Why the answers of two runs are not those to the same examples; that there are none where nothing speaks against it. The numbers
/// are those of their answers, with what was expected of each example.
fn apart(counts: Option<(usize, usize)>, expected: &(Expected, Expected)) -> String {
    match counts {
        Some((a, b)) if a != b => {
            format!("the runs have answers to different numbers of examples, {a} and {b}")
        }
        Some(_) if expected.0 != expected.1 => "the runs have answers to different examples".into(),
        _ => NO_ANSWERS.into(),
    }
}

/// The comparison without answers.
fn blank(runs: &(RunResult, RunResult), theirs: &Row, ours: &Row, measure: &Measure) -> Comparison {
    let kept = |row: &Row| u32::try_from(row.k_actual).unwrap_or(u32::MAX);
    Comparison {
        family: "two runs".into(),
        metric: ours.metric.clone(),
        split: ours.split.clone(),
        k: kept(ours),
        system: runs.1.run.method.clone(),
        system_variant: ours.variant.clone(),
        baseline: runs.0.run.method.clone(),
        baseline_variant: theirs.variant.clone(),
        unit: "run",
        test: "none",
        n: 1,
        seed: Some(runs.1.run.seed),
        estimate: (ours.value - theirs.value) * measure.factor,
        ci_low: None,
        ci_high: None,
        p: None,
        p_adjusted: None,
        margin: 0.0,
        low: None,
        p_noninferior: None,
        p_noninferior_adjusted: None,
        verdict: None,
        note: NO_ANSWERS.into(),
        gap_closed: None,
        corpus: String::new(),
    }
}

fn overlap(a: &RunResult, b: &RunResult) -> Option<f64> {
    let (a, b) = (
        a.measured.mask.as_ref()?.concat(),
        b.measured.mask.as_ref()?.concat(),
    );
    if a.len() != b.len() {
        return None;
    }
    let count =
        |both: fn((u8, u8)) -> bool| a.iter().zip(&b).filter(|(a, b)| both((**a, **b))).count() as f64;
    let either = count(|(a, b)| a == 1 || b == 1);
    Some(if either > 0.0 {
        count(|(a, b)| a == 1 && b == 1) / either
    } else {
        1.0
    })
}
