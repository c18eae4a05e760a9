//! Models from a server that answers as the hub does.

mod fetched;
mod refused;

use std::fs;
use std::path::PathBuf;

use fetch::{Client, Digest, FetchError, Hub, Manifest, ModelName, Snapshot, fetch_model};
use files::Hint;

use crate::server::{Reply, Server};
use crate::{PATIENCE, Told};

const COMMIT: &str = "86b5e0934494bd15c9632b12f734a8a67f723594";
const NEXT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A user of the hub.
struct Member {
    server: Server,
    folder: tempfile::TempDir,
    hub: Hub,
    accept_unverified: bool,
    told: Told,
}

fn name(text: &str) -> ModelName {
    let manifest = Manifest::parse("m", "format = 1\n[renamed]\nbert = 'google/bert'\n").unwrap();
    ModelName::parse(text, &manifest).unwrap()
}

/// What git would call these bytes, and their SHA-256.
fn digests(bytes: &[u8]) -> (String, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let git = Digest::Git(String::new()).measured(file.path()).unwrap();
    (git.hex().to_owned(), files::sha256(file.path()).unwrap())
}

impl Member {
    fn new() -> Self {
        let server = Server::start();
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub {
            cache: folder.path().join("hub"),
            endpoint: server.url(""),
            token: None,
            offline: None,
        };
        Self {
            server,
            folder,
            hub,
            accept_unverified: false,
            told: Told::default(),
        }
    }

    /// Says which files a model has at a commit.
    fn list(&self, commit: &str, files: &[&str]) {
        let siblings: Vec<String> = files
            .iter()
            .map(|file| format!("{{\"rfilename\": \"{file}\"}}"))
            .collect();
        let info = format!(
            "{{\"id\": \"google/bert\", \"sha\": \"{commit}\", \"siblings\": [{}], \"private\": false}}",
            siblings.join(", ")
        );
        let path = "/api/models/google/bert/revision/main";
        self.server.serve(path, [Reply::file(info)]);
    }

    /// A small file, which the hub sends itself.
    fn small(&self, commit: &str, file: &str, text: &str) {
        let (git, _) = digests(text.as_bytes());
        let reply = Reply::file(text).etag(&git).header("x-repo-commit", commit);
        let path = format!("/google/bert/resolve/{commit}/{file}");
        self.server.serve(&path, [reply]);
    }

    /// A large file, which another host sends.
    fn large(&self, commit: &str, file: &str, bytes: &[u8], sent: Reply) {
        let (_, sha256) = digests(bytes);
        let reply = Reply::redirect(self.server.elsewhere(&format!("/cdn/{file}?signature=abc")))
            .header("x-repo-commit", commit)
            .header("x-linked-etag", format!("\"{sha256}\""))
            .header("x-linked-size", bytes.len().to_string())
            .header("etag", "\"of-the-redirect\"");
        let path = format!("/google/bert/resolve/{commit}/{file}");
        self.server.serve(&path, [reply]);
        self.server.serve(&format!("/cdn/{file}?signature=abc"), [sent]);
    }

    /// The usual model, with weights of these bytes.
    fn usual(&self, commit: &str, weights: &[u8]) {
        self.list(
            commit,
            &[
                "README.md",
                "config.json",
                "model.safetensors",
                "pytorch_model.bin",
                "vocab.txt",
                "tf_model.h5",
            ],
        );
        self.small(commit, "config.json", "{}");
        self.small(commit, "vocab.txt", "[PAD]\n[UNK]\n");
        let sent = Reply::file(weights.to_vec()).etag("of-the-cdn");
        self.large(commit, "model.safetensors", weights, sent);
    }

    fn fetch(&mut self, model: &str) -> Result<(Snapshot, bool), FetchError> {
        let client = Client::direct(PATIENCE, None).unwrap();
        fetch_model(
            &client,
            &self.hub,
            &name(model),
            self.accept_unverified,
            &mut self.told,
        )
    }

    fn refused(&mut self, model: &str) -> FetchError {
        let error = self.fetch(model).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        assert!(self.hub.cached(&name(model)).is_err(), "{error}");
        error
    }

    fn of_model(&self, path: &str) -> PathBuf {
        self.folder.path().join("hub/models--google--bert").join(path)
    }

    /// Paths that were asked for, without the folder that they have in common.
    fn bodies(&self) -> Vec<String> {
        let seen = self.server.seen().into_iter();
        let bodies = seen.filter(|request| request.method == "GET");
        bodies.map(|request| request.path).collect()
    }
}
