//! A corpus of the manifest: downloaded, checked, unpacked, and in its place as a whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use files::{Draft, TEMPORARY};

use crate::manifest::{Corpus, Download};
use crate::net::{Client, Part, Wanted, download};
use crate::place::{DataFolder, There};
use crate::progress::Watch;
use crate::record::{Downloaded, RECORD, Record, Stored};
use crate::unpack::{check_packed, stored, unpack};
use crate::{FetchError, Lock};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The corpus' folder.
    pub folder: PathBuf,
    /// Whether it was there already.
    pub was_there: bool,
    /// What is in it.
    pub record: Record,
}

/// Fetches a corpus into its folder, unless it is there. What a download without a known checksum sends is taken only
/// with `accept_unverified`.
///
/// # Errors
/// See [`FetchError`]; the place of the corpus is as it was, and what has arrived is kept.
pub fn fetch_corpus(
    client: &Client,
    place: &DataFolder,
    name: &str,
    corpus: &Corpus,
    accept_unverified: bool,
    watch: &mut dyn Watch,
) -> Result<Fetched, FetchError> {
    if let Some(fetched) = already(place, name, corpus)? {
        return Ok(fetched);
    }
    let unverified = |file: &&Download| file.digest().is_none();
    if let Some(file) = corpus.files.iter().find(unverified)
        && !accept_unverified
    {
        return Err(FetchError::Unverified {
            name: name.to_owned(),
            file: file.name.clone(),
            why: file.unverified.clone().unwrap_or_default(),
        });
    }
    let workshop = place.workshop(name);
    let _alone = Lock::acquire(&place.lock_file(name), || {
        watch.says(&format!("waits for another process, which fetches {name}"));
    })?;
    // Another process may have fetched it meanwhile.
    if let Some(fetched) = already(place, name, corpus)? {
        return Ok(fetched);
    }
    clear(&workshop).map_err(FetchError::io("write", &workshop))?;
    let mut downloads = Vec::new();
    for file in &corpus.files {
        downloads.push(arrive(client, &workshop, file, watch)?);
    }
    let folder = place.of(name);
    let draft = Draft::within(&workshop, &folder).map_err(FetchError::io("write", &folder))?;
    let mut files = Vec::new();
    for file in &corpus.files {
        let path = workshop.join(&file.name);
        let made = make(&path, file, draft.path());
        if let Err(FetchError::Archive { .. }) = made {
            // It would not be better the next time.
            let _ = fs::remove_file(&path);
        }
        files.extend(made?);
    }
    let record = Record::new(corpus, downloads, files);
    let published = write_record(&record, draft.path()).and_then(|()| draft.publish(false));
    published.map_err(FetchError::io("write", &folder))?;
    // The corpus is in its place; what it was made of would only take room.
    let _ = fs::remove_dir_all(&workshop);
    Ok(Fetched {
        folder,
        was_there: false,
        record,
    })
}

/// The corpus, if it is in its place; an error if something else is.
fn already(place: &DataFolder, name: &str, corpus: &Corpus) -> Result<Option<Fetched>, FetchError> {
    let folder = place.of(name);
    match place
        .there(name, corpus)
        .map_err(FetchError::io("read", &folder))?
    {
        There::Nothing => Ok(None),
        There::Whole(record) => Ok(Some(Fetched {
            folder,
            was_there: true,
            record,
        })),
        There::Changed { file } => Err(FetchError::Changed { folder, file }),
        There::Other { difference } => Err(FetchError::OtherManifest { folder, difference }),
        There::Foreign { entry } => Err(FetchError::Occupied { folder, entry }),
    }
}

/// Makes the workshop, and removes what a killed process was unpacking; downloads stay.
fn clear(workshop: &Path) -> io::Result<()> {
    fs::create_dir_all(workshop)?;
    for entry in fs::read_dir(workshop)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Downloads a file into the workshop, under its name once it is whole and checked.
fn arrive(
    client: &Client,
    workshop: &Path,
    file: &Download,
    watch: &mut dyn Watch,
) -> Result<Downloaded, FetchError> {
    let path = workshop.join(&file.name);
    let digest = file.digest();
    let origin = workshop.join(format!("{}.from", file.name));
    let read = FetchError::io("read", &path);
    let before = whole_before(&path, &origin, file).map_err(read)?;
    let url = match before {
        Some(url) => url,
        None => {
            let part = Part::new(workshop.join(format!("{}.part", file.name)));
            let wanted = Wanted {
                name: &file.name,
                urls: &file.urls,
                authorization: None,
                size: file.size,
                at_most: file.limit(),
                digest: digest.as_ref(),
            };
            let url = download(client, &wanted, &part, watch)?;
            let moved = files::write(&origin, url.as_bytes()).and_then(|()| fs::rename(part.path(), &path));
            moved.map_err(FetchError::io("write", &path))?;
            url
        }
    };
    let Stored { name, size, sha256 } =
        stored(workshop, &file.name).map_err(FetchError::io("read", &path))?;
    Ok(Downloaded {
        name,
        url,
        size,
        sha256,
        verified: digest.is_some(),
    })
}

/// Where a file came from that an earlier process downloaded whole and could not unpack.
fn whole_before(path: &Path, origin: &Path, file: &Download) -> io::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let is_same = match file.digest() {
        Some(digest) => digest.measured(path)? == digest,
        None => true,
    };
    let url = fs::read_to_string(origin)
        .ok()
        .filter(|url| file.urls.contains(url));
    if is_same && let Some(url) = url {
        return Ok(Some(url));
    }
    fs::remove_file(path)?;
    Ok(None)
}

/// What a download becomes in the folder.
fn make(path: &Path, file: &Download, folder: &Path) -> Result<Vec<Stored>, FetchError> {
    match &file.unpack {
        Some(wanted) => unpack(path, &file.name, wanted, folder),
        None => {
            if file.digest().is_none() {
                check_packed(path, &file.name)?;
            }
            Ok(vec![keep(path, &file.name, folder)?])
        }
    }
}

/// The file itself, in the folder; what is in the workshop stays until the folder is in its place.
fn keep(path: &Path, name: &str, folder: &Path) -> Result<Stored, FetchError> {
    let kept = folder.join(name);
    let copied = fs::hard_link(path, &kept).or_else(|_| {
        fs::copy(path, &kept)?;
        files::sync(&kept)
    });
    copied
        .and_then(|()| stored(folder, name))
        .map_err(FetchError::io("write", &kept))
}

fn write_record(record: &Record, folder: &Path) -> io::Result<()> {
    let mut file = File::create(folder.join(RECORD))?;
    file.write_all(record.to_text()?.as_bytes())?;
    file.sync_all()
}
