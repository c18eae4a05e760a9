//! A model of the hub, downloaded into the hub's cache: the files that a model folder needs, all of one commit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use ureq::http::StatusCode;

use super::cache::{CONFIG, INDEX, TOKENIZERS, WEIGHTS, is_commit, missing, shards};
use super::{Hub, ModelName, Snapshot};
use crate::net::{Client, Fault, Header, Part, Wanted, download, header, remedy, told};
use crate::progress::Watch;
use crate::{Digest, FetchError, Lock};

/// What else of a model is taken where it has it.
const BESIDE: [&str; 6] = [
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "sentencepiece.bpe.model",
];

/// Weights that are never read.
const PICKLE: &str = "pytorch_model.bin";

/// Redirects within the hub, as for a model that has another name by now.
const REDIRECTS: usize = 5;

/// What the hub says of a model.
#[derive(Debug, Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
}

impl Info {
    fn has(&self, name: &str) -> bool {
        self.siblings.iter().any(|sibling| sibling.rfilename == name)
    }
}

/// What the hub says of a file.
struct Metadata {
    etag: String,
    size: Option<u64>,
}

/// One model at one commit.
struct Pinned<'a> {
    client: &'a Client,
    hub: &'a Hub,
    name: &'a ModelName,
    commit: String,
    accept_unverified: bool,
}

/// Downloads what the cache lacks of a model, and says whether all was there. A revision that moves, such as `main`, is
/// asked for anew.
///
/// # Errors
/// See [`FetchError`]; what has arrived is kept.
pub fn fetch_model(
    client: &Client,
    hub: &Hub,
    name: &ModelName,
    accept_unverified: bool,
    watch: &mut dyn Watch,
) -> Result<(Snapshot, bool), FetchError> {
    if let Some(variable) = hub.offline {
        return match hub.cached(name) {
            Ok(snapshot) => Ok((snapshot, true)),
            Err(missing) => Err(hub.not_cached(name, missing, Some(variable))),
        };
    }
    let info = hub.ask(client, name)?;
    let pinned = Pinned {
        client,
        hub,
        name,
        commit: info.sha.clone(),
        accept_unverified,
    };
    let folder = hub.repository(name).pointer_path(&info.sha);
    if missing(&folder).is_some() {
        // Another program may have it under the name that it had.
        let at_commit = ModelName {
            revision: info.sha.clone(),
            ..name.clone()
        };
        if let Ok(snapshot) = hub.cached(&at_commit) {
            return Ok((snapshot, true));
        }
    }
    let mut was_there = true;
    let mut bring = |file: &str, watch: &mut dyn Watch| -> Result<(), FetchError> {
        if !folder.join(file).is_file() {
            was_there = false;
            pinned.fetch(file, &folder, watch)?;
        }
        Ok(())
    };
    let unusable = |missing: &str| FetchError::Unusable {
        name: name.to_string(),
        missing: missing.to_owned(),
        has_pickles: info.has(PICKLE),
    };
    if !info.has(CONFIG) {
        return Err(unusable(CONFIG));
    }
    if !info.has(WEIGHTS) && !info.has(INDEX) {
        return Err(unusable(WEIGHTS));
    }
    if !TOKENIZERS.iter().any(|file| info.has(file)) {
        return Err(unusable(&TOKENIZERS.join(" and ")));
    }
    let small = [CONFIG].into_iter().chain(TOKENIZERS).chain(BESIDE);
    for file in small.filter(|file| info.has(file)) {
        bring(file, watch)?;
    }
    if info.has(WEIGHTS) {
        bring(WEIGHTS, watch)?;
    } else {
        bring(INDEX, watch)?;
        let path = folder.join(INDEX);
        let index = fs::read_to_string(&path).map_err(FetchError::io("read", &path))?;
        let shards = shards(&index).ok_or_else(|| unusable(&format!("a list of weights in {INDEX}")))?;
        for shard in &shards {
            bring(shard, watch)?;
        }
    }
    if let Some(file) = missing(&folder) {
        return Err(unusable(&file));
    }
    pinned.refer()?;
    let snapshot = Snapshot {
        repository: name.repository.clone(),
        commit: info.sha,
        folder,
    };
    Ok((snapshot, was_there))
}

