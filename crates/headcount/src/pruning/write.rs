//! The files of a smaller model in one of three formats.

use std::path::Path;

use bundle::ModelConfig;
use clap::ValueEnum;
use export::{Format, LOADER, LOADER_FILE, README_FILE, copy_text_files, onnx, readme, removed, zeroed};
use files::{Draft, FileError};
use heads::HeadMask;

use crate::problem::{Problem, Result};

/// How a smaller model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// A folder whose tensors lack the removed heads: smaller and faster.
    Removed,
    /// A folder of the full shape with zeros for the removed heads: loads wherever the whole model does, and is no faster.
    Zeroed,
    /// A graph for ONNX Runtime, without the removed heads; classifiers only.
    Onnx,
}

impl FormatName {
    /// Its name in certificates.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Zeroed => "zeroed",
            Self::Onnx => "onnx",
        }
    }

    /// Writes the model in `folder` without the heads that `mask` leaves out into an empty folder, with its README. `config`
    /// is that of the model in `folder`. Gives the bytes of its weights.
    pub(crate) fn write(
        self,
        folder: &Path,
        config: &ModelConfig,
        mask: &HeadMask,
        into: &Path,
    ) -> Result<u64> {
        let left = config.pruned(mask).map_err(Problem::new)?;
        let (format, bytes) = match self {
            Self::Removed => {
                removed::write(folder, mask, into)?;
                if let ModelConfig::Encoder(_) = &left {
                    write(&into.join(LOADER_FILE), LOADER)?;
                }
                (Format::Removed, bytes_of(into)?)
            }
            Self::Zeroed => {
                zeroed::write(folder, mask, into)?;
                (Format::Zeroed, bytes_of(into)?)
            }
            Self::Onnx => {
                // The graph is made from a folder that has lost its heads.
                let between = Draft::within(into, &into.join("removed")).map_err(FileError::writing(into))?;
                removed::write(folder, mask, between.path())?;
                let bytes = onnx::write(between.path(), &into.join(onnx::MODEL_FILE))?;
                copy_text_files(folder, into)?;
                // Tokenizers of transformers ask it which family they are of.
                bundle::write_config(into, left.to_keys())?;
                (Format::Onnx, bytes)
            }
        };
        write(
            &into.join(README_FILE),
            &readme(format, &left).map_err(Problem::new)?,
        )?;
        Ok(bytes)
    }
}

/// Bytes of the weights of a folder.
pub(crate) fn bytes_of(folder: &Path) -> Result<u64> {
    let files = bundle::weight_files(folder)?;
    let size = |name: &String| {
        let path = folder.join(name);
        let metadata = std::fs::metadata(&path).map_err(FileError::reading(&path));
        metadata.map(|metadata| metadata.len())
    };
    Ok(files.iter().map(size).sum::<Result<u64, FileError>>()?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    Ok(files::write(path, text.as_bytes()).map_err(FileError::writing(path))?)
}
