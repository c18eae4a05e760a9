//! Notes what provenance.csv says about the program: its git revision, whether its sources differ from it, and the
//! versions of burn and its backends.
//!
//! It is run again when the revision or anything that the program is built from changes, tests and documents not
//! included. Such a change compiles this crate anew anyway, since every other one is below it, so that the answer is right
//! after each build and costs none.

use std::path::Path;
use std::process::Command;

/// What a crate's program is built from, in its folder.
const OF_A_CRATE: [&str; 4] = ["src", "assets", "Cargo.toml", "build.rs"];
/// The same in the folder of the workspace.
const OF_THE_WORKSPACE: [&str; 3] = ["Cargo.toml", "Cargo.lock", "experiments"];

fn main() {
    let root = Path::new("../..");
    watch_sources(root);
    let revision = git(&["rev-parse", "--short=12", "HEAD"]);
    // Nothing without a revision; then there is nothing to differ from.
    let dirty = revision.as_ref().and_then(|_| is_dirty());
    set("GIT_REVISION", &revision.unwrap_or_default());
    set(
        "GIT_DIRTY",
        &dirty.map(|dirty| dirty.to_string()).unwrap_or_default(),
    );
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    set("BURN_VERSIONS", &burn_versions(&lock));
}

fn set(name: &str, value: &str) {
    println!("cargo::rustc-env=HEADCOUNT_{name}={value}");
}

fn watch_sources(root: &Path) {
    let crates = std::fs::read_dir(root.join("crates"))
        .into_iter()
        .flatten()
        .flatten();
    let folders = crates.flat_map(|folder| OF_A_CRATE.map(|name| folder.path().join(name)));
    let others = OF_THE_WORKSPACE.map(|name| root.join(name));
    let heads = ["HEAD", "logs/HEAD"].map(|name| git(&["rev-parse", "--git-path", name]));
    let heads = heads.into_iter().flatten().map(Into::into);
    // What does not exist would be taken for changed at each build.
    for path in folders.chain(others).chain(heads).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn is_dirty() -> Option<bool> {
    let of_crates = OF_A_CRATE.map(|name| {
        format!(
            ":(top,glob)crates/*/{name}{}",
            if name.contains('.') { "" } else { "/**" }
        )
    });
    let others = OF_THE_WORKSPACE.map(|name| format!(":(top){name}"));
    let mut arguments = vec!["status", "--porcelain", "--"];
    arguments.extend(of_crates.iter().chain(&others).map(String::as_str));
    git(&arguments).map(|changes| !changes.is_empty())
}

/// What git says; nothing where there is no git or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    // Without the variable `status` would rewrite the index.
    let output = Command::new("git")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .args(arguments)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The versions of burn's packages in Cargo.lock, as `burn=0.22.1,burn-flex=0.22.1`.
fn burn_versions(lock: &str) -> String {
    let packages = lock.split("\n\n").filter_map(|package| {
        let value = |key: &str| {
            let start = format!("{key} = \"");
            let line = package.lines().find_map(|line| line.strip_prefix(&start))?;
            line.strip_suffix('"')
        };
        let name = value("name").filter(|name| *name == "burn" || name.starts_with("burn-"))?;
        Some(format!("{name}={}", value("version")?))
    });
    packages.collect::<Vec<_>>().join(",")
}