impl Hub {
    fn authorization(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    fn headers(&self) -> Vec<Header> {
        let authorization = self.authorization();
        authorization
            .into_iter()
            .map(|value| ("authorization", value))
            .collect()
    }

    /// Which commit a revision is, and which files it has.
    fn ask(&self, client: &Client, name: &ModelName) -> Result<Info, FetchError> {
        let revision = name.revision.replace('/', "%2F");
        let url = format!(
            "{}/api/models/{}/revision/{revision}",
            self.endpoint, name.repository
        );
        let (status, text) = patiently(client, name, &url, || client.text(&url, &self.headers()))?;
        if matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
        ) {
            return Err(FetchError::NoSuchModel {
                name: name.to_string(),
                endpoint: self.endpoint.clone(),
                status: told(status),
            });
        }
        let bad = |problem: String| FetchError::BadAnswer {
            url: url.clone(),
            problem,
        };
        if status != StatusCode::OK {
            return Err(bad(format!("the server answered {}", told(status))));
        }
        let info: Info = serde_json::from_str(&text)
            .map_err(|error| bad(format!("the answer does not describe a model: {error}")))?;
        if !is_commit(&info.sha) {
            return Err(bad(format!("`{}` is no commit", info.sha)));
        }
        Ok(info)
    }
}

impl Pinned<'_> {
    /// Downloads a file and puts it into the snapshot.
    fn fetch(&self, file: &str, snapshot: &Path, watch: &mut dyn Watch) -> Result<(), FetchError> {
        let url = format!(
            "{}/{}/resolve/{}/{file}",
            self.hub.endpoint, self.name.repository, self.commit
        );
        let metadata = self.metadata(&url)?;
        let digest = Digest::of_etag(&metadata.etag);
        if digest.is_none() && !self.accept_unverified {
            return Err(FetchError::Unverified {
                name: self.name.to_string(),
                file: file.to_owned(),
                why: format!("the hub names it `{}`", metadata.etag),
            });
        }
        let blobs = self.hub.folder(self.name).join("blobs");
        let blob = blobs.join(&metadata.etag);
        // Other programs that use the cache take the same lock.
        let lock = self
            .hub
            .cache
            .join(".locks")
            .join(self.folder_name())
            .join(format!("{}.lock", metadata.etag));
        let _alone = Lock::acquire(&lock, || {
            watch.says(&format!("waits for another process, which fetches {file}"));
        })?;
        if !blob.is_file() {
            fs::create_dir_all(&blobs).map_err(FetchError::io("create", &blobs))?;
            let part = Part::named_by_digest(blobs.join(format!("{}.incomplete", metadata.etag)));
            let authorization = self.hub.authorization();
            let wanted = Wanted {
                name: file,
                urls: &[url],
                authorization: authorization.as_deref(),
                size: metadata.size,
                at_most: metadata.size.unwrap_or(u64::MAX),
                digest: digest.as_ref(),
            };
            download(self.client, &wanted, &part, watch)?;
            fs::rename(part.path(), &blob).map_err(FetchError::io("write", &blob))?;
            if digest.is_none() {
                let sha256 = files::sha256(&blob).map_err(FetchError::io("read", &blob))?;
                watch.says(&format!("sha256 of {file}: {sha256}"));
            }
        }
        let pointer = snapshot.join(file);
        point(&blob, &pointer).map_err(FetchError::io("write", &pointer))
    }

    /// What the hub says of a file, before it sends its reader elsewhere.
    fn metadata(&self, url: &str) -> Result<Metadata, FetchError> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let answer = patiently(self.client, self.name, &url, || {
                self.client.head(&url, &self.hub.headers())
            })?;
            let bad = |problem: String| FetchError::BadAnswer {
                url: url.clone(),
                problem,
            };
            let place = header(&answer.headers, "location");
            let within = place.filter(|place| answer.status.is_redirection() && place.starts_with('/'));
            if let Some(place) = within.filter(|place| !place.starts_with("//")) {
                url = format!("{}{place}", origin(&url));
                continue;
            }
            if !answer.status.is_success() && !answer.status.is_redirection() {
                return Err(bad(format!("the server answered {}", told(answer.status))));
            }
            let commit = header(&answer.headers, "x-repo-commit");
            if let Some(other) = commit.filter(|commit| *commit != self.commit) {
                return Err(bad(format!(
                    "the file is of commit {other} instead of {}",
                    self.commit
                )));
            }
            let linked = header(&answer.headers, "x-linked-etag");
            let etag = linked.or_else(|| header(&answer.headers, "etag"));
            let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
            let is_name = |etag: &String| {
                !etag.is_empty()
                    && etag
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            };
            let Some(etag) = etag.filter(is_name) else {
                return Err(bad("the answer does not name the file's version".to_owned()));
            };
            let size = header(&answer.headers, "x-linked-size");
            let of_itself =
                || header(&answer.headers, "content-length").filter(|_| answer.status.is_success());
            let size = size.or_else(of_itself).and_then(|size| size.parse().ok());
            return Ok(Metadata { etag, size });
        }
        Err(FetchError::BadAnswer {
            url,
            problem: "redirects without end".to_owned(),
        })
    }

    fn folder_name(&self) -> PathBuf {
        let folder = self.hub.folder(self.name);
        folder.file_name().map(PathBuf::from).unwrap_or_default()
    }

    /// Notes which commit the revision is.
    fn refer(&self) -> Result<(), FetchError> {
        if is_commit(&self.name.revision) {
            return Ok(());
        }
        let path = self.hub.reference(self.name);
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            files::write(&path, self.commit.as_bytes())
        };
        write().map_err(FetchError::io("write", &path))
    }
}

