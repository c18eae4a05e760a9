//! The Moses text tools for German and English: tokenise, lower-case, undo the tokenisation, clean a parallel corpus.
//!
//! They do what the scripts of the Moses toolkit (Koehn et al., 2007) do with their default options, since that is how
//! the corpora and scores of the translation literature were made. A text is one line; files are the caller's.

mod abbreviations;
mod characters;
mod clean;
mod detokenizer;
mod escapes;
mod lowercase;
mod passes;
mod prefixes;
mod tokenizer;

use std::fmt;
use std::str::FromStr;

pub use clean::{Bars, Cleaner, Dropped};
pub use detokenizer::Detokenizer;
pub use lowercase::{lowercase, lowercase_into};
pub use prefixes::Prefixes;
pub use tokenizer::{Buffers, Tokenizer};

/// A language whose apostrophes and abbreviations the tools know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `de`
    German,
    /// `en`
    English,
}

/// A language code that is neither `de` nor `en`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language `{0}` (known: de, en)")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a two-letter code of ISO 639-1.
    ///
    /// # Errors
    /// Any code but `de` and `en`.
    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        match code {
            "de" => Ok(Self::German),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage(code.into())),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::German => "de",
            Self::English => "en",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read_from_their_codes() {
        for (code, language) in [("de", Language::German), ("en", Language::English)] {
            assert_eq!(code.parse(), Ok(language));
            assert_eq!(language.to_string(), code);
        }
        let error = "fr".parse::<Language>().unwrap_err();
        assert_eq!(error.to_string(), "unknown language `fr` (known: de, en)");
    }
}
