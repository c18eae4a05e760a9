//! What files are packed in: a change goes inside, and lengths and checksums outside are made to fit it.

use std::fmt::{self, Display, Formatter};
use std::io::{Read, Write};

use files::Sha256;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::archive;
use crate::words::Words;

/// What something is packed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The bytes that gzip packs.
    Gzip,
    /// The JSON header of a safetensors file.
    Header,
    /// A stored result, whose checksum is one of all that it holds.
    Sealed,
    /// A line, counted from 1.
    Line(usize),
    /// The content of an entry of a tar archive, counted from 0.
    Member(usize),
    /// The header of one.
    MemberHeader(usize),
}

impl Layer {
    pub(crate) fn read(name: &str, words: &mut Words<'_>) -> Result<Option<Self>, String> {
        Ok(Some(match name {
            "gzip" => Self::Gzip,
            "header" => Self::Header,
            "sealed" => Self::Sealed,
            "in-line" => Self::Line(words.number()?),
            "member" => Self::Member(words.number()?),
            "member-header" => Self::MemberHeader(words.number()?),
            _ => return Ok(None),
        }))
    }

    /// What is inside; none where it is not packed like this.
    pub fn inside(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Gzip => unpacked(bytes),
            Self::Header => split_header(bytes).map(|(header, _)| header.to_vec()),
            Self::Sealed => Some(bytes.to_vec()),
            Self::Line(number) => {
                let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
                Some(lines[number.saturating_sub(1) % lines.len()].to_vec())
            }
            Self::Member(index) => {
                archive::member(bytes, *index).map(|member| bytes[member.content].to_vec())
            }
            Self::MemberHeader(index) => {
                archive::member(bytes, *index).map(|member| bytes[member.header].to_vec())
            }
        }
    }

    /// The bytes with what is inside changed; the same bytes where they are not packed like this.
    pub(crate) fn with(&self, bytes: &[u8], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let Some(inside) = self.inside(bytes) else {
            return bytes.to_vec();
        };
        let inside = change(&inside);
        match self {
            Self::Gzip => packed(&inside),
            Self::Header => {
                let data = split_header(bytes).map_or(&[][..], |(_, data)| data);
                [&(inside.len() as u64).to_le_bytes(), inside.as_slice(), data].concat()
            }
            Self::Sealed => sealed(&inside),
            Self::Line(number) => {
                let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
                let index = number.saturating_sub(1) % lines.len();
                lines[index] = &inside;
                lines.join(&b'\n')
            }
            Self::Member(index) => archive::with_content(bytes, *index, &inside),
            Self::MemberHeader(index) => archive::with_header(bytes, *index, &inside),
        }
    }
}

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip => write!(f, "gzip"),
            Self::Header => write!(f, "header"),
            Self::Sealed => write!(f, "sealed"),
            Self::Line(number) => write!(f, "in-line {number}"),
            Self::Member(index) => write!(f, "member {index}"),
            Self::MemberHeader(index) => write!(f, "member-header {index}"),
        }
    }
}

fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inside = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut inside).ok()?;
    Some(inside)
}

/// Bytes as gzip packs them.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// The header of a safetensors file and the numbers behind it.
fn split_header(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// A stored result with the checksum of what it says: SHA-256 of `result` as JSON without spaces.
fn sealed(text: &[u8]) -> Vec<u8> {
    let parts = crate::json::parts(text);
    let find = |pointer: &str| parts.iter().find(|part| part.pointer == pointer);
    let (Some(checksum), Some(result)) = (find("/checksum"), find("/result")) else {
        return text.to_vec();
    };
    let digest = Sha256::of(without_spaces(&text[result.value.clone()]));
    let digest = format!("\"{}\"", digest.hex());
    let (before, after) = (&text[..checksum.value.start], &text[checksum.value.end..]);
    [before, digest.as_bytes(), after].concat()
}

fn without_spaces(json: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |&byte: &u8| {
        let keep = in_string || !byte.is_ascii_whitespace();
        in_string ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        keep
    };
    json.iter().copied().filter(keep).collect()
}
