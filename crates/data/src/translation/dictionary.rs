//! Words and their ids, the most frequent first, in the format of fairseq.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

use crate::error::DataError;
use crate::line_error::LineError;
use crate::read::Lines;
use crate::text_file::write_whole;

/// Id of `<s>`, which no sentence has.
pub const START: u32 = 0;
/// Id of `<pad>`, which fills the rows of a batch.
pub const PAD: u32 = 1;
/// Id of `</s>`, the last of every sentence.
pub const END: u32 = 2;
/// Id of `<unk>`, for words that are not in the dictionary.
pub const UNKNOWN: u32 = 3;

/// Spelling of the special symbols, in the order of their ids.
const SPECIAL: [&str; 4] = ["<s>", "<pad>", "</s>", "<unk>"];

/// The words of one language. The special symbols have the ids 0 to 3, the words those from 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// By id less four; with their counts.
    words: Vec<(Box<str>, u64)>,
    ids: HashMap<Box<str>, u32>,
}

impl Dictionary {
    /// The words that stand at least `threshold` times in `lines`, the most frequent first, equally frequent ones by
    /// code points. White space separates words; special symbols in the text are no words.
    pub fn build<L: AsRef<str>>(lines: impl IntoIterator<Item = L>, threshold: u64) -> Self {
        let mut counts: HashMap<Box<str>, u64> = HashMap::new();
        for line in lines {
            for word in line.as_ref().split_whitespace() {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(word.into(), 1);
                    }
                }
            }
        }
        let mut words: Vec<(Box<str>, u64)> = counts
            .into_iter()
            .filter(|(word, count)| *count >= threshold && !SPECIAL.contains(&word.as_ref()))
            .collect();
        words
            .sort_unstable_by(|(a, a_count), (b, b_count)| (Reverse(a_count), a).cmp(&(Reverse(b_count), b)));
        let ids = words.iter().map(|(word, _)| word.clone()).zip(4..).collect();
        Self { words, ids }
    }

    /// Reads `word count` a line, in the order of the ids from 4; the counts need not be in order. Blank lines at the
    /// end are none.
    ///
    /// # Errors
    /// The file cannot be read or has no words, a line is not a word and a number, or a word stands there twice or
    /// spells a special symbol.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut words: Vec<(Box<str>, u64)> = Vec::new();
        let mut ids: HashMap<Box<str>, u32> = HashMap::new();
        while lines.advance_to_entry()? {
            let line = lines.line();
            let entry = line
                .rsplit_once(' ')
                .and_then(|(word, count)| Some((word, count.parse().ok()?)))
                .filter(|(word, _)| !word.is_empty() && !word.contains(char::is_whitespace));
            let Some((word, count)) = entry else {
                return Err(lines.fault(LineError::NotAWordCount { text: line.into() }));
            };
            if SPECIAL.contains(&word) {
                return Err(lines.fault(LineError::SpecialWord { word: word.into() }));
            }
            if let Some(first) = ids.insert(word.into(), words.len() as u32 + 4) {
                return Err(lines.fault(LineError::DuplicateWord {
                    word: word.into(),
                    first_line: first as usize - 3,
                }));
            }
            words.push((word.into(), count));
        }
        if words.is_empty() {
            return Err(DataError::EmptyFile { path: path.into() });
        }
        Ok(Self { words, ids })
    }

    /// Writes what [`Dictionary::read`] reads. The file appears whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DataError> {
        let text: String = self
            .words
            .iter()
            .map(|(word, count)| format!("{word} {count}\n"))
            .collect();
        write_whole(path, text.as_bytes())
    }

    /// Number of ids, those of the special symbols included; every id is below it.
    pub fn size(&self) -> usize {
        SPECIAL.len() + self.words.len()
    }

    /// Where the ids of another dictionary first mean something else, if anywhere: the id and its two words; what one of
    /// them does not have is empty.
    pub fn first_difference<'a>(&'a self, other: &'a Self) -> Option<(u32, &'a str, &'a str)> {
        let word = |words: &'a [(Box<str>, u64)], at: usize| words.get(at).map_or("", |(word, _)| word);
        let count = self.words.len().max(other.words.len());
        (0..count)
            .map(|at| (at, word(&self.words, at), word(&other.words, at)))
            .find(|(_, mine, theirs)| mine != theirs)
            .map(|(at, mine, theirs)| ((at + SPECIAL.len()) as u32, mine, theirs))
    }

    /// The id of a word, [`UNKNOWN`] for one that is not in the dictionary.
    pub fn id(&self, word: &str) -> u32 {
        self.ids.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// Spelling of an id.
    ///
    /// # Panics
    /// If the id is not below [`Dictionary::size`].
    pub fn word(&self, id: u32) -> &str {
        let id = id as usize;
        match SPECIAL.get(id) {
            Some(symbol) => symbol,
            None => &self.words[id - SPECIAL.len()].0,
        }
    }

    /// The ids of the words of a line, which white space separates, then [`END`].
    ///
    /// A word that spells a special symbol is unknown: it must not end the sentence or pass for padding.
    pub fn encode(&self, line: &str) -> Vec<u32> {
        line.split_whitespace()
            .map(|word| self.id(word))
            .chain([END])
            .collect()
    }

    /// The words of the ids before the first [`END`].
    ///
    /// # Panics
    /// If an id is not below [`Dictionary::size`].
    pub fn decode(&self, ids: &[u32]) -> Vec<&str> {
        ids.iter()
            .take_while(|id| **id != END)
            .map(|id| self.word(*id))
            .collect()
    }
}
