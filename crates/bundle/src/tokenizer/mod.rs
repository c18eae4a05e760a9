//! The tokeniser of a model folder: its own files decide.

mod added;

use std::path::{Path, PathBuf};

use data::{Casing, ModelTokenizer, SpecialTokens, WordPieceOptions};
use serde_json::Value;

use self::added::Added;
use crate::BundleError;
use crate::encoder::Family;
use crate::keys::read_object;

/// A list of word pieces, one a line.
pub const VOCABULARY_FILE: &str = "vocab.txt";
const TOKENIZER_FILE: &str = "tokenizer.json";
const CONFIG_FILE: &str = "tokenizer_config.json";
const SPECIAL_FILE: &str = "special_tokens_map.json";

/// Files of a tokeniser, which decide what a model reads and go where the model goes.
pub const TOKENIZER_FILES: [&str; 9] = [
    VOCABULARY_FILE,
    TOKENIZER_FILE,
    CONFIG_FILE,
    SPECIAL_FILE,
    added::ADDED_FILE,
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
];

/// The tokeniser's files of a model folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerFiles {
    folder: PathBuf,
    family: Family,
}

impl TokenizerFiles {
    /// Of the model in this folder.
    pub fn new(folder: &Path, family: Family) -> Self {
        Self {
            folder: folder.to_owned(),
            family,
        }
    }

    /// Whether the folder brings a tokeniser.
    pub fn are_there(&self) -> bool {
        [TOKENIZER_FILE, VOCABULARY_FILE]
            .iter()
            .any(|name| self.folder.join(name).is_file())
    }

    /// Reads the tokeniser; `beside` is a list of word pieces for a folder that brings none, which then has to be the only
    /// one.
    ///
    /// # Errors
    /// Files that cannot be read or be obeyed, and two lists that differ.
    pub fn read(&self, beside: Option<&Path>) -> Result<ModelTokenizer, BundleError> {
        let config = Settings::read(&self.folder)?;
        let has_types = self.family == Family::Bert;
        // Other families are never given the types of tokens, whatever their tokenisers say.
        let of_family = |tokenizer: ModelTokenizer| match has_types {
            true => tokenizer,
            false => tokenizer.without_types(),
        };
        let (json, list) = (
            self.folder.join(TOKENIZER_FILE),
            self.folder.join(VOCABULARY_FILE),
        );
        let tokenizer = if json.is_file() {
            // The tokenisers of RoBERTa have no such settings.
            let (casing, pad) = match self.family.is_roberta() {
                true => (Casing::default(), "<pad>"),
                false => (config.casing, "[PAD]"),
            };
            let pad = config.pad.as_deref().unwrap_or(pad);
            let tokenizer = ModelTokenizer::from_tokenizer_json(&json, casing, pad)?;
            added::check(&config.added, TOKENIZER_FILE, &tokenizer, None)?;
            tokenizer
        } else if self.family.is_roberta() {
            return Err(BundleError::NoTokenizer {
                folder: self.folder.clone(),
                needed: TOKENIZER_FILE,
            });
        } else if list.is_file() {
            let (options, added) = config.word_pieces();
            let tokenizer = ModelTokenizer::from_vocab_file(&list, &options)?;
            added::check(&added, VOCABULARY_FILE, &tokenizer, Some(&options.special))?;
            tokenizer
        } else {
            let Some(beside) = beside else {
                return Err(BundleError::NoTokenizer {
                    folder: self.folder.clone(),
                    needed: "vocab.txt or tokenizer.json",
                });
            };
            let (options, added) = config.word_pieces();
            let tokenizer = ModelTokenizer::from_vocab_file(beside, &options)?;
            added::check(&added, VOCABULARY_FILE, &tokenizer, Some(&options.special))?;
            return Ok(of_family(tokenizer));
        };
        if let Some(beside) = beside {
            self.check_same(&tokenizer, beside)?;
        }
        Ok(of_family(tokenizer))
    }