/// Asks again where it may go better.
fn patiently<T>(
    client: &Client,
    name: &ModelName,
    url: &str,
    mut ask: impl FnMut() -> Result<T, Fault>,
) -> Result<T, FetchError> {
    let patience = client.patience();
    let mut round = 1;
    loop {
        let fault = match ask() {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        if !fault.may_pass || round >= patience.rounds {
            return Err(FetchError::NoServer {
                file: name.to_string(),
                tried: vec![format!("{url}: {}", fault.said)],
                remedy: remedy(std::iter::once(&fault)),
            });
        }
        let pause = patience.pause * 2_u32.saturating_pow(round - 1);
        std::thread::sleep(pause.max(fault.wait.unwrap_or_default()));
        round += 1;
    }
}

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    url[host..].find('/').map_or(url, |path| &url[..host + path])
}

/// Puts a file under its name into the snapshot: a link, where there are links.
fn point(blob: &Path, pointer: &Path) -> io::Result<()> {
    let folder = pointer.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    match link(blob, pointer) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // A link that leads nowhere, or another process was quicker.
            if pointer.is_file() {
                return Ok(());
            }
            fs::remove_file(pointer)?;
            link(blob, pointer)
        }
        outcome => outcome,
    }
}

/// Snapshots lie two folders below the model's, beside the blobs.
#[cfg(unix)]
fn link(blob: &Path, pointer: &Path) -> io::Result<()> {
    let name = blob.file_name().unwrap_or_default();
    std::os::unix::fs::symlink(Path::new("../../blobs").join(name), pointer)
}

#[cfg(not(unix))]
fn link(blob: &Path, pointer: &Path) -> io::Result<()> {
    fs::hard_link(blob, pointer).or_else(|_| fs::copy(blob, pointer).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_what_relative_redirects_are_of() {
        assert_eq!(origin("http://host:1/a/b"), "http://host:1");
        assert_eq!(origin("https://host"), "https://host");
    }
}
