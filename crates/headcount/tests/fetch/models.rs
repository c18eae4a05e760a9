//! Models of the hub: fetched, refused, and used by experiments, with their commit on record.

use std::fs;

use crate::supplies::encoder::{self, Kind};
use crate::supplies::server::nobody;
use crate::supplies::web::{COMMIT, Web};
use crate::{User, done, holds, refused};

#[test]
fn a_model_is_fetched_into_the_hub_s_cache() {
    let user = User::new();
    let files = [
        ("config.json", b"{}".to_vec()),
        ("vocab.txt", b"[PAD]\n".to_vec()),
        ("model.safetensors", vec![7; 100_000]),
        ("README.md", b"# A model".to_vec()),
    ];
    user.web.serve_model("google/bert", &files);
    let snapshot = user.path(&format!("hf/hub/models--google--bert/snapshots/{COMMIT}"));
    let said = user.done(&["data", "fetch", "google/bert"]);
    assert_eq!(said.out, format!("{}\n", snapshot.display()));
    assert!(
        said.err.contains(&format!("google/bert@{COMMIT}: fetched\n")),
        "{}",
        said.err
    );
    assert!(snapshot.join("model.safetensors").is_file());
    assert!(!snapshot.join("README.md").exists());
    let again = user.done(&["data", "fetch", "google/bert"]);
    assert!(again.err.contains("was there already"), "{}", again.err);
    // Not even asked for where that is forbidden.
    let before = user.web.server.seen().len();
    let offline = ["data", "fetch", "google/bert"];
    let output = user
        .command(&offline)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert_eq!(done(&output).out, said.out);
    let pinned = format!("google/bert@{COMMIT}");
    let offline = ["data", "fetch", &pinned];
    let output = user
        .command(&offline)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert_eq!(done(&output).out, said.out);
    assert_eq!(user.web.server.seen().len(), before);
    let elsewhere = ["data", "fetch", "google/bert"];
    let output = user
        .command(&elsewhere)
        .env("HF_HUB_CACHE", user.path("cache"))
        .output()
        .unwrap();
    assert!(done(&output).out.contains("/cache/models--google--bert/"));
}

#[test]
fn models_that_cannot_be_had_are_refused() {
    let user = User::new();
    let said = user.refused(&["data", "fetch", "google/none"], 2);
    assert!(
        said.contains("has no model `google/none`") && said.contains("HF_TOKEN"),
        "{said}"
    );
    let said = user.refused(&["data", "fetch", "google/bert", "--to", "here"], 2);
    assert!(
        said.contains("--to here is for corpora") && said.contains("HF_HUB_CACHE"),
        "{said}"
    );
    let offline = ["data", "fetch", "google/bert"];
    let output = user
        .command(&offline)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    let said = refused(&output, 2);
    assert!(said.contains("unset HF_HUB_OFFLINE"), "{said}");
    let pickled = ["config.json", "vocab.txt", "pytorch_model.bin"];
    user.web
        .serve_model("google/old", &pickled.map(|name| (name, b"{}".to_vec())));
    let said = user.refused(&["data", "fetch", "google/old"], 2);
    assert!(
        said.contains("lacks model.safetensors") && said.contains("save_pretrained"),
        "{said}"
    );
}

/// The name of the encoder in experiments/mnli/small.toml.
const ENCODER: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// A user who has fetched MNLI, and whose hub has the encoder.
fn with_mnli() -> User {
    let user = User {
        web: Web::with_everything(),
        ..User::new()
    };
    user.done(&["data", "fetch", "mnli"]);
    user
}

/// The comparison at scale small, cut down to a dense model and random subsets of its 24 heads.
const REPRODUCE: [&str; 18] = [
    "reproduce",
    "mnli",
    "--scale",
    "small",
    "--device",
    "flex",
    "--set",
    "sweep.methods=[\"dense\", \"random\"]",
    "--set",
    "sweep.heads=[6]",
    "--set",
    "sweep.seeds=[1]",
    "--set",
    "train.updates=2",
    "--set",
    "random.draws=2",
    "--set",
    "data.max_length=32",
];

#[test]
fn an_experiment_that_names_a_model_downloads_it_and_records_its_commit() {
    let user = with_mnli();
    let before = user.web.server.seen().len();
    // What only looks downloads nothing.
    let dry = [&REPRODUCE[..], &["--dry-run"]].concat();
    let said = user.refused(&dry, 2);
    let expected = format!("`model.weights` is `{ENCODER}`, which is no folder here");
    assert!(
        said.contains("error: experiments/mnli/small.toml:") && said.contains(&expected),
        "{said}"
    );
    assert!(
        said.contains(&format!("hint: `headcount data fetch {ENCODER}` downloads it")),
        "{said}"
    );
    let output = user
        .command(&REPRODUCE)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert!(refused(&output, 2).contains("unset HF_HUB_OFFLINE"));
    let output = user
        .command(&REPRODUCE)
        .env("HF_ENDPOINT", nobody().trim_end_matches('/'))
        .env("HEADCOUNT_TIMEOUT", "1")
        .output()
        .unwrap();
    let said = refused(&output, 2);
    assert!(said.contains(&format!("cannot fetch {ENCODER}: ")), "{said}");
    assert!(
        said.contains(&format!(
            "`headcount data fetch {ENCODER}` downloads it beforehand"
        )),
        "{said}"
    );
    assert_eq!(user.web.server.seen().len(), before);
    let said = user.done(&REPRODUCE).err;
    assert!(said.contains("fetches model.safetensors"), "{said}");
    let out = user.path("results/mnli-small");
    let provenance = fs::read_to_string(out.join("provenance.csv")).unwrap();
    let mut lines = provenance.lines();
    assert!(lines.next().unwrap().ends_with(",weights"), "{provenance}");
    let name = format!(",{ENCODER}@{COMMIT}");
    let all_say_so = lines.clone().count() > 1 && lines.all(|line| line.ends_with(&name));
    assert!(all_say_so, "{provenance}");
    // What the runs read is where it was found, whatever the names mean elsewhere.
    let stored = fs::read_to_string(out.join("experiment.toml")).unwrap();
    let snapshot = format!("hf/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/{COMMIT}");
    assert!(stored.contains(&format!("{snapshot}\"")), "{stored}");
    // From then on without network, and as the same runs.
    let results = fs::read(out.join("results.csv")).unwrap();
    let output = user
        .command(&REPRODUCE)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    let said = done(&output).err;
    assert!(!said.contains("start dense"), "{said}");
    assert!(holds(&out, "results.csv", &results));
    // The same weights in a folder of the user's are the same runs.
    encoder::write(&user.path("encoder"), Kind::Bare);
    let by_hand = [&dry[..], &["--set", "model.weights=encoder"]].concat();
    assert_eq!(user.done(&by_hand).out, user.done(&dry).out);
    // And a folder goes before a name of the hub.
    fs::create_dir_all(user.path(ENCODER)).unwrap();
    let said = user.refused(&dry, 2);
    assert!(said.contains(ENCODER) && !said.contains("data fetch"), "{said}");
}
