//! Paths and names as people give them: with quotes and brackets, as standard input, or of the wrong kind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

#[allow(dead_code, reason = "not every program of tests needs all of it")]
#[path = "../common/mod.rs"]
mod common;
mod reports;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::headcount;

const EXPERIMENT: &str = r#"
name = "own"
[data]
source = "files"
vocabulary = "vocab.txt"
max_length = 16
train = [{ path = "train.tsv" }]
[data.evaluate]
dev = [{ path = "train.tsv" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 16
[train]
updates = 2
[dsp]
cooldown = 0.5
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.corpus("data");
        fs::write(folder.at("x.toml"), EXPERIMENT).unwrap();
        folder
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A corpus in a folder of this name.
    fn corpus(&self, name: &str) {
        let folder = self.at(name);
        fs::create_dir_all(&folder).unwrap();
        let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\ngood\nbad\nfilm\n";
        fs::write(folder.join("vocab.txt"), vocabulary).unwrap();
        fs::write(
            folder.join("train.tsv"),
            "sentence\tlabel\na good film\t1\na bad film\t0\n",
        )
        .unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = headcount(arguments);
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The command is refused with 2, an error and a hint, which hold these.
    fn refused(&self, arguments: &[&str], error: &str, hint: &str) {
        let output = self.run(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{arguments:?}: {said}");
        assert!(
            lines[0].starts_with("error: ") && lines[0].contains(error),
            "{arguments:?}: {error} is not in {said}"
        );
        assert!(
            lines[1].starts_with("hint: ") && lines[1].contains(hint),
            "{arguments:?}: {hint} is not in {said}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_folder_is_named_to_set_as_it_is_called() {
    let folder = Folder::new();
    let names = [
        "it's [1]",
        "a \"b\" {c}",
        "[x]",
        "{ a = 1 }",
        r"back\slash\n",
        "a = b",
        "2024",
        "1e3",
        "true",
        "2024-01-01",
        "größe 数据 😀",
        "$HOME `x` #1",
        "~",
        "-n",
    ];
    let ids = |arguments: &[&str]| {
        let plan = ["sweep", "plan", "x.toml", "--format", "ids"];
        succeeded(&folder.run(&[&plan, arguments].concat()))
    };
    let expected = ids(&["--set", "data.dir=data"]);
    assert_eq!(expected.lines().count(), 1);
    for name in names {
        folder.corpus(name);
        assert_eq!(ids(&["--set", &format!("data.dir={name}")]), expected, "{name}");
        let name = format!("{name}.txt");
        fs::rename(folder.at("data/vocab.txt"), folder.at("data").join(&name)).unwrap();
        let sets = [
            "--set",
            "data.dir=data",
            "--set",
            &format!("data.vocabulary={name}"),
        ];
        assert_eq!(ids(&sets), expected, "{name}");
        fs::rename(folder.at("data").join(&name), folder.at("data/vocab.txt")).unwrap();
    }
    // And all the way through, with results in such a folder.
    let arguments = [
        "reproduce",
        "x.toml",
        "--set",
        "data.dir=it's [1]",
        "--out",
        "2024 [it's]",
    ];
    let output = folder.run(&arguments);
    succeeded(&output);
    assert!(folder.at("2024 [it's]/results.csv").is_file());
    // What is to be copied is quoted as a shell needs it.
    let said = text(&output.stderr);
    assert!(said.contains(r"wrote '2024 [it'\''s]/results.csv'"), "{said}");
}

#[test]
fn a_tilde_that_no_shell_has_replaced_is_told() {
    let folder = Folder::new();
    folder.refused(
        &["sweep", "plan", "x.toml", "--set", "data.dir=~/data"],
        "--set data.dir: `data.dir` names ~/data, in which no shell has replaced the `~`",
        "$HOME",
    );
}

/// Every command that has --out; the second of each says whether it writes there.
const WITH_OUT: [(&[&str], bool); 9] = [
    (&["reproduce", "x.toml"], true),
    (&["sweep", "run", "x.toml"], true),
    (&["sweep", "plan", "x.toml"], false),
    (&["sweep", "status", "x.toml"], false),
    (&["run", "x.toml", "--id", "ID"], true),
    (
        &["bench", "step", "--updates", "1", "--experiment", "x.toml"],
        false,
    ),
    (&["data", "generate", "nli", "--train", "3", "--dev", "3"], true),
    (
        &[
            "data",
            "generate",
            "translation",
            "--train",
            "3",
            "--valid",
            "1",
            "--test",
            "1",
        ],
        true,
    ),
    (
        &[
            "data",
            "prepare",
            "parallel",
            "--source-language",
            "de",
            "--target-language",
            "en",
            "--train",
            "r",
            "r",
            "--valid",
            "r",
            "r",
            "--test",
            "r",
            "r",
        ],
        false,
    ),
];

#[test]
fn out_is_no_file_for_any_command() {
    let folder = Folder::new();
    fs::write(folder.at("f"), "kept").unwrap();
    fs::write(folder.at("r"), "a\n").unwrap();
    let data = ["--set", "data.dir=data"];
    let plan = ["sweep", "plan", "x.toml", "--format", "ids"];
    let id = succeeded(&folder.run(&[&plan, &data[..]].concat()))
        .trim()
        .to_owned();
    for (command, writes) in WITH_OUT {
        let mut arguments: Vec<&str> = command
            .iter()
            .map(|&word| if word == "ID" { &id } else { word })
            .collect();
        if command.contains(&"x.toml") {
            arguments.extend(data);
        }
        let with = |out| [&arguments[..], &["--out", out]].concat();
        folder.refused(&with("f"), "--out f is a file", "--out");
        folder.refused(&with("./f"), "--out ./f is a file", "--out");
        folder.refused(
            &with("f/below/it"),
            "--out f/below/it cannot be made: f is a file",
            "--out",
        );
        if writes && cfg!(target_os = "linux") {
            folder.refused(&with("/proc/x"), "cannot write into --out /proc/x: ", "--out");
        }
        assert_eq!(fs::read_to_string(folder.at("f")).unwrap(), "kept");
    }
    // Where --out is left out it is the default that is told.
    fs::write(folder.at("results"), "").unwrap();
    let arguments = ["reproduce", "x.toml", "--set", "data.dir=data"];
    folder.refused(
        &arguments,
        "the folder of the sweep, results/own cannot be made: results is a file",
        "--out",
    );
}

#[test]
fn an_experiment_comes_through_standard_input() {
    let folder = Folder::new();
    let through = |arguments: &[&str], text: &str| {
        let mut command = folder.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let data = ["--set", "data.dir=data", "--out", "out"];
    let plan = |experiment| [&["sweep", "plan", experiment, "--format", "ids"], &data[..]].concat();
    let expected = succeeded(&folder.run(&plan("x.toml")));
    assert_eq!(succeeded(&through(&plan("-"), EXPERIMENT)), expected);
    // A file of that name has a path.
    fs::write(folder.at("-"), EXPERIMENT).unwrap();
    assert_eq!(succeeded(&folder.run(&plan("./-"))), expected);
    let run = [&["run", "-", "--id", expected.trim()], &data[..]].concat();
    assert!(succeeded(&through(&run, EXPERIMENT)).contains("dev accuracy"));
    let reproduce = [&["reproduce", "-"], &data[..]].concat();
    assert!(succeeded(&through(&reproduce, EXPERIMENT)).contains("dense"));
    let step = [
        &["bench", "step", "--updates", "1", "--experiment", "-"],
        &data[..],
    ]
    .concat();
    assert!(succeeded(&through(&step, EXPERIMENT)).contains("ms per update"));
    // Mistakes have their line.
    let output = through(&plan("-"), &EXPERIMENT.replace("layers", "layerz"));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("error: standard input:11: unknown key `model.layerz`"),
        "{said}"
    );
}

#[test]
fn what_is_no_experiment_file_is_told() {
    let folder = Folder::new();
    fs::create_dir(folder.at("sweep's")).unwrap();
    fs::write(folder.at("sweep's/experiment.toml"), EXPERIMENT).unwrap();
    fs::write(folder.at("latin.toml"), b"name = \"x\"\ntitle = \"caf\xe9\"\n").unwrap();
    for command in [
        &["sweep", "plan"][..],
        &["sweep", "status"],
        &["sweep", "run"],
        &["run", "--id", "x"],
    ] {
        let of = |experiment| [command, &[experiment]].concat();
        folder.refused(
            &of("y.toml"),
            "there is no experiment file y.toml",
            "standard input",
        );
        folder.refused(
            &of("data"),
            "data is a folder, and an experiment is a file",
            ".toml",
        );
        folder.refused(
            &of("sweep's"),
            "sweep's is a folder",
            r"'sweep'\''s/experiment.toml'",
        );
        folder.refused(&of("latin.toml"), "latin.toml:2: the text is not UTF-8", "UTF-8");
    }
    folder.refused(&["reproduce", "data"], "data is a folder", ".toml");
    folder.refused(
        &["bench", "step", "--experiment", "data"],
        "data is a folder",
        ".toml",
    );
}

#[test]
fn files_to_prepare_are_named_with_their_option() {
    let folder = Folder::new();
    fs::write(folder.at("r"), "a\n").unwrap();
    let parallel = |option: &str, path: &str| {
        let mut arguments = vec![
            "data",
            "prepare",
            "parallel",
            "--source-language",
            "de",
            "--target-language",
            "en",
        ];
        for part in ["--train", "--valid", "--test"] {
            arguments.extend([part, if part == option { path } else { "r" }, "r"]);
        }
        if ["--codes", "--prefixes"].contains(&option) {
            arguments.extend([option, path]);
        }
        arguments.extend(["--out", "out"]);
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for option in ["--train", "--valid", "--test", "--codes"] {
        for (path, error) in [
            ("missing", "missing: there is no such file or folder"),
            ("data", "data is a folder, and a file is due"),
        ] {
            let arguments = parallel(option, path);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            folder.refused(&arguments, &format!("{option} {error}"), "check the path");
        }
    }
    let arguments = parallel("--prefixes", "r");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    folder.refused(
        &arguments,
        "--prefixes r is a file, and a folder is due",
        "check the path",
    );
    let archive = ["data", "prepare", "iwslt14", "--out", "out", "--archive"];
    folder.refused(
        &[&archive[..], &["data"]].concat(),
        "--archive data is a folder",
        "check the path",
    );
    folder.refused(
        &[&archive[..], &["no"]].concat(),
        "--archive no: there is no",
        "check the path",
    );
    folder.refused(
        &["bench", "step", "--batches", "data"],
        "--batches data is a folder",
        "check the path",
    );
    assert!(!folder.at("out").exists());
}
