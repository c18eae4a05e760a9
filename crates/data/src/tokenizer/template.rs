//! Where a tokeniser puts its special tokens around one text and around a pair.

use tokenizers::{Encoding, PostProcessor, Token};

/// Stand-ins for the tokens of either text; no vocabulary is that large.
const FIRST: u32 = u32::MAX - 1;
const SECOND: u32 = u32::MAX - 2;

/// The special tokens of one text, or of a pair, in their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    single: [Vec<u32>; 2],
    pair: [Vec<u32>; 3],
    /// Tokens of type 0 that are not of a text, and whether the second text has type 1.
    single_first: usize,
    pair_first: usize,
    second_type: u8,
}

impl Template {
    /// `cls text sep` and `cls text sep text sep`, the second text and its separator of type 1, as BERT has it.
    pub(super) fn bert(cls: u32, sep: u32) -> Self {
        Self {
            single: [vec![cls], vec![sep]],
            pair: [vec![cls], vec![sep], vec![sep]],
            single_first: 2,
            pair_first: 2,
            second_type: 1,
        }
    }

    /// What a processor does, found by giving it texts of one token.
    ///
    /// # Errors
    /// What is wrong with it: it fails, adds nothing, or leaves the texts in another order or with other types than 0 and
    /// then 1.
    pub(super) fn of(processor: &impl PostProcessor) -> Result<Self, String> {
        let text = |id| Encoding::from_tokens(vec![Token::new(id, "x".to_owned(), (0, 1))], 0);
        let process = |pair: Option<Encoding>| {
            let processed = processor
                .process(text(FIRST), pair, true)
                .map_err(|error| error.to_string())?;
            let (ids, types) = (processed.get_ids(), processed.get_type_ids());
            if !types.is_sorted() || types.iter().any(|kind| *kind > 1) {
                return Err(format!("gives tokens the types {types:?}, not 0 and then 1"));
            }
            let ones = types.iter().filter(|kind| **kind == 1).count();
            Ok((ids.to_vec(), ones))
        };
        let (single, single_ones) = process(None)?;
        let (pair, pair_ones) = process(Some(text(SECOND)))?;
        let misplaced = || "does not keep one text after the other".to_owned();
        let (before, after) = split(&single, FIRST).ok_or_else(misplaced)?;
        let (start, rest) = split(&pair, FIRST).ok_or_else(misplaced)?;
        let (between, end) = split(rest, SECOND).ok_or_else(misplaced)?;
        if [before, after, start, between, end].concat().contains(&SECOND) {
            return Err(misplaced());
        }
        if before.is_empty() {
            return Err("puts no token in front, which the classifier looks at".to_owned());
        }
        if single_ones > after.len() || (pair_ones > 0 && pair_ones <= end.len()) {
            return Err("gives parts of a text another type than the rest".to_owned());
        }
        let second_type = u8::from(pair_ones > 0);
        Ok(Self {
            single_first: before.len() + after.len() - single_ones,
            pair_first: start.len() + between.len() + end.len() + 1 - pair_ones.max(1),
            single: [before.to_vec(), after.to_vec()],
            pair: [start.to_vec(), between.to_vec(), end.to_vec()],
            second_type,
        })
    }

    /// The same for a model that does not tell first and second texts apart.
    pub(super) fn without_types(self) -> Self {
        Self {
            single_first: self.added(false),
            second_type: 0,
            ..self
        }
    }

    /// Special tokens around one text, or a pair.
    pub(super) fn added(&self, is_pair: bool) -> usize {
        match is_pair {
            true => self.pair.iter().map(Vec::len).sum(),
            false => self.single.iter().map(Vec::len).sum(),
        }
    }

    /// The largest id that it adds.
    pub(super) fn largest_id(&self) -> u32 {
        let all = self.single.iter().chain(&self.pair).flatten();
        all.copied().max().unwrap_or(0)
    }

    /// The ids of a whole input and how many of them have type 0; the rest have type 1.
    pub(super) fn fill(&self, first: &[u32], second: Option<&[u32]>) -> (Vec<u32>, usize) {
        match second {
            None => {
                let [before, after] = &self.single;
                ([before, first, after].concat(), first.len() + self.single_first)
            }
            Some(second) => {
                let [start, between, end] = &self.pair;
                let ids = [start, first, between, second, end].concat();
                let of_type_0 = match self.second_type {
                    0 => ids.len(),
                    _ => first.len() + self.pair_first,
                };
                (ids, of_type_0)
            }
        }
    }
}

