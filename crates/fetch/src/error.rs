//! Why something could not be fetched, and the remedy.

use std::io;
use std::path::{Path, PathBuf};

use files::Hint;

/// What may help where no server had a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The network or its proxies.
    Network,
    /// Other root certificates.
    Certificates,
    /// Other addresses or checksums.
    Manifest,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The manifest cannot be understood.
    #[error("{origin}: {problem}")]
    Manifest {
        /// The manifest, with the line where that is known.
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// Nothing has this name.
    #[error("`{name}` is no corpus that can be fetched, and no name of a model")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The corpora that there are.
        known: Vec<String>,
    },
    /// No checksum of a download is known, and nobody has said that this is accepted.
    #[error("no checksum of {file} is known, so what a server sends cannot be checked: {why}")]
    Unverified {
        /// What to fetch.
        name: String,
        /// The file.
        file: String,
        /// Why there is none.
        why: String,
    },
    /// No server had the file.
    #[error("cannot fetch {file}: {}", .tried.join("; "))]
    NoServer {
        /// The file.
        file: String,
        /// What went wrong, for each address.
        tried: Vec<String>,
        /// What may help.
        remedy: Remedy,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be locked.
    #[error("cannot lock {path}: {source}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An archive is not what it should be.
    #[error("{archive}: {problem}")]
    Archive {
        /// The archive.
        archive: String,
        /// What is wrong.
        problem: String,
    },
    /// The place of a corpus is taken.
    #[error("{folder} holds `{entry}`, which was not fetched")]
    Occupied {
        /// The place.
        folder: PathBuf,
        /// What is there.
        entry: String,
    },
    /// A fetched file is gone or has changed.
    #[error("{folder} was fetched, but `{file}` is missing or has changed since")]
    Changed {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
    },
    /// The folder was fetched by another manifest.
    #[error("{folder} was fetched by another manifest: it has {difference}")]
    OtherManifest {
        /// The folder.
        folder: PathBuf,
        /// In what it differs.
        difference: String,
    },
    /// Root certificates cannot be read.
    #[error("SSL_CERT_FILE names {path}, which {problem}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The environment has a value that means nothing.
    #[error("{variable} is `{value}`, but must be {wanted}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// The hub has no such model, or shows it to nobody without an account.
    #[error("{endpoint} has no model `{name}` that can be read ({status})")]
    NoSuchModel {
        /// The model.
        name: String,
        /// The hub.
        endpoint: String,
        /// What it answered.
        status: String,
    },
    /// The model has no weights that this program reads.
    #[error("the model {name} lacks {missing}")]
    Unusable {
        /// The model.
        name: String,
        /// The file.
        missing: String,
        /// Whether it has weights as pickles, which are never read.
        has_pickles: bool,
    },
    /// The hub's cache lacks a model, and nothing may be downloaded.
    #[error("the model {name} is not in {cache}: {missing}")]
    NotCached {
        /// The model.
        name: String,
        /// The cache.
        cache: PathBuf,
        /// What is missing there.
        missing: String,
        /// What keeps it from being downloaded.
        offline: Option<&'static str>,
    },
    /// A server said what makes no sense.
    #[error("{url}: {problem}")]
    BadAnswer {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        problem: String,
    },
}

impl FetchError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl Hint for FetchError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Manifest { .. } => "data/manifest.toml of the program's sources is an example".into(),
            Self::UnknownName { known, .. } => format!(
                "the corpora are {}; models are written organisation/name, as in google-bert/bert-base-uncased",
                known.join(", ")
            ),
            Self::Unverified { name, .. } => format!(
                "`headcount data fetch {name} --accept-unverified` takes what the server sends and prints its checksum"
            ),
            Self::NoServer { remedy, .. } => match remedy {
                Remedy::Network => {
                    "check the network, HTTPS_PROXY and NO_PROXY; what has arrived is kept, and the same command goes on"
                        .into()
                }
                Remedy::Certificates => {
                    "behind a proxy that reads along, name the file with its certificate in SSL_CERT_FILE".into()
                }
                Remedy::Manifest => {
                    "the servers have changed: docs/data.md says how to name other addresses and checksums".into()
                }
            },
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "check the path; relative paths start from the working directory".into()
            }
            Self::Io { source, .. } => return files::hint(source).map(str::to_owned),
            Self::Lock { .. } => "the file system must offer locks: choose another folder".into(),
            Self::Archive { .. } => {
                "do not unpack it by hand before its checksum is known to be right; try another mirror, or later".into()
            }
            Self::Occupied { .. } => "choose another folder with --to, or move this one away".into(),
            Self::Changed { .. } | Self::OtherManifest { .. } => {
                "remove the folder and fetch again, or choose another one with --to".into()
            }
            Self::Certificates { .. } => "name a file of certificates in PEM, or unset it for those of Mozilla".into(),
            Self::Variable { variable, .. } => format!("unset {variable} for the usual"),
            Self::NoSuchModel { .. } => {
                "check the name; a model that needs an account needs a token in HF_TOKEN, and its licence accepted on the hub"
                    .into()
            }
            Self::Unusable {
                name,
                has_pickles: true,
                ..
            } => format!(
                "pickles are never read; convert it once: python -c \"from transformers import AutoModel, AutoTokenizer; \
                 AutoModel.from_pretrained('{name}').save_pretrained('FOLDER'); \
                 AutoTokenizer.from_pretrained('{name}').save_pretrained('FOLDER')\", and name FOLDER"
            ),
            Self::Unusable { .. } => "name a model with config.json, model.safetensors and a tokenizer".into(),
            Self::NotCached {
                name,
                offline: Some(variable),
                ..
            } => format!("unset {variable} and give `headcount data fetch {name}`, or name a folder"),
            Self::NotCached {
                name, offline: None, ..
            } => format!("`headcount data fetch {name}` downloads it"),
            Self::BadAnswer { .. } => "the server is no hub of models; check HF_ENDPOINT".into(),
        })
    }
}
