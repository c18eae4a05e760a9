//! Reads recorded tensors.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors};

use crate::VerifyError;

/// A safetensors file kept in memory.
pub(crate) struct Tensors {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// Shape and numbers of a recorded tensor.
pub(crate) struct Recorded<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<T>,
}

impl Tensors {
    pub(crate) fn read(path: &Path) -> Result<Self, VerifyError> {
        let bytes = std::fs::read(path).map_err(|source| VerifyError::io(path, source))?;
        SafeTensors::deserialize(&bytes).map_err(|error| VerifyError::malformed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
        })
    }

    /// A float tensor.
    pub(crate) fn floats(&self, name: &str) -> Result<Recorded<f64>, VerifyError> {
        let file = SafeTensors::deserialize(&self.bytes).map_err(|e| self.malformed(e))?;
        let view = file.tensor(name).map_err(|e| self.malformed(e))?;
        let values = bundle::weights::float_numbers(view.data(), view.dtype())
            .ok_or_else(|| self.malformed(format!("`{name}` is not a float tensor")))?;
        Ok(Recorded {
            shape: view.shape().to_vec(),
            values,
        })
    }

    /// A tensor of 64-bit integers.
    pub(crate) fn integers(&self, name: &str) -> Result<Recorded<i32>, VerifyError> {
        let file = SafeTensors::deserialize(&self.bytes).map_err(|e| self.malformed(e))?;
        let view = file.tensor(name).map_err(|e| self.malformed(e))?;
        if view.dtype() != Dtype::I64 {
            return Err(self.malformed(format!("`{name}` is not a tensor of 64-bit integers")));
        }
        let values = view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| {
                i32::try_from(i64::from_le_bytes(bytes))
                    .map_err(|_| self.malformed(format!("`{name}` holds an id beyond 32 bits")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Recorded {
            shape: view.shape().to_vec(),
            values,
        })
    }

    pub(crate) fn malformed(&self, reason: impl std::fmt::Display) -> VerifyError {
        VerifyError::malformed(&self.path, reason)
    }
}
