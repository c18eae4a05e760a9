//! Models from a server that answers as the hub does.

use std::fs;
use std::path::PathBuf;

use fetch::{Client, Digest, FetchError, Hub, Manifest, ModelName, Snapshot, fetch_model};
use files::Hint;

use crate::server::{Reply, Server};
use crate::{PATIENCE, Told, bytes};

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

#[test]
fn a_model_is_fetched_into_the_cache_that_others_use() {
    let mut member = Member::new();
    let weights = bytes(200_000);
    member.usual(COMMIT, &weights);
    let (snapshot, was_there) = member.fetch("google/bert").unwrap();
    assert!(!was_there);
    assert_eq!(snapshot.commit, COMMIT);
    assert_eq!(snapshot.repository, "google/bert");
    assert_eq!(snapshot.folder, member.of_model(&format!("snapshots/{COMMIT}")));
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == weights);
    assert_eq!(fs::read_to_string(member.of_model("refs/main")).unwrap(), COMMIT);
    let (_, sha256) = digests(&weights);
    assert!(member.of_model("blobs").join(&sha256).is_file());
    #[cfg(unix)]
    assert_eq!(
        fs::read_link(snapshot.folder.join("model.safetensors")).unwrap(),
        PathBuf::from(format!("../../blobs/{sha256}"))
    );
    // Only what a model folder needs.
    let mut names: Vec<_> = fs::read_dir(&snapshot.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["config.json", "model.safetensors", "vocab.txt"]);
    assert_eq!(member.hub.cached(&name("bert")).unwrap(), snapshot);
    assert_eq!(
        member.hub.cached(&name(&format!("bert@{COMMIT}"))).unwrap(),
        snapshot
    );
    // Asked again, only whether `main` has moved.
    let before = member.bodies().len();
    let (again, was_there) = member.fetch("bert").unwrap();
    assert!(was_there);
    assert_eq!(again, snapshot);
    assert_eq!(
        member.bodies()[before..],
        ["/api/models/google/bert/revision/main"]
    );
}

#[test]
fn a_branch_that_has_moved_is_followed_and_the_earlier_commit_stays() {
    let mut member = Member::new();
    member.usual(COMMIT, b"first");
    member.fetch("google/bert").unwrap();
    member.usual(NEXT, b"second");
    let (snapshot, was_there) = member.fetch("google/bert").unwrap();
    assert!(!was_there);
    assert_eq!(snapshot.commit, NEXT);
    assert_eq!(
        fs::read(snapshot.folder.join("model.safetensors")).unwrap(),
        b"second"
    );
    // The files that are the same were not fetched again.
    let bodies = member.bodies();
    assert_eq!(
        bodies.iter().filter(|path| path.ends_with("vocab.txt")).count(),
        1
    );
    let first = member
        .hub
        .cached(&name(&format!("google/bert@{COMMIT}")))
        .unwrap();
    assert_eq!(
        fs::read(first.folder.join("model.safetensors")).unwrap(),
        b"first"
    );
}

#[test]
fn weights_in_several_files_are_fetched_by_their_index() {
    let mut member = Member::new();
    let shards = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let index = "model.safetensors.index.json";
    member.list(
        COMMIT,
        &[
            &["config.json", "tokenizer.json", index, "model-old.safetensors"][..],
            &shards,
        ]
        .concat(),
    );
    member.small(COMMIT, "config.json", "{}");
    member.small(COMMIT, "tokenizer.json", "{}");
    let map = format!(
        "{{\"weight_map\": {{\"a\": \"{}\", \"b\": \"{}\"}}}}",
        shards[0], shards[1]
    );
    member.small(COMMIT, index, &map);
    for shard in shards {
        member.large(COMMIT, shard, shard.as_bytes(), Reply::file(shard));
    }
    let (snapshot, _) = member.fetch("google/bert").unwrap();
    for shard in shards {
        assert_eq!(fs::read_to_string(snapshot.folder.join(shard)).unwrap(), shard);
    }
    assert!(!snapshot.folder.join("model-old.safetensors").exists());
}

