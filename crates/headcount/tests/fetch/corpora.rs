//! Corpora: what is printed, where, with which exit code.

use std::fs;

use crate::supplies::server::{Reply, Server, nobody};
use crate::supplies::web::{corpus, packed, sha256, unpack, verified};
use crate::{User, bytes, done, holds, refused};

#[test]
fn a_corpus_is_fetched_once_and_its_folder_is_printed() {
    let user = User::new();
    let train = bytes(50_000);
    let archive = packed(&[("MNLI/train.tsv", train.as_slice()), ("MNLI/README", b"other")]);
    user.web.server.serve("/mnli.tgz", [Reply::file(archive.clone())]);
    let file = verified("mnli.tgz", &user.web.server.url("/mnli.tgz"), &archive);
    let unpack = unpack(&["'train.tsv' = 'MNLI/train.tsv'".to_owned()]);
    user.web.write_manifest(&(corpus("mnli", &file) + &unpack));
    let said = user.done(&["data", "fetch", "mnli"]);
    assert_eq!(said.out, "data/mnli\n");
    for part in [
        "fetches mnli.tgz (",
        "wrote data/mnli: A corpus, 1 file\n",
        "licence: CC0-1.0 (this test)\n",
    ] {
        assert!(said.err.contains(part), "{}", said.err);
    }
    // No bar and no colour where nobody sees them.
    assert!(!said.err.contains(['\r', '\u{1b}']), "{:?}", said.err);
    assert!(holds(&user.path("data/mnli"), "train.tsv", &train));
    let again = user.done(&["data", "fetch", "MNLI", "mnli"]);
    assert_eq!(again.out, "data/mnli\n");
    assert_eq!(
        again.err,
        "data/mnli is there already and as it was fetched, nothing to do\n"
    );
    assert_eq!(user.web.server.seen().len(), 1);
}

#[test]
fn folders_are_those_of_the_option_else_of_the_variable_else_data() {
    let user = User::new();
    user.web.server.serve("/a", [Reply::file("text")]);
    user.web.write_manifest(&corpus(
        "small",
        &verified("a", &user.web.server.url("/a"), b"text"),
    ));
    let said = user.done(&["data", "fetch", "small", "--to", "here"]);
    assert_eq!(said.out, "here/small\n");
    assert!(
        said.err
            .contains("hint: HEADCOUNT_DATA=here lets experiments find it"),
        "{}",
        said.err
    );
    let fetch = ["data", "fetch", "small"];
    let variable = user
        .command(&fetch)
        .env("HEADCOUNT_DATA", "there")
        .output()
        .unwrap();
    let said = done(&variable);
    assert_eq!(said.out, "there/small\n");
    assert!(!said.err.contains("hint"), "{}", said.err);
    assert_eq!(user.done(&fetch).out, "data/small\n");
}

