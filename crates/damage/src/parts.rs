//! Changes of one line of a text, or of one value of a JSON text.

use std::fmt::{self, Display, Formatter};

use crate::json::{parts, without};
use crate::odd::expanded;
use crate::words::Words;

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChange {
    /// It is gone.
    Drop,
    /// It stands there twice.
    Twice,
    /// It has changed places with another.
    Exchange(usize),
    /// Another text stands there.
    Put(String),
    /// A field, counted from 1, is another; fields are what stands between the first separator that the line has of tab,
    /// comma and space.
    Field(usize, String),
    /// What stands behind the first `=` is another, as in TOML.
    Value(String),
}

impl LineChange {
    pub(crate) fn of(&self, bytes: &[u8], number: usize) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        let index = number.saturating_sub(1) % lines.len();
        match self {
            Self::Drop => {
                lines.remove(index);
            }
            Self::Twice => lines.insert(index, lines[index].clone()),
            Self::Exchange(other) => {
                let other = other.saturating_sub(1) % lines.len();
                lines.swap(index, other);
            }
            Self::Put(text) => lines[index] = expanded(text),
            Self::Field(field, text) => {
                let line = &lines[index];
                let separator = [b'\t', b',', b' '].into_iter().find(|byte| line.contains(byte));
                let separator = separator.unwrap_or(b'\t');
                let mut fields: Vec<Vec<u8>> = line
                    .split(|&byte| byte == separator)
                    .map(<[u8]>::to_vec)
                    .collect();
                let place = field.saturating_sub(1) % fields.len();
                fields[place] = expanded(text);
                lines[index] = fields.join(&separator);
            }
            Self::Value(text) => {
                if let Some(equals) = lines[index].iter().position(|&byte| byte == b'=') {
                    lines[index].truncate(equals + 1);
                    lines[index].extend(expanded(text));
                }
            }
        }
        lines.join(&b'\n')
    }

    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, String> {
        Ok(match words.word()? {
            "drop" => Self::Drop,
            "twice" => Self::Twice,
            "exchange" => Self::Exchange(words.number()?),
            "put" => Self::Put(words.quoted()?),
            "field" => Self::Field(words.number()?, words.quoted()?),
            "value" => Self::Value(words.quoted()?),
            other => return Err(format!("`{other}` is no change of a line")),
        })
    }
}

impl Display for LineChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => write!(f, "drop"),
            Self::Twice => write!(f, "twice"),
            Self::Exchange(other) => write!(f, "exchange {other}"),
            Self::Put(text) => write!(f, "put {text:?}"),
            Self::Field(field, text) => write!(f, "field {field} {text:?}"),
            Self::Value(text) => write!(f, "value {text:?}"),
        }
    }
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonChange {
    /// It is gone, with its key.
    Drop,
    /// It stands there twice, with its key.
    Twice,
    /// Another text stands there, JSON or not.
    Put(String),
    /// It is written in quotes.
    Quote,
    /// It stands in a list.
    Wrap,
    /// Its key is another.
    Rename(String),
    /// Its value is that of another place.
    Like(String),
}

impl JsonChange {
    pub(crate) fn of(&self, bytes: &[u8], pointer: &str) -> Vec<u8> {
        let all = parts(bytes);
        let Some(part) = all.iter().find(|part| part.pointer == pointer) else {
            return bytes.to_vec();
        };
        let value = &bytes[part.value.clone()];
        let (range, put) = match self {
            Self::Drop => return without(bytes, part),
            Self::Twice => {
                let member = &bytes[part.member.clone()];
                (part.member.clone(), [member, b",", member].concat())
            }
            Self::Put(text) => (part.value.clone(), expanded(text)),
            Self::Quote => {
                let text = String::from_utf8_lossy(value).into_owned();
                (
                    part.value.clone(),
                    serde_json::Value::from(text).to_string().into_bytes(),
                )
            }
            Self::Wrap => (part.value.clone(), [b"[", value, b"]"].concat()),
            Self::Rename(name) => match &part.key {
                Some(key) => (
                    key.clone(),
                    serde_json::Value::from(name.as_str()).to_string().into_bytes(),
                ),
                None => return bytes.to_vec(),
            },
            Self::Like(other) => match all.iter().find(|part| part.pointer == *other) {
                Some(other) => (part.value.clone(), bytes[other.value.clone()].to_vec()),
                None => return bytes.to_vec(),
            },
        };
        [&bytes[..range.start], &put, &bytes[range.end..]].concat()
    }

    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, String> {
        Ok(match words.word()? {
            "drop" => Self::Drop,
            "twice" => Self::Twice,
            "put" => Self::Put(words.quoted()?),
            "quote" => Self::Quote,
            "wrap" => Self::Wrap,
            "rename" => Self::Rename(words.quoted()?),
            "like" => Self::Like(words.quoted()?),
            other => return Err(format!("`{other}` is no change of a value")),
        })
    }
}

impl Display for JsonChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => write!(f, "drop"),
            Self::Twice => write!(f, "twice"),
            Self::Put(text) => write!(f, "put {text:?}"),
            Self::Quote => write!(f, "quote"),
            Self::Wrap => write!(f, "wrap"),
            Self::Rename(name) => write!(f, "rename {name:?}"),
            Self::Like(other) => write!(f, "like {other:?}"),
        }
    }
}
