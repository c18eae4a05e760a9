//! The name of a model on the hub.

use std::fmt;

use crate::Manifest;

/// The longest part of a name that the hub allows.
const LONGEST: usize = 96;

/// Organisation and name, and which revision is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName {
    /// As in `google-bert/bert-base-uncased`.
    pub repository: String,
    /// A branch, a tag or a commit.
    pub revision: String,
    /// The bare name that it had, under which other programs may have it in the cache.
    pub earlier: Option<String>,
}

impl ModelName {
    /// Reads `organisation/name`, or a bare name that the manifest knows, with `@revision` behind it if one is meant.
    /// None where the text cannot be such a name.
    pub fn parse(text: &str, manifest: &Manifest) -> Option<Self> {
        let (name, revision) = text.split_once('@').unwrap_or((text, "main"));
        if !manifest.is_renamed(name) && name.matches('/').count() != 1 {
            return None;
        }
        let repository = manifest.present_name(name);
        let parts_fit = repository.split('/').all(is_part);
        let revision_fits = !revision.is_empty() && revision.split('/').all(is_part);
        (parts_fit && revision_fits).then(|| Self {
            repository: repository.to_owned(),
            revision: revision.to_owned(),
            earlier: manifest.earlier_name(repository).map(str::to_owned),
        })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.repository)?;
        match self.revision.as_str() {
            "main" => Ok(()),
            revision => write!(formatter, "@{revision}"),
        }
    }
}

/// Whether the hub would have it between the slashes.
fn is_part(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let has_edge = |part: &str| part.starts_with(['-', '.']) || part.ends_with(['-', '.']);
    !part.is_empty()
        && part.len() <= LONGEST
        && part.bytes().all(is_plain)
        && !has_edge(part)
        && !part.contains("--")
        && !part.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String)> {
        let manifest = "format = 1\n[renamed]\nbert = \"google/bert\"\n";
        let manifest = Manifest::parse("m", manifest).unwrap();
        ModelName::parse(text, &manifest).map(|name| (name.repository, name.revision))
    }

    #[test]
    fn names_are_told_from_paths() {
        let name = |repository: &str, revision: &str| Some((repository.to_owned(), revision.to_owned()));
        assert_eq!(parse("google/bert"), name("google/bert", "main"));
        assert_eq!(parse("bert"), name("google/bert", "main"));
        assert_eq!(parse("bert@refs/pr/3"), name("google/bert", "refs/pr/3"));
        assert_eq!(parse("a/b_c.d@86b5e09"), name("a/b_c.d", "86b5e09"));
        for path in [
            "", "bart", "./bert", "../bert", "/a/b", "a/b/c", "a//b", "a/b@", "a/..", "a/b@../x", "a/b c",
            "a--b/c", "~/bert", "a\\b/c",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
