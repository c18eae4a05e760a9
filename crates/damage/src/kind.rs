//! Chooses what to damage in a file of a kind.

use std::path::Path;

use crate::bytes::{ByteChange, Whole};
use crate::parts::{JsonChange, LineChange};
use crate::{Change, Draw, Layer, archive, json, odd};

/// What a file is, so that it can be damaged where it hurts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Lines of text, perhaps of fields.
    Lines,
    /// TOML.
    Toml,
    /// JSON.
    Json,
    /// Lines of JSON.
    JsonLines,
    /// A stored result.
    Sealed,
    /// Tensors.
    Weights,
    /// Something that gzip has packed.
    Gzip(Box<Self>),
    /// A tar archive.
    Tar,
}

impl Kind {
    /// What a file of this name is.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.as_ref() {
            "gz" => Self::Gzip(Box::new(Self::of(&path.with_extension("")))),
            "tgz" => Self::Gzip(Box::new(Self::Tar)),
            "tar" => Self::Tar,
            "toml" => Self::Toml,
            "jsonl" => Self::JsonLines,
            "json" if name == "result.json" => Self::Sealed,
            "json" => Self::Json,
            "safetensors" => Self::Weights,
            _ => Self::Lines,
        }
    }

    /// A change of a file with these bytes.
    pub fn change(&self, bytes: &[u8], draw: &mut Draw) -> Change {
        match draw.below(100) {
            0..2 => Change::Gone,
            2 => Change::Folder,
            3..10 => Change::Whole(*draw.one(&Whole::ALL).unwrap_or(&Whole::Empty)),
            10..25 => Change::Bytes(of_bytes(bytes, draw)),
            _ => self.sharp(bytes, draw),
        }
    }

    /// A change of what the file means.
    fn sharp(&self, bytes: &[u8], draw: &mut Draw) -> Change {
        match self {
            Self::Lines => of_line(bytes, draw),
            Self::Toml => of_toml(bytes, draw),
            Self::Json => of_json(bytes, draw),
            Self::JsonLines => {
                let number = 1 + draw.below(bytes.split(|&byte| byte == b'\n').count());
                inside(Layer::Line(number), &Self::Json, bytes, draw)
            }
            Self::Sealed => {
                let change = of_json(bytes, draw);
                match draw.percent(80) {
                    true => Change::Inside(Layer::Sealed, Box::new(change)),
                    false => change,
                }
            }
            Self::Weights if draw.percent(10) => {
                let near = bytes.len() as u64;
                let lengths = [
                    0,
                    1,
                    2,
                    near - 8,
                    near - 7,
                    near,
                    1 << 31,
                    1 << 40,
                    1 << 63,
                    u64::MAX - 8,
                    u64::MAX,
                ];
                Change::HeaderLength(*draw.one(&lengths).unwrap_or(&0))
            }
            Self::Weights => inside(Layer::Header, &Self::Json, bytes, draw),
            Self::Gzip(kind) => inside(Layer::Gzip, kind, bytes, draw),
            Self::Tar => {
                let index = draw.below(archive::members(bytes).len());
                match draw.percent(30) {
                    false => inside(Layer::Member(index), &Self::Lines, bytes, draw),
                    true => Change::Inside(
                        Layer::MemberHeader(index),
                        Box::new(Change::Bytes(of_header(draw))),
                    ),
                }
            }
        }
    }
}

fn inside(layer: Layer, kind: &Kind, bytes: &[u8], draw: &mut Draw) -> Change {
    match layer.inside(bytes) {
        Some(inside) => Change::Inside(layer, Box::new(kind.sharp(&inside, draw))),
        None => Change::Bytes(of_bytes(bytes, draw)),
    }
}

