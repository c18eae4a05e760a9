//! The servers of the corpora and the hub of models, made up: one server, a manifest that names it, and an environment in
//! which there is no other.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::server::{Reply, Server};
use super::{encoder, iwslt14, mnli};

/// The commit of every model.
pub(crate) const COMMIT: &str = "86b5e0934494bd15c9632b12f734a8a67f723594";

/// Variables of users that would change what a test downloads, or from where.
const OF_USERS: [&str; 8] = [
    "HEADCOUNT_DATA",
    "HEADCOUNT_TIMEOUT",
    "HF_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "HF_TOKEN",
    "HF_TOKEN_PATH",
    "SSL_CERT_FILE",
    "TRANSFORMERS_OFFLINE",
];

/// The server, and the manifest of what it has.
pub(crate) struct Web {
    pub(crate) server: Server,
    folder: tempfile::TempDir,
}

impl Web {
    /// Nothing but the server.
    pub(crate) fn new() -> Self {
        let web = Self {
            server: Server::start(),
            folder: tempfile::tempdir().unwrap(),
        };
        web.write_manifest("");
        web
    }

    /// Every corpus of the program's manifest, and the encoders that its experiments name.
    pub(crate) fn with_everything() -> Self {
        let web = Self::new();
        let made = tempfile::tempdir().unwrap();
        mnli::write(made.path());
        let member = |name: &str| (format!("MNLI/{name}"), fs::read(made.path().join(name)).unwrap());
        let mnli = web.serve_mnli(&MNLI_FILES.map(member));
        let archive = made.path().join("de-en.tgz");
        iwslt14::write(&archive);
        web.server
            .serve("/de-en.tgz", [Reply::file(fs::read(archive).unwrap())]);
        let iwslt14 = format!(
            "name = 'de-en.tgz'\nurls = ['{}']\nat_most = 100000\nunverified = 'a stand-in'\n",
            web.server.url("/de-en.tgz")
        );
        let renamed = "[renamed]\nbert-base-uncased = 'google-bert/bert-base-uncased'\n";
        web.write_manifest(
            &[
                mnli,
                corpus("iwslt14", &iwslt14),
                web.sst2(),
                web.multi30k(),
                renamed.into(),
            ]
            .concat(),
        );
        web.serve_encoder("google-bert/bert-base-uncased", encoder::Kind::Pretraining);
        web.serve_encoder("sentence-transformers/all-MiniLM-L6-v2", encoder::Kind::Bare);
        web
    }

    /// What the manifest lists.
    pub(crate) fn write_manifest(&self, corpora: &str) {
        fs::write(
            self.folder.path().join("manifest.toml"),
            format!("format = 1\n{corpora}"),
        )
        .unwrap();
    }

