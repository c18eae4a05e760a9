//! BERT's WordPiece from a list of pieces.

use std::path::Path;

use tokenizers::AddedToken;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;

use super::{ModelTokenizer, Template, digest_of};
use crate::error::DataError;
use crate::vocabulary::Vocabulary;

/// Longer words are the unknown token, as in the original BERT.
const MAX_WORD_CHARS: usize = 100;

/// How text is cleaned before it is cut, and what the special tokens are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordPieceOptions {
    /// Whether letters are made small; if nobody says so they are, as in `bert-base-uncased`.
    pub lower_case: Option<bool>,
    /// Whether accents are stripped; as `lower_case` if nobody says so.
    pub strip_accents: Option<bool>,
    /// Whether CJK ideographs are words of their own.
    pub split_ideographs: bool,
    /// The special tokens.
    pub special: SpecialTokens,
}

/// Names of special tokens in a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialTokens {
    /// What rows are filled up with.
    pub pad: String,
    /// What stands for words that the vocabulary lacks.
    pub unknown: String,
    /// The token that the classifier looks at.
    pub classify: String,
    /// The end of a text.
    pub separate: String,
    /// What masked language modelling puts in place of a word; a vocabulary may lack it.
    pub mask: String,
}

impl SpecialTokens {
    /// All of them.
    pub fn names(&self) -> [&String; 5] {
        let Self {
            pad,
            unknown,
            classify,
            separate,
            mask,
        } = self;
        [pad, unknown, classify, separate, mask]
    }
}

impl Default for WordPieceOptions {
    fn default() -> Self {
        Self {
            lower_case: None,
            strip_accents: None,
            split_ideographs: true,
            special: SpecialTokens::default(),
        }
    }
}

impl Default for SpecialTokens {
    fn default() -> Self {
        Self {
            pad: "[PAD]".into(),
            unknown: "[UNK]".into(),
            classify: "[CLS]".into(),
            separate: "[SEP]".into(),
            mask: "[MASK]".into(),
        }
    }
}

impl ModelTokenizer {
    /// Reads a `vocab.txt`: one piece a line, the line number from 0 is the id; of a piece that stands there twice the
    /// later one. Blank lines at the end are no pieces. The rest is as in `bert-base-uncased` unless `options` say
    /// otherwise: clean, split off CJK ideographs, strip accents, lower-case, split at white space and punctuation, then
    /// the longest matching pieces from the left.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or lacks a special token.
    pub fn from_vocab_file(path: &Path, options: &WordPieceOptions) -> Result<Self, DataError> {
        Self::of_pieces(Vocabulary::read(path)?, &path.display().to_string(), options)
    }

    /// Takes the pieces in the order of their ids, with the options of `bert-base-uncased`.
    ///
    /// # Errors
    /// As [`Self::from_vocab_file`], where `built-in vocabulary` stands for the file.
    pub fn from_vocabulary(vocabulary: &[String]) -> Result<Self, DataError> {
        let origin = "built-in vocabulary";
        let vocabulary = Vocabulary::new(vocabulary.to_vec(), origin)?;
        Self::of_pieces(vocabulary, origin, &WordPieceOptions::default())
    }

