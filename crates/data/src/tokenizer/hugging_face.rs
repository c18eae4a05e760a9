//! A tokeniser from the `tokenizer.json` of a model folder.

use std::path::Path;

use serde_json::Value;
use tokenizers::{NormalizerWrapper, Tokenizer as Inner};

use super::guard::guard;
use super::{ModelTokenizer, Template, digest_of, pieces_by_id, sound};
use crate::error::DataError;

/// What the files beside `tokenizer.json` say of BERT's cleaning of text, where they say it. As in Hugging Face's
/// programs it then counts in place of what `tokenizer.json` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Casing {
    /// Whether letters are made small.
    pub lower_case: Option<bool>,
    /// Whether accents are stripped.
    pub strip_accents: Option<bool>,
    /// Whether CJK ideographs are words of their own.
    pub split_ideographs: Option<bool>,
}

impl ModelTokenizer {
    /// Reads a `tokenizer.json`. What it says of truncation and padding is not used: those are the experiment's. `pad`
    /// is the name of the token that rows are filled up with.
    ///
    /// # Errors
    /// The file cannot be read, is none, or describes what cannot be done as it says.
    pub fn from_tokenizer_json(path: &Path, casing: Casing, pad: &str) -> Result<Self, DataError> {
        let bytes = std::fs::read(path).map_err(|source| DataError::Open {
            path: path.into(),
            source,
        })?;
        Self::of_json(&bytes, casing, pad).map_err(|problem| DataError::Tokenizer {
            path: path.into(),
            problem,
        })
    }

    fn of_json(bytes: &[u8], casing: Casing, pad: &str) -> Result<Self, String> {
        let mut json: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if !json.is_object() {
            return Err("it is no JSON object".to_owned());
        }
        sound::check(&json)?;
        for unused in ["truncation", "padding", "decoder"] {
            json[unused] = Value::Null;
        }
        // What was checked is what is read, also where a key stands twice.
        let checked = json.to_string();
        let read = guard(|| Inner::from_bytes(&checked))?;
        let mut tokenizer = read.map_err(|error| error.to_string())?;
        recase(&mut tokenizer, casing)?;
        guard(|| sound::check_read(&tokenizer, &json))??;
        let processor = tokenizer
            .get_post_processor()
            .ok_or("it has no `post_processor`, which puts the special tokens around a text")?;
        let template = guard(|| Template::of(processor))?
            .map_err(|problem| format!("its `post_processor` {problem}"))?;
        let pad_id = tokenizer
            .token_to_id(pad)
            .ok_or_else(|| format!("it has no piece `{pad}`, with which short texts are filled up"))?;
        let pieces = tokenizer.get_vocab(true);
        let count = pieces.len();
        if let Some((piece, id)) = pieces.iter().find(|(_, id)| **id as usize >= 4 * count + 1000) {
            return Err(format!("it has {count} pieces, but `{piece}` has the id {id}"));
        }
        let vocabulary = pieces_by_id(pieces.iter().map(|(piece, id)| (piece.clone(), *id)));
        if template.largest_id() as usize >= vocabulary.len() {
            return Err(format!(
                "its `post_processor` adds the id {}, which no piece has",
                template.largest_id()
            ));
        }
        let said = [casing.lower_case, casing.strip_accents, casing.split_ideographs];
        let said = said.map(|said| said.map_or(2, u8::from));
        Ok(Self {
            template,
            vocabulary,
            pad_id,
            digest: digest_of([bytes, &said, pad.as_bytes()]),
            warnings: Vec::new(),
            tokenizer,
        })
    }
}

/// Puts what other files say of the cleaning of text in its place.
fn recase(tokenizer: &mut Inner, casing: Casing) -> Result<(), String> {
    if casing == Casing::default() {
        return Ok(());
    }
    match tokenizer.get_normalizer() {
        Some(NormalizerWrapper::BertNormalizer(found)) => {
            let mut normalizer = *found;
            normalizer.lowercase = casing.lower_case.unwrap_or(found.lowercase);
            normalizer.strip_accents = casing.strip_accents.or(found.strip_accents);
            normalizer.handle_chinese_chars = casing.split_ideographs.unwrap_or(found.handle_chinese_chars);
            tokenizer.with_normalizer(Some(normalizer));
            Ok(())
        }
        _ => Err(
            "it has no BertNormalizer, so that `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` of the files \
             beside it cannot be obeyed"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Example;

    fn bert() -> Value {
        json!({
            "version": "1.0",
            "truncation": {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
            "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
                        "pad_to_multiple_of": null},
            "added_tokens": [],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                           "strip_accents": null, "lowercase": false},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
            "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 100,
                      "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "The": 4, "the": 5, "cat": 6, "##s": 7}}
        })
    }

    fn read(json: &Value, casing: Casing) -> Result<ModelTokenizer, String> {
        ModelTokenizer::of_json(json.to_string().as_bytes(), casing, "[PAD]")
    }

    fn ids(tokenizer: &ModelTokenizer, text: &str, pair: Option<&str>) -> Vec<u32> {
        let example = Example {
            text: text.to_owned(),
            pair: pair.map(str::to_owned),
            label: 0,
        };
        tokenizer.encode(&example, 64).unwrap().input_ids
    }

    #[test]
    fn the_file_decides_and_the_files_beside_it_before_it() {
        let cased = read(&bert(), Casing::default()).unwrap();
        assert_eq!(ids(&cased, "The cats", Some("the dog")), [2, 4, 6, 7, 3, 5, 1, 3]);
        let lower = Casing {
            lower_case: Some(true),
            ..Casing::default()
        };
        let lower = read(&bert(), lower).unwrap();
        assert_eq!(ids(&lower, "The cats", None), [2, 5, 6, 7, 3]);
        assert_ne!(lower.digest(), cased.digest());
        assert_eq!(cased.vocabulary().len(), 8);
        assert_eq!((cased.pad_id(), cased.vocabulary()[6].as_str()), (0, "cat"));
    }

    #[test]
    fn what_cannot_be_done_as_written_is_refused() {
        let refused = |change: &dyn Fn(&mut Value), words: &str| {
            let mut json = bert();
            change(&mut json);
            let problem = read(&json, Casing::default()).err().unwrap();
            assert!(problem.contains(words), "{problem}");
        };
        refused(&|json| json["post_processor"] = Value::Null, "post_processor");
        refused(&|json| json["model"]["type"] = json!("WordLevel"), "WordLevel");
        refused(&|json| json["model"]["unk_token"] = json!("<unk>"), "<unk>");
        refused(
            &|json| json["model"]["vocab"]["x"] = json!(4_000_000_000_u32),
            "4000000000",
        );
        refused(
            &|json| json["post_processor"]["cls"] = json!(["[CLS]", 4_000_000_000_u32]),
            "4000000000",
        );
        refused(&|json| json["model"] = json!([]), "model");
        let mut plain = bert();
        plain["normalizer"] = json!({"type": "Lowercase"});
        let casing = Casing {
            lower_case: Some(false),
            ..Casing::default()
        };
        assert!(read(&plain, casing).err().unwrap().contains("do_lower_case"));
        let missing = ModelTokenizer::of_json(bert().to_string().as_bytes(), casing, "<pad>");
        assert!(missing.err().unwrap().contains("<pad>"));
        assert!(ModelTokenizer::of_json(b"{", casing, "[PAD]").is_err());
        assert!(ModelTokenizer::of_json(b"[]", casing, "[PAD]").is_err());
    }
}
