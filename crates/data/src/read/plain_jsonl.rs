//! JSON lines with the keys `premise`, `hypothesis` and `label`, the form in which NLI corpora are most often shared.

use serde::Deserialize;

use super::{NO_GOLD_LABEL, Records, nli_label, nli_label_names, object};
use crate::Example;
use crate::line_error::LineError;

/// One object a line; the label is a word; other keys are ignored.
pub(super) struct PlainJsonl;

#[derive(Deserialize)]
struct Record {
    premise: Option<String>,
    hypothesis: Option<String>,
    label: Option<Label>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "the label is not a word")]
enum Label {
    Word(String),
    Number(serde_json::Number),
}

impl Records for PlainJsonl {
    fn label_names(&self) -> Vec<String> {
        nli_label_names()
    }

    fn parse(&self, line: &str) -> Result<Option<Example>, LineError> {
        let record: Record = object(line)?;
        let label = match record.label.ok_or(LineError::MissingKey { key: "label" })? {
            Label::Word(word) if word == NO_GOLD_LABEL => return Ok(None),
            Label::Word(word) => nli_label(&word)?,
            Label::Number(number) => return Err(LineError::NumericLabel { number }),
        };
        Ok(Some(Example {
            text: record.premise.ok_or(LineError::MissingKey { key: "premise" })?,
            pair: Some(
                record
                    .hypothesis
                    .ok_or(LineError::MissingKey { key: "hypothesis" })?,
            ),
            label,
        }))
    }
}
