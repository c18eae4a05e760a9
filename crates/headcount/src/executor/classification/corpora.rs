//! The corpora of an experiment, tokenised: training examples and the named evaluation splits.

use std::path::{Path, PathBuf};

use data::demo::{NliSize, nli};
use data::{Corpus, EncodedCorpus, ModelTokenizer, WordPieceOptions, encode_cached, read_corpus};
use sweep::ExecuteError;
use sweep::experiment::{DataFile, DataSection, DataSource};

use crate::executor::data_error;

/// What a classifier is trained and evaluated on.
pub(super) struct Corpora {
    pub(super) train: EncodedCorpus,
    /// Evaluation splits in the order of their names.
    pub(super) splits: Vec<(String, EncodedCorpus)>,
    /// Word pieces, to be kept beside a model.
    pub(super) vocabulary: Vec<String>,
    /// What a user should know of the vocabulary.
    pub(super) warnings: Vec<String>,
}

impl Corpora {
    /// Reads or generates, and tokenises; `cache` keeps tokenised corpora for the other runs of the sweep.
    pub(super) fn load(section: &DataSection, cache: &Path) -> Result<Self, ExecuteError> {
        match section.source {
            DataSource::Demo => Self::demo(section),
            DataSource::Files => Self::files(section, cache),
            DataSource::Iwslt14 => Err(ExecuteError::new("iwslt14 is a corpus of translations")),
        }
    }

    fn demo(section: &DataSection) -> Result<Self, ExecuteError> {
        let size = NliSize {
            train: section.train_examples,
            dev: section.dev_examples,
        };
        let demo = nli(section.seed, size);
        let tokenizer = ModelTokenizer::from_vocabulary(&demo.vocabulary).map_err(data_error)?;
        let encode = |corpus: &Corpus| {
            EncodedCorpus::encode(corpus, &tokenizer, section.max_length).map_err(data_error)
        };
        Ok(Self {
            train: encode(&demo.train)?,
            splits: vec![
                ("matched".to_owned(), encode(&demo.matched)?),
                ("mismatched".to_owned(), encode(&demo.mismatched)?),
            ],
            vocabulary: demo.vocabulary,
            warnings: Vec::new(),
        })
    }

    fn files(section: &DataSection, cache: &Path) -> Result<Self, ExecuteError> {
        let vocabulary = section
            .vocabulary
            .as_deref()
            .ok_or_else(|| ExecuteError::new("data.vocabulary is missing"))?;
        let vocabulary = resolved(section, vocabulary);
        let tokenizer =
            ModelTokenizer::from_vocab_file(&vocabulary, &WordPieceOptions::default()).map_err(data_error)?;
        let encode = |corpus: &Corpus| {
            encode_cached(corpus, &tokenizer, section.max_length, Some(cache))
                .map(|(encoded, _)| encoded)
                .map_err(data_error)
        };
        let train = read("train", &section.train, section)?;
        let mut splits = Vec::new();
        for (name, files) in &section.evaluate {
            let corpus = read(name, files, section)?;
            if corpus.label_names != train.label_names {
                return Err(ExecuteError::new(format!(
                    "data.evaluate.{name} has the classes {:?}, data.train has {:?}",
                    corpus.label_names, train.label_names
                )));
            }
            splits.push((name.clone(), encode(&corpus)?));
        }
        Ok(Self {
            train: encode(&train)?,
            splits,
            vocabulary: tokenizer.vocabulary().to_vec(),
            warnings: tokenizer.warnings().to_vec(),
        })
    }
}

fn read(name: &str, files: &[DataFile], section: &DataSection) -> Result<Corpus, ExecuteError> {
    let mut parts = Vec::new();
    for file in files {
        let path = resolved(section, &file.path);
        let rows = file.rows.as_deref().map(|rows| resolved(section, rows));
        let report = read_corpus(&path, file.format, rows.as_deref()).map_err(data_error)?;
        if report.dropped > 0 {
            eprintln!(
                "{}: dropped {} rows without a gold label",
                path.display(),
                report.dropped
            );
        }
        parts.push(report.corpus);
    }
    Corpus::concat(name, parts).map_err(data_error)
}

fn resolved(section: &DataSection, path: &Path) -> PathBuf {
    match &section.dir {
        Some(dir) => dir.join(path),
        None => path.to_owned(),
    }
}
