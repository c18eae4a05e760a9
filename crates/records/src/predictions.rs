//! `predictions.<split>.csv`: what a model answered to each example of a split, for tests that pair runs by example.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use files::FileError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, read_rows, to_csv};

/// A line of predictions: which columns its file has.
pub trait Prediction: Serialize {
    /// The columns in order.
    const COLUMNS: &'static [&'static str];
}

/// The class that a model gave to an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassPrediction<'a> {
    /// Which of several of the method; empty where there is one.
    pub variant: Cow<'a, str>,
    /// Position in the split, from 0.
    pub example: usize,
    /// Its class.
    pub label: Cow<'a, str>,
    /// The class that it was given.
    pub prediction: Cow<'a, str>,
}

impl Prediction for ClassPrediction<'_> {
    const COLUMNS: &'static [&'static str] = &["variant", "example", "label", "prediction"];
}

/// A sentence with its reference and its translation, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranslationPrediction<'a> {
    /// Which of several of the method; empty where there is one.
    pub variant: Cow<'a, str>,
    /// Position in the split, from 0.
    pub example: usize,
    /// The sentence.
    pub source: Cow<'a, str>,
    /// Its translation by a person.
    pub reference: Cow<'a, str>,
    /// Its translation by the model.
    pub translation: Cow<'a, str>,
}

impl Prediction for TranslationPrediction<'_> {
    const COLUMNS: &'static [&'static str] = &["variant", "example", "source", "reference", "translation"];
}

/// The file of a split in the folder of a run.
pub fn predictions_file(folder: &Path, split: &str) -> PathBuf {
    folder.join(format!("predictions.{split}.csv"))
}

/// Writes the answers to one split.
///
/// # Errors
/// The system refuses.
pub fn write_predictions<P: Prediction>(folder: &Path, split: &str, rows: &[P]) -> Result<(), RecordError> {
    let path = predictions_file(folder, split);
    let bytes = to_csv(P::COLUMNS, rows).map_err(FileError::writing(&path))?;
    Ok(files::store(&path, &bytes)?)
}

/// Reads what [`write_predictions`] wrote.
///
/// # Errors
/// The file cannot be read, has other columns, or a line does not parse; the error names file and line.
pub fn read_predictions<P: Prediction + DeserializeOwned>(
    folder: &Path,
    split: &str,
) -> Result<Vec<P>, RecordError> {
    let rows = read_rows(
        &predictions_file(folder, split),
        P::COLUMNS,
        Lengths::Texts,
        |_: &P| None,
    )?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_whatever_their_texts_hold() {
        let folder = tempfile::tempdir().unwrap();
        let class = |example, label: &'static str| ClassPrediction {
            variant: "".into(),
            example,
            label: label.into(),
            prediction: "neutral".into(),
        };
        let classes = vec![class(0, "neutral"), class(1, "not, \"quite\"")];
        write_predictions(folder.path(), "matched", &classes).unwrap();
        let text = std::fs::read_to_string(predictions_file(folder.path(), "matched")).unwrap();
        assert_eq!(
            text,
            "variant,example,label,prediction\n,0,neutral,neutral\n,1,\"not, \"\"quite\"\"\",neutral\n"
        );
        assert_eq!(
            read_predictions::<ClassPrediction<'static>>(folder.path(), "matched").unwrap(),
            classes
        );
        let sentences = vec![TranslationPrediction {
            variant: "draw-1".into(),
            example: 0,
            source: "a\nb".into(),
            reference: "x".repeat(5000).into(),
            translation: "".into(),
        }];
        write_predictions(folder.path(), "test", &sentences).unwrap();
        assert_eq!(
            read_predictions::<TranslationPrediction<'static>>(folder.path(), "test").unwrap(),
            sentences
        );
        let wrong = read_predictions::<ClassPrediction<'static>>(folder.path(), "test").unwrap_err();
        assert!(wrong.to_string().contains("test.csv:1: column 3"), "{wrong}");
    }
}
