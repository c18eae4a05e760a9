//! New text as a prepared corpus has it, and translations as people write them.

use std::path::{Path, PathBuf};

use super::language::Languages;
use super::record::{PrefixLists, RECORD, Record};
use crate::DataError;
use crate::moses::{Buffers, Detokenizer, Prefixes, Tokenizer, lowercase};

/// The name of the list of non-breaking prefixes of a language, as Moses has it.
pub fn prefix_file(code: &str) -> String {
    format!("nonbreaking_prefix.{code}")
}

/// What the preparation of a corpus did to its source, and what undoes it for its target.
pub struct TextRules {
    /// None for text that was tokenised already.
    moses: Option<(Tokenizer, Detokenizer)>,
    lowercase: bool,
}

/// A folder in which rules are looked for.
#[derive(Debug)]
pub enum FoundRules {
    /// There is no record of a preparation.
    None,
    /// What it did cannot be repeated without a list of prefixes, which has this place.
    NoPrefixes(PathBuf),
    /// The rules.
    Rules(Box<TextRules>),
}

impl TextRules {
    /// Those of `prepared.toml` in `folder`; lists of prefixes that were read are looked for in `prefixes`.
    ///
    /// # Errors
    /// A record that cannot be read, and a list of prefixes that cannot.
    pub fn find(folder: &Path, prefixes: &Path) -> Result<FoundRules, DataError> {
        let path = folder.join(RECORD);
        if !path.is_file() {
            return Ok(FoundRules::None);
        }
        let text = std::fs::read_to_string(&path).map_err(|source| DataError::Open {
            path: path.clone(),
            source,
        })?;
        let recipe = Record::parse(&path, &text)?.recipe;
        let rules = |moses| {
            FoundRules::Rules(Box::new(Self {
                moses,
                lowercase: recipe.lowercase,
            }))
        };
        if recipe.prefixes == PrefixLists::NotTokenized {
            return Ok(rules(None));
        }
        let languages = Languages::new(&recipe.source_language, &recipe.target_language)
            .and_then(|languages| languages.rules());
        let [source, target] = languages.map_err(super::PrepareError::from)?;
        let prefixes = match recipe.prefixes {
            PrefixLists::Read => {
                let list = prefixes.join(prefix_file(&recipe.source_language));
                if !list.is_file() {
                    return Ok(FoundRules::NoPrefixes(list));
                }
                Prefixes::read(&list)?
            }
            PrefixLists::Builtin | PrefixLists::NotTokenized => Prefixes::builtin(source),
        };
        Ok(rules(Some((
            Tokenizer::new(source, prefixes),
            Detokenizer::new(target),
        ))))
    }

    /// A source sentence in words between single spaces.
    pub fn words(&self, line: &str, buffers: &mut Buffers) -> String {
        let words = match &self.moses {
            Some((tokenizer, _)) => tokenizer.tokenize_with(line, buffers).to_owned(),
            None => line.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        match self.lowercase {
            true => lowercase(&words),
            false => words,
        }
    }

    /// A translation from words between spaces.
    pub fn text(&self, words: &str) -> String {
        match &self.moses {
            Some((_, detokenizer)) => detokenizer.detokenize(words),
            None => words.to_owned(),
        }
    }
}

impl std::fmt::Debug for TextRules {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TextRules")
            .field("tokenizes", &self.moses.is_some())
            .field("lowercase", &self.lowercase)
            .finish()
    }
}
