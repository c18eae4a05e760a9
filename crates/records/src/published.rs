//! published.csv: numbers that others have published, each with its source and how it was checked.

use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::line_error;

/// The columns of published.csv, in order.
pub const PUBLISHED_COLUMNS: [&str; 14] = [
    "task",
    "corpus",
    "model",
    "n_heads",
    "k",
    "method",
    "metric",
    "split",
    "value",
    "device",
    "label",
    "source",
    "how_checked",
    "note",
];

/// One published number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedRow {
    /// The task, as in results.csv.
    pub task: String,
    /// The corpus.
    pub corpus: String,
    /// The model.
    pub model: String,
    /// Heads of the whole model; none where the source does not say.
    pub n_heads: Option<u32>,
    /// Heads kept, no whole number where a share was published; none where the source does not say.
    pub k: Option<f64>,
    /// The method, as in results.csv; `any` where it does not matter.
    pub method: String,
    /// The metric; accuracy and shares are in percent.
    pub metric: String,
    /// The split; empty where the source does not say.
    pub split: String,
    /// The number.
    pub value: f64,
    /// What it was measured on, where that matters.
    pub device: String,
    /// A few letters for a figure.
    pub label: String,
    /// Where it was published.
    pub source: String,
    /// How it was checked.
    pub how_checked: String,
    /// What a reader should know.
    pub note: String,
}

/// The rows of the text of a published.csv called `name`.
///
/// # Errors
/// Its header is not [`PUBLISHED_COLUMNS`], or a line does not parse or names no source; the error names the line.
pub fn published_rows(name: &str, text: &str) -> Result<Vec<PublishedRow>, RecordError> {
    let refused = |line: u64, reason: String| line_error(name.as_ref(), line, reason);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| refused(1, error.to_string()))?
        .clone();
    if header.iter().ne(PUBLISHED_COLUMNS) {
        return Err(refused(
            1,
            format!("the columns are {}", PUBLISHED_COLUMNS.join(",")),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| refused(error.position().map_or(0, csv::Position::line), error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: PublishedRow = record
            .deserialize(Some(&header))
            .map_err(|error| refused(line, error.to_string()))?;
        if row.source.is_empty() || row.how_checked.is_empty() || !row.value.is_finite() {
            return Err(refused(
                line,
                "a number needs its source and how it was checked".into(),
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_source_is_refused() {
        let header = PUBLISHED_COLUMNS.join(",");
        let line = "nli,MNLI,BERT,144,129.6,michel,accuracy,matched,84.04,,A,B,seen,";
        let rows = published_rows("published.csv", &format!("{header}\n{line}\n")).unwrap();
        assert_eq!(
            (rows[0].k, rows[0].n_heads, rows[0].value),
            (Some(129.6), Some(144), 84.04)
        );
        for wrong in [
            line.replace(",B,", ",,"),
            line.replace("84.04", "x"),
            "nli".into(),
        ] {
            let said = published_rows("published.csv", &format!("{header}\n{line}\n{wrong}\n"))
                .unwrap_err()
                .to_string();
            assert!(said.contains("published.csv:3"), "{said}");
        }
        assert!(published_rows("published.csv", "task\n").is_err());
    }
}
