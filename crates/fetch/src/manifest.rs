//! The manifest: of each corpus where it comes from, its size, its checksum, its licence, and which files of it are kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::digest::is_hexadecimal;
use crate::{Digest, FetchError};

/// Names a manifest that takes the place of the program's own.
pub const MANIFEST_VARIABLE: &str = "HEADCOUNT_MANIFEST";

/// The manifest that is part of the program.
const EMBEDDED: &str = include_str!("../../../data/manifest.toml");
const EMBEDDED_NAME: &str = "data/manifest.toml";

/// To be raised whenever the layout of the manifest changes.
const FORMAT: u32 = 1;

/// What can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// Corpora by the name that users call them.
    #[serde(default)]
    corpus: BTreeMap<String, Corpus>,
    /// Models whose name on the hub has an organisation by now, by the names that they had.
    #[serde(default)]
    renamed: BTreeMap<String, String>,
}

/// A corpus.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// What it is.
    pub title: String,
    /// Its licence, by name.
    pub licence: String,
    /// Where the licence is stated.
    pub licence_source: String,
    /// What is downloaded for it.
    #[serde(rename = "file")]
    pub files: Vec<Download>,
}

/// A file on a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Its name here, for messages and, where it is not unpacked, in the corpus' folder.
    pub name: String,
    /// Where it lies; tried in turn.
    pub urls: Vec<String>,
    /// Its bytes, where they are known.
    pub size: Option<u64>,
    /// The most bytes that are taken of it, where its size is not known.
    pub at_most: Option<u64>,
    sha256: Option<String>,
    /// Why no checksum is known.
    pub unverified: Option<String>,
    /// What is taken out of it; without it the file is kept as it is.
    pub unpack: Option<Unpack>,
}

/// What is taken out of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    /// Its format.
    pub format: Format,
    /// The most bytes that come out of it.
    pub at_most: u64,
    /// Members of the archive, by the names of the files that they become.
    pub members: BTreeMap<String, String>,
}

/// Formats of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A zip archive.
    Zip,
    /// A gzipped tar archive.
    TarGz,
}

impl Manifest {
    /// The program's own, or the one that the environment names.
    ///
    /// # Errors
    /// It cannot be read, or says what cannot be.
    pub fn load() -> Result<Self, FetchError> {
        match std::env::var_os(MANIFEST_VARIABLE) {
            Some(path) if !path.is_empty() => Self::read(&PathBuf::from(path)),
            _ => Self::parse(EMBEDDED_NAME, EMBEDDED),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or says what cannot be.
    pub fn read(path: &Path) -> Result<Self, FetchError> {
        let text = std::fs::read_to_string(path).map_err(FetchError::io("read", path))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a text; `origin` names it in messages.
    ///
    /// # Errors
    /// It is no manifest, or says what cannot be.
    pub fn parse(origin: &str, text: &str) -> Result<Self, FetchError> {
        let wrong = |problem: String| FetchError::Manifest {
            origin: origin.to_owned(),
            problem,
        };
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count());
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            match line {
                Some(line) => FetchError::Manifest {
                    origin: format!("{origin}:{line}"),
                    problem: message,
                },
                None => wrong(message),
            }
        })?;
        if manifest.format != FORMAT {
            let format = manifest.format;
            return Err(wrong(format!(
                "its format is {format}, this program reads {FORMAT}"
            )));
        }
        for (name, corpus) in &manifest.corpus {
            corpus.check(name).map_err(wrong)?;
        }
        Ok(manifest)
    }

    /// A corpus and its name as the manifest spells it; letter case means nothing.
    pub fn corpus(&self, name: &str) -> Option<(&str, &Corpus)> {
        let mut corpora = self.corpus.iter();
        let (name, corpus) = corpora.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some((name, corpus))
    }

    /// Names of the corpora.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.corpus.keys().map(String::as_str)
    }

    /// The present name of a model on the hub.
    pub fn present_name<'a>(&'a self, model: &'a str) -> &'a str {
        self.renamed.get(model).map_or(model, String::as_str)
    }

    /// The bare name that a model of the hub had.
    pub fn earlier_name(&self, repository: &str) -> Option<&str> {
        let mut renamed = self.renamed.iter();
        let (earlier, _) = renamed.find(|(_, present)| *present == repository)?;
        Some(earlier)
    }

    /// Whether a bare name is one that a model had.
    pub fn is_renamed(&self, model: &str) -> bool {
        self.renamed.contains_key(model)
    }
}

impl Corpus {
    /// The names of the files in its folder.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|file| {
            let kept = file.unpack.is_none().then_some(file.name.as_str());
            let members = file.unpack.iter().flat_map(|unpack| unpack.members.keys());
            kept.into_iter().chain(members.map(String::as_str))
        })
    }

    fn check(&self, name: &str) -> Result<(), String> {
        let at = |key: &str, problem: &str| Err(format!("corpus.{name}{key} {problem}"));
        if !is_file_name(name) {
            return at("", "names a folder: use letters, digits, `-`, `_` and `.`");
        }
        if self.files.is_empty() {
            return at(".file", "lists nothing");
        }
        for file in &self.files {
            file.check()
                .map_err(|problem| format!("corpus.{name}.file {problem}"))?;
        }
        let mut names: Vec<&str> = self.file_names().collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => at(".file", &format!("makes `{}` twice", pair[0])),
            None => Ok(()),
        }
    }
}

