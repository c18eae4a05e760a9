//! Archives that are damaged, or made to harm: each is refused by name, nothing is written, nothing panics.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

#[path = "prepare/archive.rs"]
mod archive;

use std::fs;
use std::path::Path;

use archive::{append, entries, gzip, store, tar};
use data::prepare::{Iwslt14Options, PrepareError, iwslt14};
use data::{DataError, read_lines};
use files::Hint;
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

fn options() -> Iwslt14Options {
    Iwslt14Options {
        merges: 10,
        ..Iwslt14Options::default()
    }
}

/// The error of preparing an archive of these bytes, which must leave nothing beside the archive.
fn refused(bytes: &[u8]) -> DataError {
    let folder = tempfile::tempdir().unwrap();
    let archive = store(folder.path(), bytes);
    let error = iwslt14(&archive, &options(), &folder.path().join("out")).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{error}");
    assert!(error.to_string().contains("de-en.tgz: "), "{error}");
    assert!(error.hint().is_some(), "{error}");
    error
}

/// The whole archive with one entry more.
fn with_entry(kind: EntryType, path: &str, link: Option<&str>) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, content) in entries() {
        append(&mut builder, EntryType::Regular, &path, None, &content);
    }
    append(&mut builder, kind, path, link, b"");
    gzip(&builder.into_inner().unwrap())
}

/// The whole archive with the English training text as something else than a file.
fn with_train_as(kind: EntryType, path: &str, link: Option<&str>) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, content) in entries() {
        if !path.ends_with("train.tags.de-en.en") {
            append(&mut builder, EntryType::Regular, &path, None, &content);
        }
    }
    append(&mut builder, kind, path, link, b"");
    gzip(&builder.into_inner().unwrap())
}

#[test]
fn entries_that_lead_out_are_refused() {
    use EntryType::{Directory, Link, Regular, Symlink};
    for (kind, path, link) in [
        (Regular, "../evil", None),
        (Regular, "de-en/../../train.tags.de-en.de", None),
        (Regular, "/etc/evil", None),
        (Directory, "de-en/..", None),
        (Symlink, "de-en/notes", Some("/etc/passwd")),
        (Symlink, "de-en/notes", Some("../../evil")),
        (Link, "de-en/notes", Some("../evil")),
    ] {
        let error = refused(&with_entry(kind, path, link));
        assert!(
            matches!(&error, DataError::Prepare(PrepareError::Leaves { entry, .. })
                if entry.starts_with(path) && link.is_none_or(|link| entry.ends_with(link))),
            "{error}"
        );
    }
}

/// A name too long for a header goes before it, and so can one that is not.
#[test]
fn names_from_outside_the_header_are_looked_at_too() {
    use EntryType::{GNULongLink, GNULongName, Regular, Symlink, XHeader};
    for (before, content, kind, entry) in [
        (XHeader, "16 path=../evil\n", Regular, "../evil"),
        (XHeader, "20 linkpath=../evil\n", Symlink, "plain -> ../evil"),
        (GNULongName, "../evil\0", Regular, "../evil"),
        (GNULongLink, "../evil\0", Symlink, "plain -> ../evil"),
    ] {
        let mut whole = tar(&entries());
        // Without the blocks that end it, so that it can go on.
        whole.truncate(whole.len() - 1024);
        let mut builder = Builder::new(whole);
        append(&mut builder, before, "before", None, content.as_bytes());
        append(&mut builder, kind, "plain", None, b"");
        let error = refused(&gzip(&builder.into_inner().unwrap()));
        assert!(
            matches!(&error, DataError::Prepare(PrepareError::Leaves { entry: named, .. }) if named == entry),
            "{error}"
        );
    }
}

#[test]
fn texts_must_be_files() {
    use EntryType::{Directory, Fifo, GNUSparse, Link, Symlink};
    for (kind, link) in [
        (Symlink, Some("README")),
        (Link, Some("de-en/README")),
        (Directory, None),
        (Fifo, None),
        (GNUSparse, None),
    ] {
        let error = refused(&with_train_as(kind, "de-en/train.tags.de-en.en", link));
        assert!(
            matches!(&error, DataError::Prepare(PrepareError::NotAFile { entry, .. })
                if entry == "de-en/train.tags.de-en.en"),
            "{kind:?}: {error}"
        );
    }
    let error = refused(&with_entry(EntryType::Regular, "copy/train.tags.de-en.en", None));
    let message = error.to_string();
    assert!(
        message.contains("de-en/train.tags.de-en.en` and `") && message.contains("copy/train.tags.de-en.en`"),
        "{message}"
    );
}

