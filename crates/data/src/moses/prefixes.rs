//! Non-breaking prefixes: words after which a full stop belongs to the word.

use std::collections::HashMap;
use std::path::Path;

use super::Language;
use super::abbreviations::abbreviations;
use crate::DataError;
use crate::read::Lines;

/// Where the full stop of a prefix belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Before any word.
    Anywhere,
    /// Only before a word that begins with 0-9, as in `No. 7`.
    BeforeNumber,
}

/// The words of one language, without their full stop, that a full stop does not end.
///
/// Words with a full stop inside (`e.g`) need not be listed: the tokeniser leaves them whole by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefixes {
    reach: HashMap<String, Reach>,
}

/// What marks a prefix in a file as one that counts only before a number.
const NUMERIC_ONLY: &str = "#NUMERIC_ONLY#";

impl Prefixes {
    /// Reads a list in the format of the Moses toolkit, such as its `nonbreaking_prefix.de`: one prefix a line; lines
    /// that begin with `#` are remarks; a prefix followed by white space and `#NUMERIC_ONLY#` counts only before
    /// numbers. Of two entries for one word the later counts.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8; the error names the line. A list without a prefix is an empty file.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut prefixes = Self::default();
        while lines.advance()? {
            prefixes.insert_line(lines.line());
        }
        if prefixes.reach.is_empty() {
            return Err(DataError::EmptyFile { path: path.into() });
        }
        Ok(prefixes)
    }

    /// Common abbreviations of a language.
    ///
    /// The list was written for this program and is not the one of the Moses toolkit. Where tokens must equal those
    /// of another work, read the list which that work used.
    pub fn builtin(language: Language) -> Self {
        let abbreviations = abbreviations(language);
        let anywhere = abbreviations
            .anywhere
            .into_iter()
            .map(|prefix| (prefix, Reach::Anywhere));
        let before_number = abbreviations
            .before_number
            .into_iter()
            .map(|prefix| (prefix, Reach::BeforeNumber));
        Self {
            reach: anywhere.chain(before_number).collect(),
        }
    }

    /// Where the full stop of `word` belongs to it, if anywhere.
    pub(super) fn reach(&self, word: &str) -> Option<Reach> {
        self.reach.get(word).copied()
    }

    fn insert_line(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let (prefix, reach) = match line.strip_suffix(NUMERIC_ONLY) {
            Some(prefix) if prefix.ends_with(char::is_whitespace) => (prefix.trim_end(), Reach::BeforeNumber),
            _ => (line, Reach::Anywhere),
        };
        self.reach.insert(prefix.into(), reach);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_hold_remarks_prefixes_and_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prefixes");
        fs::write(
            &path,
            "# Titles\n\nDr\nVol \t#NUMERIC_ONLY# \nä\nVol#NUMERIC_ONLY#\nFig\nFig #NUMERIC_ONLY#",
        )
        .unwrap();
        let prefixes = Prefixes::read(&path).unwrap();
        assert_eq!(prefixes.reach("Dr"), Some(Reach::Anywhere));
        assert_eq!(prefixes.reach("ä"), Some(Reach::Anywhere));
        assert_eq!(prefixes.reach("Vol"), Some(Reach::BeforeNumber));
        assert_eq!(prefixes.reach("Fig"), Some(Reach::BeforeNumber));
        assert_eq!(prefixes.reach("Vol#NUMERIC_ONLY#"), Some(Reach::Anywhere));
        assert_eq!(prefixes.reach("# Titles"), None);
        assert_eq!(prefixes.reach(""), None);
        assert_eq!(prefixes.reach.len(), 5);
    }

    #[test]
    fn bad_files_are_refused_with_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prefixes");
        assert!(
            Prefixes::read(&path)
                .unwrap_err()
                .to_string()
                .starts_with("cannot open")
        );
        for empty in ["", "\n", "# a remark\n\n"] {
            fs::write(&path, empty).unwrap();
            let message = Prefixes::read(&path).unwrap_err().to_string();
            assert!(message.ends_with(": the file is empty"), "{message}");
        }
        fs::write(&path, b"Dr\nh\xe4\n").unwrap();
        let message = Prefixes::read(&path).unwrap_err().to_string();
        assert!(
            message.ends_with(":2: not valid UTF-8 (byte 2 of the line is 0xE4)"),
            "{message}"
        );
    }

    #[test]
    fn builtin_lists_know_titles_letters_and_ordinals() {
        let german = Prefixes::builtin(Language::German);
        let english = Prefixes::builtin(Language::English);
        for prefixes in [&german, &english] {
            assert_eq!(prefixes.reach("Dr"), Some(Reach::Anywhere));
            assert_eq!(prefixes.reach("Q"), Some(Reach::Anywhere));
            assert_eq!(prefixes.reach("Haus"), None);
        }
        assert_eq!(german.reach("3"), Some(Reach::Anywhere));
        assert_eq!(german.reach("XIV"), Some(Reach::Anywhere));
        assert_eq!(german.reach("z"), Some(Reach::Anywhere));
        assert_eq!(german.reach("Nr"), Some(Reach::BeforeNumber));
        assert_eq!(english.reach("3"), None);
        assert_eq!(english.reach("No"), Some(Reach::BeforeNumber));
        assert_eq!(english.reach("pp"), Some(Reach::BeforeNumber));
    }
}
