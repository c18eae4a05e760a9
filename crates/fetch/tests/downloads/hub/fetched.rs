//! Models that come: whole, by their parts, after a move, and to the place that other programs use.

use std::fs;
#[cfg(unix)]
use std::path::PathBuf;

use super::{COMMIT, Member, NEXT, digests, name};
use crate::bytes;
use crate::server::Reply;

#[test]
fn a_model_is_fetched_into_the_cache_that_others_use() {
    let mut member = Member::new();
    let weights = bytes(200_000);
    member.usual(COMMIT, &weights);
    let (snapshot, was_there) = member.fetch("google/bert").unwrap();
    assert!(!was_there);
    assert_eq!(snapshot.commit, COMMIT);
    assert_eq!(snapshot.repository, "google/bert");
    assert_eq!(snapshot.folder, member.of_model(&format!("snapshots/{COMMIT}")));
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == weights);
    assert_eq!(fs::read_to_string(member.of_model("refs/main")).unwrap(), COMMIT);
    let (_, sha256) = digests(&weights);
    assert!(member.of_model("blobs").join(&sha256).is_file());
    #[cfg(unix)]
    assert_eq!(
        fs::read_link(snapshot.folder.join("model.safetensors")).unwrap(),
        PathBuf::from(format!("../../blobs/{sha256}"))
    );
    // Only what a model folder needs.
    let mut names: Vec<_> = fs::read_dir(&snapshot.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["config.json", "model.safetensors", "vocab.txt"]);
    assert_eq!(member.hub.cached(&name("bert")).unwrap(), snapshot);
    assert_eq!(
        member.hub.cached(&name(&format!("bert@{COMMIT}"))).unwrap(),
        snapshot
    );
    // Asked again, only whether `main` has moved.
    let before = member.bodies().len();
    let (again, was_there) = member.fetch("bert").unwrap();
    assert!(was_there);
    assert_eq!(again, snapshot);
    assert_eq!(
        member.bodies()[before..],
        ["/api/models/google/bert/revision/main"]
    );
}

#[test]
fn a_branch_that_has_moved_is_followed_and_the_earlier_commit_stays() {
    let mut member = Member::new();
    member.usual(COMMIT, b"first");
    member.fetch("google/bert").unwrap();
    member.usual(NEXT, b"second");
    let (snapshot, was_there) = member.fetch("google/bert").unwrap();
    assert!(!was_there);
    assert_eq!(snapshot.commit, NEXT);
    assert_eq!(
        fs::read(snapshot.folder.join("model.safetensors")).unwrap(),
        b"second"
    );
    // The files that are the same were not fetched again.
    let bodies = member.bodies();
    assert_eq!(
        bodies.iter().filter(|path| path.ends_with("vocab.txt")).count(),
        1
    );
    let first = member
        .hub
        .cached(&name(&format!("google/bert@{COMMIT}")))
        .unwrap();
    assert_eq!(
        fs::read(first.folder.join("model.safetensors")).unwrap(),
        b"first"
    );
}

#[test]
fn weights_in_several_files_are_fetched_by_their_index() {
    let mut member = Member::new();
    let shards = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let index = "model.safetensors.index.json";
    member.list(
        COMMIT,
        &[
            &["config.json", "tokenizer.json", index, "model-old.safetensors"][..],
            &shards,
        ]
        .concat(),
    );
    member.small(COMMIT, "config.json", "{}");
    member.small(COMMIT, "tokenizer.json", "{}");
    let map = format!(
        "{{\"weight_map\": {{\"a\": \"{}\", \"b\": \"{}\"}}}}",
        shards[0], shards[1]
    );
    member.small(COMMIT, index, &map);
    for shard in shards {
        member.large(COMMIT, shard, shard.as_bytes(), Reply::file(shard));
    }
    let (snapshot, _) = member.fetch("google/bert").unwrap();
    for shard in shards {
        assert_eq!(fs::read_to_string(snapshot.folder.join(shard)).unwrap(), shard);
    }
    assert!(!snapshot.folder.join("model-old.safetensors").exists());
}

#[test]
fn what_broke_off_goes_on_in_the_place_that_others_use() {
    let mut member = Member::new();
    let weights = bytes(100_000);
    member.usual(COMMIT, &weights);
    let (_, sha256) = digests(&weights);
    fs::create_dir_all(member.of_model("blobs")).unwrap();
    let incomplete = member.of_model("blobs").join(format!("{sha256}.incomplete"));
    fs::write(&incomplete, &weights[..40_000]).unwrap();
    let (snapshot, _) = member.fetch("google/bert").unwrap();
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == weights);
    assert!(!incomplete.exists());
    let asked = member.server.asked("/cdn/model.safetensors?signature=abc");
    assert_eq!(asked[0].header("range"), Some("bytes=40000-"));
}

#[test]
fn a_model_of_another_name_is_found_where_the_hub_sends_us() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    let old = "/old/bert";
    let info = format!("/api/models{old}/revision/main");
    member
        .server
        .serve(&info, [Reply::redirect("/api/models/google/bert/revision/main")]);
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        let path = format!("/resolve/{COMMIT}/{file}");
        let redirect = Reply::status(307).header("location", format!("/google/bert{path}"));
        member.server.serve(&format!("{old}{path}"), [redirect]);
    }
    let (snapshot, _) = member.fetch("old/bert").unwrap();
    assert_eq!(
        fs::read(snapshot.folder.join("model.safetensors")).unwrap(),
        b"weights"
    );
}

#[test]
fn what_other_programs_have_under_an_earlier_name_is_used() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    member.fetch("bert").unwrap();
    let earlier = member.folder.path().join("hub/models--bert");
    fs::rename(member.of_model(""), &earlier).unwrap();
    let before = member.bodies().len();
    for asked in ["bert", "google/bert"] {
        let cached = member.hub.cached(&name(asked)).unwrap();
        assert_eq!(cached.folder, earlier.join("snapshots").join(COMMIT));
        assert_eq!(member.fetch(asked).unwrap(), (cached, true));
    }
    assert_eq!(member.bodies().len(), before + 2);
}

#[test]
fn a_busy_hub_is_asked_again() {
    let mut member = Member::new();
    member.usual(COMMIT, b"weights");
    let path = "/api/models/google/bert/revision/main";
    let info = format!(
        "{{\"sha\": \"{COMMIT}\", \"siblings\": [{{\"rfilename\": \"config.json\"}}, {{\"rfilename\": \"vocab.txt\"}}, \
         {{\"rfilename\": \"model.safetensors\"}}]}}"
    );
    member
        .server
        .serve(path, [Reply::status(503), Reply::status(500), Reply::file(info)]);
    member.fetch("google/bert").unwrap();
}
