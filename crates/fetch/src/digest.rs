//! What a file must be: its SHA-256, or the name that git gives it, which is how the hub names small files.

use std::fmt;

/// A checksum in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256 of the bytes.
    Sha256(String),
    /// SHA-1 of git's header and the bytes: the name of a blob.
    Git(String),
}

impl Digest {
    /// What an ETag of the hub means: 64 digits are a SHA-256, 40 are git's name, and others mean nothing.
    pub fn of_etag(etag: &str) -> Option<Self> {
        if !is_hexadecimal(etag) {
            return None;
        }
        match etag.len() {
            64 => Some(Self::Sha256(etag.to_owned())),
            40 => Some(Self::Git(etag.to_owned())),
            _ => None,
        }
    }

    /// Its digits.
    pub fn hex(&self) -> &str {
        match self {
            Self::Sha256(hex) | Self::Git(hex) => hex,
        }
    }

    /// The same digest of a file.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(feature = "network")]
    pub fn measured(&self, path: &std::path::Path) -> std::io::Result<Self> {
        use sha1::{Digest as _, Sha1};
        match self {
            Self::Sha256(_) => files::sha256(path).map(Self::Sha256),
            Self::Git(_) => {
                let mut hasher = Sha1::new();
                hasher.update(format!("blob {}\0", std::fs::metadata(path)?.len()));
                files::each_piece(path, |bytes| hasher.update(bytes))?;
                Ok(Self::Git(files::hex(&hasher.finalize())))
            }
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(hex) => write!(formatter, "sha256 {hex}"),
            Self::Git(hex) => write!(formatter, "git blob {hex}"),
        }
    }
}

/// Lower-case hexadecimal digits only.
pub(crate) fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(all(test, feature = "network"))]
mod tests {
    use super::*;

    #[test]
    fn small_files_have_the_name_that_git_gives_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "test content\n").unwrap();
        // From the book Pro Git, chapter 10.2.
        let name = Digest::of_etag("d670460b4b4aece5915caf5c68d12f560a9fe3e4").unwrap();
        assert_eq!(name.measured(&path).unwrap(), name);
        std::fs::write(&path, "other content\n").unwrap();
        assert_ne!(name.measured(&path).unwrap(), name);
    }

    #[test]
    fn other_tags_are_no_digests() {
        for etag in ["", "abc", "D670460B4B4AECE5915CAF5C68D12F560A9FE3E4", "W/"] {
            assert_eq!(Digest::of_etag(etag), None, "{etag}");
        }
        assert_eq!(Digest::of_etag(&"g".repeat(64)), None);
        assert_eq!(
            Digest::of_etag(&"a".repeat(64)),
            Some(Digest::Sha256("a".repeat(64)))
        );
    }
}
