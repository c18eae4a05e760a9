//! BERT's WordPiece: from texts to token ids with `[CLS]`, `[SEP]` and token types.

use std::path::Path;

use sha2::{Digest, Sha256};
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{AddedToken, Tokenizer};

use crate::Example;
use crate::error::DataError;
use crate::vocabulary::Vocabulary;

const PAD: &str = "[PAD]";
const UNKNOWN: &str = "[UNK]";
const CLASSIFY: &str = "[CLS]";
const SEPARATE: &str = "[SEP]";
const MASK: &str = "[MASK]";

/// Longer words are `[UNK]`, as in the original BERT.
const MAX_WORD_CHARS: usize = 100;

/// One example as the model reads it, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `[CLS] text [SEP]`, and `pair [SEP]` if there is one.
    pub input_ids: Vec<u32>,
    /// 0 up to and including the first `[SEP]`, 1 after it.
    pub token_type_ids: Vec<u8>,
    /// Index into the label names of the corpus.
    pub label: usize,
}

/// The uncased tokeniser of `bert-base-uncased`: clean, split off CJK ideographs, strip accents, lower-case, split at
/// white space and punctuation, then the longest matching pieces from the left.
pub struct WordPieceTokenizer {
    tokenizer: Tokenizer,
    vocabulary: Vec<String>,
    warnings: Vec<String>,
    pad_id: u32,
    cls_id: u32,
    sep_id: u32,
}

impl WordPieceTokenizer {
    /// Reads a `vocab.txt`: one piece a line, the line number from 0 is the id; of a piece that stands there twice the
    /// later one. Blank lines at the end are no pieces.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or lacks `[PAD]`, `[UNK]`, `[CLS]` or `[SEP]`.
    pub fn from_vocab_file(path: &Path) -> Result<Self, DataError> {
        Self::new(Vocabulary::read(path)?, &path.display().to_string())
    }

    /// Takes the pieces in the order of their ids.
    ///
    /// # Errors
    /// As [`Self::from_vocab_file`], where `built-in vocabulary` stands for the file.
    pub fn from_vocabulary(vocabulary: &[String]) -> Result<Self, DataError> {
        let origin = "built-in vocabulary";
        Self::new(Vocabulary::new(vocabulary.to_vec(), origin)?, origin)
    }

    fn new(vocabulary: Vocabulary, origin: &str) -> Result<Self, DataError> {
        let capitals = vocabulary.warning_of_capitals(origin);
        let Vocabulary {
            pieces,
            ids,
            mut warnings,
        } = vocabulary;
        warnings.extend(capitals);
        let special_id = |token: &'static str| {
            ids.get(token).copied().ok_or_else(|| DataError::MissingToken {
                vocabulary: origin.into(),
                token,
            })
        };
        let pad_id = special_id(PAD)?;
        special_id(UNKNOWN)?;
        let cls_id = special_id(CLASSIFY)?;
        let sep_id = special_id(SEPARATE)?;
        let special: Vec<AddedToken> = [PAD, UNKNOWN, CLASSIFY, SEPARATE, MASK]
            .into_iter()
            .filter(|token| ids.contains_key(*token))
            .map(|token| AddedToken::from(token, true))
            .collect();

