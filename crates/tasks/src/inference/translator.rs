//! An encoder-decoder of a folder: sentences in, translations out.

use std::path::Path;

use bundle::CONFIG_FILE;
use bundle::translation::TranslationConfig;
use data::bpe::{self, Merges, Segmenter};
use data::moses::Buffers;
use data::prepare::{CODES, FoundRules, RECORD, TextRules, dictionary_name};
use data::translation::{Dictionary, PAD};
use heads::HeadMask;
use methods::ExecuteError;
use models::TensorOptions;
use models::translation::{GenerationConfig, SourceBatch};
use models::weights::load_translation;

use super::{options_on, removal};

/// What the lines to translate are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Raw text where the folder holds what prepares it, else segmented text.
    Found,
    /// Words cut into the units of the dictionary, between spaces; translations are words between spaces.
    Segmented,
}

/// How translations are searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchOptions {
    /// Hypotheses kept for each sentence.
    pub beam: usize,
    /// Scores are divided by the length to this power.
    pub length_penalty: f64,
    /// Most words of a translation, its end not counted; never more than the model has positions for.
    pub max_words: usize,
}

/// An encoder-decoder with its dictionaries and what brings text into their units.
pub struct Translator {
    model: models::translation::Translator,
    options: TensorOptions,
    longest: usize,
    source: Dictionary,
    target: Dictionary,
    preparation: Option<(Box<TextRules>, Segmenter)>,
    generation: GenerationConfig,
}

/// Sentences of one search.
const BATCH: usize = 64;

impl Translator {
    /// Reads a folder: whole, or with heads removed; of `mask`, the heads that it leaves out are removed now. `languages` are needed where its config.json does not name them.
    ///
    /// # Errors
    /// A folder that cannot be read or misses dictionaries, a beam that the vocabulary cannot fill, a device that cannot be
    /// used.
    pub fn open(
        folder: &Path,
        mask: Option<&HeadMask>,
        languages: Option<&[String; 2]>,
        input: Input,
        search: SearchOptions,
        device: &str,
    ) -> Result<Self, ExecuteError> {
        let options = options_on(device)?;
        let (config, model, _) = load_translation(folder, &options).map_err(ExecuteError::caused_by)?;
        let model = match removal(mask, model.grid())? {
            Some(removal) => model.removed(&removal),
            None => model,
        };
        let languages = Self::languages(folder, &config, languages)?;
        let dictionary = |language: &String| {
            let path = folder.join(dictionary_name(language));
            Dictionary::read(&path).map_err(ExecuteError::caused_by)
        };
        let [source, target] = languages;
        let (source, target) = (dictionary(source)?, dictionary(target)?);
        let sizes = [source.size(), target.size()];
        let embedded = [config.source_vocabulary, config.target_vocabulary];
        if sizes != embedded {
            let message = format!(
                "the dictionaries in {} have {} and {} entries, the model embeds {} and {}",
                folder.display(),
                sizes[0],
                sizes[1],
                embedded[0],
                embedded[1]
            );
            return Err(
                ExecuteError::new(message).with_hint("take the dictionaries that it was trained with")
            );
        }
        if search.beam == 0 || search.beam >= target.size().div_ceil(2) {
            let (beam, entries) = (search.beam, target.size());
            let message = format!("a beam of {beam} does not fit a target dictionary of {entries} entries");
            return Err(ExecuteError::new(message).with_hint("give a beam from 1 to less than half of that"));
        }
        let preparation = match input {
            Input::Segmented => None,
            Input::Found => preparation(folder)?,
        };
        Ok(Self {
            model: model.translator(),
            longest: config.max_target_positions,
            options,
            source,
            target,
            preparation,
            generation: GenerationConfig {
                beam: search.beam,
                lenpen: search.length_penalty,
                max_len_a: 0.0,
                max_len_b: search.max_words as f64,
                ..GenerationConfig::default()
            },
        })
    }

