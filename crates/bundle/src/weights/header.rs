//! One safetensors file: its header, and its tensors one at a time.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo};

use super::numbers::{Number, width};
use crate::BundleError;
use crate::file::open;

/// Bytes before the header that say how long it is.
const LENGTH: u64 = 8;

/// No header is longer, says the format.
const LONGEST: u64 = 100_000_000;

/// What a file begins with that git-lfs has left in place of the one that was asked for.
const POINTER: &[u8; 8] = b"version ";

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// A safetensors file whose header has been read and fits the length of the file.
#[derive(Debug)]
pub(super) struct TensorFile {
    pub(super) path: PathBuf,
    file: File,
    /// Where the numbers begin.
    begin: u64,
    header: Metadata,
}

impl TensorFile {
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        let mut file = open(path)?;
        let whole = file.metadata().map_err(BundleError::io(path))?.len();
        let damaged = |reason: String| BundleError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let cut = |needed: u64| damaged(format!("it has {whole} bytes of {needed}"));
        if whole < LENGTH {
            return Err(cut(LENGTH));
        }
        let mut length = [0; LENGTH as usize];
        file.read_exact(&mut length).map_err(BundleError::io(path))?;
        if &length == POINTER {
            return Err(damaged("it is a pointer of git-lfs to the file".to_owned()));
        }
        let length = u64::from_le_bytes(length);
        if length > LONGEST {
            return Err(damaged(format!("its header would have {length} bytes")));
        }
        let begin = LENGTH + length;
        if begin > whole {
            return Err(cut(begin));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(BundleError::io(path))?;
        let header: Metadata =
            serde_json::from_slice(&header).map_err(|error| damaged(format!("its header: {error}")))?;
        let needed = begin + header.data_len() as u64;
        if whole < needed {
            return Err(cut(needed));
        }
        if whole > needed {
            return Err(damaged(format!(
                "it has {whole} bytes, its header explains {needed}"
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            begin,
            header,
        })
    }

    /// The names of its tensors.
    pub(super) fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    pub(super) fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.header.info(name)
    }

    /// The numbers of a float tensor, row-major.
    pub(super) fn read<T: Number>(&self, info: &TensorInfo) -> Result<Vec<T>, BundleError> {
        let (first, end) = info.data_offsets;
        let mut left = end - first;
        let mut numbers = Vec::with_capacity(left / width(info.dtype).max(1));
        let mut piece = vec![0; left.min(PIECE)];
        let mut file = self.at(first)?;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE)];
            file.read_exact(piece).map_err(BundleError::io(&self.path))?;
            T::extend(&mut numbers, piece, info.dtype);
            left -= piece.len();
        }
        Ok(numbers)
    }

    /// The bytes of a tensor.
    pub(super) fn bytes(&self, info: &TensorInfo) -> Result<Vec<u8>, BundleError> {
        let (first, end) = info.data_offsets;
        let mut bytes = vec![0; end - first];
        let read = self.at(first)?.read_exact(&mut bytes);
        read.map_err(BundleError::io(&self.path))?;
        Ok(bytes)
    }

    /// The file from byte `first` of the numbers on.
    fn at(&self, first: usize) -> Result<&File, BundleError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.begin + first as u64))
            .map_err(BundleError::io(&self.path))?;
        Ok(file)
    }
}