impl Download {
    /// The checksum, where one is known.
    pub fn digest(&self) -> Option<Digest> {
        self.sha256.clone().map(Digest::Sha256)
    }

    /// The most bytes that are taken from a server.
    pub fn limit(&self) -> u64 {
        self.size.or(self.at_most).unwrap_or(u64::MAX)
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        let wrong = |problem: &str| Err(format!("`{name}` {problem}"));
        if !is_file_name(name) {
            return wrong("is no plain file name");
        }
        if self.urls.is_empty() {
            return wrong("has no url");
        }
        let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        if let Some(url) = self.urls.iter().find(|url| !is_web(url)) {
            return wrong(&format!("has the url `{url}`, which is neither https nor http"));
        }
        match (&self.sha256, &self.unverified) {
            (Some(digest), None) if digest.len() != 64 || !is_hexadecimal(digest) => {
                return wrong("has a sha256 that is not 64 lower-case hexadecimal digits");
            }
            (Some(_), Some(_)) => return wrong("has a sha256 and a reason for having none"),
            (None, None) => return wrong("has no sha256; say in `unverified` why none is known"),
            _ => {}
        }
        match (self.size, self.at_most) {
            (None, None) => return wrong("has no size; say in `at_most` how many bytes may be taken"),
            (Some(_), Some(_)) => return wrong("has a size, so that `at_most` means nothing"),
            _ => {}
        }
        let Some(unpack) = &self.unpack else { return Ok(()) };
        if unpack.members.is_empty() {
            return wrong("names no member to unpack");
        }
        match unpack.members.keys().find(|name| !is_file_name(name)) {
            Some(name) => wrong(&format!("becomes `{name}`, which is no plain file name")),
            None => Ok(()),
        }
    }
}

/// A name of a file or folder that stays in its folder on every system and is not hidden.
fn is_file_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && !name.starts_with(['.', '-']) && !name.ends_with('.') && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORPUS: &str = "format = 1\n[corpus.small]\ntitle = 't'\nlicence = 'l'\nlicence_source = 's'\n";

    fn parse(file: &str) -> Result<Manifest, String> {
        let text = format!("{CORPUS}[[corpus.small.file]]\n{file}");
        Manifest::parse("m.toml", &text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_program_s_own_is_whole() {
        let manifest = Manifest::parse(EMBEDDED_NAME, EMBEDDED).unwrap();
        let names: Vec<&str> = manifest.names().collect();
        assert_eq!(names, ["iwslt14", "mnli", "multi30k", "sst2"]);
        let (name, mnli) = manifest.corpus("MNLI").unwrap();
        assert_eq!(name, "mnli");
        let files: Vec<&str> = mnli.file_names().collect();
        assert_eq!(files, ["dev_matched.tsv", "dev_mismatched.tsv", "train.tsv"]);
        assert_eq!(
            manifest.present_name("bert-base-uncased"),
            "google-bert/bert-base-uncased"
        );
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let digest = "a".repeat(64);
        let whole = format!("name = 'a.txt'\nurls = ['http://host/a']\nsize = 1\nsha256 = '{digest}'\n");
        parse(&whole).unwrap();
        let cases = [
            (whole.replace("a.txt", "../a"), "`../a` is no plain file name"),
            (whole.replace("'http://host/a'", ""), "has no url"),
            (whole.replace("http:", "ftp:"), "neither https nor http"),
            (whole.replace("aaaa", "AAAA"), "not 64 lower-case"),
            (whole.replace("sha256", "unverified"), ""),
            (whole.replace("size = 1\n", ""), "has no size"),
            (format!("{whole}at_most = 3\n"), "`at_most` means nothing"),
            (format!("{whole}unverified = 'x'\n"), "a reason for having none"),
            (format!("{whole}sice = 1\n"), "m.toml:11: unknown field `sice`"),
            (
                format!(
                    "{whole}[corpus.small.file.unpack]\nformat = 'zip'\nat_most = 1\nmembers = {{ 'a/b' = 'c' }}\n"
                ),
                "becomes `a/b`",
            ),
            (
                format!("{whole}[[corpus.small.file]]\n{whole}"),
                "makes `a.txt` twice",
            ),
        ];
        for (text, expected) in cases {
            match parse(&text) {
                Ok(_) => assert!(expected.is_empty(), "{text}"),
                Err(said) => assert!(!expected.is_empty() && said.contains(expected), "{said}"),
            }
        }
    }

    #[test]
    fn other_formats_are_left_alone() {
        let said = Manifest::parse("m.toml", "format = 2").unwrap_err().to_string();
        assert_eq!(said, "m.toml: its format is 2, this program reads 1");
    }
}
