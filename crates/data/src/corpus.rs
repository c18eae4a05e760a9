//! What a labelled corpus is: texts or pairs of texts, and the names of their classes.

use crate::DataError;

/// One labelled text, or pair of texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Example {
    /// The premise of an inference pair, or the only text.
    pub text: String,
    /// The hypothesis of an inference pair.
    pub pair: Option<String>,
    /// Index into [`Corpus::label_names`].
    pub label: usize,
}

/// Labelled examples in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    /// How the corpus is named in outputs, for instance `demo-nli matched`.
    pub name: String,
    /// Class names; the index is the label id that the model predicts.
    pub label_names: Vec<String>,
    /// The examples.
    pub examples: Vec<Example>,
}

impl Corpus {
    /// One corpus of the examples of all `parts`, in order.
    ///
    /// # Errors
    /// The parts differ in their classes or the order of these, or there is not one example.
    pub fn concat(name: &str, parts: Vec<Self>) -> Result<Self, DataError> {
        let mut parts = parts.into_iter();
        let no_examples = || DataError::NoExamples { name: name.into() };
        let mut whole = parts.next().ok_or_else(no_examples)?;
        for part in parts {
            if part.label_names != whole.label_names {
                return Err(DataError::LabelSetsDiffer {
                    first: whole.name,
                    first_labels: whole.label_names,
                    second: part.name,
                    second_labels: part.label_names,
                });
            }
            whole.examples.extend(part.examples);
        }
        if whole.examples.is_empty() {
            return Err(no_examples());
        }
        whole.name = name.into();
        Ok(whole)
    }
}
