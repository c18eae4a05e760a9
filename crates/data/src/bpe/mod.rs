//! Byte pair encoding of words: merges learned from a text, kept in a codes file, applied to a text and undone again.

mod apply;
mod learn;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

pub use apply::{Segmenter, undo};

use crate::error::{DataError, LineError};
use crate::read::Lines;
use crate::text_file::write_whole;

/// What subword-nmt and fairseq put at the end of every unit that does not end its word.
pub const SEPARATOR: &str = "@@";

/// What the last unit of a word ends in, so that merges tell the end of a word from its middle.
const END_OF_WORD: &str = "</w>";

/// The first line of a codes file in which the end of a word is part of its last character.
const HEADER: &str = "#version: 0.2";

/// Two neighbouring units, by their numbers in [`Units`].
type Pair = (u32, u32);

/// Merges of two neighbouring units in the order in which they were learned (Sennrich et al. 2016, algorithm 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merges {
    pairs: Vec<(String, String)>,
}

impl Merges {
    /// The merges, first to last.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Reads a codes file of subword-nmt: an optional header `#version: 0.2`, then `first second` a line.
    ///
    /// # Errors
    /// The file cannot be read, a line is not two units, or the file is of version 0.1, which marks the end of a word by
    /// a unit of its own.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut pairs = Vec::new();
        let mut first_line = true;
        while lines.advance()? {
            let line = lines.line().trim_matches(' ');
            if first_line && line == HEADER {
                first_line = false;
                continue;
            }
            let old_header = first_line && line.starts_with("#version:");
            first_line = false;
            match line.split_once(' ') {
                _ if old_header => return Err(lines.fault(LineError::CodesVersion { found: line.into() })),
                Some((_, END_OF_WORD)) => {
                    return Err(lines.fault(LineError::CodesVersion {
                        found: "#version: 0.1".into(),
                    }));
                }
                Some((first, second)) if !second.contains(' ') => pairs.push((first.into(), second.into())),
                _ => return Err(lines.fault(LineError::NotAMerge { text: line.into() })),
            }
        }
        Ok(Self { pairs })
    }

    /// Writes what [`Merges::read`] reads, with the header. The file appears whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DataError> {
        let mut text = format!("{HEADER}\n");
        for (first, second) in &self.pairs {
            text.extend([first, " ", second, "\n"]);
        }
        write_whole(path, text.as_bytes())
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
