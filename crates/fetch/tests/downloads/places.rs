//! What is at the place of a corpus before it is fetched.

use std::fs;

use fetch::FetchError;
use files::Hint;

use crate::server::Reply;
use crate::{User, verified};

fn fetched() -> (User, String) {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("text")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    user.fetch(&manifest).unwrap();
    (user, manifest)
}

#[test]
fn files_that_changed_are_not_taken_for_the_corpus() {
    let (mut user, manifest) = fetched();
    let file = user.corpus().join("a");
    fs::write(&file, "best").unwrap();
    // A look at the sizes does not tell; a fetch does.
    let error = user.fetch(&manifest).unwrap_err();
    assert!(matches!(error, FetchError::Changed { .. }), "{error}");
    assert!(error.hint().unwrap().contains("remove the folder"));
    fs::write(&file, "longer").unwrap();
    assert_eq!(user.place().found("small"), None);
    fs::remove_file(&file).unwrap();
    assert_eq!(user.place().found("small"), None);
    let error = user.fetch(&manifest).unwrap_err();
    assert!(
        error.to_string().contains("`a` is missing or has changed"),
        "{error}"
    );
    fs::remove_dir_all(user.corpus()).unwrap();
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"text");
}

#[test]
fn what_others_put_there_stays() {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("text")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    fs::create_dir_all(user.corpus()).unwrap();
    fs::write(user.corpus().join("notes"), "mine").unwrap();
    let error = user.fetch(&manifest).unwrap_err();
    assert!(
        error.to_string().contains("holds `notes`, which was not fetched"),
        "{error}"
    );
    assert_eq!(user.read("notes"), b"mine");
    assert!(user.server.seen().is_empty());
    fs::remove_dir_all(user.corpus()).unwrap();
    fs::write(user.corpus(), "a file").unwrap();
    assert!(matches!(
        user.fetch(&manifest).unwrap_err(),
        FetchError::Occupied { .. }
    ));
    fs::remove_file(user.corpus()).unwrap();
    fs::create_dir(user.corpus()).unwrap();
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"text");
}

#[test]
fn what_a_killed_process_left_is_cleared_away_and_downloads_are_kept() {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("text")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    let workshop = user.folder.path().join("data/.fetching/small");
    // Killed while it unpacked: the download is whole, the folder is not.
    fs::create_dir_all(workshop.join(".writing-abc")).unwrap();
    fs::write(workshop.join(".writing-abc/a"), "te").unwrap();
    fs::write(workshop.join("a"), "text").unwrap();
    fs::write(workshop.join("a.from"), user.server.url("/a")).unwrap();
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"text");
    assert!(user.server.seen().is_empty());
    assert!(!workshop.exists());
}

#[test]
fn a_whole_download_that_is_not_what_it_was_is_fetched_again() {
    let mut user = User::new();
    user.server.serve("/a", [Reply::file("text")]);
    let manifest = verified("a", &[user.server.url("/a")], b"text");
    let workshop = user.folder.path().join("data/.fetching/small");
    fs::create_dir_all(&workshop).unwrap();
    fs::write(workshop.join("a"), "best").unwrap();
    fs::write(workshop.join("a.from"), user.server.url("/a")).unwrap();
    user.fetch(&manifest).unwrap();
    assert_eq!(user.read("a"), b"text");
}