    fn of_pieces(
        vocabulary: Vocabulary,
        origin: &str,
        options: &WordPieceOptions,
    ) -> Result<Self, DataError> {
        let capitals = match options.lower_case {
            None => vocabulary.warning_of_capitals(origin),
            Some(_) => None,
        };
        let Vocabulary {
            pieces,
            ids,
            mut warnings,
        } = vocabulary;
        warnings.extend(capitals);
        let SpecialTokens {
            pad,
            unknown,
            classify,
            separate,
            ..
        } = &options.special;
        let id_of = |token: &String| {
            ids.get(token).copied().ok_or_else(|| DataError::MissingToken {
                vocabulary: origin.into(),
                token: token.clone(),
            })
        };
        let pad_id = id_of(pad)?;
        id_of(unknown)?;
        let template = Template::bert(id_of(classify)?, id_of(separate)?);
        let special: Vec<AddedToken> = (options.special.names().into_iter())
            .filter(|token| ids.contains_key(*token))
            .map(|token| AddedToken::from(token.as_str(), true))
            .collect();
        let lower_case = options.lower_case.unwrap_or(true);
        let strip_accents = options.strip_accents.unwrap_or(lower_case);
        let digest = digest_of(
            pieces
                .iter()
                .chain(options.special.names())
                .map(String::as_bytes)
                .chain([[lower_case, strip_accents, options.split_ideographs]
                    .map(u8::from)
                    .as_slice()]),
        );
        #[expect(
            clippy::expect_used,
            reason = "building fails only on reading a file, and none is named"
        )]
        let model = WordPiece::builder()
            .vocab(ids.into_iter().collect::<Vocab>())
            .unk_token(unknown.clone())
            .max_input_chars_per_word(MAX_WORD_CHARS)
            .build()
            .expect("a vocabulary in memory");
        let mut tokenizer = tokenizers::Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(
                true,
                options.split_ideographs,
                Some(strip_accents),
                lower_case,
            )))
            .with_pre_tokenizer(Some(BertPreTokenizer));
        tokenizer.add_special_tokens(&special);
        Ok(Self {
            tokenizer,
            template,
            vocabulary: pieces,
            pad_id,
            digest,
            warnings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Example;

    fn pieces(pieces: &[&str]) -> Vec<String> {
        pieces.iter().map(|piece| (*piece).to_owned()).collect()
    }

    fn tokenizer(of: &[&str]) -> Result<ModelTokenizer, DataError> {
        ModelTokenizer::from_vocabulary(&pieces(of))
    }

    fn example(text: &str, pair: Option<&str>) -> Example {
        Example {
            text: text.into(),
            pair: pair.map(String::from),
            label: 1,
        }
    }

    #[test]
    fn pairs_have_special_tokens_and_types() {
        let tokenizer =
            tokenizer(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##happy", "dog", "!"]).unwrap();
        let encoded = tokenizer
            .encode(&example("Unhappy DÓG!", Some("cat [PAD]")), 128)
            .unwrap();
        assert_eq!(encoded.input_ids, [2, 4, 5, 6, 7, 3, 1, 0, 3]);
        assert_eq!(encoded.token_type_ids, [0, 0, 0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(encoded.label, 1);
        let encoded = tokenizer.encode(&example("dog dog dog", None), 4).unwrap();
        assert_eq!(encoded.input_ids, [2, 6, 6, 3]);
        assert_eq!(encoded.token_type_ids, [0; 4]);
        let encoded = tokenizer.encode(&example("dog", Some("dog")), 0).unwrap();
        assert_eq!(encoded.input_ids, [2, 3, 3]);
    }

    #[test]
    fn of_a_piece_twice_the_later_id_is_used_and_the_list_stays() {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "$", "dog", "[SEP]", "Dog",
        ];
        let tokenizer = tokenizer(&pieces).unwrap();
        let encoded = tokenizer.encode(&example("Dog $", None), 128).unwrap();
        assert_eq!(encoded.input_ids, [2, 6, 5, 7]);
        assert_eq!(tokenizer.vocabulary(), pieces);
        assert_eq!(tokenizer.warnings().len(), 3, "{:?}", tokenizer.warnings());
    }

    #[test]
    fn options_decide_how_text_is_cleaned() {
        let vocabulary = pieces(&[
            "<pad>", "<unk>", "<s>", "</s>", "The", "the", "café", "cafe", "中文", "中", "文",
        ]);
        let ids = |lower_case, strip_accents, split_ideographs| {
            let options = WordPieceOptions {
                lower_case,
                strip_accents,
                split_ideographs,
                special: SpecialTokens {
                    pad: "<pad>".into(),
                    unknown: "<unk>".into(),
                    classify: "<s>".into(),
                    separate: "</s>".into(),
                    mask: "<mask>".into(),
                },
            };
            let vocabulary = Vocabulary::new(vocabulary.clone(), "v").unwrap();
            let tokenizer = ModelTokenizer::of_pieces(vocabulary, "v", &options).unwrap();
            let encoded = tokenizer
                .encode(&example("The café 中文", None), 20)
                .unwrap()
                .input_ids;
            (encoded, tokenizer.warnings().len(), tokenizer.digest())
        };
        let (usual, warnings, digest) = ids(None, None, true);
        assert_eq!((usual.as_slice(), warnings), (&[2, 5, 7, 9, 10, 3][..], 1));
        let (said, warnings, same) = ids(Some(true), Some(true), true);
        assert_eq!((said, warnings, same), (usual, 0, digest));
        let (cased, _, other) = ids(Some(false), None, true);
        assert_eq!(cased, [2, 4, 6, 9, 10, 3]);
        assert_ne!(other, digest);
        assert_eq!(ids(Some(true), Some(false), false).0, [2, 5, 6, 8, 3]);
        assert_eq!(ids(Some(false), Some(true), false).0, [2, 4, 7, 8, 3]);
    }

    #[test]
    fn words_over_a_hundred_characters_are_unknown() {
        let long = "a".repeat(100);
        let tokenizer = tokenizer(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##a"]).unwrap();
        assert_eq!(
            tokenizer
                .encode(&example(&long, None), 128)
                .unwrap()
                .input_ids
                .len(),
            102
        );
        let longer = format!("{long}a");
        assert_eq!(
            tokenizer.encode(&example(&longer, None), 128).unwrap().input_ids,
            [2, 1, 3]
        );
    }

    #[test]
    fn bad_vocabularies_are_refused() {
        let message = |pieces: &[&str]| tokenizer(pieces).err().map(|error| error.to_string());
        assert_eq!(
            message(&[]).unwrap(),
            "built-in vocabulary: the vocabulary is empty"
        );
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
        for missing in special {
            let rest: Vec<&str> = special.into_iter().filter(|token| *token != missing).collect();
            assert_eq!(
                message(&rest).unwrap(),
                format!("built-in vocabulary: the vocabulary has no {missing}")
            );
        }
    }
}
