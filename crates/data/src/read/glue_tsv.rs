//! GLUE's tab-separated files: a header names the columns, nothing is quoted.

use super::{NO_GOLD_LABEL, Records, nli_label, nli_label_names};
use crate::Example;
use crate::error::LineError;

const SST2_LABELS: [&str; 2] = ["negative", "positive"];

/// Where the columns stand that matter.
pub(super) struct GlueTsv {
    fields: usize,
    task: Task,
}

enum Task {
    Mnli {
        premise: usize,
        hypothesis: usize,
        label: usize,
    },
    Sst2 {
        sentence: usize,
        label: usize,
    },
}

impl GlueTsv {
    /// SST-2 is the task whose header has a column `sentence`; any other header must be MNLI's.
    pub(super) fn from_header(header: &str) -> Result<Self, LineError> {
        let columns: Vec<&str> = header.split('\t').collect();
        let position = |column: &'static str| {
            columns
                .iter()
                .position(|name| *name == column)
                .ok_or_else(|| LineError::MissingColumn {
                    column,
                    found: columns.join(", "),
                })
        };
        let task = if columns.contains(&"sentence") {
            Task::Sst2 {
                sentence: position("sentence")?,
                label: position("label")?,
            }
        } else {
            Task::Mnli {
                premise: position("sentence1")?,
                hypothesis: position("sentence2")?,
                label: position("gold_label")?,
            }
        };
        Ok(Self {
            fields: columns.len(),
            task,
        })
    }
}

impl Records for GlueTsv {
    fn has_header(&self) -> bool {
        true
    }

    fn label_names(&self) -> Vec<String> {
        match self.task {
            Task::Mnli { .. } => nli_label_names(),
            Task::Sst2 { .. } => SST2_LABELS.map(String::from).to_vec(),
        }
    }

    fn parse(&self, line: &str) -> Result<Option<Example>, LineError> {
        let fields: Vec<&str> = line.split('\t').collect();
        // A row with more fields is refused too: a stray tab shifts the columns, and a later one may hold a valid label.
        if fields.len() != self.fields {
            return Err(LineError::FieldCount {
                found: fields.len(),
                expected: self.fields,
            });
        }
        match self.task {
            Task::Mnli { label, .. } if fields[label] == NO_GOLD_LABEL => Ok(None),
            Task::Mnli {
                premise,
                hypothesis,
                label,
            } => Ok(Some(Example {
                text: fields[premise].into(),
                pair: Some(fields[hypothesis].into()),
                label: nli_label(fields[label])?,
            })),
            Task::Sst2 { sentence, label } => Ok(Some(Example {
                text: fields[sentence].into(),
                pair: None,
                label: sst2_label(fields[label])?,
            })),
        }
    }
}

fn sst2_label(label: &str) -> Result<usize, LineError> {
    match label {
        "0" => Ok(0),
        "1" => Ok(1),
        _ => Err(LineError::UnknownLabel {
            label: label.into(),
            known: "0 (negative), 1 (positive)".into(),
        }),
    }
}
