//! What verifying gave, and the table in which it is shown.

use std::path::PathBuf;

/// What became of one check.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Recomputed and compared.
    Compared {
        /// Recorded cases.
        cases: usize,
        /// Deviation of the comparison nearest to its tolerance.
        deviation: f64,
        /// Tolerance of that comparison.
        tolerance: f64,
        /// What was beyond its tolerance.
        failure: Option<String>,
    },
    /// Not checked for want of files that do not come with the recording: what is needed.
    Skipped(String),
    /// A kind of recording that this version does not recompute.
    NotYetSupported,
    /// A file that is no recording we know of, or is damaged.
    Unreadable(String),
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The recorded file.
    pub file: PathBuf,
    /// What of it was checked.
    pub what: String,
    /// What became of it.
    pub verdict: Verdict,
}

impl Outcome {
    /// Whether the check was made and nothing was beyond its tolerance.
    pub fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Compared { failure: None, .. })
    }

    /// Whether the check could not be made or went beyond a tolerance; a check that was skipped has neither passed
    /// nor failed.
    pub fn failed(&self) -> bool {
        !self.passed() && !self.skipped()
    }

    fn skipped(&self) -> bool {
        matches!(self.verdict, Verdict::Skipped(_))
    }
}

/// Characters of a cell that are shown: what a damaged file has in place of a number may be long, and a width has an end.
const MOST_SHOWN: usize = 400;

/// The outcomes as a plain-text table with a closing count.
pub fn table(outcomes: &[Outcome]) -> String {
    let header = ["file", "check", "cases", "deviation", "tolerance", "result"].map(str::to_owned);
    let mut rows = vec![header];
    for outcome in outcomes {
        let (cases, deviation, tolerance, result) = match &outcome.verdict {
            Verdict::Compared {
                cases,
                deviation,
                tolerance,
                failure,
            } => (
                cases.to_string(),
                format!("{deviation:.1e}"),
                format!("{tolerance:.1e}"),
                failure
                    .as_ref()
                    .map_or_else(|| "pass".to_owned(), |reason| format!("FAIL {reason}")),
            ),
            Verdict::Skipped(reason) => ("-".into(), "-".into(), "-".into(), format!("skipped: {reason}")),
            Verdict::NotYetSupported => ("-".into(), "-".into(), "-".into(), "not yet supported".to_owned()),
            Verdict::Unreadable(reason) => ("-".into(), "-".into(), "-".into(), format!("FAIL {reason}")),
        };
        rows.push(
            [
                outcome.file.display().to_string(),
                outcome.what.clone(),
                cases,
                deviation,
                tolerance,
                result,
            ]
            .map(shortened),
        );
    }
    let widths: Vec<usize> = (0..6)
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| {
                if (2..5).contains(&column) {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    text.push_str(&format!("{passed} of {} checks passed", outcomes.len()));
    let skipped = outcomes.iter().filter(|outcome| outcome.skipped()).count();
    if skipped > 0 {
        text.push_str(&format!(", {skipped} skipped"));
    }
    text.push('\n');
    text
}

fn shortened(cell: String) -> String {
    match cell.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut() {
        let outcome = Outcome {
            file: "gates/x.json".into(),
            what: "gates".to_owned(),
            verdict: Verdict::Unreadable("é".repeat(200_000)),
        };
        let text = table(&[outcome]);
        assert!(text.contains(&format!("FAIL {}…\n", "é".repeat(MOST_SHOWN - 5))));
        assert!(text.ends_with("0 of 1 checks passed\n"));
    }
}