        #[expect(
            clippy::expect_used,
            reason = "building fails only on reading a file, and none is named"
        )]
        let model = WordPiece::builder()
            .vocab(ids.into_iter().collect::<Vocab>())
            .unk_token(UNKNOWN.into())
            .max_input_chars_per_word(MAX_WORD_CHARS)
            .build()
            .expect("a vocabulary in memory");
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(true, true, Some(true), true)))
            .with_pre_tokenizer(Some(BertPreTokenizer));
        tokenizer.add_special_tokens(&special);
        Ok(Self {
            tokenizer,
            vocabulary: pieces,
            warnings,
            pad_id,
            cls_id,
            sep_id,
        })
    }

    /// The pieces in the order of their ids, as the file has them.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    /// What a user should know of the vocabulary: pieces that stand there twice, and capital letters that lower-cased
    /// text never has.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The id of `[PAD]`.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// Encodes one example with at most `max_length` tokens, special ones included.
    ///
    /// A pair that is too long loses tokens one by one from the end of its longer text, and of the second if both are
    /// equally long: Hugging Face's `longest_first` in the Python tokenisers, with which the paper's experiments ran.
    /// A `max_length` that cannot hold the special tokens leaves these only.
    pub fn encode(&self, example: &Example, max_length: usize) -> Encoded {
        let first = self.pieces(&example.text);
        let second = example.pair.as_deref().map(|pair| self.pieces(pair));
        let (first_kept, second_kept) = match &second {
            None => (first.len().min(max_length.saturating_sub(2)), 0),
            Some(second) => longest_first(first.len(), second.len(), max_length.saturating_sub(3)),
        };

        let mut input_ids = Vec::with_capacity(first_kept + second_kept + 3);
        input_ids.push(self.cls_id);
        input_ids.extend(&first[..first_kept]);
        input_ids.push(self.sep_id);
        let mut token_type_ids = vec![0; input_ids.len()];
        if let Some(second) = &second {
            input_ids.extend(&second[..second_kept]);
            input_ids.push(self.sep_id);
            token_type_ids.resize(input_ids.len(), 1);
        }
        Encoded {
            input_ids,
            token_type_ids,
            label: example.label,
        }
    }

    /// SHA-256 of the vocabulary.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for piece in &self.vocabulary {
            hasher.update(piece);
            hasher.update(b"\n");
        }
        hasher.finalize().into()
    }

    fn pieces(&self, text: &str) -> Vec<u32> {
        #[expect(
            clippy::expect_used,
            reason = "WordPiece fails only without [UNK], which the constructor checks"
        )]
        let encoding = self
            .tokenizer
            .encode_fast(text, false)
            .expect("[UNK] is in the vocabulary");
        encoding.get_ids().to_vec()
    }
}

/// How many tokens of either text remain so that their sum is at most `room`.
fn longest_first(first: usize, second: usize, room: usize) -> (usize, usize) {
    if first + second <= room {
        return (first, second);
    }
    // The end of taking tokens one by one: a text within its half is kept whole; of an odd room the first has the larger half.
    let second_half = room / 2;
    let first_half = room - second_half;
    if second <= second_half {
        (room - second, second)
    } else if first <= first_half {
        (first, room - first)
    } else {
        (first_half, second_half)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokenizer(pieces: &[&str]) -> Result<WordPieceTokenizer, DataError> {
        let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        WordPieceTokenizer::from_vocabulary(&pieces)
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
        let encoded = tokenizer.encode(&example("Unhappy DÓG!", Some("cat [PAD]")), 128);
        assert_eq!(encoded.input_ids, [2, 4, 5, 6, 7, 3, 1, 0, 3]);
        assert_eq!(encoded.token_type_ids, [0, 0, 0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(encoded.label, 1);
        let encoded = tokenizer.encode(&example("dog dog dog", None), 4);
        assert_eq!(encoded.input_ids, [2, 6, 6, 3]);
        assert_eq!(encoded.token_type_ids, [0; 4]);
        let encoded = tokenizer.encode(&example("dog", Some("dog")), 0);
        assert_eq!(encoded.input_ids, [2, 3, 3]);
    }

    #[test]
    fn of_a_piece_twice_the_later_id_is_used_and_the_list_stays() {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "$", "dog", "[SEP]", "Dog",
        ];
        let tokenizer = tokenizer(&pieces).unwrap();
        let encoded = tokenizer.encode(&example("Dog $", None), 128);
        assert_eq!(encoded.input_ids, [2, 6, 5, 7]);
        assert_eq!(tokenizer.vocabulary(), pieces);
        assert_eq!(tokenizer.warnings().len(), 3, "{:?}", tokenizer.warnings());
    }

    #[test]
    fn words_over_a_hundred_characters_are_unknown() {
        let long = "a".repeat(100);
        let tokenizer = tokenizer(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##a"]).unwrap();
        assert_eq!(tokenizer.encode(&example(&long, None), 128).input_ids.len(), 102);
        let longer = format!("{long}a");
        assert_eq!(
            tokenizer.encode(&example(&longer, None), 128).input_ids,
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

    proptest! {
        #[test]
        fn truncation_is_the_one_by_one_rule(first in 0usize..40, second in 0usize..40, room in 0usize..60) {
            let (mut a, mut b) = (first, second);
            while a + b > room {
                if a > b { a -= 1 } else { b -= 1 }
            }
            prop_assert_eq!(longest_first(first, second, room), (a, b));
        }
    }
}
