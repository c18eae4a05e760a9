//! Byte pair encoding of words: merges learned from a text, kept in a codes file, applied to a text and undone again.

mod apply;
mod codes;
mod counts;
mod learn;
#[cfg(test)]
mod plain;

use std::collections::HashMap;
use std::sync::Arc;

pub use apply::{Segmenter, undo};

/// What subword-nmt and fairseq put at the end of every unit that does not end its word.
pub const SEPARATOR: &str = "@@";

/// What the last unit of a word ends in, so that merges tell the end of a word from its middle.
const END_OF_WORD: &str = "</w>";

/// Two neighbouring units, by their numbers in [`Units`].
type Pair = (u32, u32);

/// How the end of a word takes part in merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndOfWord {
    /// The last character carries the mark: version 0.2 of subword-nmt's codes.
    Attached,
    /// The mark is a unit of its own after the last character: version 0.1.
    Unit,
}

/// Merges of two neighbouring units in the order in which they were learned (Sennrich et al. 2016, algorithm 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merges {
    pairs: Vec<(String, String)>,
    end: EndOfWord,
}

impl Merges {
    /// The merges, first to last.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

/// The words of a line: only the space separates them, as in subword-nmt.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.trim_matches(['\r', '\n', ' '])
        .split(' ')
        .filter(|word| !word.is_empty())
}

/// Numbers for units; equal spellings are one unit, however they came about.
#[derive(Debug, Clone, Default)]
struct Units {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Units {
    /// The number of a unit, a new one if it has none.
    fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.number(name) {
            return number;
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    fn name(&self, number: u32) -> &Arc<str> {
        &self.names[number as usize]
    }

    /// The unit that a merge of two units makes.
    fn join(&mut self, (first, second): Pair) -> u32 {
        let name = format!("{}{}", self.name(first), self.name(second));
        self.intern(&name)
    }
}
