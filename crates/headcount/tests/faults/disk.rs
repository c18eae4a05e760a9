//! Disks that are full or must not be written: file systems of their own, in a mount namespace of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{CALM, copy_of_calm, headcount, recovers, said, sweep};

/// Where the test in the namespace has its folder.
const PLACE: &str = "HEADCOUNT_TEST_PLACE";

/// Runs a test of this program where it may mount; says so where nobody may.
fn in_namespace(test: &str) {
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
    // Of its own: the child writes the reports in it anew, while other tests read theirs.
    let own = tempfile::tempdir().unwrap();
    let calm_of_child = own.path().join("calm");
    copy_of_calm(&calm_of_child);
    let status = unshare()
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(PLACE, folder.path())
        .env(CALM, &calm_of_child)
        .status()
        .unwrap();
    assert!(status.success());
}

fn place() -> Option<PathBuf> {
    std::env::var_os(PLACE).map(PathBuf::from)
}

fn mount(arguments: &[&str], place: &Path) {
    let status = Command::new("mount").args(arguments).arg(place).status().unwrap();
    assert!(status.success(), "mount {arguments:?}");
}

#[test]
fn a_full_disk_loses_nothing() {
    in_namespace("disk::on_a_small_disk");
}

#[test]
#[ignore = "in a mount namespace, started by another test"]
fn on_a_small_disk() {
    let Some(place) = place() else { return };
    mount(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"], &place);
    let out = place.join("sweep");
    let mut refusals = 0;
    for size in [64, 200, 500, 900, 1400, 2000, 2700, 3500] {
        mount(&["-o", &format!("remount,size={size}k")], &place);
        let output = sweep(&out, 2).output().unwrap();
        if output.status.code() == Some(0) {
            break;
        }
        refusals += 1;
        let said = said(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{size} KiB: {said}");
        for part in [
            "cannot ",
            &out.display().to_string(),
            "No space left on device",
            "make space",
        ] {
            assert!(said.contains(part), "{size} KiB: {part}\n{said}");
        }
    }
    assert!(refusals >= 3, "{refusals}");
    mount(&["-o", "remount,size=64m"], &place);
    // Without --retry-failed: it was not the runs that failed.
    recovers(&out);
}

#[test]
fn a_read_only_folder_is_refused_but_can_be_looked_at() {
    in_namespace("disk::on_a_read_only_disk");
}

#[test]
#[ignore = "in a mount namespace, started by another test"]
fn on_a_read_only_disk() {
    let Some(place) = place() else { return };
    mount(&["-t", "tmpfs", "tmpfs"], &place);
    let [empty, full] = ["empty", "full"].map(|name| place.join(name));
    std::fs::create_dir(&empty).unwrap();
    copy_of_calm(&full);
    mount(&["-o", "remount,ro"], &place);
    let refused = |output: &Output| {
        let said = said(output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[0].starts_with("error: cannot "), "{said}");
        assert!(lines[0].contains("Read-only file system"), "{said}");
        assert!(lines[1].starts_with("hint: "), "{said}");
    };
    for out in [&empty, &full] {
        refused(&sweep(out, 1).output().unwrap());
    }
    let report = headcount(&["report"]).arg(&full).output().unwrap();
    refused(&report);
    let copied = format!("report the copy: cp -r {} COPY", full.display());
    assert!(said(&report).contains(&copied), "{}", said(&report));
    let experiment = full.join("experiment.toml");
    let status = headcount(&["sweep", "status", "--out"])
        .arg(&full)
        .arg(&experiment)
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(0), "{}", said(&status));
    assert!(String::from_utf8_lossy(&status.stdout).contains("6 done"));
}