/// What stands before and after the one place of an id.
fn split(ids: &[u32], id: u32) -> Option<(&[u32], &[u32])> {
    let place = ids.iter().position(|other| *other == id)?;
    Some((&ids[..place], &ids[place + 1..]))
}

#[cfg(test)]
mod tests {
    use tokenizers::PostProcessorWrapper;

    use super::*;

    fn template(json: &str) -> Result<Template, String> {
        let processor: PostProcessorWrapper = serde_json::from_str(json).unwrap();
        Template::of(&processor)
    }

    #[test]
    fn bert_is_found_in_both_of_its_spellings() {
        let bert = Template::bert(2, 3);
        let old = template(r#"{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}"#);
        assert_eq!(old.as_ref(), Ok(&bert));
        let new = template(
            r#"{"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                         {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                         {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                   "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}"#,
        );
        assert_eq!(new.as_ref(), Ok(&bert));
        assert_eq!(bert.fill(&[7, 8], None), (vec![2, 7, 8, 3], 4));
        assert_eq!(bert.fill(&[7, 8], Some(&[9])), (vec![2, 7, 8, 3, 9, 3], 4));
        assert_eq!(bert.fill(&[], Some(&[])), (vec![2, 3, 3], 2));
        assert_eq!(
            (bert.added(false), bert.added(true), bert.largest_id()),
            (2, 3, 3)
        );
    }

    #[test]
    fn roberta_has_two_separators_and_one_type() {
        let roberta = template(
            r#"{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true,
                "add_prefix_space": false}"#,
        )
        .unwrap();
        assert_eq!(roberta.fill(&[7], Some(&[9])), (vec![0, 7, 2, 2, 9, 2], 6));
        assert_eq!(roberta.fill(&[7], None), (vec![0, 7, 2], 3));
        assert_eq!(roberta.added(true), 4);
        assert_eq!(roberta.clone().without_types(), roberta);
        let bert = Template::bert(2, 3).without_types();
        assert_eq!(bert.fill(&[7], Some(&[9])), (vec![2, 7, 3, 9, 3], 5));
        assert_eq!(bert.fill(&[7], None), (vec![2, 7, 3], 3));
    }

    #[test]
    fn what_would_be_read_wrongly_is_refused() {
        let token =
            |id: &str, kind: u8| format!(r#"{{"SpecialToken": {{"id": "{id}", "type_id": {kind}}}}}"#);
        let text = |id: &str, kind: u8| format!(r#"{{"Sequence": {{"id": "{id}", "type_id": {kind}}}}}"#);
        let of = |single: &[String], pair: &[String]| {
            template(&format!(
                r#"{{"type": "TemplateProcessing", "single": [{}], "pair": [{}],
                     "special_tokens": {{"c": {{"id": "c", "ids": [5], "tokens": ["c"]}}}}}}"#,
                single.join(","),
                pair.join(",")
            ))
        };
        let single = [token("c", 0), text("A", 0)];
        let good = [token("c", 0), text("A", 0), text("B", 1)];
        assert!(of(&single, &good).is_ok());
        let swapped = [token("c", 0), text("B", 0), text("A", 1)];
        assert!(
            of(&single, &swapped)
                .unwrap_err()
                .contains("one text after the other")
        );
        let types = [token("c", 1), text("A", 0), text("B", 1)];
        assert!(of(&single, &types).unwrap_err().contains("types"));
        let third = [token("c", 0), text("A", 0), text("B", 2)];
        assert!(of(&single, &third).unwrap_err().contains("types"));
        let bare = [text("A", 0), token("c", 0)];
        assert!(of(&bare, &good).unwrap_err().contains("in front"));
        let only_end = [token("c", 0), text("A", 0), text("B", 0), token("c", 1)];
        assert!(of(&single, &only_end).unwrap_err().contains("another type"));
        let only_bytes = template(r#"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}"#);
        assert!(only_bytes.is_err());
    }
}
