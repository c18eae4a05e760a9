//! SHA-256 in the form in which recordings name it.

use std::fs;
use std::path::Path;

use files::Sha256;

use crate::VerifyError;

/// The digest in hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::of(bytes).hex()
}

/// Refuses a file other than the one that a recording was made with.
pub(crate) fn check_digest(path: &Path, recorded: Option<&str>) -> Result<(), VerifyError> {
    let bytes = fs::read(path).map_err(|source| VerifyError::io(path, source))?;
    let digest = sha256(&bytes);
    if recorded == Some(digest.as_str()) {
        return Ok(());
    }
    Err(VerifyError::malformed(
        path,
        format!("has sha256 {digest}, recorded {}", recorded.unwrap_or("none")),
    ))
}
