//! The folder of a preparation: what its files are called, what may be there before, and how it appears whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::error::PrepareError;
use super::record::{Input, Output, RECORD, Recipe, Record, sha256};
use crate::DataError;
use crate::bpe::Merges;
use crate::translation::{Dictionary, UNKNOWN};

/// The number of ids of a dictionary is filled up to a multiple of this, as fairseq does for the sake of the hardware.
const DICTIONARY_MULTIPLE: usize = 8;

/// The name of the codes file.
pub const CODES: &str = "codes";

/// The name of a language's dictionary, in the folder of a corpus and in that of a model.
pub fn dictionary_name(code: &str) -> String {
    format!("dict.{code}.txt")
}

/// What is at the place of the folder before the preparation.
#[derive(Debug)]
pub(super) enum Before {
    /// Nothing, or an empty folder.
    Nothing,
    /// The very files that would be written.
    Same(Box<Record>),
    /// A preparation that is to be replaced.
    Replaceable,
}

/// Looks at `out` before any work is done.
///
/// # Errors
/// It holds something that must not be overwritten, or a preparation by other rules or of other inputs that `replace`
/// does not give free.
pub(super) fn examine(
    out: &Path,
    recipe: &Recipe,
    inputs: &[Input],
    replace: bool,
) -> Result<Before, DataError> {
    let open = |source| DataError::Open {
        path: out.into(),
        source,
    };
    let mut names = Vec::new();
    match fs::read_dir(out) {
        Ok(entries) => {
            for entry in entries {
                names.push(entry.map_err(open)?.file_name());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(open(error)),
    }
    names.sort_unstable();
    let Some(first) = names.first() else {
        return Ok(Before::Nothing);
    };
    let foreign = |entry: &OsStr| PrepareError::ForeignFolder {
        folder: out.into(),
        entry: entry.to_string_lossy().into_owned(),
    };
    let path = out.join(RECORD);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(foreign(first).into()),
        Err(source) => return Err(DataError::Open { path, source }),
    };
    let record = Record::parse(&path, &String::from_utf8_lossy(&text))?;
    let differences = recipe.differences(inputs, &record);
    let changed = record
        .outputs
        .iter()
        .find(|output| sha256(&out.join(&output.name)).ok().as_ref() != Some(&output.sha256));
    if differences.is_empty() && changed.is_none() {
        return Ok(Before::Same(Box::new(record)));
    }
    if replace {
        // Replacing deletes the folder, and only what a preparation wrote may go.
        let ours = |name: &str| name == RECORD || record.outputs.iter().any(|output| output.name == name);
        return match names.iter().find(|name| !name.to_str().is_some_and(ours)) {
            Some(name) => Err(foreign(name).into()),
            None => Ok(Before::Replaceable),
        };
    }
    Err(match changed {
        Some(output) if differences.is_empty() => PrepareError::ChangedSince {
            folder: out.into(),
            file: output.name.clone(),
        },
        _ => PrepareError::OtherPreparation {
            folder: out.into(),
            differences,
        },
    }
    .into())
}

/// The folder that is being written, and what was written into it.
#[derive(Debug)]
pub(super) struct Draft {
    folder: files::Draft,
    out: PathBuf,
    outputs: Vec<Output>,
}

impl Draft {
    /// # Errors
    /// No folder can be made beside `out`.
    pub(super) fn new(out: &Path) -> Result<Self, DataError> {
        let folder = files::Draft::new(out).map_err(writing(out))?;
        Ok(Self {
            folder,
            out: out.to_owned(),
            outputs: Vec::new(),
        })
    }

    /// Writes a file of lines.
    pub(super) fn lines(&mut self, name: String, lines: &[String]) -> Result<(), DataError> {
        self.write(name, |path| {
            let mut file = BufWriter::new(File::create(path).map_err(writing(path))?);
            let all = || {
                for line in lines {
                    file.write_all(line.as_bytes())?;
                    file.write_all(b"\n")?;
                }
                file.into_inner()?.sync_all()
            };
            all().map_err(writing(path))
        })
    }

    /// Writes a codes file.
    pub(super) fn codes(&mut self, name: &str, merges: &Merges) -> Result<(), DataError> {
        self.write(name.into(), |path| merges.write(path))
    }

    /// Writes a dictionary as it is.
    pub(super) fn dictionary(&mut self, name: String, dictionary: &Dictionary) -> Result<(), DataError> {
        self.write(name, |path| dictionary.write(path))
    }

    /// Writes a dictionary with as many fillers as make the number of its ids a multiple of eight, and returns how many
    /// words it has with them.
    pub(super) fn filled_dictionary(
        &mut self,
        name: String,
        dictionary: &Dictionary,
    ) -> Result<usize, DataError> {
        let fillers = fillers(dictionary);
        self.write(name, |path| {
            dictionary.write(path)?;
            let append = || {
                let mut file = OpenOptions::new().append(true).open(path)?;
                for filler in &fillers {
                    writeln!(file, "{filler} 0")?;
                }
                file.sync_all()
            };
            append().map_err(writing(path))
        })?;
        Ok(words(dictionary) + fillers.len())
    }

    /// What was written so far.
    pub(super) fn outputs(&self) -> Vec<Output> {
        self.outputs.clone()
    }

    /// Adds the record and puts the folder in its place; `replace` says that a preparation is there that may go.
    ///
    /// # Errors
    /// Nothing is changed at the place if the folder cannot be put there.
    pub(super) fn publish(self, record: &Record, replace: bool) -> Result<(), DataError> {
        let path = self.folder.path().join(RECORD);
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(record.to_text()?.as_bytes())?;
            file.sync_all()
        };
        write().map_err(writing(&path))?;
        self.folder.publish(replace).map_err(writing(&self.out))
    }

    fn write(
        &mut self,
        name: String,
        write: impl FnOnce(&Path) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let path = self.folder.path().join(&name);
        write(&path)?;
        self.outputs.push(Output {
            sha256: sha256(&path)?,
            name,
        });
        Ok(())
    }
}

