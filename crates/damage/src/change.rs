//! One change of a file's bytes, with a text form in which it stands in lists of cases.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use crate::bytes::{ByteChange, Whole};
use crate::layer::Layer;
use crate::parts::{JsonChange, LineChange};
use crate::words::Words;

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is not there.
    Gone,
    /// A folder has its name.
    Folder,
    /// All of it changes.
    Whole(Whole),
    /// Some bytes change.
    Bytes(ByteChange),
    /// A line changes, counted from 1.
    Line(usize, LineChange),
    /// A value of a JSON text changes.
    Json(String, JsonChange),
    /// The length of a safetensors header is said to be another.
    HeaderLength(u64),
    /// Something inside changes, and what it is packed in is made to fit.
    Inside(Layer, Box<Change>),
}

impl Change {
    /// The bytes with the change; the same bytes where it finds nothing to change.
    pub fn of(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Gone | Self::Folder => Vec::new(),
            Self::Whole(whole) => whole.of(bytes),
            Self::Bytes(change) => change.of(bytes),
            Self::Line(number, change) => change.of(bytes, *number),
            Self::Json(pointer, change) => change.of(bytes, pointer),
            Self::HeaderLength(length) => {
                let rest = bytes.get(8..).unwrap_or_default();
                [&length.to_le_bytes(), rest].concat()
            }
            Self::Inside(layer, change) => layer.with(bytes, |inner| change.of(inner)),
        }
    }

    /// Changes a file where it stands.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn apply(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Gone => fs::remove_file(path),
            Self::Folder => {
                fs::remove_file(path)?;
                fs::create_dir(path)
            }
            _ => fs::write(path, self.of(&fs::read(path)?)),
        }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => write!(f, "gone"),
            Self::Folder => write!(f, "folder"),
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Bytes(change) => write!(f, "{change}"),
            Self::Line(number, change) => write!(f, "line {number} {change}"),
            Self::Json(pointer, change) => write!(f, "json {pointer:?} {change}"),
            Self::HeaderLength(length) => write!(f, "header-length {length}"),
            Self::Inside(layer, change) => write!(f, "{layer} {change}"),
        }
    }
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = Words::new(text);
        Ok(match words.word()? {
            "gone" => Self::Gone,
            "folder" => Self::Folder,
            "line" => Self::Line(words.number()?, LineChange::read(&mut words)?),
            "json" => Self::Json(words.quoted()?, JsonChange::read(&mut words)?),
            "header-length" => Self::HeaderLength(words.number()?),
            name => {
                if let Some(layer) = Layer::read(name, &mut words)? {
                    Self::Inside(layer, Box::new(words.rest().parse()?))
                } else if let Some(whole) = Whole::named(name) {
                    Self::Whole(whole)
                } else {
                    Self::Bytes(ByteChange::read(name, &mut words)?)
                }
            }
        })
    }
}