#[test]
fn harmless_extras_are_left_alone() {
    for (kind, path, link) in [
        (EntryType::Symlink, "de-en/latest", Some("README")),
        (EntryType::Directory, "de-en/notes", None),
        (EntryType::Regular, "./de-en/a..b", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let archive = store(folder.path(), &with_entry(kind, path, link));
        iwslt14(&archive, &options(), &folder.path().join("out")).unwrap();
        assert!(!folder.path().join("de-en").exists());
    }
}

/// A header that promises `size` bytes.
fn header(path: &str, size: u64) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn bombs_are_refused() {
    let too_large = |error: DataError| {
        assert!(
            matches!(&error, DataError::Prepare(PrepareError::TooLarge { .. })),
            "{error}"
        );
        assert!(
            error.to_string().contains("more than 1073741824 bytes"),
            "{error}"
        );
    };
    // A text that says so itself.
    too_large(refused(&gzip(&header("de-en/train.tags.de-en.de", 1 << 40))));
    // Zeros that pack a thousandfold, as one packed piece many times over, beside the texts, as a name and after the end.
    let zeros = gzip(&vec![0; 1 << 26]);
    let mut long_name = Header::new_gnu();
    long_name.set_entry_type(EntryType::GNULongName);
    long_name.set_size(1 << 40);
    long_name.set_cksum();
    for start in [
        header("de-en/unwanted", 1 << 40),
        long_name.as_bytes().to_vec(),
        tar(&entries()),
    ] {
        let mut bomb = gzip(&start);
        for _ in 0..17 {
            bomb.extend(&zeros);
        }
        too_large(refused(&bomb));
    }
}

#[test]
fn what_is_no_archive_is_called_damaged() {
    for bytes in [&b"not packed at all"[..], &tar(&entries()), &gzip(&[7; 2000])] {
        let error = refused(bytes);
        assert!(error.to_string().contains("the archive is damaged: "), "{error}");
        assert!(error.hint().unwrap().contains("sha256"), "{error}");
    }
}

#[test]
fn every_truncation_is_noticed() {
    let whole = gzip(&tar(&entries()));
    // The ends of header and checksum byte by byte, the middle in steps.
    let lengths = (0..40)
        .chain((40..whole.len() - 20).step_by(97))
        .chain(whole.len() - 20..whole.len());
    for length in lengths {
        let error = refused(&whole[..length]);
        assert!(
            matches!(&error, DataError::Prepare(PrepareError::Damaged { .. })),
            "{length}: {error}"
        );
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<String>)> {
    [
        "train.de",
        "train.en",
        "valid.de",
        "valid.en",
        "test.de",
        "test.en",
        "codes",
        "dict.de.txt",
        "dict.en.txt",
    ]
    .map(|name| (name.to_owned(), read_lines(&folder.join(name)).unwrap()))
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The checksum of gzip leaves only the header's remarks to change.
    #[test]
    fn flipped_bits_change_nothing_or_are_noticed(place in any::<prop::sample::Index>(), bit in 0..8) {
        let whole = gzip(&tar(&entries()));
        let mut flipped = whole.clone();
        flipped[place.index(whole.len())] ^= 1_u8 << bit;
        let folder = tempfile::tempdir().unwrap();
        let archive = store(folder.path(), &flipped);
        let out = folder.path().join("out");
        match iwslt14(&archive, &options(), &out) {
            Err(error) => {
                prop_assert!(matches!(error, DataError::Prepare(PrepareError::Damaged { .. })), "{}", error);
                prop_assert!(!out.exists());
            }
            Ok(_) => {
                let good = folder.path().join("good");
                iwslt14(&store(folder.path(), &whole), &options(), &good).unwrap();
                prop_assert_eq!(contents(&out), contents(&good));
            }
        }
    }

    /// Damage from before the packing no checksum shows; it must do no harm.
    #[test]
    fn bits_flipped_in_headers_do_no_harm(entry in any::<prop::sample::Index>(), place in 0_usize..512, bit in 0..8) {
        let mut bytes = tar(&entries());
        let starts: Vec<usize> = {
            let mut archive = tar::Archive::new(bytes.as_slice());
            let entries = archive.entries().unwrap();
            entries.map(|entry| entry.unwrap().raw_header_position() as usize).collect()
        };
        bytes[entry.get(&starts) + place] ^= 1_u8 << bit;
        let folder = tempfile::tempdir().unwrap();
        let archive = store(folder.path(), &gzip(&bytes));
        let out = folder.path().join("out");
        // Every bit of a header is in its checksum, which may be the same number in another spelling.
        if iwslt14(&archive, &options(), &out).is_ok() {
            let good = folder.path().join("good");
            iwslt14(&store(folder.path(), &gzip(&tar(&entries()))), &options(), &good).unwrap();
            prop_assert_eq!(contents(&out), contents(&good));
        }
    }
}
