//! From the archive of IWSLT14 to a score.

use std::fs;
use std::path::PathBuf;

use super::common::{headcount, read, rows};
use super::supplies::iwslt14;

#[test]
fn an_archive_is_prepared_once_and_translated_to_a_score() {
    let folder = tempfile::tempdir().unwrap();
    iwslt14::write(&folder.path().join("de-en.tgz"));
    fs::write(
        folder.path().join("x.toml"),
        "name = \"x\"\ntask = \"translation\"\n[data]\nsource = \"iwslt14\"\narchive = \"de-en.tgz\"\nmerges = 5\n\
         [model]\nlayers = 1\nwidth = 8\nheads = 2\nfeed_forward = 8\n[train]\nupdates = 2\n[generate]\nbeam = 2\n\
         max_len_b = 5\n[dsp]\ncooldown = 0.5\n[sweep]\nmethods = [\"dense\", \"dsp-joint\"]\nheads = [1]\nseeds = [1, 2]\n",
    )
    .unwrap();
    let reproduce = || {
        let output = headcount(&["reproduce", "x.toml", "--out", "out", "--jobs", "2"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let cache = fs::read_dir(folder.path().join("out/cache")).unwrap();
        let prepared: Vec<PathBuf> = cache
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        assert_eq!(prepared.len(), 1, "{prepared:?}");
        let written = fs::metadata(prepared[0].join("train.de"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(
            read(&prepared[0].join("test.de")).lines().count(),
            iwslt14::TEST_PAIRS
        );
        written
    };
    assert_eq!(reproduce(), reproduce());
    let rows = rows(&folder.path().join("out"));
    assert!(
        rows.iter()
            .any(|row| row["metric"] == "bleu" && row["n_examples"] == iwslt14::TEST_PAIRS.to_string())
    );
}