    /// Those of the config, which must be those that were asked for, or else the latter.
    fn languages<'a>(
        folder: &Path,
        config: &'a TranslationConfig,
        asked: Option<&'a [String; 2]>,
    ) -> Result<&'a [String; 2], ExecuteError> {
        let path = folder.join(CONFIG_FILE);
        match (&config.languages, asked) {
            (Some(said), Some(asked)) if said != asked => Err(ExecuteError::new(format!(
                "{}: the model translates from {} into {}",
                path.display(),
                said[0],
                said[1]
            ))
            .with_hint("leave the languages out: the folder says them")),
            (Some(said), _) => Ok(said),
            (None, Some(asked)) => Ok(asked),
            (None, None) => Err(ExecuteError::new(format!(
                "{} does not say which language is translated into which",
                path.display()
            ))
            .with_hint(
                "give --from CODE --to CODE, the ends of the names of its dictionaries, as in dict.de.txt",
            )),
        }
    }

    /// Whether lines are raw text, and not segmented.
    pub fn takes_raw_text(&self) -> bool {
        self.preparation.is_some()
    }

    /// Units of the longest sentence that can be translated, the end symbol included.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The units of a line, and the end symbol.
    pub fn units(&mut self, line: &str, buffers: &mut Buffers) -> Vec<u32> {
        match &mut self.preparation {
            Some((rules, segmenter)) => {
                let words = rules.words(line, buffers);
                self.source.encode(&segmenter.segment_line(&words))
            }
            None => self.source.encode(line),
        }
    }

    /// Translations of sentences in their order, from [`units`](Self::units). Sentences of like length are translated together.
    ///
    /// # Errors
    /// The scores of the model are not numbers, or cannot be read from the device.
    pub fn translate(&self, sentences: &[Vec<u32>]) -> Result<Vec<String>, ExecuteError> {
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        order.sort_by_key(|&sentence| sentences[sentence].len());
        let mut translations = vec![String::new(); sentences.len()];
        for batch in order.chunks(BATCH) {
            let longest = batch.iter().map(|&sentence| sentences[sentence].len()).max();
            let width = longest.unwrap_or(0);
            let mut ids = vec![PAD.cast_signed(); batch.len() * width];
            for (row, &sentence) in ids.chunks_mut(width).zip(batch) {
                // Padding stands before a sentence, as in training.
                let begin = width - sentences[sentence].len();
                for (cell, &id) in row[begin..].iter_mut().zip(&sentences[sentence]) {
                    *cell = id.cast_signed();
                }
            }
            let source = SourceBatch::new(&ids, batch.len(), &self.options);
            let found = self
                .model
                .generate(&source, None, &self.generation)
                .map_err(ExecuteError::new)?;
            for (&sentence, hypotheses) in batch.iter().zip(&found) {
                let best = hypotheses
                    .first()
                    .ok_or_else(|| ExecuteError::new("the model's scores are not numbers"))?;
                let ids: Vec<u32> = best.tokens.iter().map(|id| id.cast_unsigned()).collect();
                let words = bpe::undo(&self.target.decode(&ids).join(" "), bpe::SEPARATOR);
                translations[sentence] = match &self.preparation {
                    Some((rules, _)) => rules.text(&words),
                    None => words,
                };
            }
        }
        Ok(translations)
    }
}

/// What brings raw text into units, where the folder holds it.
fn preparation(folder: &Path) -> Result<Option<(Box<TextRules>, Segmenter)>, ExecuteError> {
    let rules = match TextRules::find(folder, folder).map_err(ExecuteError::caused_by)? {
        FoundRules::None => return Ok(None),
        FoundRules::NoPrefixes(list) => {
            let (record, list) = (folder.join(RECORD), list.display());
            let message = format!(
                "{}: text was tokenised with the list of prefixes {list}, which is not there",
                record.display()
            );
            return Err(ExecuteError::new(message)
                .with_hint("put the list there, or give segmented text with --segmented"));
        }
        FoundRules::Rules(rules) => rules,
    };
    let codes = folder.join(CODES);
    let merges = Merges::read(&codes).map_err(ExecuteError::caused_by)?;
    Ok(Some((rules, Segmenter::new(&merges, bpe::SEPARATOR))))
}
