//! Which examples share a premise: tests on examples draw them together.

use std::collections::HashMap;
use std::path::Path;

use data::EncodedCorpus;
use methods::ExecuteError;
use records::{GROUPS_FILE, GroupRow, write_groups};

use super::corpora::Corpora;

/// Writes groups.csv into the folder of a sweep, unless every example has a premise of its own.
pub(super) fn write(corpora: &Corpora, root: &Path) -> Result<(), ExecuteError> {
    let splits = corpora.splits.iter();
    let rows: Vec<GroupRow> = splits.flat_map(|(name, corpus)| of_split(name, corpus)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    write_groups(&root.join(GROUPS_FILE), &rows).map_err(ExecuteError::from)
}

/// The group of each example, by the first example with its premise; none where no two examples share one.
fn of_split(split: &str, corpus: &EncodedCorpus) -> Vec<GroupRow> {
    let mut first = HashMap::new();
    let premise = |example: usize| &corpus.ids(example)[..corpus.first_length(example)];
    let groups: Vec<usize> = (0..corpus.len())
        .map(|example| *first.entry(premise(example)).or_insert(example))
        .collect();
    if first.len() == corpus.len() || !corpus.has_types() {
        return Vec::new();
    }
    let row = |(example, group)| GroupRow {
        split: split.to_owned(),
        example,
        group,
    };
    groups.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::{Corpus, Example, ModelTokenizer};

    #[test]
    fn examples_of_one_premise_are_of_one_group() {
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"];
        let tokenizer = ModelTokenizer::from_vocabulary(&pieces.map(str::to_owned)).unwrap();
        let encoded = |pairs: &[(&str, Option<&str>)]| {
            let example = |&(text, pair): &(&str, Option<&str>)| Example {
                text: text.to_owned(),
                pair: pair.map(str::to_owned),
                label: 0,
            };
            let corpus = Corpus {
                name: "x".to_owned(),
                label_names: vec!["yes".to_owned(), "no".to_owned()],
                examples: pairs.iter().map(example).collect(),
            };
            EncodedCorpus::encode(&corpus, &tokenizer, 16).unwrap()
        };
        let pairs = [
            ("a b", Some("c")),
            ("b", Some("c")),
            ("a b", Some("a")),
            ("b", Some("b")),
        ];
        let groups: Vec<usize> = of_split("dev", &encoded(&pairs))
            .iter()
            .map(|row| row.group)
            .collect();
        assert_eq!(groups, [0, 1, 0, 1]);
        assert_eq!(of_split("dev", &encoded(&pairs[..2])), []);
        assert_eq!(of_split("dev", &encoded(&[("a", None), ("a", None)])), []);
    }
}
