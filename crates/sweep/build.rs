//! Notes the git revision that the program is built from, where there is one.

use std::process::Command;

fn main() {
    for watched in ["../../.git/HEAD", "../../.git/logs/HEAD"] {
        if std::path::Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    let revision = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    let revision = revision.ok().filter(|output| output.status.success());
    let text = revision
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    println!("cargo::rustc-env=HEADCOUNT_GIT_REVISION={text}");
}
