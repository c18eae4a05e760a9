//! `prune` from a folder and labelled examples: heads chosen, weights trained further, all in one go.

use std::fs;

use super::common::read;
use super::pruning::{certificate, prune, refused};
use super::sweeps::{Sweep, corpus};
use super::{command, ended, fed};

#[test]
fn a_classifier_and_examples_become_a_smaller_onnx_file() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let (train, held) = (
        folder.path().join("train.jsonl"),
        folder.path().join("held.jsonl"),
    );
    fs::write(&train, corpus("train")).unwrap();
    fs::write(&held, corpus("matched")).unwrap();
    let out = folder.path().join("small");
    let words = [
        "--method",
        "fisher",
        "--keep",
        "50%",
        "--format",
        "onnx",
        "--data",
        train.to_str().unwrap(),
        "--evaluate",
        held.to_str().unwrap(),
        "--set",
        "fisher.batches=4",
    ];
    let said = prune(&run, &out, &words);
    assert!(said.out.contains("heads            6 of 12"), "{}", said.out);
    assert!(out.join("model.onnx").is_file() && !out.join("model.safetensors").exists());
    assert!(out.join("vocab.txt").is_file() && out.join("config.json").is_file());
    let certificate = certificate(&out);
    assert_eq!(
        (&certificate["k"], &certificate["format"]),
        (&6.into(), &"onnx".into())
    );
    assert!(
        certificate["chosen_by"]
            .as_str()
            .unwrap()
            .starts_with("fisher on ")
    );
    assert_eq!(certificate["examples"], 90);
    assert!(!folder.path().join("small.work").exists());
}

#[test]
fn every_layer_keeps_the_same_number_and_weights_are_trained_further() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let train = folder.path().join("train.jsonl");
    fs::write(&train, corpus("train")).unwrap();
    // Evaluated on what it learns: there it must be better.
    let data = train.to_str().unwrap();
    let of = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let words = [
            "--method",
            "michel",
            "--k",
            "3",
            "--uniform",
            "--data",
            data,
            "--evaluate",
            data,
        ];
        prune(&run, &out, &[&words, more].concat());
        out
    };
    let plain = of("plain", &["--set", "michel.batches=2"]);
    let rows = certificate(&plain)["kept"].as_array().unwrap().clone();
    assert!(
        rows.iter().all(|row| row["heads"].as_array().unwrap().len() == 1),
        "{rows:?}"
    );
    let further = of(
        "further",
        &[
            "--finetune",
            "8",
            "--set",
            "michel.batches=2",
            "--set",
            "finetune.learning_rate=3e-3",
        ],
    );
    // The same heads, other weights.
    assert_eq!(certificate(&further)["kept"], certificate(&plain)["kept"]);
    let weights = |folder: &std::path::Path| fs::read(folder.join("model.safetensors")).unwrap();
    assert_ne!(weights(&further), weights(&plain));
    let [trained, given] = [&further, &plain].map(|out| certificate(out)["accuracy"].clone());
    assert_eq!(trained["before"], given["before"]);
    assert!(
        trained["after"].as_f64() > given["after"].as_f64(),
        "{trained} {given}"
    );
    let asked = command(&["predict"], &[("", further.as_path())]);
    assert_eq!(
        ended(&fed(asked, b"every dog runs\tno dog runs\n"), 0)
            .out
            .lines()
            .count(),
        1
    );

    let said = refused(
        &run,
        &folder.path().join("no"),
        &["--method", "michel", "--k", "4", "--uniform", "--data", data],
    );
    assert!(
        said.contains("cannot be the same number in each of 3 layers"),
        "{said}"
    );
}

