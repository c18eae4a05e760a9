//! A disk that is full: a file system of its own, in a mount namespace of its own.

use std::path::PathBuf;
use std::process::Command;

use crate::supplies::server::Reply;
use crate::supplies::web::{corpus, verified};
use crate::{User, bytes, done, holds, refused};

/// Where the test in the namespace has its folder.
const PLACE: &str = "HEADCOUNT_TEST_PLACE";

#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "--"]);
        command
    };
    let mount = ["mount", "-t", "tmpfs", "tmpfs"];
    match unshare().args(mount).arg(folder.path()).output() {
        Ok(output) if output.status.success() => {}
        refused => {
            println!("skipped: no file system can be mounted here: {refused:?}");
            return;
        }
    }
    let status = unshare()
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::on_a_small_disk", "--ignored", "--nocapture"])
        .env(PLACE, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "in a mount namespace, started by another test"]
fn on_a_small_disk() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else {
        return;
    };
    let mount = |options: &str| {
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&place)
            .status();
        assert!(status.unwrap().success(), "mount {options}");
    };
    mount("size=256k");
    let user = User::new();
    let text = bytes(1_000_000);
    user.web
        .server
        .serve("/a", [Reply::file(text.clone()).etag("v1")]);
    user.web.write_manifest(&corpus(
        "small",
        &verified("a", &user.web.server.url("/a"), &text),
    ));
    let data = place.join("data");
    let fetch = || {
        let mut command = user.command(&["data", "fetch", "small"]);
        command.env("HEADCOUNT_DATA", &data).output().unwrap()
    };
    let said = refused(&fetch(), 2);
    for part in ["cannot write ", "a.part", "No space left on device", "make space"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!data.join("small").exists());
    mount("remount,size=64m");
    let said = done(&fetch()).err;
    // What had room was not fetched twice.
    assert!(said.contains("goes on after "), "{said}");
    assert!(holds(&data.join("small"), "a", &text));
}
