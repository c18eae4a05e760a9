//! From texts to token ids: the tokeniser of a model, with its special tokens and token types.

mod charsmap;
mod guard;
mod hugging_face;
mod sound;
mod template;
mod wordpiece;

use files::Sha256;

use self::guard::guard;
use self::template::Template;
use crate::Example;
use crate::error::DataError;

pub use self::guard::panics_are_caught;
pub use self::hugging_face::Casing;
pub use self::wordpiece::{SpecialTokens, WordPieceOptions};

/// Characters of a text that messages show.
const MOST_SHOWN: usize = 60;

/// One example as the model reads it, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The text with the model's special tokens around it, and the second text if there is one: for BERT `[CLS] text
    /// [SEP]` and `pair [SEP]`.
    pub input_ids: Vec<u32>,
    /// 0 for the first text, 1 for the second where the tokeniser tells them apart.
    pub token_type_ids: Vec<u8>,
    /// Index into the label names of the corpus.
    pub label: usize,
}

/// The tokeniser of a model: how text is normalised and cut into pieces, their ids, and the special tokens around them.
pub struct ModelTokenizer {
    /// Without special tokens around texts, truncation or padding: those are ours.
    tokenizer: tokenizers::Tokenizer,
    template: Template,
    vocabulary: Vec<String>,
    pad_id: u32,
    digest: [u8; 32],
    warnings: Vec<String>,
}

impl ModelTokenizer {
    /// The pieces in the order of their ids; empty for an id that has none.
    pub fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    /// What rows are filled up with.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// What its user should know of the vocabulary.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The same for a model that does not tell first and second texts apart: every token has type 0.
    #[must_use]
    pub fn without_types(self) -> Self {
        Self {
            template: self.template.without_types(),
            digest: digest_of([self.digest.as_slice(), b"one type"]),
            ..self
        }
    }

    /// Encodes one example with at most `max_length` tokens, special ones included.
    ///
    /// A pair that is too long loses tokens one by one from the end of its longer text, and of the second if both are
    /// equally long: Hugging Face's `longest_first` in the Python tokenisers, with which the paper's experiments ran.
    /// A `max_length` that cannot hold the special tokens leaves these only.
    ///
    /// # Errors
    /// The tokeniser of a `tokenizer.json` fails on a text, as odd combinations of its parts may.
    pub fn encode(&self, example: &Example, max_length: usize) -> Result<Encoded, DataError> {
        let first = self.pieces(&example.text)?;
        let second = example
            .pair
            .as_deref()
            .map(|pair| self.pieces(pair))
            .transpose()?;
        let room = max_length.saturating_sub(self.template.added(second.is_some()));
        let (first_kept, second_kept) = match &second {
            None => (first.len().min(room), 0),
            Some(second) => longest_first(first.len(), second.len(), room),
        };
        let second = second.as_ref().map(|second| &second[..second_kept]);
        let (input_ids, of_type_0) = self.template.fill(&first[..first_kept], second);
        let mut token_type_ids = vec![0; of_type_0];
        token_type_ids.resize(input_ids.len(), 1);
        Ok(Encoded {
            input_ids,
            token_type_ids,
            label: example.label,
        })
    }

    /// Special tokens around a pair of texts.
    pub fn added_to_pair(&self) -> usize {
        self.template.added(true)
    }

    /// SHA-256 of all that decides the ids.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn pieces(&self, text: &str) -> Result<Vec<u32>, DataError> {
        let encoding = guard(|| self.tokenizer.encode_fast(text, false));
        match encoding {
            Ok(Ok(encoding)) => Ok(encoding.get_ids().to_vec()),
            Ok(Err(error)) => Err(fails_on(text, error.to_string())),
            Err(problem) => Err(fails_on(text, problem)),
        }
    }
}

fn fails_on(text: &str, problem: String) -> DataError {
    DataError::FailsOnText {
        text: text.chars().take(MOST_SHOWN).collect(),
        problem,
    }
}

/// Pieces by id; ids without a piece have an empty one.
fn pieces_by_id(pieces: impl Iterator<Item = (String, u32)> + Clone) -> Vec<String> {
    let size = pieces.clone().map(|(_, id)| id as usize + 1).max().unwrap_or(0);
    let mut by_id = vec![String::new(); size];
    for (piece, id) in pieces {
        by_id[id as usize] = piece;
    }
    by_id
}

/// SHA-256 over parts, each behind its length.
fn digest_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest()
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
