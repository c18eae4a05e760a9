//! Archives, those that mean harm included.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::server::Reply;
use crate::{User, bytes, verified};

const MEMBERS: &str = "members = { 'train.tsv' = 'MNLI/train.tsv', 'dev.tsv' = 'MNLI/dev.tsv' }";

/// The corpus with one archive at `/archive`.
fn manifest(user: &User, format: &str, archive: &[u8]) -> String {
    let file = verified("archive", &[user.server.url("/archive")], archive);
    format!("{file}[corpus.small.file.unpack]\nformat = '{format}'\nat_most = 500000\n{MEMBERS}\n")
}

fn fetched(format: &str, archive: Vec<u8>) -> User {
    let mut user = User::new();
    let manifest = manifest(&user, format, &archive);
    user.server.serve("/archive", [Reply::file(archive)]);
    user.fetch(&manifest).unwrap();
    user
}

fn refused(format: &str, archive: Vec<u8>, expected: &str) {
    let mut user = User::new();
    let manifest = manifest(&user, format, &archive);
    user.server.serve("/archive", [Reply::file(archive)]);
    let said = user.refused(&manifest);
    assert!(
        said.starts_with("archive: ") && said.contains(expected),
        "{expected}: {said}"
    );
    // Nothing came out anywhere else either.
    let mut found = Vec::new();
    let mut folders = vec![user.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    found.sort();
    assert_eq!(found, ["archive.from", "small.lock"], "{expected}");
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(tar).unwrap();
    gz.finish().unwrap()
}

/// Entries with names that the tar crate would not write.
fn tarred(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if *kind == EntryType::Symlink {
            header.set_size(0);
            header.as_gnu_mut().unwrap().linkname[..content.len()].copy_from_slice(content);
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
        } else {
            header.set_size(content.len() as u64);
            header.set_cksum();
            tar.append(&header, *content).unwrap();
        }
    }
    tar.into_inner().unwrap()
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn only_what_is_named_comes_out() {
    let (train, dev) = (bytes(100_000), bytes(5000));
    let zip = zipped(&[
        ("MNLI/train.tsv", &train),
        ("MNLI/dev.tsv", &dev),
        ("MNLI/original/train.tsv", b"other"),
        ("__MACOSX/._train.tsv", b"other"),
    ]);
    let tar = tarred(&[
        ("MNLI/", EntryType::Directory, b""),
        ("./MNLI/dev.tsv", FILE, &dev),
        ("MNLI/README", FILE, b"other"),
        ("MNLI/train.tsv", FILE, &train),
    ]);
    for user in [fetched("zip", zip), fetched("tar-gz", packed(&tar))] {
        assert!(user.read("train.tsv") == train);
        assert!(user.read("dev.tsv") == dev);
        let mut names: Vec<_> = std::fs::read_dir(user.corpus())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["dev.tsv", "fetched.toml", "train.tsv"]);
    }
}

#[test]
fn what_leads_out_is_refused() {
    for name in [
        "../evil",
        "MNLI/../../evil",
        "/evil",
        "C:evil",
        "..\\evil",
        "\\evil",
    ] {
        let expected = "leads out of the archive's folder";
        let wanted: [(&str, &[u8]); 3] = [("MNLI/train.tsv", b"a"), ("MNLI/dev.tsv", b"b"), (name, b"evil")];
        refused("zip", zipped(&wanted), expected);
        let tar = wanted.map(|(name, content)| (name, FILE, content));
        refused("tar-gz", packed(&tarred(&tar)), expected);
    }
    let link = [("MNLI/other", EntryType::Symlink, &b"../../evil"[..])];
    refused("tar-gz", packed(&tarred(&link)), "leads out");
}

#[test]
fn links_and_folders_are_no_files() {
    let expected = "entry `MNLI/train.tsv` is not an ordinary file";
    let link = [("MNLI/train.tsv", EntryType::Symlink, &b"dev.tsv"[..])];
    refused("tar-gz", packed(&tarred(&link)), expected);
    let device = [("MNLI/train.tsv", EntryType::Char, &b""[..])];
    refused("tar-gz", packed(&tarred(&device)), expected);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("MNLI/train.tsv", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    refused("zip", zip.finish().unwrap().into_inner(), expected);
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    let one: (&str, &[u8]) = ("MNLI/train.tsv", b"a");
    refused("zip", zipped(&[one]), "has no `MNLI/dev.tsv`");
    refused(
        "tar-gz",
        packed(&tarred(&[(one.0, FILE, one.1)])),
        "has no `MNLI/dev.tsv`",
    );
    let twice = [(one.0, FILE, one.1); 2];
    refused("tar-gz", packed(&tarred(&twice)), "`MNLI/train.tsv` twice");
    // A writer refuses that; names of one length can be exchanged.
    let mut zip = zipped(&[("MNLI/train.tsv", b"a"), ("MNLI/train.tzz", b"b")]);
    while let Some(at) = zip.windows(14).position(|part| part == b"MNLI/train.tzz") {
        zip[at..at + 14].copy_from_slice(b"MNLI/train.tsv");
    }
    refused("zip", zip, "twice");
}

#[test]
fn bombs_are_cut_off() {
    let bomb = vec![0; 3_000_000];
    let expected = "unpacks to more bytes than it may";
    let zip = zipped(&[("MNLI/train.tsv", &bomb), ("MNLI/dev.tsv", b"b")]);
    assert!(zip.len() < 20_000);
    refused("zip", zip, expected);
    let tar = tarred(&[("MNLI/train.tsv", FILE, &bomb)]);
    refused("tar-gz", packed(&tar), expected);
    // In what nobody asked for.
    let tar = tarred(&[("MNLI/other", FILE, &bomb)]);
    refused("tar-gz", packed(&tar), expected);
}

#[test]
fn damage_that_checksums_of_archives_find_is_found() {
    let entries: [(&str, &[u8]); 2] = [("MNLI/train.tsv", b"a premise"), ("MNLI/dev.tsv", b"another")];
    let mut zip = zipped(&entries);
    // Bytes that are stored as they are, so that only the checksum tells.
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, stored).unwrap();
        writer.write_all(content).unwrap();
    }
    let mut flipped = writer.finish().unwrap().into_inner();
    let at = flipped.windows(9).position(|part| part == b"a premise").unwrap();
    flipped[at] ^= 1;
    refused("zip", flipped, "the archive is damaged");
    zip.truncate(zip.len() - 30);
    refused("zip", zip, "the archive is damaged");
    let tar = packed(&tarred(&entries.map(|(name, content)| (name, FILE, content))));
    refused("tar-gz", tar[..tar.len() - 10].to_vec(), "the archive is damaged");
    let mut wrong = tar;
    let last = wrong.len() - 6;
    wrong[last] ^= 1;
    refused("tar-gz", wrong, "the archive is damaged");
    refused("zip", b"no archive".to_vec(), "the archive is damaged");
    refused("tar-gz", b"no archive".to_vec(), "the archive is damaged");
}