fn of_bytes(bytes: &[u8], draw: &mut Draw) -> ByteChange {
    let size = bytes.len();
    // Files say most at their beginning.
    let end = if draw.percent(30) { size.min(64) } else { size };
    let at = draw.below(end + 1);
    let some: &[&[u8]] = &[
        b"\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\n",
        b"\r",
        b"\t",
        b"\"",
        b"{",
        b"}",
        b"\x7f",
        b"\xe2\x80\xa8",
        b"-",
        b"9",
    ];
    match draw.below(8) {
        0 | 1 => ByteChange::Flip(at, draw.below(8) as u8),
        2 => ByteChange::Put(at, draw.number().to_le_bytes()[..draw.within(1..9)].to_vec()),
        3 => ByteChange::Insert(at, draw.one(some).copied().unwrap_or_default().to_vec()),
        4 => ByteChange::Truncate(at),
        5 => ByteChange::Cut(at, at + draw.below(1 + size / 4)),
        6 => ByteChange::Copy {
            from: at,
            length: draw.below(1 + size / 4),
            to: draw.below(size + 1),
        },
        _ => ByteChange::Exchange {
            first: at,
            second: draw.below(size + 1),
            length: draw.below(1 + size / 8),
        },
    }
}

fn of_line(bytes: &[u8], draw: &mut Draw) -> Change {
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    // The first line is often a header, and there are fewer of it.
    let index = if draw.percent(20) {
        0
    } else {
        draw.below(lines.len())
    };
    let line = String::from_utf8_lossy(lines[index]);
    let change = match draw.below(10) {
        0 => LineChange::Drop,
        1 => LineChange::Twice,
        2 => LineChange::Exchange(1 + draw.below(lines.len())),
        3 | 4 => LineChange::Put(odd::text(draw, &line)),
        _ => {
            let fields: Vec<&str> = line.split(['\t', ',', ' ']).collect();
            let field = draw.below(fields.len());
            LineChange::Field(1 + field, odd::text(draw, fields[field]))
        }
    };
    Change::Line(index + 1, change)
}

fn of_toml(bytes: &[u8], draw: &mut Draw) -> Change {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split('\n').collect();
    let index = draw.below(lines.len());
    let change = match (lines[index].split_once('='), draw.below(10)) {
        (_, 0) => LineChange::Drop,
        (_, 1) => LineChange::Twice,
        (Some((_, value)), 2..) => LineChange::Value(odd::toml(draw, value)),
        _ => return of_line(bytes, draw),
    };
    Change::Line(index + 1, change)
}

fn of_json(bytes: &[u8], draw: &mut Draw) -> Change {
    let parts = json::parts(bytes);
    let Some(part) = draw.one(&parts) else {
        return Change::Bytes(of_bytes(bytes, draw));
    };
    let value = String::from_utf8_lossy(&bytes[part.value.clone()]);
    let change = match draw.below(20) {
        0 | 1 => JsonChange::Drop,
        2 => JsonChange::Twice,
        3 => JsonChange::Quote,
        4 => JsonChange::Wrap,
        5 => JsonChange::Rename(odd::text(draw, "")),
        6 => match draw.one(&parts) {
            Some(other) => JsonChange::Like(other.pointer.clone()),
            None => JsonChange::Drop,
        },
        _ => JsonChange::Put(odd::json(draw, &value)),
    };
    Change::Json(part.pointer.clone(), change)
}

/// A change of a field of a tar header: name, length, kind or link.
fn of_header(draw: &mut Draw) -> ByteChange {
    let kinds = b"0123456789gxLKSV\0";
    let names: [&[u8]; 5] = [b"../x\0", b"/x\0", b"\0", b"\xff\xfe\0", b"a/../../x\0"];
    let sizes: [&[u8]; 5] = [
        b"77777777777\0",
        b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"-1\0",
        b"\0",
        b"00000000001\0",
    ];
    let name = |draw: &mut Draw| draw.one(&names).copied().unwrap_or_default().to_vec();
    match draw.below(5) {
        0 => ByteChange::Put(0, name(draw)),
        1 => ByteChange::Put(157, name(draw)),
        2 => ByteChange::Put(124, draw.one(&sizes).copied().unwrap_or_default().to_vec()),
        3 => ByteChange::Put(156, vec![kinds[draw.below(kinds.len())]]),
        _ => ByteChange::Flip(draw.below(512), draw.below(8) as u8),
    }
}
