//! `predictions.<split>.csv`: what a model answered to each example of a split, for tests that pair runs by example.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use files::{DraftFile, FileError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::rows::{Lengths, read_rows};

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

/// The answers to one split as they are written, one candidate after another, so that none has to stay in memory.
#[derive(Debug)]
pub struct PredictionsWriter {
    writer: csv::Writer<DraftFile>,
    path: PathBuf,
}

impl PredictionsWriter {
    /// For answers of this kind; nothing is there before [`finish`](Self::finish).
    ///
    /// # Errors
    /// The system refuses.
    pub fn new<P: Prediction>(folder: &Path, split: &str) -> Result<Self, RecordError> {
        let path = predictions_file(folder, split);
        let file = DraftFile::new(&path).map_err(FileError::writing(&path))?;
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        writer
            .write_record(P::COLUMNS)
            .map_err(RecordError::format(&path))?;
        Ok(Self { writer, path })
    }

    /// Adds answers.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write<P: Prediction>(&mut self, rows: impl IntoIterator<Item = P>) -> Result<(), RecordError> {
        let mut rows = rows.into_iter();
        rows.try_for_each(|row| self.writer.serialize(row))
            .map_err(|error| match error.into_kind() {
                csv::ErrorKind::Io(source) => FileError::new("write", &self.path, source).into(),
                other => RecordError::format(&self.path)(format!("{other:?}")),
            })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// The system refuses.
    pub fn finish(self) -> Result<(), RecordError> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| FileError::new("write", &self.path, error.into_error()))?;
        Ok(file.publish().map_err(FileError::writing(&self.path))?)
    }
}

/// Reads what a [`PredictionsWriter`] wrote.
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
        let mut writer = PredictionsWriter::new::<ClassPrediction<'_>>(folder.path(), "matched").unwrap();
        writer.write(classes[..1].to_vec()).unwrap();
        assert!(!predictions_file(folder.path(), "matched").exists());
        writer.write(classes[1..].to_vec()).unwrap();
        writer.finish().unwrap();
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
        let mut writer = PredictionsWriter::new::<TranslationPrediction<'_>>(folder.path(), "test").unwrap();
        writer.write(sentences.clone()).unwrap();
        writer.finish().unwrap();
        assert_eq!(
            read_predictions::<TranslationPrediction<'static>>(folder.path(), "test").unwrap(),
            sentences
        );
        let wrong = read_predictions::<ClassPrediction<'static>>(folder.path(), "test").unwrap_err();
        assert!(wrong.to_string().contains("test.csv:1: column 3"), "{wrong}");
    }
}
