//! The languages of a parallel corpus by their codes, which end the names of its files.

use crate::moses::Language;

/// The codes of source and target, and the languages whose rules tokenise them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Languages {
    /// Source, target.
    pub(super) codes: [String; 2],
}

/// Why a language cannot be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// The code is no part of a file name.
    #[error("`{0}` is not a language code")]
    NotACode(String),
    /// Both languages are one.
    #[error("source and target language are both `{0}`")]
    Same(String),
    /// There are no tokenisation rules for the language.
    #[error("no rules to tokenise `{0}` (known: de, en)")]
    NoRules(String),
}

impl LanguageError {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NotACode(_) => "a code has up to 16 letters, digits, `-` and `_`, as in de or pt-BR",
            Self::Same(_) => "a corpus for translation has two languages",
            Self::NoRules(_) => "tokenise the text with another tool and give --no-tokenize",
        }
    }
}

impl Languages {
    pub(super) fn new(source: &str, target: &str) -> Result<Self, LanguageError> {
        for code in [source, target] {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if code.is_empty() || code.len() > 16 || !code.bytes().all(fits) {
                return Err(LanguageError::NotACode(code.into()));
            }
        }
        // File systems may not tell upper from lower case.
        if source.eq_ignore_ascii_case(target) {
            return Err(LanguageError::Same(source.into()));
        }
        Ok(Self {
            codes: [source.into(), target.into()],
        })
    }

    /// The languages as the tokeniser knows them.
    pub(super) fn rules(&self) -> Result<[Language; 2], LanguageError> {
        let rule = |code: &String| code.parse().map_err(|_| LanguageError::NoRules(code.clone()));
        Ok([rule(&self.codes[0])?, rule(&self.codes[1])?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_plain_and_different() {
        assert!(Languages::new("pt-BR", "en_x2").is_ok());
        for code in ["", "../en", "d e", "dé", "abcdefghijklmnopq"] {
            assert_eq!(
                Languages::new(code, "en"),
                Err(LanguageError::NotACode(code.into()))
            );
            assert_eq!(
                Languages::new("en", code),
                Err(LanguageError::NotACode(code.into()))
            );
        }
        assert_eq!(Languages::new("EN", "en"), Err(LanguageError::Same("EN".into())));
    }

    #[test]
    fn only_known_languages_have_rules() {
        let rules = Languages::new("en", "de").unwrap().rules();
        assert_eq!(rules, Ok([Language::English, Language::German]));
        let none = Languages::new("de", "fr").unwrap().rules();
        assert_eq!(none, Err(LanguageError::NoRules("fr".into())));
    }
}
