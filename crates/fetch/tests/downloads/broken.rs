//! What servers must not do: wrong bytes, wrong lengths, no answer.

use std::fs;

use files::Hint;

use crate::server::{Reply, nobody};
use crate::{User, bytes, unverified, verified};

#[test]
fn a_flipped_bit_is_found_before_anything_is_used() {
    let mut user = User::new();
    let text = bytes(100_000);
    let mut flipped = text.clone();
    flipped[50_000] ^= 1;
    user.server.serve("/a", [Reply::file(flipped)]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    let said = user.refused(&manifest);
    assert!(said.contains("the file is another one: its sha256 "), "{said}");
    // It was no accident of the way: the server is not asked again.
    assert_eq!(user.server.asked("/a").len(), 1);
    // What was wrong is not gone on with.
    user.server.serve("/a", [Reply::file(text.clone())]);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
}

#[test]
fn pieces_that_do_not_fit_begin_anew() {
    let mut user = User::new();
    let (text, other) = (bytes(100_000), vec![1; 100_000]);
    user.server
        .serve("/a", [Reply::file(other).cut(60_000), Reply::file(text.clone())]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    let ranges: Vec<_> = user
        .server
        .asked("/a")
        .iter()
        .map(|request| request.header("range").is_some())
        .collect();
    assert_eq!(ranges, [false, true, false]);
    assert!(
        user.told.0.iter().any(|line| line.contains("begins anew")),
        "{:?}",
        user.told
    );
}

#[test]
fn a_connection_that_always_breaks_off_at_the_same_place_is_given_up() {
    let mut user = User::new();
    let text = bytes(100_000);
    let file = Reply::file(text.clone()).ignoring_range();
    user.server.serve("/a", [file.cut(60_000)]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    let said = user.refused(&manifest);
    assert!(said.contains("broke off after"), "{said}");
    // Once with more bytes than before, and three times without.
    assert_eq!(user.server.asked("/a").len(), 4);
}

#[test]
fn sizes_are_checked_before_and_after() {
    let mut user = User::new();
    let text = bytes(100_000);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    let longer = [text.clone(), bytes(5)].concat();
    user.server.serve("/a", [Reply::file(longer.clone())]);
    let said = user.refused(&manifest);
    assert!(
        said.contains("a file of 100005 bytes instead of 100000"),
        "{said}"
    );
    user.server.serve("/a", [Reply::file(longer).without_length()]);
    let said = user.refused(&manifest);
    assert!(said.contains("sends more than 100000 bytes"), "{said}");
    let shorter = text[..99_999].to_vec();
    user.server.serve("/a", [Reply::file(shorter.clone())]);
    let said = user.refused(&manifest);
    assert!(said.contains("99999 bytes instead of 100000"), "{said}");
    user.server.serve("/a", [Reply::file(shorter).without_length()]);
    let said = user.refused(&manifest);
    assert!(said.contains("99999 bytes"), "{said}");
    user.server
        .serve("/a", [Reply::file(text.clone()).without_length()]);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
}

#[test]
fn files_of_unknown_size_have_a_limit() {
    let mut user = User::new();
    user.accept_unverified = true;
    let large = vec![0; 1_000_001];
    let manifest = unverified("a", &[user.server.url("/a")]);
    user.server.serve("/a", [Reply::file(large.clone())]);
    let said = user.refused(&manifest);
    assert!(said.contains("1000001 bytes, more than the 1000000"), "{said}");
    user.server.serve("/a", [Reply::file(large).without_length()]);
    let said = user.refused(&manifest);
    assert!(said.contains("sends more than 1000000 bytes"), "{said}");
}

#[test]
fn what_may_pass_is_asked_for_again() {
    let mut user = User::new();
    user.server.serve(
        "/a",
        [Reply::status(500), Reply::status(503), Reply::file("text")],
    );
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    user.fetch(&manifest).unwrap();
    let told = user.told.0.join("\n");
    assert!(told.contains("500 Internal Server Error"), "{told}");
    assert!(told.contains("503 Service Unavailable"), "{told}");
}

#[test]
fn what_will_not_pass_is_asked_for_once() {
    let mut user = User::new();
    for (status, name) in [
        (404, "404 Not Found"),
        (403, "403 Forbidden"),
        (410, "410 Gone"),
        (204, "204 No Content"),
    ] {
        let path = format!("/{status}");
        user.server.serve(&path, [Reply::status(status)]);
        let manifest = verified("a", &[user.server.url(&path)], b"text");
        let said = user.refused(&manifest);
        assert!(said.contains(name), "{said}");
        assert_eq!(user.server.asked(&path).len(), 1);
    }
}

#[test]
fn busy_servers_say_how_long() {
    let mut user = User::new();
    user.server.serve(
        "/a",
        [Reply::status(429).header("retry-after", "0"), Reply::file("text")],
    );
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    user.fetch(&manifest).unwrap();
}

#[test]
fn nobody_there_is_said_so() {
    let mut user = User::new();
    let manifest = verified("a", &[nobody()], b"text");
    let error = user.fetch(&manifest).unwrap_err();
    assert!(error.to_string().contains("the connection is refused"), "{error}");
    assert!(error.hint().unwrap().contains("HTTPS_PROXY"), "{error}");
    let manifest = verified("a", &["http://no-such-host.invalid/a".to_owned()], b"text");
    let said = user.refused(&manifest);
    assert!(said.contains("http://no-such-host.invalid/a: "), "{said}");
}

#[test]
fn a_page_in_place_of_the_file_is_not_taken_for_it() {
    let mut user = User::new();
    user.accept_unverified = true;
    user.server
        .serve("/a.tgz", [Reply::file("<html>please log in</html>")]);
    let manifest = unverified("a.tgz", &[user.server.url("/a.tgz")]);
    let said = user.refused(&manifest);
    assert!(said.contains("a.tgz: the file is damaged"), "{said}");
    // Nor is it kept.
    let kept = fs::read_dir(user.folder.path().join("data/.fetching/small")).unwrap();
    assert!(kept.flatten().all(|entry| entry.file_name() != "a.tgz"));
}
