//! What docs/sweeps.md says that the folder of a sweep holds, compared with a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::common::read;

/// Of a run: there while it is not done.
const UNDONE: [&str; 2] = ["failure.json", "checkpoint.safetensors"];
/// Of a run: not of every method.
const OF_SOME: [&str; 4] = ["mask.json", "metrics.csv", "gates.csv", "model.safetensors"];

/// Where a file stands, and its name or a pattern such as `predictions.*`.
#[derive(Debug)]
struct Promise {
    of_run: bool,
    name: String,
}

/// The listing of docs/sweeps.md: a name starts with a letter or `*`, remarks follow two spaces.
fn promises() -> Vec<Promise> {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sweeps.md"));
    let listing = text
        .split("```")
        .find(|block| block.starts_with("\nresults/"))
        .unwrap();
    let mut promises = Vec::new();
    let mut of_run = false;
    for line in listing.lines().skip(2) {
        of_run |= line.trim_start().starts_with("runs/<id>/");
        let names = line.trim_start().split("   ").next().unwrap();
        let names = names
            .split_whitespace()
            .filter(|name| !name.ends_with('/') && *name != "…");
        promises.extend(names.map(|name| Promise {
            of_run,
            name: name.to_owned(),
        }));
    }
    promises
}

/// Files in a folder whose names fit.
fn fitting(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
    let fits = |name: &str| {
        if pattern.contains('*') {
            name.starts_with(start) && name.ends_with(end)
        } else {
            name == pattern
        }
    };
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file() && fits(&path.file_name().unwrap().to_string_lossy()))
        .collect()
}

/// The folder of a sweep that is done holds all that is promised, and nothing half done.
pub(crate) fn holds_what_is_promised(out: &Path) {
    let promises = promises();
    assert!(promises.len() > 15, "{promises:?}");
    let runs: Vec<PathBuf> = fs::read_dir(out.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!runs.is_empty());
    let mut of_some: BTreeSet<&str> = BTreeSet::new();
    for Promise { of_run, name } in &promises {
        if !of_run {
            let files = fitting(out, name);
            assert!(!files.is_empty(), "{} is not in {}", name, out.display());
            assert!(
                files.iter().all(|file| fs::metadata(file).unwrap().len() > 0),
                "{files:?}"
            );
            continue;
        }
        for run in &runs {
            let is_there = !fitting(run, name).is_empty();
            // The order in which heads go is found by a run of its own, which measures nothing.
            let measures = !run.file_name().unwrap().to_string_lossy().contains("-order-");
            if UNDONE.contains(&name.as_str()) {
                assert!(!is_there, "{name} is left in {}", run.display());
            } else if OF_SOME.contains(&name.as_str()) || name == "config.json" {
                if is_there {
                    of_some.insert(name);
                }
            } else if !name.starts_with("predictions") || measures {
                assert!(is_there, "{name} is not in {}", run.display());
            }
        }
    }
    for name in OF_SOME {
        assert!(of_some.contains(name), "no run has {name}");
    }
    // What a process writes before it renames it.
    let mut folders = runs;
    folders.push(out.to_owned());
    for folder in folders {
        assert!(fitting(&folder, ".writing-*").is_empty(), "{}", folder.display());
    }
}

/// A figure as PNG and SVG, with a text for each curve and words of the title.
pub(crate) fn shows(out: &Path, figure: &str, curves: &[&str], title: &str) {
    let png = fs::read(out.join(format!("{figure}.png"))).unwrap();
    assert!(
        png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 10_000,
        "{figure}.png has {} bytes",
        png.len()
    );
    let svg = read(&out.join(format!("{figure}.svg")));
    for curve in curves {
        // Behind a name may stand what it is a mean of.
        let is_drawn = |line: &str| line == *curve || line.starts_with(&format!("{curve} (mean of "));
        assert!(svg.lines().any(is_drawn), "{curve} is not in {figure}.svg");
    }
    assert!(svg.contains(title), "{title} is not in {figure}.svg");
}
