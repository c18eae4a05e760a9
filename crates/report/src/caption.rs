//! report.toml: what a sweep calls its corpus and itself, so that no figure passes for another.

use std::path::Path;

use serde::Deserialize;

use crate::{ReportError, ResultRow};

/// What every title says about where its numbers come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caption {
    /// Name of the study; the experiment's name where report.toml gives none.
    pub title: String,
    /// `demo`, `small` or `paper`.
    pub scale: String,
    /// The corpus the numbers were measured on, as `embedded demo-nli, not MNLI`.
    pub corpus: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    title: Option<String>,
    corpus: Option<String>,
    scale: Option<String>,
}

impl Caption {
    /// From the optional `report.toml` in `folder` (keys `title`, `corpus`, `scale`); what it lacks, from the rows.
    ///
    /// # Errors
    /// The file cannot be read, or is not TOML of these keys; the error names file and line.
    pub fn read(folder: &Path, rows: &[ResultRow]) -> Result<Self, ReportError> {
        let path = folder.join("report.toml");
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| ReportError::Line {
                line: line_at(&text, error.span().map_or(0, |span| span.start)),
                reason: error.message().to_owned(),
                hint: Some("the keys are title, corpus and scale, each a string".into()),
                path,
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => ReportFile::default(),
            Err(error) => return Err(ReportError::read(&path)(error)),
        };
        let column = |get: fn(&ResultRow) -> &String| rows.first().map(get).cloned().unwrap_or_default();
        Ok(Self {
            title: file.title.unwrap_or_else(|| column(|row| &row.experiment)),
            scale: file.scale.unwrap_or_else(|| column(|row| &row.scale)),
            corpus: file.corpus,
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
    use super::*;

    #[test]
    fn a_heading_names_scale_and_corpus() {
        let mut caption = Caption {
            title: "nli".into(),
            scale: "demo".into(),
            corpus: Some("demo-nli, not MNLI".into()),
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
