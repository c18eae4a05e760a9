//! Opening files of a model folder: regular ones only, since a pipe would wait and a device would never end.

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::BundleError;

/// Opens a regular file.
///
/// # Errors
/// What the system says, or that it is no file.
pub(crate) fn open(path: &Path) -> Result<File, BundleError> {
    let is_file = fs::metadata(path).map_err(BundleError::io(path))?.is_file();
    if !is_file {
        let error = Error::new(ErrorKind::InvalidInput, "this is no file");
        return Err(BundleError::io(path)(error));
    }
    File::open(path).map_err(BundleError::io(path))
}