/// Words of a dictionary; their ids follow those of the special symbols, of which the unknown word is the last.
pub(super) fn words(dictionary: &Dictionary) -> usize {
    dictionary.size() - (UNKNOWN as usize + 1)
}

/// Words that stand in no text, named as fairseq names them.
fn fillers(dictionary: &Dictionary) -> Vec<String> {
    let missing = dictionary.size().next_multiple_of(DICTIONARY_MULTIPLE) - dictionary.size();
    (0..)
        .map(|number| format!("madeupword{number:04}"))
        .filter(|filler| dictionary.id(filler) == UNKNOWN)
        .take(missing)
        .collect()
}

fn writing(path: &Path) -> impl Fn(io::Error) -> DataError + '_ {
    move |source| DataError::Write {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read_lines;

    fn filled(text: impl IntoIterator<Item = impl AsRef<str>>) -> (usize, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::new(&folder.path().join("out")).unwrap();
        let words = draft
            .filled_dictionary("dict".into(), &Dictionary::build(text, 1))
            .unwrap();
        let content = fs::read_to_string(draft.folder.path().join("dict")).unwrap();
        assert_eq!(content.lines().count(), words);
        (words, content)
    }

    #[test]
    fn fillers_go_round_words_of_their_name() {
        let (words, content) = filled(["madeupword0001 b"]);
        assert_eq!(words, 4);
        assert_eq!(
            content,
            "b 1\nmadeupword0001 1\nmadeupword0000 0\nmadeupword0002 0\n"
        );
    }

    /// A text in which the recorded words stand as often as recorded has the recorded dictionary, fillers and all.
    #[test]
    fn dictionaries_are_ordered_and_filled_as_recorded() {
        let Some(packs) = std::env::var_os("HEADCOUNT_TEST_DATA") else {
            println!("skipped: HEADCOUNT_TEST_DATA is not set");
            return;
        };
        for code in ["de", "en"] {
            let path = Path::new(&packs).join(format!("iwslt14/dict.{code}.txt"));
            let entries = read_lines(&path).unwrap();
            // The rarest first, so that nothing is in order by itself.
            let text = entries.iter().rev().flat_map(|entry| {
                let (word, count) = entry.rsplit_once(' ').unwrap();
                std::iter::repeat_n(word, count.parse().unwrap())
            });
            let (words, content) = filled(text);
            assert_eq!(words, entries.len());
            assert!(content == fs::read_to_string(&path).unwrap(), "{code}");
        }
    }

    #[test]
    fn a_dropped_draft_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::new(&folder.path().join("out")).unwrap();
        draft.lines("train.de".into(), &["a".into()]).unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    proptest! {
        #[test]
        fn every_size_is_filled(words in 0..40_usize) {
            let text: Vec<String> = (0..words).map(|word| format!("w{word}")).collect();
            let (filled, _) = filled(&text);
            prop_assert_eq!((filled + 4) % 8, 0);
            prop_assert!(filled >= words && filled < words + 8);
        }
    }
}
