//! Processes that are killed while they fetch.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::supplies::server::Reply;
use crate::supplies::web::{corpus, packed, unpack, verified};
use crate::{User, bytes, holds};

#[test]
fn a_killed_download_goes_on_where_it_was() {
    let user = User::new();
    let text = bytes(400_000);
    let file = Reply::file(text.clone()).etag("v1");
    let slow = file.clone().trickle(20_000, Duration::from_millis(20));
    user.web.server.serve("/a", [slow, file]);
    user.web.write_manifest(&corpus(
        "small",
        &verified("a", &user.web.server.url("/a"), &text),
    ));
    let mut process = user
        .command(&["data", "fetch", "small"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = user.path("data/.fetching/small/a.part");
    while fs::metadata(&part).map_or(0, |part| part.len()) < 60_000 {
        assert!(
            process.try_wait().unwrap().is_none(),
            "it ended before it was killed"
        );
        sleep(Duration::from_millis(2));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!user.path("data/small").exists());
    let had = fs::metadata(&part).unwrap().len();
    let said = user.done(&["data", "fetch", "small"]).err;
    assert!(said.contains("goes on after "), "{said}");
    let asked = user.web.server.asked("/a");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("range"), Some(format!("bytes={had}-").as_str()));
    assert_eq!(asked[1].header("if-range"), Some("\"v1\""));
    assert!(holds(&user.path("data/small"), "a", &text));
}

#[test]
fn whenever_it_is_killed_the_corpus_is_whole_or_not_there() {
    let user = User::new();
    let (train, dev) = (bytes(1_500_000), bytes(300_000));
    let archive = packed(&[("x/train.tsv", &train), ("x/dev.tsv", &dev)]);
    let slow = Reply::file(archive.clone()).trickle(100_000, Duration::from_millis(3));
    user.web.server.serve("/x.tgz", [slow]);
    let file = verified("x.tgz", &user.web.server.url("/x.tgz"), &archive);
    let members = ["train.tsv", "dev.tsv"].map(|name| format!("'{name}' = 'x/{name}'"));
    user.web.write_manifest(&(corpus("x", &file) + &unpack(&members)));
    let folder = user.path("data/x");
    let is_whole = || holds(&folder, "train.tsv", &train) && holds(&folder, "dev.tsv", &dev);
    // Later each time, until one gets to its end.
    for milliseconds in (0..).step_by(7) {
        let mut process = user
            .command(&["data", "fetch", "x"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(milliseconds));
        let ended = process.try_wait().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(!folder.exists() || is_whole(), "after {milliseconds} ms");
        if let Some(status) = ended {
            assert!(status.success());
            break;
        }
        // Nothing that is begun counts as the corpus.
        let found = fetch::DataFolder::new(user.path("data")).found("x");
        assert_eq!(found.is_some(), folder.exists());
    }
    assert!(is_whole());
    let said = user.done(&["data", "fetch", "x"]).err;
    assert!(said.contains("nothing to do"), "{said}");
}
