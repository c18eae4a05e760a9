//! report.toml: what a sweep calls its corpus and itself, so that no figure passes for another.

use std::path::Path;

use files::FileError;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::RecordError;
use crate::results::ResultRow;
use crate::rows::{check_length, line_error};

const FILE: &str = "report.toml";

/// What every title says about where its numbers come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caption {
    /// Name of the study; the experiment's name where report.toml gives none.
    pub title: String,
    /// `demo`, `small` or `paper`.
    pub scale: String,
    /// The corpus the numbers were measured on, as `embedded demo-nli, not MNLI`.
    pub corpus: Option<String>,
    /// Points by which a method must be worse than another to be called so; declared before the numbers were seen. None where
    /// nothing was declared.
    pub margin: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    title: Option<Spanned<String>>,
    corpus: Option<Spanned<String>>,
    scale: Option<Spanned<String>>,
    margin: Option<Spanned<f64>>,
}

/// The keys in the order in which they are written.
#[derive(Serialize)]
struct Written<'a> {
    title: &'a str,
    scale: &'a str,
    corpus: Option<&'a str>,
    margin: Option<f64>,
}

impl Caption {
    /// Writes `report.toml` into `folder`.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), RecordError> {
        let path = folder.join(FILE);
        let written = Written {
            title: &self.title,
            scale: &self.scale,
            corpus: self.corpus.as_deref(),
            margin: self.margin,
        };
        let text = toml::to_string(&written).map_err(RecordError::format(&path))?;
        Ok(files::store(&path, text.as_bytes())?)
    }

    /// From the optional `report.toml` in `folder` (keys `title`, `corpus`, `scale`, `margin`); what it lacks, from the rows.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML of these keys, or has a value too long to be shown; the error names file and line.
    pub fn read(folder: &Path, rows: &[ResultRow]) -> Result<Self, RecordError> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(RecordError::File(FileError::new("read", &path, error))),
        };
        let file: Read = toml::from_str(&text).map_err(|error| RecordError::Line {
            line: line_at(&text, error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
            hint: Some("the keys are title, corpus and scale, each a string, and margin, a number".into()),
            path: path.clone(),
        })?;
        let checked = |key: &str, value: Option<Spanned<String>>| {
            let Some(value) = value else {
                return Ok::<_, RecordError>(None);
            };
            let line = line_at(&text, value.span().start);
            let checked = check_length(value.get_ref());
            checked.map_err(|reason| line_error(&path, line, format!("{key} {reason}")))?;
            Ok(Some(value.into_inner()))
        };
        let margin = match file.margin {
            Some(margin) if !(0.0..=100.0).contains(margin.get_ref()) => {
                let reason = format!(
                    "margin is {}, not a number of points from 0 to 100",
                    margin.get_ref()
                );
                return Err(line_error(&path, line_at(&text, margin.span().start), reason));
            }
            margin => margin.map(Spanned::into_inner),
        };
        let column = |get: fn(&ResultRow) -> &String| rows.first().map(get).cloned().unwrap_or_default();
        Ok(Self {
            title: checked("title", file.title)?.unwrap_or_else(|| column(|row| &row.experiment)),
            scale: checked("scale", file.scale)?.unwrap_or_else(|| column(|row| &row.scale)),
            corpus: checked("corpus", file.corpus)?,
            margin,
        })
    }

    /// `subject — title, scale and corpus`.
    pub fn heading(&self, subject: &str) -> String {
        let corpus = match (&self.corpus, self.scale.as_str()) {
            (Some(corpus), _) => format!(", corpus: {corpus}"),
            (None, "paper") => String::new(),
            // A reader must not take a small corpus for the real one only because nobody named it.
            (None, _) => ", corpus not named".into(),
        };
        format!("{subject} — {}, {} scale{corpus}", self.title, self.scale)
    }
}

fn line_at(text: &str, offset: usize) -> u64 {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use files::Hint;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut caption = Caption {
            title: "nli".into(),
            scale: "demo".into(),
            corpus: Some("demo-nli, not MNLI".into()),
            margin: Some(0.5),
        };
        for corpus in [caption.corpus.clone(), None] {
            caption.corpus = corpus;
            caption.write(folder.path()).unwrap();
            assert_eq!(Caption::read(folder.path(), &[]).unwrap(), caption);
        }
    }

    #[test]
    fn a_heading_names_scale_and_corpus() {
        let mut caption = Caption {
            title: "nli".into(),
            scale: "demo".into(),
            corpus: Some("demo-nli, not MNLI".into()),
            margin: None,
        };
        assert_eq!(
            caption.heading("Accuracy"),
            "Accuracy — nli, demo scale, corpus: demo-nli, not MNLI"
        );
        caption.corpus = None;
        assert_eq!(
            caption.heading("Accuracy"),
            "Accuracy — nli, demo scale, corpus not named"
        );
        caption.scale = "paper".into();
        assert_eq!(caption.heading("Accuracy"), "Accuracy — nli, paper scale");
    }

    #[test]
    fn a_name_too_long_to_be_one_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let read = |length| {
            let text = format!("title = \"nli\"\ncorpus = \"{}\"\n", "a".repeat(length));
            std::fs::write(folder.path().join("report.toml"), text).unwrap();
            Caption::read(folder.path(), &[])
        };
        assert_eq!(read(4096).unwrap().corpus.unwrap().len(), 4096);
        let said = read(4097).unwrap_err().to_string();
        assert!(said.contains("report.toml:2: corpus has 4097 bytes"), "{said}");
    }

    #[test]
    fn a_margin_that_is_no_number_of_points_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        for wrong in ["-1.0", "nan", "101.0"] {
            let text = format!("title = \"nli\"\nmargin = {wrong}\n");
            std::fs::write(folder.path().join("report.toml"), text).unwrap();
            let said = Caption::read(folder.path(), &[]).unwrap_err().to_string();
            assert!(said.contains("report.toml:2: margin is"), "{said}");
        }
    }

    #[test]
    fn a_misspelt_key_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("report.toml"),
            "title = \"nli\"\ncorpsu = \"demo\"\n",
        )
        .unwrap();
        let error = Caption::read(folder.path(), &[]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("report.toml:2: unknown field `corpsu`"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("corpus"));
    }
}