#[test]
fn damage_is_found_and_the_model_is_not_there() {
    let mut member = Member::new();
    let weights = bytes(100_000);
    member.usual(COMMIT, &weights);
    let mut flipped = weights.clone();
    flipped[10] ^= 1;
    member.large(COMMIT, "model.safetensors", &weights, Reply::file(flipped));
    let error = member.refused("google/bert");
    assert!(
        error.to_string().contains("the file is another one: its sha256"),
        "{error}"
    );
    // A small file, of which git's name is known.
    member.usual(COMMIT, &weights);
    let (git, _) = digests(b"{}");
    fs::remove_dir_all(member.of_model("snapshots")).unwrap();
    fs::remove_dir_all(member.of_model("blobs")).unwrap();
    let path = format!("/google/bert/resolve/{COMMIT}/config.json");
    member.server.serve(&path, [Reply::file("[]").etag(&git)]);
    let error = member.refused("google/bert");
    assert!(error.to_string().contains("its git blob"), "{error}");
    member.usual(COMMIT, &weights);
    member.fetch("google/bert").unwrap();
}

#[test]
fn what_broke_off_goes_on_in_the_place_that_others_use() {
    let mut member = Member::new();
    let weights = bytes(100_000);
    member.usual(COMMIT, &weights);
    let (_, sha256) = digests(&weights);
    fs::create_dir_all(member.of_model("blobs")).unwrap();
    let incomplete = member.of_model("blobs").join(format!("{sha256}.incomplete"));
    fs::write(&incomplete, &weights[..40_000]).unwrap();
    let (snapshot, _) = member.fetch("google/bert").unwrap();
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == weights);
    assert!(!incomplete.exists());
    let asked = member.server.asked("/cdn/model.safetensors?signature=abc");
    assert_eq!(asked[0].header("range"), Some("bytes=40000-"));
}

#[test]
fn the_token_is_shown_to_the_hub_and_to_nobody_else() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    member.hub.token = Some("secret".to_owned());
    member.fetch("google/bert").unwrap();
    for request in member.server.seen() {
        let is_hub = !request.path.starts_with("/cdn/");
        let shown = request.header("authorization");
        assert_eq!(shown, is_hub.then_some("Bearer secret"), "{request:?}");
    }
}

#[test]
fn models_that_cannot_be_had_or_used_are_refused_by_what_they_lack() {
    let mut member = Member::new();
    let hint = |error: &FetchError| error.hint().unwrap();
    for status in [401, 403, 404] {
        let path = "/api/models/google/bert/revision/main";
        member.server.serve(path, [Reply::status(status)]);
        let error = member.refused("google/bert");
        assert!(matches!(error, FetchError::NoSuchModel { .. }), "{error}");
        assert!(hint(&error).contains("HF_TOKEN"));
    }
    member.list(COMMIT, &["config.json", "vocab.txt", "pytorch_model.bin"]);
    let error = member.refused("google/bert");
    assert_eq!(error.to_string(), "the model google/bert lacks model.safetensors");
    assert!(hint(&error).contains("save_pretrained"));
    member.list(COMMIT, &["config.json", "model.safetensors"]);
    let error = member.refused("google/bert");
    assert!(
        error.to_string().contains("lacks tokenizer.json and vocab.txt"),
        "{error}"
    );
    member.list(COMMIT, &["model.safetensors", "vocab.txt"]);
    let error = member.refused("google/bert");
    assert!(error.to_string().contains("lacks config.json"), "{error}");
    // Nothing was downloaded to find that out.
    assert!(!member.of_model("blobs").exists());
}

