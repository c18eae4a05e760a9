//! What recordings were made with and what does not come with them.

use std::path::PathBuf;

/// What recordings were made with and what does not come with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folder of the encoder of `real/minilm.json`: model.safetensors, config.json and vocab.txt. Without it, a folder
    /// `minilm` beside the recording is taken.
    pub minilm: Option<PathBuf>,
    /// Folder of the data packs that the recordings of text tools name files of: corpora, codes, vocabulary, prefix
    /// lists. Without it, a folder `../../data` seen from the recording's is taken.
    pub packs: Option<PathBuf>,
}

impl Sources {
    /// What the environment names: `HEADCOUNT_MINILM` and `HEADCOUNT_TEST_DATA`.
    pub fn from_environment() -> Self {
        let folder = |variable| {
            std::env::var_os(variable)
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from)
        };
        Self {
            minilm: folder("HEADCOUNT_MINILM"),
            packs: folder("HEADCOUNT_TEST_DATA"),
        }
    }
}
