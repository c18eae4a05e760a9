//! Builds an archive like de-en.tgz of IWSLT 2014 with sentences of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

/// The test sets in their order.
pub const TEST_SETS: [&str; 5] = [
    "IWSLT14.TED.dev2010",
    "IWSLT14.TEDX.dev2012",
    "IWSLT14.TED.tst2010",
    "IWSLT14.TED.tst2011",
    "IWSLT14.TED.tst2012",
];

/// Entries of an archive: path and content.
pub type Entries = Vec<(String, Vec<u8>)>;

/// Pairs of the training text that survive cleaning, title and description included.
pub const TRAIN_PAIRS: usize = 50;

/// The whole archive: two talks to train on, of `TRAIN_PAIRS` good pairs with pairs among them that are to be dropped,
/// and test sets of one and two segments.
pub fn entries() -> Entries {
    let mut german = String::new();
    let mut english = String::new();
    let mut pair = |source: &str, target: &str| {
        german.push_str(&format!("{source}\n"));
        english.push_str(&format!("{target}\n"));
    };
    pair(
        "<url>http://example.org/mills</url>",
        "<url>http://example.org/mills</url>",
    );
    pair(
        "<keywords>mills, wind</keywords>",
        "<keywords>mills, wind</keywords>",
    );
    pair("<talkid>1</talkid>", "<talkid>1</talkid>");
    pair("<title>Über Mühlen</title>", "<title>About mills</title>");
    pair(
        "<description>MÜLLER: Warum sie sich drehen.</description>",
        "<description>MILLER: Why they are turning.</description>",
    );
    for number in 3..=TRAIN_PAIRS {
        pair(
            &format!(" Die {number}. Mühle steht am Fluss, z.B. hier. "),
            &format!("The {number}th mill stands by the river, e.g. here."),
        );
        match number {
            10 => pair("", "Nothing on the other side."),
            20 => pair(
                "Das ist kurz .",
                "That is much longer than it should be , is it not ?",
            ),
            30 => pair(&"lang ".repeat(176), &"long ".repeat(176)),
            _ => {}
        }
    }
    let mut entries = vec![
        ("de-en/README".to_owned(), b"About this archive.\n".to_vec()),
        ("de-en/train.tags.de-en.de".to_owned(), german.into_bytes()),
        ("de-en/train.tags.de-en.en".to_owned(), english.into_bytes()),
    ];
    // Not in their order, so that the archive's order cannot pass for it.
    for (place, set) in TEST_SETS.iter().enumerate().rev() {
        for (code, noun) in [("de", "Mühle"), ("en", "Mill\u{2019}s")] {
            let mut xml = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mteval>\n<doc docid=\"{place}\">\n<title>No {noun}</title>\n"
            );
            for segment in 0..=place % 2 {
                xml.push_str(&format!(
                    "<seg id=\"{}\"> {noun} {place}-{segment} </seg>\n",
                    segment + 1
                ));
            }
            xml.push_str("</doc>\n</mteval>\n");
            entries.push((format!("de-en/{set}.de-en.{code}.xml"), xml.into_bytes()));
        }
    }
    entries
}

/// An uncompressed tar archive.
pub fn tar(entries: &Entries) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, content) in entries {
        append(&mut builder, EntryType::Regular, path, None, content);
    }
    builder.into_inner().unwrap()
}

/// Appends an entry whatever its path and link, which the builder would refuse.
pub fn append(
    builder: &mut Builder<Vec<u8>>,
    kind: EntryType,
    path: &str,
    link: Option<&str>,
    content: &[u8],
) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    let gnu = header.as_gnu_mut().unwrap();
    if kind == EntryType::GNUSparse {
        gnu.set_real_size(content.len() as u64);
    }
    gnu.name[..path.len()].copy_from_slice(path.as_bytes());
    if let Some(link) = link {
        gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
    }
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

/// Packs bytes as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes `bytes` as de-en.tgz.
pub fn store(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("de-en.tgz");
    fs::write(&path, bytes).unwrap();
    path
}