    /// What the manifest lists.
    pub(crate) fn manifest(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("manifest.toml")).unwrap();
        text.strip_prefix("format = 1\n").unwrap().to_owned()
    }

    /// Leaves a command nothing else to download from; the hub's cache is in `home`.
    pub(crate) fn is_all_there_is(&self, command: &mut Command, home: &Path) {
        for name in OF_USERS {
            command.env_remove(name);
        }
        command
            .env("HEADCOUNT_MANIFEST", self.folder.path().join("manifest.toml"))
            .env("HF_HOME", home.join("hf"))
            .env("HF_ENDPOINT", self.server.url(""))
            .env("NO_PROXY", "*");
    }

    /// Serves an archive of MNLI with these members; its part of the manifest.
    pub(crate) fn serve_mnli(&self, members: &[(String, Vec<u8>)]) -> String {
        let archive = packed(members);
        let file = self.serve_file("MNLI.tgz", &archive);
        let names = MNLI_FILES.map(|name| format!("'{name}' = 'MNLI/{name}'"));
        format!("{}{}", corpus("mnli", &file), unpack(&names))
    }

    fn sst2(&self) -> String {
        let sentences: String = (0..40)
            .map(|n| format!("it is {n} times as good\t{}\n", n % 2))
            .collect();
        let text = format!("sentence\tlabel\n{sentences}").into_bytes();
        let members = ["train.tsv", "dev.tsv"].map(|name| (format!("SST-2/{name}"), text.clone()));
        let file = self.serve_file("SST-2.tgz", &packed(&members));
        let names = ["train.tsv", "dev.tsv"].map(|name| format!("'{name}' = 'SST-2/{name}'"));
        format!("{}{}", corpus("sst2", &file), unpack(&names))
    }

    fn multi30k(&self) -> String {
        let mut files = Vec::new();
        for (part, lines) in [("train", 40), ("val", 4), ("test_2016_flickr", 4)] {
            for (side, code) in ["de", "en"].into_iter().enumerate() {
                let text: String = (0..lines).map(|n| iwslt14::sentence(n, side) + "\n").collect();
                files.push(self.serve_file(&format!("{part}.{code}.gz"), &gzipped(text.as_bytes())));
            }
        }
        corpus("multi30k", &files.join("[[corpus.multi30k.file]]\n"))
    }

    /// Serves a file at its name; its part of the manifest.
    fn serve_file(&self, name: &str, bytes: &[u8]) -> String {
        let path = format!("/{name}");
        self.server.serve(&path, [Reply::file(bytes)]);
        verified(name, &self.server.url(&path), bytes)
    }

    /// Serves an encoder of two layers.
    pub(crate) fn serve_encoder(&self, name: &str, kind: encoder::Kind) {
        let made = tempfile::tempdir().unwrap();
        encoder::write(made.path(), kind);
        let mut files = Vec::new();
        for entry in fs::read_dir(made.path()).unwrap() {
            let entry = entry.unwrap();
            files.push((
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            ));
        }
        self.serve_model(name, &files);
    }

    /// Serves a model as the hub does.
    pub(crate) fn serve_model(&self, name: &str, files: &[(impl AsRef<str>, Vec<u8>)]) {
        let siblings: Vec<_> = files
            .iter()
            .map(|(file, _)| serde_json::json!({ "rfilename": file.as_ref() }))
            .collect();
        let info = serde_json::json!({ "id": name, "sha": COMMIT, "siblings": siblings });
        let path = format!("/api/models/{name}/revision/main");
        self.server.serve(&path, [Reply::file(info.to_string())]);
        for (file, content) in files {
            let reply = Reply::file(content.clone())
                .etag(&sha256(content))
                .header("x-repo-commit", COMMIT);
            let path = format!("/{name}/resolve/{COMMIT}/{}", file.as_ref());
            self.server.serve(&path, [reply]);
        }
    }
}

/// The files of MNLI that the manifest keeps.
const MNLI_FILES: [&str; 3] = ["train.tsv", "dev_matched.tsv", "dev_mismatched.tsv"];

/// A corpus of the manifest with one file, or the first of several.
pub(crate) fn corpus(name: &str, file: &str) -> String {
    format!(
        "[corpus.{name}]\ntitle = 'A corpus'\nlicence = 'CC0-1.0'\nlicence_source = 'this test'\n[[corpus.{name}.file]]\n{file}"
    )
}

/// A file of which all is known.
pub(crate) fn verified(name: &str, url: &str, bytes: &[u8]) -> String {
    let (size, sha256) = (bytes.len(), sha256(bytes));
    format!("name = '{name}'\nurls = ['{url}']\nsize = {size}\nsha256 = '{sha256}'\n")
}

/// Of the file before it, the members that are kept.
pub(crate) fn unpack(members: &[String]) -> String {
    let members = members.join(", ");
    format!("unpack = {{ format = 'tar-gz', at_most = 4000000, members = {{ {members} }} }}\n")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    files::sha256(file.path()).unwrap()
}

/// A gzipped tar archive.
pub(crate) fn packed(members: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.as_ref().len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive
            .append_data(&mut header, name.as_ref(), content.as_ref())
            .unwrap();
    }
    gzipped(&archive.into_inner().unwrap())
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}
