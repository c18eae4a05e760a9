//! Files of the data packs, which recordings name and do not hold.

use std::path::{Path, PathBuf};

use data::bpe::Merges;
use data::moses::{Language, Prefixes, Tokenizer};
use data::{DataError, ModelTokenizer, WordPieceOptions};

use crate::sources::Sources;
use crate::{Verdict, VerifyError};

/// The codes that segment the packed corpora.
pub(super) const CODES: &str = "iwslt14/codes";

/// The vocabulary of the uncased BERT models.
const VOCABULARY: &str = "bert-vocab/vocab.txt";

/// Why a check that reads a pack was not made.
#[derive(Debug)]
pub(super) enum PackError {
    /// The file is not at hand: what is needed.
    Absent(String),
    /// It is, and cannot be used.
    Broken(VerifyError),
}

impl From<VerifyError> for PackError {
    fn from(error: VerifyError) -> Self {
        Self::Broken(error)
    }
}

/// The verdict of a check that reads packs: skipped where one is not at hand.
pub(super) fn or_skipped(checked: Result<Verdict, PackError>) -> Result<Verdict, VerifyError> {
    match checked {
        Ok(verdict) => Ok(verdict),
        Err(PackError::Absent(needs)) => Ok(Verdict::Skipped(needs)),
        Err(PackError::Broken(error)) => Err(error),
    }
}

/// Where the packs of one recording are.
pub(super) struct Packs {
    recording: PathBuf,
    named: Option<PathBuf>,
    beside: Option<PathBuf>,
}

impl Packs {
    /// The folder that is named, or else the one beside the recording's.
    pub(super) fn new(sources: &Sources, recording: &Path) -> Self {
        Self {
            recording: recording.to_owned(),
            named: sources.packs.clone(),
            beside: recording
                .parent()
                .map(|folder| folder.join("../../data"))
                .filter(|folder| folder.is_dir()),
        }
    }

    /// The path of a file of a pack.
    pub(super) fn find(&self, file: &str) -> Result<PathBuf, PackError> {
        if let Some(named) = self.named.as_deref().filter(|named| !named.is_dir()) {
            let reason = "is no folder of data packs (HEADCOUNT_TEST_DATA names it)";
            return Err(PackError::Broken(VerifyError::malformed(named, reason)));
        }
        let Some(folder) = self.named.as_ref().or(self.beside.as_ref()) else {
            return Err(PackError::Absent(format!(
                "needs {file} of the data packs (set HEADCOUNT_TEST_DATA to their folder)"
            )));
        };
        let path = folder.join(file);
        if path.is_file() {
            Ok(path)
        } else {
            let folder = folder.display();
            Err(PackError::Absent(format!(
                "needs {file}, which the data packs in {folder} lack"
            )))
        }
    }

    /// The lines of a text, unpacked.
    pub(super) fn lines(&self, file: &str) -> Result<Vec<String>, PackError> {
        let path = self.find(file)?;
        data::read_lines(&path).map_err(|error| self.broken(error))
    }

    /// The Moses tokeniser with the prefixes of the pack, which ours are not equal to.
    pub(super) fn tokenizer(&self, language: Language) -> Result<Tokenizer, PackError> {
        let path = self.find(&format!("moses/nonbreaking_prefix.{language}"))?;
        let prefixes = Prefixes::read(&path).map_err(|error| self.broken(error))?;
        Ok(Tokenizer::new(language, prefixes))
    }

    /// The merges of the packed corpora.
    pub(super) fn merges(&self) -> Result<Merges, PackError> {
        let path = self.find(CODES)?;
        Merges::read(&path).map_err(|error| self.broken(error))
    }

    /// The tokeniser of the uncased BERT models.
    pub(super) fn wordpiece(&self) -> Result<ModelTokenizer, PackError> {
        let path = self.find(VOCABULARY)?;
        ModelTokenizer::from_vocab_file(&path, &WordPieceOptions::default())
            .map_err(|error| self.broken(error))
    }

    /// A fault of a pack or of what the recording asks of it; the error of the file names the file.
    pub(super) fn broken(&self, error: DataError) -> PackError {
        PackError::Broken(self.malformed(error))
    }

    /// A recording that asks for what there is not.
    pub(super) fn malformed(&self, reason: impl std::fmt::Display) -> VerifyError {
        VerifyError::malformed(&self.recording, reason)
    }

    /// The language of a code in the recording.
    pub(super) fn language(&self, code: &str) -> Result<Language, VerifyError> {
        code.parse().map_err(|error| self.malformed(error))
    }
}
