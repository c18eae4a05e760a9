//! Corpora and models from a server on this machine that also does what servers must not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod broken;
mod hub;
mod mirrors;
mod places;
#[path = "../server/mod.rs"]
mod server;
mod slow;
mod tls;
mod unpacking;
mod whole;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use fetch::{Client, DataFolder, FetchError, Fetched, Manifest, Patience, Watch, fetch_corpus};
use files::Hint;
use server::Server;

/// Patience for a server on this machine.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    silence: Duration::from_secs(5),
    rounds: 3,
    pause: Duration::from_millis(5),
};

/// What a user would see.
#[derive(Debug, Default)]
struct Told(Vec<String>);

impl Watch for Told {
    fn begins(&mut self, name: &str, _: &str, have: u64, _: Option<u64>) {
        self.0.push(format!("{name} from {have}"));
    }
    fn received(&mut self, _: u64) {}
    fn ends(&mut self) {}
    fn says(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
}

/// A user with a folder, a server and a manifest of one corpus, `small`.
struct User {
    server: Server,
    folder: tempfile::TempDir,
    patience: Patience,
    accept_unverified: bool,
    told: Told,
}

impl User {
    fn new() -> Self {
        Self {
            server: Server::start(),
            folder: tempfile::tempdir().unwrap(),
            patience: PATIENCE,
            accept_unverified: false,
            told: Told::default(),
        }
    }

    fn place(&self) -> DataFolder {
        DataFolder::new(self.folder.path().join("data"))
    }

    /// The corpus' folder.
    fn corpus(&self) -> PathBuf {
        self.place().of("small")
    }

    fn client(&self) -> Client {
        Client::direct(self.patience, None).unwrap()
    }

    fn fetch(&mut self, manifest: &str) -> Result<Fetched, FetchError> {
        let manifest = manifest_of(manifest);
        let (name, corpus) = manifest.corpus("small").unwrap();
        let (client, place) = (self.client(), self.place());
        let accept = self.accept_unverified;
        fetch_corpus(&client, &place, name, corpus, accept, &mut self.told)
    }

    /// What is said of a fetch that does not work; nothing may be in the corpus' place.
    fn refused(&mut self, manifest: &str) -> String {
        let error = self.fetch(manifest).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        assert!(!self.corpus().exists(), "{error}");
        error.to_string()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.corpus().join(name)).unwrap()
    }
}

fn manifest_of(files: &str) -> Manifest {
    let head =
        "format = 1\n[corpus.small]\ntitle = 'Small'\nlicence = 'none'\nlicence_source = 'this test'\n";
    Manifest::parse("manifest.toml", &format!("{head}{files}")).unwrap()
}

/// A file of the manifest, with size and checksum of these bytes.
fn verified(name: &str, urls: &[String], bytes: &[u8]) -> String {
    let sha256 = sha256(bytes);
    let size = bytes.len();
    format!("[[corpus.small.file]]\nname = '{name}'\nurls = {urls:?}\nsize = {size}\nsha256 = '{sha256}'\n")
}

/// A file of the manifest of which nothing is known.
fn unverified(name: &str, urls: &[String]) -> String {
    format!(
        "[[corpus.small.file]]\nname = '{name}'\nurls = {urls:?}\nat_most = 1000000\nunverified = 'a test'\n"
    )
}

fn sha256(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    files::sha256(file.path()).unwrap()
}

/// Bytes that are all alike nowhere.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}
