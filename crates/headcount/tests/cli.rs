//! The command line from the outside: exit codes, what goes to stdout and what to stderr.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use experiment::{Source, load};
use methods::Methods;
use records::{Measured, Row, RunResult, StoredFiles};
use serde_json::{Value, json};
use sweep::{Plan, Store};

const EXPERIMENT: &str = "name = 'small'\n[dsp]\ncooldown = 0.5\n[sweep]\nheads = [1, 72]\nseeds = [1, 2]\n";

/// In an empty folder that holds `x.toml`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.toml"), EXPERIMENT).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    fn headcount(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_dry_run_lists_every_run_and_writes_nothing() {
    let folder = Folder::new();
    let output = folder.headcount(&["reproduce", "mnli", "--scale", "demo", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let lines: Vec<&str> = stdout.lines().collect();
    // For each seed: dense, three K of nine methods, twice three factors, and an order of heads.
    let runs = 3 * (1 + 9 * 3 + 2 * 3 + 1);
    assert_eq!(lines.len(), 1 + runs + 1);
    assert_eq!(
        lines[runs + 1],
        format!("{runs} runs: {runs} pending; the cost is not known until a first run is done")
    );
    assert!(
        lines[1].starts_with("dense-s1-") && lines[1].ends_with(" pending"),
        "{}",
        lines[1]
    );
    let michel = lines
        .iter()
        .find(|line| line.starts_with("michel-token-abs-k03-s2-"))
        .unwrap();
    let fields: Vec<&str> = michel.split_whitespace().skip(1).collect();
    assert_eq!(
        fields,
        [
            "michel",
            "token-abs",
            "3",
            "2",
            "michel-order-token-abs-s2",
            "-",
            "pending"
        ]
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn plans_are_data() {
    let folder = Folder::new();
    let arguments = [
        "sweep",
        "plan",
        "x.toml",
        "--format",
        "json",
        "--filter",
        "method=random,k=72",
        "--out",
        "there",
    ];
    let output = folder.headcount(&arguments);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (plan["experiment"].as_str(), plan["out"].as_str()),
        (Some("small"), Some("there"))
    );
    assert_eq!(plan["counts"]["pending"], 4);
    let runs = plan["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    assert_eq!(runs[2]["starts_from"], runs[0]["id"]);
    assert_eq!(runs[2]["waits_for"], runs[0]["id"]);
    assert_eq!((&runs[0]["level"], &runs[2]["level"]), (&0.into(), &1.into()));
    assert_eq!(
        (&plan["left_seconds"], &runs[2]["estimated_seconds"]),
        (&Value::Null, &Value::Null)
    );
    assert!(runs[2]["id"].as_str().unwrap().starts_with("random-k072-s1-"));
}

#[test]
fn status_counts_by_method_and_tells_what_failed() {
    let folder = Folder::new();
    let plan = folder.headcount(&["sweep", "plan", "x.toml", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    let dense = &plan["runs"][0];
    let run = folder
        .path()
        .join("results/small/runs")
        .join(dense["id"].as_str().unwrap());
    fs::create_dir_all(&run).unwrap();
    let failure = json!({ "key": dense["key"], "error": "no space left", "hint": null });
    fs::write(run.join("failure.json"), failure.to_string()).unwrap();
    let output = folder.headcount(&["sweep", "status", "x.toml"]);
    let expected = format!(
        "dense            2 runs: 1 pending, 1 failed\ndsp-joint        4 runs: 4 pending\n\
         random           4 runs: 2 pending, 2 blocked\nall              10 runs: 7 pending, 1 failed, 2 blocked\n\
         failed {}: no space left\nthe cost is not known until a first run is done\n",
        dense["id"].as_str().unwrap()
    );
    assert_eq!(text(&output.stdout), expected);
}

/// Stores made-up results of the runs of a method, which took so many seconds each.
fn store_results(folder: &Folder, method: &str, wall_seconds: f64) {
    let experiment = load(
        &Source::read(&folder.path().join("x.toml")).unwrap(),
        &[],
        &Methods::known(),
    )
    .unwrap();
    let plan = Plan::new(&experiment, &Methods::known()).unwrap();
    let store = Store::new(folder.path().join("results/small"));
    for run in plan.runs().iter().filter(|run| run.method.name == method) {
        let measured = Measured {
            n_heads: 144,
            params_before: 1,
            train_updates: 1,
            rows: vec![Row {
                variant: String::new(),
                k_target: 144,
                k_actual: 144,
                split: "matched".to_owned(),
                metric: "accuracy".to_owned(),
                value: 0.5,
                n_examples: 2,
                signature: String::new(),
                params_after: 1,
                macs_before: None,
                macs_after: None,
            }],
            mask: None,
            modules: Vec::new(),
            margin: None,
            scores: None,
            cost_examples: None,
            warnings: Vec::new(),
        };
        let run_folder = store.run(&run.id);
        run_folder
            .write_result(&RunResult::new(run.identity(), measured, StoredFiles::new()))
            .unwrap();
        let provenance = json!({
            "run_id": run.id, "host": "a", "platform": "b", "device": "flex", "threads": 1, "version": "0.1.0",
            "git_revision": "", "start": "", "end": "", "wall_seconds": wall_seconds, "peak_memory_mib": null,
        });
        fs::write(run_folder.path().join("provenance.json"), provenance.to_string()).unwrap();
    }
}

#[test]
fn plans_say_what_is_left_once_something_is_done() {
    let folder = Folder::new();
    store_results(&folder, "dense", 90.0);
    let output = folder.headcount(&["sweep", "plan", "x.toml", "--jobs", "2"]);
    let stdout = text(&output.stdout);
    let last = stdout.lines().last().unwrap();
    // Four runs of each of two methods, of which none is done, take as long as the dense ones.
    let expected = "10 runs: 2 done, 8 pending; about 12 min 00 s of work left; about 6 min 00 s with 2 jobs";
    assert_eq!(last, expected);
    let dense: Vec<&str> = stdout
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .skip(4)
        .collect();
    assert_eq!(dense, ["1", "-", "1", "min", "30", "s", "done"]);
    let output = folder.headcount(&["sweep", "plan", "x.toml", "--format", "json", "--jobs", "16"]);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["left_seconds"], 720.0);
    // No number of jobs makes the longest run shorter.
    assert_eq!(plan["left_seconds_with_jobs"], 90.0);
    let runs = plan["runs"].as_array().unwrap();
    let times = |index: usize| {
        (
            runs[index]["wall_seconds"].as_f64(),
            runs[index]["estimated_seconds"].as_f64(),
        )
    };
    assert_eq!((times(0), times(9)), ((Some(90.0), None), (None, Some(90.0))));
    assert!(runs.iter().all(|run| run["waits_for"].is_null()), "dense is done");
    for method in ["dsp-joint", "random"] {
        store_results(&folder, method, 10.0);
    }
    let output = folder.headcount(&["sweep", "status", "x.toml"]);
    assert!(text(&output.stdout).ends_with("all              10 runs: 10 done\n"));
}

#[test]
fn a_plan_is_a_graph_for_graphviz() {
    let folder = Folder::new();
    let output = folder.headcount(&["sweep", "plan", "x.toml", "--format", "dot"]);
    let stdout = text(&output.stdout);
    let nodes = stdout.lines().filter(|line| line.contains("[label=")).count();
    let arrows = stdout.lines().filter(|line| line.contains("\" -> \"")).count();
    // Each random subset starts from a dense model.
    assert_eq!((nodes, arrows), (10, 4));
    assert!(
        stdout.starts_with("digraph \"small\" {") && stdout.ends_with("}\n"),
        "{stdout}"
    );
}

#[test]
fn status_says_who_works_on_a_run_and_how_far_it_is() {
    let folder = Folder::new();
    let output = folder.headcount(&["sweep", "plan", "x.toml", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let id = plan["runs"][0]["id"].as_str().unwrap();
    let run = folder.path().join("results/small/runs").join(id);
    fs::create_dir_all(&run).unwrap();
    let holder = "{\"host\":\"node7\",\"pid\":4711,\"since\":\"2025-01-31T12:00:00Z\"}\n";
    fs::write(run.join("lock"), holder).unwrap();
    fs::write(
        run.join("metrics.csv"),
        "update,loss,tau\n0,1.5,\n1,0.6931,\n2,0.",
    )
    .unwrap();
    let lock = fs::File::open(run.join("lock")).unwrap();
    lock.lock().unwrap();
    let status = || text(&folder.headcount(&["sweep", "status", "x.toml"]).stdout);
    let line = format!(
        "\nrunning {id}: update 1, loss 0.693; host node7, process 4711, since 2025-01-31T12:00:00Z\n"
    );
    assert!(status().contains(&line), "{}", status());
    drop(lock);
    assert!(!status().contains("running"), "{}", status());
}

#[test]
fn mistakes_end_with_2_an_error_and_a_hint() {
    let folder = Folder::new();
    let cases: [(&[&str], &str, &str); 9] = [
        (
            &["reproduce", "iwslt", "--scale", "paper"],
            "experiments/iwslt/paper.toml:20: `data.archive` is the corpus iwslt14, which is not in data",
            "`headcount data fetch iwslt14 --accept-unverified`",
        ),
        (
            &["reproduce", "mnli", "--scale", "paper"],
            "experiments/mnli/paper.toml:20: `data.dir` is the corpus mnli, which is not in data",
            "`headcount data fetch mnli`",
        ),
        (&["reproduce", "mnil"], "`mnil` is neither", "mnli and iwslt"),
        (
            &["reproduce", "x.toml", "--scale", "demo"],
            "--scale chooses among",
            "leave out --scale",
        ),
        (
            &["sweep", "run", "y.toml"],
            "there is no experiment file y.toml",
            "check the path",
        ),
        (
            &["sweep", "plan", "x.toml", "--set", "sweep.seed=[1]"],
            "unknown key `sweep.seed`",
            "`sweep.seeds`",
        ),
        (
            &["sweep", "plan", "x.toml", "--filter", "K=1"],
            "unknown key `K`, did you mean `k`?",
            "--filter method=",
        ),
        (
            &["run", "x.toml", "--id", "dense-s1-00000000"],
            "no run `dense-s1-00000000`",
            "did you mean `dense-s1-",
        ),
        (&["report", "."], "results.csv", "headcount sweep run"),
    ];
    for (arguments, error, hint) in cases {
        let output = folder.headcount(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{arguments:?}: {stderr}");
        assert!(
            lines[0].starts_with("error: ") && lines[0].contains(error),
            "{arguments:?}: {stderr}"
        );
        assert!(
            lines[1].starts_with("hint: ") && lines[1].contains(hint),
            "{arguments:?}: {stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let folder = Folder::new();
    for arguments in [
        &["reproduce"][..],
        &["sweep", "plan"],
        &["frobnicate"],
        &["reproduce", "mnli", "--set", "x"],
    ] {
        assert_eq!(
            folder.headcount(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let help = folder.headcount(&["sweep", "run", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("--retry-failed"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = Folder::new();
    let arguments = [
        "sweep",
        "plan",
        "x.toml",
        "--set",
        "sweep.seeds=[1,2,3,4,5,6,7,8,9]",
    ];
    let mut child = folder
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(0), "")
    );
}
