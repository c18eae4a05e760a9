//! The experiments of the program, which call corpora and weights by name, after `data fetch`.

use std::fs;

use crate::supplies::web::{Web, corpus};
use crate::{User, refused};

/// A user for whom everything can be downloaded.
fn user() -> User {
    User {
        web: Web::with_everything(),
        ..User::new()
    }
}

/// Lists the runs of an experiment of the program, with numbers of heads that the encoders here have.
fn plan<'a>(task: &'a str, scale: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let heads = ["--set", "sweep.heads=[6]", "--set", "sweep.heads_of={}"];
    [
        &["reproduce", task, "--scale", scale, "--dry-run"][..],
        &heads,
        more,
    ]
    .concat()
}

#[test]
fn inference_uses_what_was_fetched_or_says_how_to_fetch_it() {
    for (scale, model) in [
        ("small", "sentence-transformers/all-MiniLM-L6-v2"),
        ("paper", "google-bert/bert-base-uncased"),
    ] {
        let user = user();
        let said = user.refused(&plan("mnli", scale, &[]), 2);
        for part in [
            "`data.dir` is the corpus mnli, which is not in data",
            "hint: `headcount data fetch mnli` fetches it",
        ] {
            assert!(said.contains(part), "{said}");
        }
        user.done(&["data", "fetch", "mnli"]);
        let said = user.refused(&plan("mnli", scale, &[]), 2);
        let hint = format!("hint: `headcount data fetch {model}` downloads it");
        assert!(said.contains(&hint), "{said}");
        let snapshot = user.done(&["data", "fetch", model]).out;
        let named = user.done(&plan("mnli", scale, &[])).out;
        assert!(named.contains("michel"), "{named}");
        // What is given by hand goes before, and is the same where its files are.
        let weights = format!("model.weights={}", snapshot.trim());
        let by_hand = ["--set", "data.dir=data/mnli", "--set", &weights];
        assert_eq!(user.done(&plan("mnli", scale, &by_hand)).out, named);
        let upper = ["--set", "data.dir=MNLI"];
        assert_eq!(user.done(&plan("mnli", scale, &upper)).out, named);
        let nowhere = ["--set", "data.dir=nowhere"];
        let said = user.refused(&plan("mnli", scale, &nowhere), 2);
        assert!(
            said.contains("--set data.dir: `data.dir` names ") && said.contains("nowhere"),
            "{said}"
        );
    }
}

#[test]
fn the_usual_name_of_bert_is_its_name_on_the_hub() {
    let user = user();
    user.done(&["data", "fetch", "mnli", "bert-base-uncased"]);
    let usual = ["--set", "model.weights=bert-base-uncased"];
    assert_eq!(
        user.done(&plan("mnli", "paper", &usual)).out,
        user.done(&plan("mnli", "paper", &[])).out
    );
}

#[test]
fn translation_uses_what_was_fetched_prepared_where_need_be() {
    let user = user();
    let [small, paper] = ["small", "paper"].map(|scale| plan("iwslt", scale, &[]));
    for (plan, key) in [(&small, "data.dir"), (&paper, "data.archive")] {
        let said = user.refused(plan, 2);
        // Nobody knows a checksum of it, so that the command says that this is accepted.
        for part in [
            &format!("`{key}` is the corpus iwslt14, which is not in data"),
            "`headcount data fetch iwslt14 --accept-unverified` fetches it",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
    user.done(&["data", "fetch", "iwslt14", "--accept-unverified"]);
    let said = user.done(&small);
    assert!(said.out.contains("voita-pipelined"), "{}", said.out);
    assert!(
        said.err
            .contains("prepares data/iwslt14-prepared from data/iwslt14"),
        "{}",
        said.err
    );
    for name in ["train.de", "valid.en", "test.de", "dict.en.txt", "prepared.toml"] {
        assert!(user.path("data/iwslt14-prepared").join(name).is_file(), "{name}");
    }
    let again = user.done(&small);
    assert_eq!(again.out, said.out);
    assert!(!again.err.contains("prepares"), "{}", again.err);
    user.done(&paper);
    // A data folder elsewhere is found by its variable.
    fs::rename(user.path("data"), user.path("elsewhere")).unwrap();
    user.refused(&paper, 2);
    let output = user
        .command(&paper)
        .env("HEADCOUNT_DATA", "elsewhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_archive_is_not_made_of_a_corpus_that_has_none() {
    let user = user();
    user.done(&["data", "fetch", "mnli"]);
    let named = ["--set", "data.archive=mnli"];
    let said = user.refused(&plan("iwslt", "paper", &named), 2);
    assert!(
        said.contains("--set data.archive: `data.archive` is the corpus mnli, which is no archive"),
        "{said}"
    );
}

#[test]
fn a_corpus_that_lost_a_file_is_not_used() {
    let user = user();
    user.done(&["data", "fetch", "mnli"]);
    fs::remove_file(user.path("data/mnli/train.tsv")).unwrap();
    let output = user.run(&plan("mnli", "paper", &[]));
    let said = refused(&output, 2);
    assert!(said.contains("`headcount data fetch mnli` fetches it"), "{said}");
    let said = user.refused(&["data", "fetch", "mnli"], 2);
    assert!(
        said.contains("`train.tsv` is missing or has changed since"),
        "{said}"
    );
}

#[test]
fn the_manifest_is_read_only_where_a_name_may_be_meant() {
    let user = user();
    user.web.write_manifest(&corpus("broken", "name = 1\n"));
    // Nothing of the demo is called by a name.
    user.done(&["reproduce", "mnli", "--dry-run"]);
    let said = user.refused(&plan("mnli", "paper", &[]), 2);
    assert!(said.contains("manifest.toml:7: "), "{said}");
}
