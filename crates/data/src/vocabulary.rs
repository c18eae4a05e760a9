//! A `vocab.txt`: word pieces in the order of their ids, and what in it a user should know of.

use std::collections::HashMap;
use std::path::Path;

use crate::error::DataError;
use crate::read::Lines;

/// Pieces that stand twice are named up to this number, the others are counted.
const MOST_NAMED: usize = 3;

/// Word pieces with their ids.
pub(crate) struct Vocabulary {
    /// By id; a piece that stands there twice is in both places.
    pub(crate) pieces: Vec<String>,
    /// Of a piece that stands there twice the later one, as in Hugging Face's tokenizers.
    pub(crate) ids: HashMap<String, u32>,
    /// What is odd about it, with file and line.
    pub(crate) warnings: Vec<String>,
}

impl Vocabulary {
    /// Reads one piece a line; the line number from 0 is the id.
    ///
    /// Blank lines at the end are no pieces. One in the middle has its id, which no text is ever cut into, since leaving
    /// it out would give all later pieces other ids.
    ///
    /// # Errors
    /// The file cannot be read or has no pieces.
    pub(crate) fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut pieces = Vec::new();
        while lines.advance()? {
            pieces.push(lines.line().to_owned());
        }
        while pieces.last().is_some_and(|piece| piece.trim().is_empty()) {
            pieces.pop();
        }
        Self::new(pieces, &path.display().to_string())
    }

    /// Takes the pieces in the order of their ids; messages call their file `origin`.
    ///
    /// # Errors
    /// There are no pieces.
    pub(crate) fn new(pieces: Vec<String>, origin: &str) -> Result<Self, DataError> {
        if pieces.is_empty() {
            return Err(DataError::EmptyVocabulary {
                vocabulary: origin.into(),
            });
        }
        let mut ids = HashMap::with_capacity(pieces.len());
        let mut twice = Vec::new();
        for (piece, id) in pieces.iter().zip(0u32..) {
            if let Some(first) = ids.insert(piece.clone(), id)
                && !piece.is_empty()
            {
                twice.push(format!(
                    "{origin}:{}: `{piece}` already stands in line {}; it has the id {id} of the later line, as in Hugging \
                     Face's tokenizers",
                    id + 1,
                    first + 1
                ));
            }
        }
        let more = twice.len().saturating_sub(MOST_NAMED);
        twice.truncate(MOST_NAMED);
        if more > 0 {
            twice.push(format!(
                "{origin}: {more} more lines repeat an earlier one; each such piece has the id of the later line"
            ));
        }
        Ok(Self {
            pieces,
            ids,
            warnings: twice,
        })
    }

    /// What to say where all text is lower-cased and pieces with capital letters are therefore never found.
    pub(crate) fn warning_of_capitals(&self, origin: &str) -> Option<String> {
        let is_special = |piece: &str| piece.starts_with('[') && piece.ends_with(']');
        let capital = |piece: &str| !is_special(piece) && piece.to_lowercase() != piece;
        let mut capitals = self.pieces.iter().enumerate().filter(|(_, piece)| capital(piece));
        let (first, piece) = capitals.next()?;
        let (line, count) = (first + 1, 1 + capitals.count());
        let pieces = if count == 1 { "piece" } else { "pieces" };
        Some(format!(
            "{origin}:{line}: the vocabulary has {count} {pieces} with capital letters, such as `{piece}`, and text is \
             lower-cased: is it the vocabulary of a cased model?"
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(content: &str) -> Vocabulary {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vocab.txt");
        fs::write(&path, content).unwrap();
        Vocabulary::read(&path).unwrap()
    }

    #[test]
    fn of_a_piece_twice_the_later_id_counts_and_both_lines_are_named() {
        let vocabulary = read("a\n$\nb\n$\n$\n");
        assert_eq!(vocabulary.ids["$"], 4);
        assert_eq!(vocabulary.pieces, ["a", "$", "b", "$", "$"]);
        let warnings = &vocabulary.warnings;
        assert_eq!(warnings.len(), 2);
        assert!(
            warnings[0].contains("vocab.txt:4: `$` already stands in line 2; it has the id 3"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("vocab.txt:5: `$` already stands in line 4; it has the id 4"));
        assert!(read("a\nb\n").warnings.is_empty());
        let many = "a\n".repeat(9);
        let warnings = read(&many).warnings;
        assert_eq!(warnings.len(), 4);
        assert!(warnings[3].contains("5 more lines repeat"), "{warnings:?}");
    }

    #[test]
    fn blank_lines_are_no_pieces_at_the_end_and_keep_their_id_in_the_middle() {
        for end in ["", "\n", "\n\n", "\n\n\n", "\r\n\r\n", "\n \n"] {
            assert_eq!(read(&format!("a\nb{end}")).pieces, ["a", "b"], "{end:?}");
        }
        let vocabulary = read("a\n\n\nb\n");
        assert_eq!(vocabulary.ids["b"], 3);
        assert!(vocabulary.warnings.is_empty());
    }

    #[test]
    fn capitals_are_told_from_special_tokens_and_letters_without_a_small_form() {
        let warning = |content: &str| read(content).warning_of_capitals("v");
        assert_eq!(warning("[PAD]\n[unused1]\n[MASK]\nthe\n##e\nℝ\n"), None);
        let one = warning("[PAD]\nThe\n").unwrap();
        assert!(one.starts_with("v:2: the vocabulary has 1 piece with"), "{one}");
        let two = warning("[PAD]\n##e\n##É\nA\n").unwrap();
        assert!(
            two.starts_with("v:3: the vocabulary has 2 pieces") && two.contains("`##É`"),
            "{two}"
        );
    }
}
