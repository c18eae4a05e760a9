//! SHA-256 of files and of bytes, and digests in hexadecimal.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use sha2::Digest;

/// SHA-256 of bytes that come piece by piece; only the bytes count, not how they are cut into pieces.
#[derive(Debug, Clone, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Of no bytes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of these bytes; more may follow.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// The digest of all bytes that were taken.
    pub fn digest(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// The digest in lower-case hexadecimal, 64 digits.
    pub fn hex(self) -> String {
        hex(&self.digest())
    }
}

/// SHA-256 of a file's bytes, in lower-case hexadecimal.
///
/// # Errors
/// What the system says.
pub fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    each_piece(path, |bytes| hasher.update(bytes))?;
    Ok(hasher.hex())
}

/// SHA-256 of bytes, in lower-case hexadecimal.
pub fn sha256_of(bytes: &[u8]) -> String {
    Sha256::of(bytes).hex()
}

/// Hands a file's bytes to who computes a digest of them, piece by piece.
///
/// # Errors
/// What the system says.
pub fn each_piece(path: &Path, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        take(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of FIPS 180-2, appendix B.1.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digests_are_those_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(sha256(&path).unwrap(), OF_ABC);
        assert_eq!(Sha256::of("abc").hex(), OF_ABC);
        assert_eq!(hex(&Sha256::of("abc").digest()), OF_ABC);
    }

    #[test]
    fn pieces_are_digested_as_the_whole() {
        let mut pieces = Sha256::new();
        for piece in ["", "a", "bc"] {
            pieces.update(piece);
        }
        assert_eq!(pieces.hex(), OF_ABC);
    }
}
