//! Recordings of the reference programs, and the models and tensors that belong to them.

use std::fs;
use std::path::{Path, PathBuf};

use damage::{Files, files_of};
use serde_json::Value;

use crate::campaign;
use crate::program::run;

/// The recordings that come with the project.
fn golden(folder: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/golden");
    let files = files_of(&root.join(folder)).unwrap().into_iter();
    files
        .filter(|(name, _)| !name.ends_with(".md"))
        .map(|(name, bytes)| (format!("{folder}/{name}"), bytes))
        .collect()
}

/// A recording with the first entries of its lists of cases only.
fn shortened(name: &str, bytes: Vec<u8>, most: usize) -> Vec<u8> {
    if !name.ends_with(".json") {
        return bytes;
    }
    let mut recording: Value = serde_json::from_slice(&bytes).unwrap();
    let lists = recording
        .as_object_mut()
        .into_iter()
        .flat_map(|object| object.values_mut());
    for list in lists.filter_map(Value::as_array_mut) {
        if list.first().is_some_and(Value::is_object) {
            list.truncate(most);
        }
    }
    serde_json::to_vec_pretty(&recording).unwrap()
}

/// Verifies what has changed: recordings themselves, or one that reads the other files.
fn verify(folder: &Path, files: &Files, reader: &str) -> Result<(), String> {
    let changed = |name: &&String| fs::read(folder.join(name)).ok().as_ref() != files.get(*name);
    let changed: Vec<&String> = files.keys().filter(changed).collect();
    let recordings = changed.iter().filter(|name| {
        let path = PathBuf::from(name);
        path.extension()
            .is_some_and(|extension| extension == "json" || extension == "jsonl")
    });
    let recordings = recordings.map(|name| name.as_str()).chain([reader]);
    recordings.into_iter().try_for_each(|name| {
        for options in [&[][..], &["--plain"]] {
            run(folder, &[&["verify", name][..], options].concat(), None)?;
            if reader.is_empty() {
                break;
            }
        }
        Ok(())
    })
}

#[test]
fn gates() {
    let files: Files = golden("gates")
        .into_iter()
        .map(|(name, bytes)| {
            let bytes = shortened(&name, bytes, 2);
            (name, bytes)
        })
        .collect();
    campaign("gates", &files, &[], 60).run(|folder| run(folder, &["verify", "gates"], None).map(drop));
}

#[test]
fn forward_passes() {
    let mut files = golden("bert/forward");
    files.extend(golden("bert/model"));
    files = files
        .into_iter()
        .map(|(name, bytes)| {
            let bytes = if name.ends_with("cases.json") {
                shortened(&name, bytes, 2)
            } else {
                bytes
            };
            (name, bytes)
        })
        .collect();
    campaign("forward-passes", &files, &[], 30)
        .run(|folder| run(folder, &["verify", "bert/forward"], None).map(drop));
}

#[test]
fn trajectories_of_an_encoder() {
    let mut files = golden("bert/train");
    files.extend(golden("bert/model"));
    campaign("encoder-trajectories", &files, &[], 3)
        .run(|folder| verify(folder, &files, "bert/train/michel.json"));
}

#[test]
fn trajectories_of_translation() {
    let files = golden("mt");
    campaign("translation-trajectories", &files, &[], 3)
        .run(|folder| verify(folder, &files, "mt/m2x2/michel.json"));
}

/// Recordings of the text tools are not part of the project; where they are at hand, they are damaged too.
#[test]
fn text_tools() {
    let Some(root) = std::env::var_os("HEADCOUNT_GOLDEN_TEXT") else {
        eprintln!("skipped: HEADCOUNT_GOLDEN_TEXT does not name the recordings of text tools");
        return;
    };
    let files = files_of(Path::new(&root)).unwrap().into_iter();
    let files: Files = files
        .filter(|(name, _)| !name.ends_with(".md"))
        .map(|(name, bytes)| {
            let lines = bytes.split_inclusive(|&byte| byte == b'\n').take(6);
            let bytes = match name.ends_with(".jsonl") {
                true => lines.collect::<Vec<_>>().concat(),
                false => shortened(&name, bytes, 3),
            };
            (format!("text/{name}"), bytes)
        })
        .collect();
    campaign("text-tools", &files, &[], 20).run(|folder| run(folder, &["verify", "text"], None).map(drop));
}
