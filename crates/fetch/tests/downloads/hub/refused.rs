//! Models and answers that are refused, and what is asked of whom.

use std::fs;

use fetch::FetchError;
use files::Hint;

use super::{COMMIT, Member, NEXT, digests};
use crate::bytes;
use crate::server::Reply;

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