#[test]
fn faults_end_with_an_error_a_hint_and_their_code() {
    let user = User::new();
    user.web.server.serve("/a", [Reply::file("text")]);
    user.web.server.serve("/damaged", [Reply::file("best")]);
    let url = |path: &str| user.web.server.url(path);
    let known = corpus("known", &verified("a", &url("/a"), b"text"));
    let missing = corpus("missing", &verified("b", &url("/b"), b"text"));
    let damaged = corpus("damaged", &verified("c", &url("/damaged"), b"text"));
    let lonely = corpus("lonely", &verified("d", &nobody(), b"text"));
    user.web
        .write_manifest(&[known, missing, damaged, lonely].concat());
    // A word that means nothing is found before anything is fetched.
    let said = user.refused(&["data", "fetch", "known", "unknown"], 2);
    assert!(said.contains("`unknown` is no corpus"), "{said}");
    assert!(
        said.contains("the corpora are damaged, known, lonely, missing"),
        "{said}"
    );
    assert!(!user.path("data").exists());
    for (name, expected, hint) in [
        ("missing", "404 Not Found", "hint: the servers have changed"),
        (
            "damaged",
            "the file is another one",
            "hint: the servers have changed",
        ),
        ("lonely", "the connection is refused", "hint: check the network"),
    ] {
        let said = user.refused(&["data", "fetch", name], 2);
        assert!(said.contains("error: cannot fetch "), "{said}");
        assert!(said.contains(expected) && said.contains(hint), "{said}");
        assert!(!user.path("data").join(name).exists());
    }
    // The others are fetched, and that one is not is said by the code.
    let output = user.run(&["data", "fetch", "missing", "known"]);
    let said = refused(&output, 1);
    assert!(said.contains("cannot fetch b"), "{said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "data/known\n");
    user.refused(&["data", "fetch", "missing", "damaged"], 2);
    user.web.write_manifest("[corpus.x]\ntitle = 1\n");
    let said = user.refused(&["data", "fetch", "x"], 2);
    assert!(said.contains("manifest.toml:3: "), "{said}");
    let no_name = user.run(&["data", "fetch"]);
    assert_eq!(no_name.status.code(), Some(2));
}

#[test]
fn a_checksum_that_is_not_known_is_printed_and_can_be_pinned() {
    let user = User::new();
    let archive = packed(&[("a", "text")]);
    user.web.server.serve("/a.tgz", [Reply::file(archive.clone())]);
    let url = user.web.server.url("/a.tgz");
    let unknown = format!("name = 'a.tgz'\nurls = ['{url}']\nat_most = 10000\nunverified = 'nobody told'\n");
    user.web.write_manifest(&corpus("small", &unknown));
    let said = user.refused(&["data", "fetch", "small"], 2);
    assert!(said.contains("nobody told"), "{said}");
    assert!(
        said.contains("`headcount data fetch small --accept-unverified`"),
        "{said}"
    );
    assert!(user.web.server.seen().is_empty());
    let said = user.done(&["data", "fetch", "small", "--accept-unverified"]).err;
    let expected = format!(
        "not verified: a.tgz, {} bytes, sha256 {}\n",
        archive.len(),
        sha256(&archive)
    );
    assert!(said.contains(&expected), "{said}");
    user.web
        .write_manifest(&corpus("small", &verified("a.tgz", &url, &archive)));
    let said = user.done(&["data", "fetch", "small"]).err;
    assert!(said.contains("nothing to do"), "{said}");
}

#[test]
fn two_processes_at_once_do_not_harm_each_other() {
    let user = User::new();
    let text = bytes(300_000);
    let slow = Reply::file(text.clone()).trickle(10_000, std::time::Duration::from_millis(10));
    user.web.server.serve("/a", [slow]);
    user.web.write_manifest(&corpus(
        "small",
        &verified("a", &user.web.server.url("/a"), &text),
    ));
    let start = || {
        let mut command = user.command(&["data", "fetch", "small"]);
        command.stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let all = [start(), start(), start()];
    for process in all {
        done(&process.wait_with_output().unwrap());
    }
    assert_eq!(user.web.server.asked("/a").len(), 1);
    assert!(holds(&user.path("data/small"), "a", &text));
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let user = User::new();
    user.web.server.serve("/a", [Reply::file("text")]);
    user.web.write_manifest(&corpus(
        "small",
        &verified("a", &user.web.server.url("/a"), b"text"),
    ));
    fs::create_dir_all(user.path("data/small")).unwrap();
    fs::write(user.path("data/small/mine"), "").unwrap();
    let said = user.refused(&["data", "fetch", "small"], 2);
    assert!(said.contains("data/small holds `mine`"), "{said}");
    fs::remove_file(user.path("data/small/mine")).unwrap();
    user.done(&["data", "fetch", "small"]);
    fs::write(user.path("data/small/a"), "best").unwrap();
    let said = user.refused(&["data", "fetch", "small"], 2);
    assert!(said.contains("`a` is missing or has changed since"), "{said}");
    assert!(holds(&user.path("data/small"), "a", b"best"));
}

#[test]
fn the_environment_names_proxies_and_patience() {
    let user = User::new();
    user.web.server.serve("/a", [Reply::file("text")]);
    let url = "http://corpora.invalid/a";
    user.web
        .write_manifest(&corpus("small", &verified("a", url, b"text")));
    let fetch = ["data", "fetch", "small"];
    let wrong = user
        .command(&fetch)
        .env("HEADCOUNT_TIMEOUT", "soon")
        .output()
        .unwrap();
    let said = refused(&wrong, 2);
    assert!(said.contains("HEADCOUNT_TIMEOUT is `soon`"), "{said}");
    let wrong = user
        .command(&fetch)
        .env("SSL_CERT_FILE", "/no/such")
        .output()
        .unwrap();
    assert!(refused(&wrong, 2).contains("SSL_CERT_FILE names /no/such"));
    let proxied = user
        .command(&fetch)
        .env_remove("NO_PROXY")
        .env("HTTP_PROXY", user.web.server.url(""))
        .output()
        .unwrap();
    done(&proxied);
    let asked = user.web.server.seen();
    assert!(
        asked
            .iter()
            .any(|request| request.path.starts_with("corpora.invalid")
                || request.path.starts_with("http://corpora.invalid")),
        "{asked:?}"
    );
}

/// The manifest that is part of the program describes files that are at hand here: they are what it says.
#[test]
fn the_program_s_own_manifest_knows_multi30k() {
    let Some(packs) = std::env::var_os("HEADCOUNT_TEST_DATA") else {
        println!("skipped: HEADCOUNT_TEST_DATA is not set");
        return;
    };
    let packs = std::path::PathBuf::from(packs).join("multi30k");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/manifest.toml");
    let server = Server::start();
    let mut own = fs::read_to_string(manifest).unwrap();
    for part in ["train", "val", "test_2016_flickr"] {
        for code in ["de", "en"] {
            let name = format!("{part}.{code}.gz");
            let ours = name.replace("test_2016_flickr", "test2016");
            server.serve(
                &format!("/{name}"),
                [Reply::file(fs::read(packs.join(ours)).unwrap())],
            );
        }
    }
    let start = own.find("https://raw.githubusercontent.com/multi30k/").unwrap();
    let end = start + own[start..].find("train.de.gz").unwrap();
    let folder = own[start..end].to_owned();
    own = own.replace(&folder, &server.url("/"));
    let user = User::new();
    user.web.write_manifest(&own.replace("format = 1\n", ""));
    user.done(&["data", "fetch", "multi30k"]);
    let plan = user.done(&[
        "reproduce",
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../experiments/multi30k/small.toml"
        ),
        "--dry-run",
    ]);
    assert!(plan.out.contains("dsp-joint"), "{}", plan.out);
    assert!(
        plan.err
            .contains("prepares data/multi30k-prepared from data/multi30k"),
        "{}",
        plan.err
    );
    let lines = fs::read_to_string(user.path("data/multi30k-prepared/train.de")).unwrap();
    assert!(lines.lines().count() > 28_000);
}
