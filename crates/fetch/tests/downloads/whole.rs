//! What servers should do: whole files, parts of them, redirects.

use std::fs;

use crate::server::Reply;
use crate::{User, bytes, sha256, unverified, verified};

#[test]
fn a_file_is_fetched_once() {
    let mut user = User::new();
    let text = bytes(200_000);
    user.server.serve("/a.txt", [Reply::file(text.clone())]);
    let manifest = verified("a.txt", &[user.server.url("/a.txt")], &text);
    let fetched = user.fetch(&manifest).unwrap();
    assert!(!fetched.was_there);
    assert_eq!(fetched.folder, user.corpus());
    assert!(user.read("a.txt") == text);
    let [download] = fetched.record.downloads.as_slice() else {
        panic!("{fetched:?}")
    };
    assert_eq!((download.size, download.verified), (200_000, true));
    assert_eq!(download.sha256, sha256(&text));
    let record = fs::read_to_string(user.corpus().join("fetched.toml")).unwrap();
    for part in [
        "title = \"Small\"",
        "licence = \"none\"",
        "/a.txt",
        &download.sha256,
    ] {
        assert!(record.contains(part), "{record}");
    }
    // Nothing is left of the work.
    let left = user.folder.path().join("data/.fetching");
    let left: Vec<_> = fs::read_dir(left)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["small.lock"]);
    let again = user.fetch(&manifest).unwrap();
    assert!(again.was_there);
    assert_eq!(again.record, fetched.record);
    assert_eq!(user.server.seen().len(), 1);
    assert_eq!(user.place().found("small"), Some(user.corpus()));
    assert_eq!(user.place().found("other"), None);
}

#[test]
fn files_are_asked_for_as_they_are() {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("text")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    user.fetch(&manifest).unwrap();
    let [request] = &user.server.seen()[..] else {
        panic!("one request")
    };
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert!(request.header("user-agent").unwrap().starts_with("headcount/"));
    assert_eq!(request.header("range"), None);
}

#[test]
fn empty_files_are_files() {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("")]);
    let manifest = verified("a", &[user.server.url("/a")], b"");
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"");
}

#[test]
fn redirects_are_followed_to_their_end() {
    let mut user = User::new();
    let server = &user.server;
    server.serve("/1", [Reply::redirect("/2?signed=yes")]);
    server.serve("/2?signed=yes", [Reply::redirect(server.elsewhere("/3"))]);
    server.serve("/3", [Reply::status(308).header("location", server.url("/4"))]);
    server.serve("/4", [Reply::file("text")]);
    let manifest = verified("a", &[server.url("/1")], b"text");
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"text");
}

#[test]
fn redirects_without_end_are_ended() {
    let mut user = User::new();
    let server = &user.server;
    server.serve("/1", [Reply::redirect("/2")]);
    server.serve("/2", [Reply::redirect("/1")]);
    for step in 0..30 {
        let next = format!("/chain/{}", step + 1);
        server.serve(&format!("/chain/{step}"), [Reply::redirect(next)]);
    }
    for path in ["/1", "/chain/0"] {
        let before = user.server.seen().len();
        let manifest = verified("a", &[user.server.url(path)], b"text");
        let said = user.refused(&manifest);
        assert!(said.contains("redirects without end"), "{said}");
        assert!(user.server.seen().len() - before < 15);
    }
}

#[test]
fn what_broke_off_goes_on() {
    let mut user = User::new();
    let text = bytes(300_000);
    let file = Reply::file(text.clone()).etag("v1");
    user.server
        .serve("/a", [file.clone().cut(100_000), file.clone().cut(50_000), file]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    let asked = user.server.asked("/a");
    let ranges: Vec<_> = asked.iter().map(|request| request.header("range")).collect();
    assert_eq!(ranges, [None, Some("bytes=100000-"), Some("bytes=150000-")]);
    let versions: Vec<_> = asked.iter().map(|request| request.header("if-range")).collect();
    assert_eq!(versions, [None, Some("\"v1\""), Some("\"v1\"")]);
    assert!(
        user.told.0.iter().any(|line| line.contains("broke off after")),
        "{:?}",
        user.told
    );
}

#[test]
fn another_process_goes_on_where_one_was_killed() {
    let mut user = User::new();
    user.accept_unverified = true;
    let text = bytes(300_000);
    let file = Reply::file(text.clone()).etag("v1");
    // All patience is spent, as if the process had been killed.
    user.patience.rounds = 1;
    user.server.serve("/a", [file.clone().cut(100_000)]);
    let manifest = unverified("a", &[user.server.url("/a")]);
    while user.fetch(&manifest).is_err() {
        if user.server.asked("/a").len() == 2 {
            user.server.serve("/a", [file.clone()]);
        }
    }
    assert!(user.read("a") == text);
    let asked = user.server.asked("/a");
    assert!(asked.len() > 2);
    let last = asked.last().unwrap();
    assert_eq!(last.header("if-range"), Some("\"v1\""));
    assert!(last.header("range").is_some());
}

#[test]
fn a_server_without_ranges_begins_anew() {
    let mut user = User::new();
    let text = bytes(200_000);
    let file = Reply::file(text.clone()).ignoring_range();
    user.server.serve("/a", [file.clone().cut(150_000), file]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    assert_eq!(user.server.asked("/a")[1].header("range"), Some("bytes=150000-"));
}

#[test]
fn a_file_that_changed_meanwhile_begins_anew() {
    let (old, new) = (bytes(200_000), vec![7; 200_000]);
    for obeys in [true, false] {
        let mut user = User::new();
        user.accept_unverified = true;
        let mut second = Reply::file(new.clone()).etag("v2");
        if !obeys {
            second = second.ignoring_conditions();
        }
        user.server
            .serve("/a", [Reply::file(old.clone()).etag("v1").cut(90_000), second]);
        let manifest = unverified("a", &[user.server.url("/a")]);
        user.fetch(&manifest).unwrap();
        assert!(user.read("a") == new, "obeys: {obeys}");
    }
}

#[test]
fn without_a_checksum_nothing_goes_on_that_has_no_version() {
    let mut user = User::new();
    user.accept_unverified = true;
    let text = bytes(200_000);
    let file = Reply::file(text.clone());
    user.server.serve("/a", [file.clone().cut(90_000), file]);
    let manifest = unverified("a", &[user.server.url("/a")]);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    assert_eq!(user.server.asked("/a")[1].header("range"), None);
}