#[test]
fn answers_that_are_none_of_a_hub_are_refused() {
    let mut member = Member::new();
    let path = "/api/models/google/bert/revision/main";
    for (answer, expected) in [
        ("<html>", "does not describe a model"),
        ("{\"sha\": \"main\", \"siblings\": []}", "`main` is no commit"),
        (
            "{\"sha\": \"../../../../0000000000000000000000000\", \"siblings\": []}",
            "is no commit",
        ),
    ] {
        member.server.serve(path, [Reply::file(answer)]);
        let error = member.refused("google/bert");
        assert!(error.to_string().contains(expected), "{error}");
    }
    member.usual(COMMIT, b"weights");
    let config = format!("/google/bert/resolve/{COMMIT}/config.json");
    for (reply, expected) in [
        (Reply::file("{}"), "does not name the file's version"),
        (
            Reply::file("{}").etag("../../evil"),
            "does not name the file's version",
        ),
        (
            Reply::file("{}").etag("abc").header("x-repo-commit", NEXT),
            "is of commit 0123",
        ),
        (Reply::status(404), "404 Not Found"),
        (Reply::redirect(&config), "redirects without end"),
    ] {
        member.server.serve(&config, [reply]);
        let error = member.refused("google/bert");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(!member.of_model("blobs").join("evil").exists());
}

#[test]
fn a_version_that_is_no_checksum_is_taken_only_when_that_is_accepted() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    let config = format!("/google/bert/resolve/{COMMIT}/config.json");
    member.server.serve(&config, [Reply::file("{}").etag("v1")]);
    let error = member.refused("google/bert");
    assert!(matches!(error, FetchError::Unverified { .. }), "{error}");
    member.accept_unverified = true;
    member.fetch("google/bert").unwrap();
    let (_, sha256) = digests(b"{}");
    assert!(
        member
            .told
            .0
            .contains(&format!("sha256 of config.json: {sha256}")),
        "{:?}",
        member.told
    );
}

#[test]
fn offline_nothing_is_asked() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    member.hub.offline = Some("HF_HUB_OFFLINE");
    let error = member.refused("google/bert");
    assert!(
        error
            .to_string()
            .contains("no revision of it has been downloaded"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("unset HF_HUB_OFFLINE"));
    assert!(member.server.seen().is_empty());
    member.hub.offline = None;
    member.fetch("google/bert").unwrap();
    let before = member.server.seen().len();
    member.hub.offline = Some("HF_HUB_OFFLINE");
    assert!(member.fetch("google/bert").unwrap().1);
    assert_eq!(member.server.seen().len(), before);
}

#[test]
fn a_model_of_another_name_is_found_where_the_hub_sends_us() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    let old = "/old/bert";
    let info = format!("/api/models{old}/revision/main");
    member
        .server
        .serve(&info, [Reply::redirect("/api/models/google/bert/revision/main")]);
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        let path = format!("/resolve/{COMMIT}/{file}");
        let redirect = Reply::status(307).header("location", format!("/google/bert{path}"));
        member.server.serve(&format!("{old}{path}"), [redirect]);
    }
    let (snapshot, _) = member.fetch("old/bert").unwrap();
    assert_eq!(
        fs::read(snapshot.folder.join("model.safetensors")).unwrap(),
        b"weights"
    );
}

#[test]
fn what_other_programs_have_under_an_earlier_name_is_used() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    member.fetch("bert").unwrap();
    let earlier = member.folder.path().join("hub/models--bert");
    fs::rename(member.of_model(""), &earlier).unwrap();
    let before = member.bodies().len();
    for asked in ["bert", "google/bert"] {
        let cached = member.hub.cached(&name(asked)).unwrap();
        assert_eq!(cached.folder, earlier.join("snapshots").join(COMMIT));
        assert_eq!(member.fetch(asked).unwrap(), (cached, true));
    }
    assert_eq!(member.bodies().len(), before + 2);
}

#[test]
fn a_busy_hub_is_asked_again() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    let path = "/api/models/google/bert/revision/main";
    let info = format!(
        "{{\"sha\": \"{COMMIT}\", \"siblings\": [{{\"rfilename\": \"config.json\"}}, {{\"rfilename\": \"vocab.txt\"}}, \
         {{\"rfilename\": \"model.safetensors\"}}]}}"
    );
    member
        .server
        .serve(path, [Reply::status(503), Reply::status(500), Reply::file(info)]);
    member.fetch("google/bert").unwrap();
}
