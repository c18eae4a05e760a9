//! The JSON lines of the official MultiNLI and SNLI releases.

use serde::Deserialize;

use super::{NO_GOLD_LABEL, Records, nli_label, nli_label_names, object};
use crate::Example;
use crate::line_error::LineError;

/// One object a line with `sentence1`, `sentence2` and `gold_label`; other keys are ignored.
pub(super) struct MultinliJsonl;

#[derive(Deserialize)]
struct Record {
    sentence1: Option<String>,
    sentence2: Option<String>,
    gold_label: Option<String>,
}

impl Records for MultinliJsonl {
    fn label_names(&self) -> Vec<String> {
        nli_label_names()
    }

    fn parse(&self, line: &str) -> Result<Option<Example>, LineError> {
        let record: Record = object(line)?;
        let label = record
            .gold_label
            .ok_or(LineError::MissingKey { key: "gold_label" })?;
        if label == NO_GOLD_LABEL {
            return Ok(None);
        }
        Ok(Some(Example {
            text: record
                .sentence1
                .ok_or(LineError::MissingKey { key: "sentence1" })?,
            pair: Some(
                record
                    .sentence2
                    .ok_or(LineError::MissingKey { key: "sentence2" })?,
            ),
            label: nli_label(&label)?,
        }))
    }
}