#[test]
fn examples_of_other_classes_and_impossible_numbers_are_refused() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let (train, out) = (folder.path().join("train.jsonl"), folder.path().join("out"));
    fs::write(&train, corpus("train")).unwrap();
    let data = train.to_str().unwrap();
    for (words, part) in [
        (
            ["--method", "fisher", "--k", "13", "--data", data],
            "the model has 12 heads",
        ),
        (
            ["--method", "fisher", "--k", "0", "--data", data],
            "the model has 12 heads",
        ),
    ] {
        let said = refused(&run, &out, &words);
        assert!(said.contains(part), "{said}");
    }
    let tsv = folder.path().join("sst.tsv");
    fs::write(&tsv, "sentence\tlabel\na fine film\t1\na dull film\t0\n").unwrap();
    let words = ["--method", "fisher", "--k", "3", "--data", tsv.to_str().unwrap()];
    let said = refused(&run, &out, &words);
    assert!(
        said.contains("has the classes") && said.contains("id2label"),
        "{said}"
    );
    assert_eq!(said.matches("negative, positive").count(), 1, "{said}");
    // A run that has chosen has nothing left to choose, also where its folder was copied without saying what it is.
    let chosen = Sweep::of_classifiers().run("dsp-joint");
    let copied = folder.path().join("copied");
    fs::create_dir(&copied).unwrap();
    for name in ["config.json", "vocab.txt", "mask.json", "model.safetensors"] {
        fs::copy(chosen.join(name), copied.join(name)).unwrap();
    }
    for model in [&chosen, &copied] {
        let said = refused(model, &out, &["--method", "fisher", "--k", "3", "--data", data]);
        assert!(said.contains("has chosen its heads already"), "{said}");
    }
    prune(&copied, &folder.path().join("of-copy"), &[]);
    // A folder of the user's is neither used nor removed.
    let theirs = folder.path().join("out.work");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("mine"), "").unwrap();
    let said = refused(&run, &out, &["--method", "fisher", "--k", "3", "--data", data]);
    assert!(
        said.contains("out.work is there already") && theirs.join("mine").exists(),
        "{said}"
    );
    // Options that mean nothing alone.
    for words in [
        &["--k", "3"][..],
        &["--method", "fisher", "--data", data],
        &["--uniform"],
        &["--set", "fisher.batches=2"],
        &["--seed", "2"],
        &[
            "--method",
            "fisher",
            "--k",
            "3",
            "--data",
            data,
            "--set",
            "sweep.heads=[6]",
        ],
        &[
            "--method",
            "fisher",
            "--k",
            "3",
            "--data",
            data,
            "--set",
            "model.weights=else",
        ],
        &["--method", "dense", "--k", "3", "--data", data],
        &["--method", "fisher", "--keep", "25", "--data", data],
    ] {
        let words = [&["prune"], words].concat();
        let output = command(&words, &[("", run.as_path()), ("--out", out.as_path())]).output();
        ended(&output.unwrap(), 2);
    }
    assert!(!out.exists());
    assert!(read(&run.join("config.json")).contains("contradiction"));
}

/// What looks at a tuning split looks at the examples.
#[test]
fn methods_that_look_at_a_tuning_split_choose_by_the_examples() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let train = folder.path().join("train.jsonl");
    fs::write(&train, corpus("train")).unwrap();
    for (method, set) in [
        ("shapley", "shapley.permutations=1"),
        ("attention", "train.batch=32"),
    ] {
        let out = folder.path().join(method);
        let data = train.to_str().unwrap();
        prune(
            &run,
            &out,
            &["--method", method, "--k", "4", "--data", data, "--set", set],
        );
        assert_eq!(certificate(&out)["k"], 4, "{method}");
    }
}

/// A setting that nobody reads would look like one that was obeyed.
#[test]
fn settings_that_are_not_read_are_refused_by_name() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let (train, out) = (folder.path().join("train.jsonl"), folder.path().join("out"));
    fs::write(&train, corpus("train")).unwrap();
    let data = train.to_str().unwrap();
    for (method, set, part) in [
        (
            "michel",
            "dsp.learning_rate=0.1",
            "is not read by --method michel",
        ),
        ("fisher", "slurm.partition=x", "is not read by --method fisher"),
        ("michel", "pipelined.epochs=2", "is not read by --method michel"),
        ("michel", "train.learning_rate=0.1", "trains nothing"),
        ("michel", "finetune.learning_rate=0.1", "trains nothing"),
        (
            "michel",
            "michel.variants=['example-abs', 'batch-abs']",
            "`michel.variants` names 2 ways",
        ),
        ("michel", "michel.batchs=3", "`michel.batchs`"),
    ] {
        let words = ["--method", method, "--k", "3", "--data", data, "--set", set];
        let said = refused(&run, &out, &words);
        let key = set.split('=').next().unwrap();
        assert!(said.contains(part) && said.contains(key), "{said}");
    }
    assert!(!out.exists() && !folder.path().join("out.work").exists());
    for (method, set, more) in [
        ("dsp-pipelined", "train.learning_rate=1e-3", &[][..]),
        ("fisher", "train.learning_rate=1e-3", &["--finetune", "0.1"]),
    ] {
        let words = ["--method", method, "--k", "3", "--data", data, "--set", set];
        prune(&run, &folder.path().join(method), &[&words, more].concat());
    }
}

/// The examples are read by this process and by the run.
#[test]
#[cfg(unix)]
fn examples_from_a_pipe_are_refused() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let words = ["--method", "fisher", "--k", "3", "--data", "/dev/null"];
    let said = refused(&run, &folder.path().join("out"), &words);
    assert!(
        said.contains("--data /dev/null is a pipe or a device") && said.contains("more than once"),
        "{said}"
    );
}