    /// The files as they are, to be put beside another model that reads the same text.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn copies(&self) -> Result<Vec<(&'static str, Vec<u8>)>, BundleError> {
        let paths = TOKENIZER_FILES.map(|name| (name, self.folder.join(name)));
        let there = paths.into_iter().filter(|(_, path)| path.is_file());
        there
            .map(|(name, path)| match std::fs::read(&path) {
                Ok(bytes) => Ok((name, bytes)),
                Err(source) => Err(BundleError::io(&path)(source)),
            })
            .collect()
    }

    /// Refuses a list of word pieces that is not that of the folder: ids would mean other pieces than in training.
    fn check_same(&self, tokenizer: &ModelTokenizer, beside: &Path) -> Result<(), BundleError> {
        let other = ModelTokenizer::from_vocab_file(beside, &WordPieceOptions::default())?;
        let (ours, theirs) = (tokenizer.vocabulary(), other.vocabulary());
        if ours == theirs {
            return Ok(());
        }
        let same = ours
            .iter()
            .zip(theirs)
            .take_while(|(ours, theirs)| ours == theirs);
        let first = same.count();
        let piece = |pieces: &[String]| match pieces.get(first) {
            Some(piece) => format!("`{piece}`"),
            None => "nothing".to_owned(),
        };
        Err(BundleError::OtherVocabulary {
            vocabulary: beside.to_owned(),
            folder: self.folder.clone(),
            difference: format!("id {first} is {} there and {} here", piece(theirs), piece(ours)),
        })
    }
}

/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say.
#[derive(Debug, Default)]
struct Settings {
    casing: Casing,
    pad: Option<String>,
    unknown: Option<String>,
    classify: Option<String>,
    separate: Option<String>,
    mask: Option<String>,
    added: Vec<Added>,
}

impl Settings {
    fn read(folder: &Path) -> Result<Self, BundleError> {
        let mut settings = Self::default();
        for name in [SPECIAL_FILE, CONFIG_FILE, added::ADDED_FILE] {
            let path = folder.join(name);
            if !path.is_file() {
                continue;
            }
            let json = Value::Object(read_object(&path)?);
            let added = if name == added::ADDED_FILE {
                added::by_token(&json)
            } else {
                (settings.take(&json)).and_then(|()| added::of_settings(&json))
            };
            let added = added.map_err(|reason| BundleError::tokenizer(&path, reason))?;
            let tokens = added.into_iter().map(|(token, id)| Added {
                path: path.clone(),
                token,
                id,
            });
            settings.added.extend(tokens);
        }
        Ok(settings)
    }

    /// What an object says takes the place of what was said before.
    fn take(&mut self, json: &Value) -> Result<(), String> {
        let flag = |name: &str| match &json[name] {
            Value::Null => Ok(None),
            Value::Bool(value) => Ok(Some(*value)),
            other => Err(format!("`{name}` is {other}, not true or false")),
        };
        let casing = &mut self.casing;
        casing.lower_case = flag("do_lower_case")?.or(casing.lower_case);
        casing.strip_accents = flag("strip_accents")?.or(casing.strip_accents);
        casing.split_ideographs = flag("tokenize_chinese_chars")?.or(casing.split_ideographs);
        if flag("do_basic_tokenize")? == Some(false) {
            return Err(
                "`do_basic_tokenize` is false: text that is cut into words already cannot be read".to_owned(),
            );
        }
        let tokens = [
            ("pad_token", &mut self.pad),
            ("unk_token", &mut self.unknown),
            ("cls_token", &mut self.classify),
            ("sep_token", &mut self.separate),
            ("mask_token", &mut self.mask),
        ];
        for (name, token) in tokens {
            match &json[name] {
                Value::Null => {}
                Value::String(text) => *token = Some(text.clone()),
                // An added token with settings of its own.
                Value::Object(fields) => match fields.get("content") {
                    Some(Value::String(text)) => *token = Some(text.clone()),
                    _ => return Err(format!("`{name}` has no `content`")),
                },
                other => return Err(format!("`{name}` is {other}, no token")),
            }
        }
        Ok(())
    }

    /// How a list of pieces is used, and the tokens that are added to it.
    fn word_pieces(self) -> (WordPieceOptions, Vec<Added>) {
        let usual = SpecialTokens::default();
        let options = WordPieceOptions {
            lower_case: self.casing.lower_case,
            strip_accents: self.casing.strip_accents,
            split_ideographs: self.casing.split_ideographs.unwrap_or(true),
            special: SpecialTokens {
                pad: self.pad.unwrap_or(usual.pad),
                unknown: self.unknown.unwrap_or(usual.unknown),
                classify: self.classify.unwrap_or(usual.classify),
                separate: self.separate.unwrap_or(usual.separate),
                mask: self.mask.unwrap_or(usual.mask),
            },
        };
        (options, self.added)
    }
}
