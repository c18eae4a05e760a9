//! A file that is being downloaded, in pieces if need be, and what is known of the one that the pieces are of.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file, and beside it what tells whether the rest on a server belongs to it.
#[derive(Debug, Clone)]
pub struct Part {
    path: PathBuf,
    state: Option<PathBuf>,
}

/// What is there already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Begun {
    /// Bytes.
    pub(super) length: u64,
    /// What the server called this version of the file.
    pub(super) validator: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    url: String,
    validator: String,
}

impl Part {
    /// A file whose version is remembered in a second one, so that it can go on without a checksum.
    pub fn new(path: PathBuf) -> Self {
        let mut state = path.clone().into_os_string();
        state.push(".version");
        Self {
            path,
            state: Some(state.into()),
        }
    }

    /// A file that is named by its checksum.
    pub fn named_by_digest(path: PathBuf) -> Self {
        Self { path, state: None }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    pub(super) fn length(&self) -> io::Result<u64> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// What a download from this address can go on from. With a checksum, which shows whether pieces fit, it goes on
    /// from anywhere; without one only where the server can be asked for the version that was begun.
    pub(super) fn begun(&self, url: &str, has_digest: bool) -> io::Result<Begun> {
        let length = self.length()?;
        let state = self.state.as_ref().and_then(|path| fs::read(path).ok());
        let state: Option<State> = state.and_then(|text| serde_json::from_slice(&text).ok());
        if length == 0 || (state.is_none() && !has_digest) {
            return Ok(Begun::default());
        }
        // Another server may call the same version otherwise.
        let is_meant = |state: &State| state.url == url || !has_digest;
        Ok(Begun {
            length,
            validator: state.filter(is_meant).map(|state| state.validator),
        })
    }

    /// An empty file to write to, of this version.
    pub(super) fn start(&self, url: &str, validator: Option<&str>) -> io::Result<File> {
        self.discard()?;
        if let (Some(path), Some(validator)) = (&self.state, validator) {
            let state = State {
                url: url.to_owned(),
                validator: validator.to_owned(),
            };
            let text = serde_json::to_vec(&state).map_err(io::Error::other)?;
            files::write(path, &text)?;
        }
        self.go_on()
    }

    /// The file to write on at its end.
    pub(super) fn go_on(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(&self.path)
    }

    /// Removes what is there.
    pub(super) fn discard(&self) -> io::Result<()> {
        for path in [Some(&self.path), self.state.as_ref()].into_iter().flatten() {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what was remembered beside the file, which is whole now.
    pub(super) fn forget_version(&self) {
        if let Some(path) = &self.state {
            // Left behind it would mean nothing.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn goes_on_only_where_pieces_can_be_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part::new(folder.path().join("a.part"));
        let url = "http://host/a";
        assert_eq!(part.begun(url, true).unwrap(), Begun::default());
        part.start(url, None).unwrap().write_all(b"abc").unwrap();
        assert_eq!(part.begun(url, false).unwrap().length, 0);
        assert_eq!(part.begun(url, true).unwrap().length, 3);
        part.start(url, Some("\"v1\"")).unwrap().write_all(b"ab").unwrap();
        let begun = |url, has_digest| {
            let begun = part.begun(url, has_digest).unwrap();
            (begun.length, begun.validator)
        };
        let version = Some("\"v1\"".to_owned());
        assert_eq!(begun(url, false), (2, version.clone()));
        assert_eq!(begun("http://other/a", false), (2, version));
        assert_eq!(begun("http://other/a", true), (2, None));
        part.go_on().unwrap().write_all(b"c").unwrap();
        assert_eq!(part.length().unwrap(), 3);
        part.discard().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
