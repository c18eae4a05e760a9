//! What a labelled corpus is: texts or pairs of texts, and the names of their classes.

use files::Sha256;

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

    /// Takes about `share` of the examples out, in order, as a corpus called `name`; examples with the same first text stay
    /// together. Which ones depends on the texts alone: a premise goes out if the first eight bytes of its SHA-256, as a
    /// fraction of their range, are below `share`.
    ///
    /// # Errors
    /// No example goes out, or none stays.
    pub fn hold_out(&mut self, share: f64, name: &str) -> Result<Self, DataError> {
        let goes = |example: &Example| {
            let [a, b, c, d, e, f, g, h, ..] = Sha256::of(example.text.as_bytes()).digest();
            let place = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            (place as f64) < share * 2_f64.powi(64)
        };
        let (out, stay) = std::mem::take(&mut self.examples).into_iter().partition(goes);
        self.examples = stay;
        let held_out = Self {
            name: name.into(),
            label_names: self.label_names.clone(),
            examples: out,
        };
        let empty = [&held_out, self]
            .into_iter()
            .find(|part| part.examples.is_empty());
        let empty = empty.map(|part| part.name.clone());
        empty.map_or(Ok(held_out), |name| Err(DataError::NoExamples { name }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(premises: usize) -> Corpus {
        let example = |row: usize| Example {
            text: format!("premise {}", row / 3),
            pair: Some(format!("hypothesis {row}")),
            label: row % 3,
        };
        Corpus {
            name: "train".to_owned(),
            label_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            examples: (0..3 * premises).map(example).collect(),
        }
    }

    #[test]
    fn what_is_held_out_is_a_share_of_whole_premises_in_order() {
        let whole = corpus(2_000);
        let mut stay = whole.clone();
        let out = stay.hold_out(0.1, "valid").unwrap();
        assert_eq!(
            (out.name.as_str(), &out.label_names),
            ("valid", &whole.label_names)
        );
        // 200 premises of 2,000 with a standard deviation of 13.4.
        assert!(
            (540..=660).contains(&out.examples.len()),
            "{}",
            out.examples.len()
        );
        let is_out = |example: &Example| out.examples.iter().any(|other| other.text == example.text);
        let (first, second): (Vec<_>, Vec<_>) = whole.examples.iter().cloned().partition(is_out);
        assert_eq!((first, second), (out.examples.clone(), stay.examples));
        // The premises alone decide.
        let mut more = corpus(2_100);
        let again = more.hold_out(0.1, "valid").unwrap();
        assert_eq!(again.examples[..out.examples.len()], out.examples);
    }

    #[test]
    fn a_part_without_an_example_is_an_error() {
        let empty = |share: f64| match corpus(2).hold_out(share, "valid") {
            Err(DataError::NoExamples { name }) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(empty(1e-9), "valid");
        assert_eq!(empty(1.0 - 1e-9), "train");
    }
}
