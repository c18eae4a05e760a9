//! The corpora of an experiment, tokenised: training examples and the named evaluation splits.

use std::path::{Path, PathBuf};

use bundle::VOCABULARY_FILE;
use data::demo::{NliSize, nli};
use data::{Corpus, EncodedCorpus, ModelTokenizer, WordPieceOptions, encode_cached, read_corpus};
use experiment::{DataFile, DataSection, DataSource, VALID};
use methods::ExecuteError;

use super::start::Start;

/// What a classifier is trained and evaluated on.
pub(super) struct Corpora {
    pub(super) train: EncodedCorpus,
    /// Evaluation splits in the order of their names.
    pub(super) splits: Vec<(String, EncodedCorpus)>,
    /// What settings and heads are chosen by.
    pub(super) valid: Option<EncodedCorpus>,
    /// Files of the tokeniser by name, to be kept beside a model.
    pub(super) tokenizer: Vec<(String, Vec<u8>)>,
    /// What a user should know of the vocabulary.
    pub(super) warnings: Vec<String>,
}

impl Corpora {
    /// Reads or generates, and tokenises as the folder says that the model starts from; `cache` keeps tokenised corpora for
    /// the other runs of the sweep.
    pub(super) fn load(
        section: &DataSection,
        start: Option<&Start>,
        cache: &Path,
    ) -> Result<Self, ExecuteError> {
        match section.source {
            DataSource::Demo => Self::demo(section, start),
            DataSource::Files => Self::files(section, start, cache),
            DataSource::Iwslt14 => Err(ExecuteError::new("iwslt14 is a corpus of translations")),
        }
    }

    fn demo(section: &DataSection, start: Option<&Start>) -> Result<Self, ExecuteError> {
        let size = NliSize {
            train: section.train_examples,
            dev: section.dev_examples,
        };
        let demo = nli(section.seed, size);
        let (tokenizer, files) = match start.filter(|start| start.tokenizer.are_there()) {
            Some(start) => (start.tokenizer(None)?, start.tokenizer_files()?),
            None => {
                let tokenizer =
                    ModelTokenizer::from_vocabulary(&demo.vocabulary).map_err(ExecuteError::caused_by)?;
                let files = vec![vocabulary_file(&tokenizer)];
                (tokenizer, files)
            }
        };
        let encode = |corpus: &Corpus| {
            EncodedCorpus::encode(corpus, &tokenizer, section.max_length).map_err(ExecuteError::caused_by)
        };
        Ok(Self {
            train: encode(&demo.train)?,
            splits: vec![
                ("matched".to_owned(), encode(&demo.matched)?),
                ("mismatched".to_owned(), encode(&demo.mismatched)?),
            ],
            valid: Some(encode(&demo.valid)?),
            tokenizer: files,
            warnings: tokenizer.warnings().to_vec(),
        })
    }

    fn files(section: &DataSection, start: Option<&Start>, cache: &Path) -> Result<Self, ExecuteError> {
        let vocabulary = section.vocabulary.as_deref();
        let vocabulary = vocabulary.map(|path| resolved(section, path));
        let tokenizer = match (start, &vocabulary) {
            (Some(start), beside) => start.tokenizer(beside.as_deref())?,
            (None, Some(path)) => ModelTokenizer::from_vocab_file(path, &WordPieceOptions::default())
                .map_err(ExecuteError::caused_by)?,
            (None, None) => return Err(ExecuteError::new("data.vocabulary is missing")),
        };
        let mut files = match start {
            Some(start) => start.tokenizer_files()?,
            None => Vec::new(),
        };
        if !start.is_some_and(|start| start.tokenizer.are_there()) {
            files.push(vocabulary_file(&tokenizer));
        }
        let encode = |corpus: &Corpus| {
            encode_cached(corpus, &tokenizer, section.max_length, Some(cache))
                .map(|(encoded, _)| encoded)
                .map_err(ExecuteError::caused_by)
        };
        let mut train = read("train", &section.train, section)?;
        let held_out = section.valid_share.map(|share| train.hold_out(share, VALID));
        let held_out = held_out.transpose().map_err(ExecuteError::caused_by)?;
        let same_classes = |key: &str, corpus: &Corpus| match corpus.label_names == train.label_names {
            true => Ok(()),
            false => Err(ExecuteError::new(format!(
                "{key} has the classes {:?}, data.train has {:?}",
                corpus.label_names, train.label_names
            ))),
        };
        let mut splits = Vec::new();
        for (name, files) in &section.evaluate {
            let corpus = read(name, files, section)?;
            same_classes(&format!("data.evaluate.{name}"), &corpus)?;
            splits.push((name.clone(), encode(&corpus)?));
        }
        let valid = match section.valid.as_slice() {
            [] => held_out.as_ref().map(&encode).transpose()?,
            files => {
                let corpus = read(VALID, files, section)?;
                same_classes("data.valid", &corpus)?;
                Some(encode(&corpus)?)
            }
        };
        Ok(Self {
            train: encode(&train)?,
            splits,
            valid,
            tokenizer: files,
            warnings: tokenizer.warnings().to_vec(),
        })
    }
}

/// The list of a tokeniser's pieces as a file.
fn vocabulary_file(tokenizer: &ModelTokenizer) -> (String, Vec<u8>) {
    let list = tokenizer.vocabulary().join("\n") + "\n";
    (VOCABULARY_FILE.to_owned(), list.into_bytes())
}

fn read(name: &str, files: &[DataFile], section: &DataSection) -> Result<Corpus, ExecuteError> {
    let mut parts = Vec::new();
    for file in files {
        let path = resolved(section, &file.path);
        let rows = file.rows.as_deref().map(|rows| resolved(section, rows));
        let report = read_corpus(&path, file.format, rows.as_deref()).map_err(ExecuteError::caused_by)?;
        if report.dropped > 0 {
            eprintln!(
                "{}: dropped {} rows without a gold label",
                path.display(),
                report.dropped
            );
        }
        parts.push(report.corpus);
    }
    Corpus::concat(name, parts).map_err(ExecuteError::caused_by)
}

fn resolved(section: &DataSection, path: &Path) -> PathBuf {
    match &section.dir {
        Some(dir) => dir.join(path),
        None => path.to_owned(),
    }
}
