//! From the archive of IWSLT14 to a score.

use std::fs;
use std::path::PathBuf;

use super::common::{headcount, read, rows};

/// Writes a text as a member of an archive.
fn member(archive: &mut tar::Builder<impl std::io::Write>, name: &str, text: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    archive
        .append_data(&mut header, format!("de-en/{name}"), text.as_bytes())
        .unwrap();
}

#[test]
fn an_archive_is_prepared_once_and_translated_to_a_score() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("de-en.tgz");
    let file = fs::File::create(&path).unwrap();
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (code, words) in [("de", ["hund", "haus", "sehe"]), ("en", ["dog", "house", "see"])] {
        let lines: String = (0..60)
            .map(|n| format!("{} {} {} .\n", words[n % 3], words[(n + 1) % 3], words[n / 2 % 3]))
            .collect();
        member(
            &mut archive,
            &format!("train.tags.de-en.{code}"),
            &format!("<url>x</url>\n{lines}"),
        );
        for set in [
            "TED.dev2010",
            "TEDX.dev2012",
            "TED.tst2010",
            "TED.tst2011",
            "TED.tst2012",
        ] {
            let text = format!("<doc>\n<seg id=\"1\"> {} . </seg>\n</doc>\n", words[0]);
            member(&mut archive, &format!("IWSLT14.{set}.de-en.{code}.xml"), &text);
        }
    }
    archive.into_inner().unwrap().finish().unwrap();
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
        assert_eq!(read(&prepared[0].join("test.de")).lines().count(), 5);
        written
    };
    assert_eq!(reproduce(), reproduce());
    let rows = rows(&folder.path().join("out"));
    assert!(
        rows.iter()
            .any(|row| row["metric"] == "bleu" && row["n_examples"] == "5")
    );
}
