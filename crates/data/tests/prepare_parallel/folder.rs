//! What may happen to the folder of a preparation.

use std::fs;
use std::path::Path;

use data::prepare::{Codes, Outcome, ParallelOptions, parallel};

use crate::{Raw, options};

#[test]
fn what_is_done_is_not_done_again() {
    let raw = Raw::new();
    assert_eq!(raw.prepare(&options()).unwrap().outcome, Outcome::Written);
    let modified = |name: &str| fs::metadata(raw.out().join(name)).unwrap().modified().unwrap();
    let before = modified("train.de");
    let again = raw.prepare(&options()).unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
    assert_eq!(again.counts.train, 3);
    assert!(again.to_string().contains("is prepared already"));
    assert_eq!(modified("train.de"), before);
    // The same content under another name is the same.
    let mut moved = raw.files.clone();
    moved.test[0] = raw.folder.path().join("moved.de");
    fs::copy(&raw.files.test[0], &moved.test[0]).unwrap();
    assert_eq!(
        parallel(&moved, &options(), &raw.out()).unwrap().outcome,
        Outcome::AlreadyThere
    );

    let other = ParallelOptions {
        codes: Codes::Learn(11),
        ratio: 2.0,
        ..options()
    };
    assert!(
        raw.refused(&other)
            .ends_with("out was prepared with other merges, ratio")
    );
    let forced = ParallelOptions {
        replace: true,
        ..other.clone()
    };
    assert_eq!(raw.prepare(&forced).unwrap().outcome, Outcome::Replaced);
    assert_eq!(raw.prepare(&other).unwrap().outcome, Outcome::AlreadyThere);
    raw.write("raw-test", "Neu\n", "New\n");
    assert!(
        raw.refused(&other)
            .ends_with("out was prepared with other test.de, test.en")
    );
    let left: Vec<_> = fs::read_dir(raw.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn changed_and_foreign_folders_are_left_alone() {
    let raw = Raw::new();
    fs::create_dir(raw.out()).unwrap();
    // An empty folder is as good as none.
    raw.prepare(&options()).unwrap();
    fs::write(raw.out().join("valid.de"), "changed\n").unwrap();
    assert!(
        raw.refused(&options())
            .ends_with("but `valid.de` is missing or has changed since")
    );
    fs::remove_file(raw.out().join("valid.de")).unwrap();
    assert!(raw.refused(&options()).contains("`valid.de` is missing"));
    let forced = ParallelOptions {
        replace: true,
        ..options()
    };
    raw.prepare(&forced).unwrap();
    raw.prepare(&options()).unwrap();

    fs::write(raw.out().join("notes.txt"), "mine\n").unwrap();
    // Nothing to replace, so nothing to refuse.
    raw.prepare(&forced).unwrap();
    let other = ParallelOptions {
        lowercase: false,
        ..forced.clone()
    };
    assert!(raw.refused(&other).contains("holds `notes.txt`"));
    assert_eq!(fs::read_to_string(raw.out().join("notes.txt")).unwrap(), "mine\n");
    fs::remove_file(raw.out().join("notes.txt")).unwrap();

    let record = raw.out().join("prepared.toml");
    let text = fs::read_to_string(&record).unwrap();
    for (text, problem) in [
        (
            text.replace("format = 1", "format = 2"),
            "format 2, this program reads 1",
        ),
        ("a = ".into(), "not TOML"),
        ("name = 'mine'\n".into(), "no record of a preparation"),
        (
            text.replace("lowercase = true", "lowercase = true\nnew = 1"),
            "unknown field `new`",
        ),
    ] {
        fs::write(&record, text).unwrap();
        for options in [&options(), &forced] {
            let error = raw.refused(options);
            assert!(
                error.contains("prepared.toml: ") && error.contains(problem),
                "{error}"
            );
        }
    }
    fs::remove_file(&record).unwrap();
    for options in [&options(), &forced] {
        assert!(raw.refused(options).contains("is not empty and holds `codes`"));
    }
    fs::remove_dir_all(raw.out()).unwrap();
    fs::write(raw.out(), "a file").unwrap();
    assert!(raw.refused(&options()).starts_with("cannot open "));
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let raw = Raw::new();
    raw.prepare(&options()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let usual = mode(&raw.files.train[0]);
    for entry in fs::read_dir(raw.out()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), usual, "{path:?}");
    }
    assert!(mode(&raw.out()) & 0o077 == (usual | usual >> 2) & 0o055);
}
