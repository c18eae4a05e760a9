//! The house keeps its order: no two files of a crate need each other, none is too long to be one room, no crate stands above
//! its place, and CHANGELOG.md says what the program reads and writes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::Sources;

/// Lines of the longest file.
const LONGEST: usize = 400;

/// The crates from below to above: each may depend on those before it.
const FLOORS: [&str; 21] = [
    "files",
    "heads",
    "damage",
    "records",
    "kernels",
    "metrics",
    "dsp-gate",
    "baselines",
    "data",
    "bundle",
    "export",
    "experiment",
    "methods",
    "models",
    "train",
    "tasks",
    "sweep",
    "report",
    "fetch",
    "verify",
    "headcount",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(crates()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_two_files_of_a_crate_need_each_other() {
    let mut circles = Vec::new();
    for name in names() {
        for circle in Sources::read(&crates().join(&name).join("src")).circles() {
            circles.push(format!("{name}: {}", circle.join(", ")));
        }
    }
    assert!(circles.is_empty(), "files in a circle:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_noticed_and_a_module_and_its_children_are_none() {
    let circles = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Sources::new(files.collect()).circles()
    };
    let two = [
        ("", "mod a; mod b; pub use b::B;"),
        ("a", "use crate::B; pub struct A;"),
        ("b", "pub struct B; fn f(_: crate::a::A) {}"),
    ];
    assert_eq!(circles(&two), [["a", "b"]]);
    let tests_only = [
        ("", "mod a; mod b;"),
        ("a", "use super::b::B; pub struct A;"),
        ("b", "pub struct B; #[cfg(test)]\nmod tests { use crate::a::A; }"),
    ];
    assert!(circles(&tests_only).is_empty());
    let family = [
        ("", "mod a;"),
        ("a", "mod b; use b::B; pub struct A;"),
        ("a::b", "use super::A; pub struct B; // crate::c::C"),
    ];
    assert!(circles(&family).is_empty());
}

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    files(&crates(), &mut found);
    let too_long: Vec<String> = found
        .iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(path).unwrap().lines().count();
            (lines > LONGEST).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(
        found.len() > 300 && too_long.is_empty(),
        "{}",
        too_long.join("\n")
    );
}

#[test]
fn no_crate_depends_on_one_above_it() {
    assert_eq!(names(), FLOORS.iter().map(|name| (*name).to_owned()).collect());
    let floor = |name: &str| FLOORS.iter().position(|known| *known == name);
    for name in FLOORS {
        let text = fs::read_to_string(crates().join(name).join("Cargo.toml")).unwrap();
        let (_, after) = text.split_once("\n[dependencies]\n").unwrap_or_default();
        let needed = after.lines().take_while(|line| !line.starts_with('['));
        for line in needed {
            let needed = line.split(['.', ' ']).next().unwrap_or_default();
            let is_below = floor(needed).is_none_or(|below| Some(below) < floor(name));
            assert!(is_below, "{name} depends on {needed}");
        }
    }
}

#[test]
fn the_changelog_names_the_version_and_every_format() {
    let text = fs::read_to_string(crates().join("../CHANGELOG.md")).unwrap();
    let constants = BTreeMap::from([
        ("RECIPE_VERSION", experiment::RECIPE_VERSION),
        ("ROW_SCHEMA_VERSION", records::ROW_SCHEMA_VERSION),
        ("RESULT_SCHEMA_VERSION", records::RESULT_SCHEMA_VERSION),
        ("MASK_SCHEMA_VERSION", records::MASK_SCHEMA_VERSION),
        ("ORDER_SCHEMA_VERSION", records::ORDER_SCHEMA_VERSION),
        ("PREPARATION_VERSION", data::prepare::PREPARATION_VERSION),
    ]);
    let (_, newest) = text.split_once("\n## ").unwrap();
    let newest = newest.split("\n## ").next().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        newest.lines().next().unwrap().contains(version),
        "{version} is not the newest"
    );
    for (name, value) in constants {
        let row = format!("| `{name}` | {value} |");
        assert!(newest.contains(&row), "CHANGELOG.md has no row {row}");
    }
}

/// The packages that a command of `cargo tree` lists, each with the features it is compiled with.
fn compiled(arguments: &[&str]) -> BTreeSet<String> {
    let out = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--prefix",
            "none",
            "--format",
            "{p} [{f}]",
        ])
        .args(arguments)
        .current_dir(crates().join("headcount"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
}

#[test]
fn the_tests_take_what_the_program_takes_as_it_is_compiled() {
    let program = compiled(&["--edges", "normal,build"]);
    let tests = compiled(&["--edges", "normal,build,dev", "--workspace"]);
    assert!(program.len() > 100, "{}", program.len());
    let again: Vec<&String> = program.difference(&tests).collect();
    assert!(
        again.is_empty(),
        "compiled a second time with other features: {again:#?}"
    );
}
