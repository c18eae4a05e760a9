//! Several addresses, checksums that nobody knows, and several processes at once.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use fetch::{Client, FetchError, Silent, fetch_corpus};

use crate::server::{Reply, nobody};
use crate::{PATIENCE, User, bytes, manifest_of, unverified, verified};

#[test]
fn addresses_are_tried_in_turn() {
    let mut user = User::new();
    let text = bytes(1000);
    user.server.serve("/wrong", [Reply::file(vec![0; 1000])]);
    user.server.serve("/right", [Reply::file(text.clone())]);
    let url = |path: &str| user.server.url(path);
    let urls = [
        nobody(),
        url("/missing"),
        url("/wrong"),
        url("/right"),
        url("/never"),
    ];
    let manifest = verified("a", &urls, &text);
    let fetched = user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    assert_eq!(fetched.record.downloads[0].url, urls[3]);
    let told = user.told.0.join("\n");
    for (url, fault) in [
        (&urls[0], "the connection is refused"),
        (&urls[1], "404 Not Found"),
        (&urls[2], "the file is another one"),
    ] {
        assert!(
            told.contains(&format!("warning: {url}: ")) && told.contains(fault),
            "{told}"
        );
    }
    assert!(user.server.asked("/never").is_empty());
}

#[test]
fn what_went_wrong_with_each_is_told() {
    let mut user = User::new();
    user.server.serve("/busy", [Reply::status(503)]);
    let urls = [user.server.url("/missing"), user.server.url("/busy")];
    let manifest = verified("a", &urls, b"text");
    let said = user.refused(&manifest);
    for part in [
        "cannot fetch a: ",
        &format!("{}: the server answered 404 Not Found", urls[0]),
        &format!("{}: the server answered 503 Service Unavailable", urls[1]),
    ] {
        assert!(said.contains(part), "{said}");
    }
    // The one may come back, the other will not.
    assert_eq!(user.server.asked("/missing").len(), 1);
    assert_eq!(user.server.asked("/busy").len(), 3);
}

#[test]
fn one_address_goes_on_where_another_broke_off() {
    let mut user = User::new();
    let text = bytes(100_000);
    user.server
        .serve("/one", [Reply::file(text.clone()).etag("one").cut(70_000)]);
    user.server.serve("/two", [Reply::file(text.clone()).etag("two")]);
    let urls = [user.server.url("/one"), user.server.url("/two")];
    let manifest = verified("a", &urls, &text);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    // The checksum tells whether the pieces fit; the other server's word for the version would not.
    let second = &user.server.asked("/two")[0];
    assert_eq!(second.header("range"), Some("bytes=70000-"));
    assert_eq!(second.header("if-range"), None);
}

#[test]
fn what_cannot_be_checked_is_taken_only_when_that_is_accepted() {
    let mut user = User::new();
    let text = bytes(1000);
    user.server.serve("/a", [Reply::file(text.clone())]);
    let manifest = unverified("a", &[user.server.url("/a")]);
    let said = user.refused(&manifest);
    assert!(
        said.contains("no checksum of a is known") && said.contains("a test"),
        "{said}"
    );
    assert!(user.server.seen().is_empty());
    assert!(!user.folder.path().join("data").exists());
    user.accept_unverified = true;
    let fetched = user.fetch(&manifest).unwrap();
    let [download] = fetched.record.downloads.as_slice() else {
        panic!("{fetched:?}")
    };
    assert!(!download.verified);
    assert_eq!(download.sha256, crate::sha256(&text));
    // There it is there for everybody.
    user.accept_unverified = false;
    assert!(user.fetch(&manifest).unwrap().was_there);
    // Pinned, it is the same corpus; pinned to something else it is not.
    let pinned = verified("a", &[user.server.url("/a")], &text);
    assert!(user.fetch(&pinned).unwrap().was_there);
    let other = verified("a", &[user.server.url("/a")], b"other");
    let error = user.fetch(&other).unwrap_err();
    assert!(matches!(error, FetchError::OtherManifest { .. }), "{error}");
}

#[test]
fn a_checksum_is_asked_for_in_any_case_even_with_acceptance() {
    let mut user = User::new();
    user.accept_unverified = true;
    user.server.serve("/a", [Reply::file("other")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text!");
    let said = user.refused(&manifest);
    assert!(said.contains("the file is another one"), "{said}");
}

#[test]
fn processes_at_once_fetch_once() {
    let user = User::new();
    let text = bytes(200_000);
    let slow = Reply::file(text.clone()).trickle(20_000, Duration::from_millis(10));
    user.server.serve("/a", [slow]);
    let manifest = manifest_of(&verified("a", &[user.server.url("/a")], &text));
    let (name, corpus) = manifest.corpus("small").unwrap();
    let (place, start) = (user.place(), Barrier::new(4));
    let outcomes: Vec<bool> = thread::scope(|scope| {
        let fetch = || {
            let client = Client::direct(PATIENCE, None).unwrap();
            start.wait();
            let fetched = fetch_corpus(&client, &place, name, corpus, false, &mut Silent);
            fetched.unwrap().was_there
        };
        let all: Vec<_> = (0..4).map(|_| scope.spawn(fetch)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|was_there| !**was_there).count(), 1);
    assert_eq!(user.server.asked("/a").len(), 1);
    assert!(user.read("a") == text);
}
