//! Changes that know nothing of what a file means.

use std::fmt::{self, Display, Formatter};

use crate::words::Words;

/// A change of some bytes. Places beyond the end are counted from the start again, so that a case stays one when the
/// file that it was found on becomes shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByteChange {
    /// A bit of the byte at a place is the other one.
    Flip(usize, u8),
    /// Bytes stand in place of others.
    Put(usize, Vec<u8>),
    /// Bytes stand between others.
    Insert(usize, Vec<u8>),
    /// The bytes from a place to another are gone.
    Cut(usize, usize),
    /// All from a place on is gone.
    Truncate(usize),
    /// So many bytes from a place stand at another too.
    Copy {
        /// Where they stand.
        from: usize,
        /// How many.
        length: usize,
        /// Where they stand too.
        to: usize,
    },
    /// So many bytes at two places have changed them.
    Exchange {
        /// The one place.
        first: usize,
        /// The other.
        second: usize,
        /// How many.
        length: usize,
    },
}

impl ByteChange {
    pub(crate) fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let size = bytes.len();
        let place = |at: usize| at % size.max(1);
        // A place between two bytes or at the end.
        let gap = |at: usize| at % (size + 1);
        match self {
            Self::Insert(at, inserted) => {
                let at = gap(*at);
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Truncate(at) => bytes.truncate(gap(*at)),
            _ if bytes.is_empty() => {}
            Self::Flip(at, bit) => bytes[place(*at)] ^= 1 << (bit % 8),
            Self::Put(at, put) => {
                let at = place(*at);
                let count = put.len().min(size - at);
                bytes[at..at + count].copy_from_slice(&put[..count]);
            }
            Self::Cut(from, to) => {
                let (from, to) = (gap(*from), gap(*to));
                bytes.drain(from.min(to)..from.max(to));
            }
            Self::Copy { from, length, to } => {
                let from = place(*from);
                let copied = bytes[from..size.min(from + length)].to_vec();
                let to = gap(*to);
                bytes.splice(to..to, copied);
            }
            Self::Exchange {
                first,
                second,
                length,
            } => {
                let (first, second) = (place(*first), place(*second));
                for offset in 0..*length {
                    let (a, b) = (first + offset, second + offset);
                    if a < size && b < size {
                        bytes.swap(a, b);
                    }
                }
            }
        }
        bytes
    }

    pub(crate) fn read(name: &str, words: &mut Words<'_>) -> Result<Self, String> {
        Ok(match name {
            "flip" => Self::Flip(words.number()?, words.number()?),
            "put" => Self::Put(words.number()?, words.hex()?),
            "insert" => Self::Insert(words.number()?, words.hex()?),
            "cut" => Self::Cut(words.number()?, words.number()?),
            "truncate" => Self::Truncate(words.number()?),
            "copy" => Self::Copy {
                from: words.number()?,
                length: words.number()?,
                to: words.number()?,
            },
            "exchange" => Self::Exchange {
                first: words.number()?,
                second: words.number()?,
                length: words.number()?,
            },
            _ => return Err(format!("`{name}` is no change")),
        })
    }
}

impl Display for ByteChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flip(at, bit) => write!(f, "flip {at} {bit}"),
            Self::Put(at, bytes) => write!(f, "put {at} {}", files::hex(bytes)),
            Self::Insert(at, bytes) => write!(f, "insert {at} {}", files::hex(bytes)),
            Self::Cut(from, to) => write!(f, "cut {from} {to}"),
            Self::Truncate(at) => write!(f, "truncate {at}"),
            Self::Copy { from, length, to } => write!(f, "copy {from} {length} {to}"),
            Self::Exchange {
                first,
                second,
                length,
            } => write!(f, "exchange {first} {second} {length}"),
        }
    }
}

/// What all of a file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Nothing.
    Empty,
    /// A line feed.
    LineFeed,
    /// Zeros, as many as there were bytes: what some file systems leave after a power failure.
    Zeros,
    /// Itself behind a byte order mark.
    Marked,
    /// Its lines end in carriage return and line feed.
    CarriageReturns,
    /// In UTF-16.
    Utf16,
    /// Itself two times.
    Twice,
    /// Without its last line feed, or with one more.
    OtherEnd,
    /// Its lines in the other order.
    Reversed,
}

impl Whole {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Empty,
        Self::LineFeed,
        Self::Zeros,
        Self::Marked,
        Self::CarriageReturns,
        Self::Utf16,
        Self::Twice,
        Self::OtherEnd,
        Self::Reversed,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::LineFeed => "line-feed",
            Self::Zeros => "zeros",
            Self::Marked => "byte-order-mark",
            Self::CarriageReturns => "carriage-returns",
            Self::Utf16 => "utf-16",
            Self::Twice => "twice",
            Self::OtherEnd => "other-end",
            Self::Reversed => "reversed",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|whole| whole.name() == name)
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::LineFeed => b"\n".to_vec(),
            Self::Zeros => vec![0; bytes.len()],
            Self::Marked => [b"\xef\xbb\xbf", bytes].concat(),
            Self::CarriageReturns => {
                let lines = bytes.split(|&byte| byte == b'\n');
                lines.collect::<Vec<_>>().join(&b"\r\n"[..])
            }
            Self::Utf16 => {
                let text = String::from_utf8_lossy(bytes);
                let units = text.encode_utf16().flat_map(u16::to_le_bytes);
                [0xff, 0xfe].into_iter().chain(units).collect()
            }
            Self::Twice => [bytes, bytes].concat(),
            Self::OtherEnd => match bytes.strip_suffix(b"\n") {
                Some(rest) => rest.to_vec(),
                None => [bytes, b"\n"].concat(),
            },
            Self::Reversed => {
                let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
                lines.reverse();
                lines.join(&b'\n')
            }
        }
    }
}

impl Display for Whole {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
