//! Slow servers, which live, and silent ones, which are dead.

use std::time::Duration;

use crate::server::Reply;
use crate::{User, bytes, verified};

#[test]
fn a_slow_server_is_waited_for() {
    let mut user = User::new();
    // Longer in all than any silence may be.
    user.patience.silence = Duration::from_millis(600);
    let text = bytes(100);
    let slow = Reply::file(text.clone()).trickle(5, Duration::from_millis(50));
    user.server.serve("/a", [slow]);
    let manifest = verified("a", &[user.server.url("/a")], &text);
    user.fetch(&manifest).unwrap();
    assert_eq!(user.server.asked("/a").len(), 1);
}

#[test]
fn a_silent_server_is_left() {
    let mut user = User::new();
    user.patience.silence = Duration::from_millis(200);
    let text = bytes(100_000);
    let file = Reply::file(text.clone());
    user.server.serve("/mute", [file.clone().hang(0)]);
    user.server
        .serve("/faint", [file.clone().hang(60_000), file.clone().hang(0)]);
    let urls = ["/mute", "/faint"].map(|path| user.server.url(path));
    let manifest = verified("a", &urls, &text);
    let said = user.refused(&manifest);
    assert!(
        said.matches("nothing was heard for too long").count() == 2,
        "{said}"
    );
    // What came before the silence is there for the next one.
    user.server.serve("/faint", [file]);
    user.fetch(&manifest).unwrap();
    assert!(user.read("a") == text);
    let last = user.server.asked("/faint").pop().unwrap();
    assert_eq!(last.header("range"), Some("bytes=60000-"));
}
