//! What was fetched: the manifest, the record in the folder of a corpus, the hub's cache of models.
//!
//! Nothing is downloaded here, whatever addresses a damaged manifest has: these commands only look.

use damage::Files;

use crate::program::commands;
use crate::{campaign, fixtures};

const MANIFEST: &str = r#"format = 1
[corpus.own]
title = "Own pairs"
licence = "CC0-1.0"
licence_source = "this test"
[[corpus.own.file]]
name = "own.tar.gz"
urls = ["http://127.0.0.1:9/own.tar.gz"]
at_most = 10000
unverified = "nobody has it"
[corpus.own.file.unpack]
format = "tar-gz"
at_most = 100000
members = { "train.tsv" = "own/train.tsv" }
[renamed]
"small-encoder" = "somebody/small-encoder"
"#;

const PLAN: &str = "sweep plan x.toml --set data.dir=own --format json";

#[test]
fn corpora() {
    let experiment = fixtures::classification();
    let of_corpus = [
        "mnli.tsv",
        "multinli.jsonl.gz",
        "plain.jsonl",
        "rows.txt",
        "vocab.txt",
    ];
    let mut record = "format = 1\ntitle = \"Own pairs\"\nlicence = \"CC0-1.0\"\nlicence_source = \"this test\"\n\
                      [[downloads]]\nname = \"own.tar.gz\"\nurl = \"http://127.0.0.1:9/own.tar.gz\"\nsize = 1\n\
                      sha256 = \"00\"\nverified = false\n"
        .to_owned();
    let mut files = Files::new();
    for (name, bytes) in experiment {
        if of_corpus.contains(&name.as_str()) {
            let size = bytes.len();
            record += &format!("[[files]]\nname = \"{name}\"\nsize = {size}\nsha256 = \"00\"\n");
            files.insert(format!("data/own/{name}"), bytes);
        } else {
            files.insert(name, bytes);
        }
    }
    files.insert("data/own/fetched.toml".to_owned(), record.into_bytes());
    files.insert("manifest.toml".to_owned(), MANIFEST.as_bytes().to_vec());
    let undamaged = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        let path = undamaged.path().join("files").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let folder = undamaged.path().join("files");
    let words: Vec<&str> = PLAN.split(' ').collect();
    let status = crate::program::run(&folder, &words, None).unwrap();
    let said = std::fs::read_to_string(folder.with_file_name("stderr.txt")).unwrap();
    assert!(status.success(), "{said}");
    let damaged = ["manifest.toml", "data/own/fetched.toml"];
    campaign("fetched", &files, &damaged, 60).run(|folder| commands(folder, &[PLAN]));
}

#[test]
fn hub() {
    let mut files = fixtures::classification();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let model = "hub/models--somebody--small";
    let snapshot = format!("{model}/snapshots/{commit}");
    files.insert(format!("{model}/refs/main"), commit.as_bytes().to_vec());
    files.insert(
        format!("{snapshot}/config.json"),
        b"{\"model_type\": \"bert\"}".to_vec(),
    );
    files.insert(format!("{snapshot}/model.safetensors"), vec![0; 16]);
    let plan = "sweep plan x.toml --set model.weights=somebody/small --format json";
    campaign("hub", &files, &["hub"], 30).run(|folder| commands(folder, &[plan]));
}
