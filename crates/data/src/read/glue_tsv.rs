//! GLUE's tab-separated files: a header names the columns, which say what task it is; nothing is quoted.

use super::{NO_GOLD_LABEL, Records};
use crate::line_error::LineError;
use crate::{Example, NLI_LABELS};

/// A task by its columns.
struct GlueTask {
    text: &'static str,
    pair: Option<&'static str>,
    label: &'static str,
    /// What the column of labels has, and the name of the class that it stands for.
    classes: &'static [(&'static str, &'static str)],
}

/// Looked for in this order: what asks for more columns comes first.
static TASKS: [GlueTask; 6] = [
    // MNLI, SNLI.
    GlueTask {
        text: "sentence1",
        pair: Some("sentence2"),
        label: "gold_label",
        classes: &[
            (NLI_LABELS[0], NLI_LABELS[0]),
            (NLI_LABELS[1], NLI_LABELS[1]),
            (NLI_LABELS[2], NLI_LABELS[2]),
        ],
    },
    // RTE. WNLI has its columns, but numbers for labels.
    GlueTask {
        text: "sentence1",
        pair: Some("sentence2"),
        label: "label",
        classes: TWO_WAY,
    },
    // QNLI.
    GlueTask {
        text: "question",
        pair: Some("sentence"),
        label: "label",
        classes: TWO_WAY,
    },
    // QQP.
    GlueTask {
        text: "question1",
        pair: Some("question2"),
        label: "is_duplicate",
        classes: &[("0", "not_duplicate"), ("1", "duplicate")],
    },
    // MRPC.
    GlueTask {
        text: "#1 String",
        pair: Some("#2 String"),
        label: "Quality",
        classes: &[("0", "not_equivalent"), ("1", "equivalent")],
    },
    // SST-2.
    GlueTask {
        text: "sentence",
        pair: None,
        label: "label",
        classes: &[("0", "negative"), ("1", "positive")],
    },
];

const TWO_WAY: &[(&str, &str)] = &[("entailment", "entailment"), ("not_entailment", "not_entailment")];

/// CoLA has no header: where a sentence is from, the label, what its author marked it with, and the sentence.
static COLA: GlueTask = GlueTask {
    text: "sentence",
    pair: None,
    label: "label",
    classes: &[("0", "unacceptable"), ("1", "acceptable")],
};
const COLA_COLUMNS: [&str; 4] = ["", "label", "", "sentence"];

/// Columns of GLUE and of other releases of the same corpora that are about an example and no part of it.
const ABOUT: [&str; 25] = [
    "index",
    "idx",
    "id",
    "genre",
    "split",
    "promptID",
    "pairID",
    "captionID",
    "sentence1_binary_parse",
    "sentence2_binary_parse",
    "sentence1_parse",
    "sentence2_parse",
    "label1",
    "label2",
    "label3",
    "label4",
    "label5",
    "qid",
    "qid1",
    "qid2",
    "#1 ID",
    "#2 ID",
    "source",
    "filename",
    "year",
];

/// Where the columns stand that matter.
pub(super) struct GlueTsv {
    fields: usize,
    has_header: bool,
    task: &'static GlueTask,
    text: usize,
    pair: Option<usize>,
    label: usize,
}

impl GlueTsv {
    /// Finds the task by the columns of the first line.
    ///
    /// # Errors
    /// It is none of the known tasks, or has a column that the task does not have, which may be half of the example.
    pub(super) fn from_header(header: &str) -> Result<Self, LineError> {
        let columns: Vec<&str> = header.split('\t').collect();
        if let [_, "0" | "1" | NO_GOLD_LABEL, "" | "*", _] = columns.as_slice() {
            return Self::of(&COLA, &COLA_COLUMNS, false);
        }
        let has = |column: &str| columns.contains(&column);
        let has_text = |task: &&GlueTask| has(task.text) && task.pair.is_none_or(has);
        let with_text: Vec<&'static GlueTask> = TASKS.iter().filter(has_text).collect();
        let with_label = with_text.iter().find(|task| has(task.label));
        match (with_label, with_text.first()) {
            (Some(task), _) => Self::of(task, &columns, true),
            (None, Some(task)) => Err(missing(task.label, &columns)),
            (None, None) => {
                let partner = TASKS.iter().find(|task| has(task.text));
                let column = partner.and_then(|task| task.pair).unwrap_or("sentence");
                Err(missing(column, &columns))
            }
        }
    }

    fn of(task: &'static GlueTask, columns: &[&str], has_header: bool) -> Result<Self, LineError> {
        let position = |column: &'static str| {
            columns
                .iter()
                .position(|name| *name == column)
                .ok_or_else(|| missing(column, columns))
        };
        let records = Self {
            fields: columns.len(),
            has_header,
            task,
            text: position(task.text)?,
            pair: task.pair.map(position).transpose()?,
            label: position(task.label)?,
        };
        let used = [Some(records.text), records.pair, Some(records.label)];
        let unread = columns
            .iter()
            .enumerate()
            .find(|(place, name)| has_header && !used.contains(&Some(*place)) && !ABOUT.contains(name));
        match unread {
            Some((_, column)) => Err(LineError::UnreadColumn {
                column: (*column).into(),
                read: [Some(task.text), task.pair, Some(task.label)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
            None => Ok(records),
        }
    }

    fn class(&self, label: &str) -> Result<usize, LineError> {
        let known = self.task.classes;
        known
            .iter()
            .position(|(written, _)| *written == label)
            .ok_or_else(|| {
                let spelled: Vec<String> = known
                    .iter()
                    .map(|(written, name)| {
                        if written == name {
                            (*written).into()
                        } else {
                            format!("{written} ({name})")
                        }
                    })
                    .collect();
                let is_word_needed = known == TWO_WAY && label.parse::<i64>().is_ok();
                let remark = if is_word_needed {
                    "; numbers mean one thing in WNLI and another in RTE and QNLI: write the words"
                } else {
                    ""
                };
                LineError::UnknownLabel {
                    label: label.into(),
                    known: spelled.join(", ") + remark,
                }
            })
    }
}

fn missing(column: &'static str, columns: &[&str]) -> LineError {
    LineError::MissingColumn {
        column,
        found: columns.join(", "),
    }
}

impl Records for GlueTsv {
    fn has_header(&self) -> bool {
        self.has_header
    }

    fn label_names(&self) -> Vec<String> {
        let classes = self.task.classes.iter();
        classes.map(|(_, name)| (*name).to_owned()).collect()
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
        if fields[self.label] == NO_GOLD_LABEL {
            return Ok(None);
        }
        Ok(Some(Example {
            text: fields[self.text].into(),
            pair: self.pair.map(|pair| fields[pair].into()),
            label: self.class(fields[self.label])?,
        }))
    }
}
