//! The SLURM launcher from the outside, with programs that only write down what they are called with.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Two seeds of dense, joint and random: four runs that start from nothing and two that start from the dense ones.
const SWEEP: [&str; 3] = [
    r#"sweep.methods=["dense", "dsp-joint", "random"]"#,
    "sweep.seeds=[1, 2]",
    "sweep.heads=[3]",
];

/// Numbers jobs from 101, and refuses the call whose number stands in `refuse`.
const SBATCH: &str = r#"echo "$@" >> calls
n=$(wc -l < calls)
if [ "$(cat refuse)" = "$n" ]; then echo "sbatch: error: job violates QOS policy" >&2; exit 1; fi
echo $((100 + n))
"#;

/// A folder with an experiment's results, and one with programs called `sbatch`, `squeue` and `scontrol`.
struct Place(tempfile::TempDir);

impl Place {
    fn without_slurm() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path().join("bin")).unwrap();
        place
    }

    fn with_slurm() -> Self {
        let place = Self::without_slurm();
        for (name, text) in [
            ("sbatch", SBATCH),
            ("squeue", "echo \"$@\" >> asked\ncat queue\n"),
            ("scontrol", "echo 'MaxArraySize            = 4'\n"),
        ] {
            let file = place.path().join("bin").join(name);
            let folder = place.path().display();
            fs::write(
                &file,
                format!("#!/bin/sh\ncd '{folder}'\nPATH=/usr/bin:/bin\n{text}"),
            )
            .unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for name in ["refuse", "queue", "calls"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// The options of each call of sbatch so far.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("calls")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn command(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_headcount"))
            .args(arguments)
            .arg("--out")
            .arg(self.out())
            .current_dir(self.path())
            .env("PATH", self.path().join("bin"))
            .env("SQUEUE_STATES", "COMPLETED")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn slurm(&self, more: &[&str]) -> Output {
        let sets = SWEEP.iter().flat_map(|set| ["--set", set]);
        let arguments: Vec<&str> = ["reproduce", "mnli", "--launcher", "slurm"]
            .into_iter()
            .chain(sets)
            .collect();
        self.command(&[&arguments, more].concat())
    }

    fn status(&self, format: &str) -> Output {
        let experiment = self.out().join("experiment.toml");
        self.command(&[
            "sweep",
            "status",
            experiment.to_str().unwrap(),
            "--format",
            format,
        ])
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_refused(output: &Output, error: &str, hint: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(
        lines[0].starts_with("error: ") && lines[0].contains(error),
        "{stderr}"
    );
    assert!(
        lines[1].starts_with("hint: ") && lines[1].contains(hint),
        "{stderr}"
    );
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn a_dry_run_shows_scripts_where_slurm_is_not_and_writes_nothing() {
    let place = Place::without_slurm();
    let more = [
        "--dry-run",
        "--jobs",
        "2",
        "--set",
        "slurm.time=90",
        "--set",
        "slurm.partition=gpu",
    ];
    let output = place.slurm(&more);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!place.out().exists());
    let headings: Vec<&str> = stdout.lines().filter(|line| line.starts_with("==> ")).collect();
    let out = place.out().display().to_string();
    let script = |options: &str, name: &str| {
        format!("==> sbatch --parsable{options} --chdir {out} {out}/slurm/001/{name}.sh <==")
    };
    let expected = [
        "==> slurm/001/level-1.txt <==".to_owned(),
        script("", "level-1"),
        "==> slurm/001/level-2.txt <==".to_owned(),
        script(" --dependency=afterany:<level-1>", "level-2"),
        script(" --dependency=afterany:<level-1>:<level-2>", "report"),
    ];
    assert_eq!(headings, expected);
    for line in [
        "#SBATCH --array=1-4%2",
        "#SBATCH --time=90",
        "#SBATCH --partition=gpu",
    ] {
        assert!(
            stdout.lines().any(|found| found == line),
            "{line} is not in {stdout}"
        );
    }
    assert_eq!(
        stdout
            .lines()
            .filter(|line| line.starts_with("random-k03-s"))
            .count(),
        2
    );
    assert!(
        stderr.contains("note: `scontrol` is not installed here"),
        "{stderr}"
    );
    assert!(stderr.contains("6 runs would be submitted"), "{stderr}");
}

#[test]
fn commands_that_a_dry_run_shows_can_be_pasted() {
    let place = Place::without_slurm();
    let output = Command::new(env!("CARGO_BIN_EXE_headcount"))
        .args(["reproduce", "mnli", "--launcher", "slurm", "--dry-run", "--set"])
        .arg("sweep.methods=[\"dense\"]")
        .args(["--out", "it's $x"])
        .current_dir(place.path())
        .env("PATH", place.path().join("bin"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let line = stdout
        .lines()
        .find(|line| line.starts_with("==> sbatch"))
        .unwrap();
    let shown = line.trim_start_matches("==> sbatch").trim_end_matches("<==");
    let script = format!("printf '%s\\n' {shown}");
    let words = Command::new("sh").args(["-c", &script]).output().unwrap();
    let root = place.path().canonicalize().unwrap().join("it's $x");
    let root = root.display();
    assert_eq!(
        text(&words.stdout),
        format!("--parsable\n--chdir\n{root}\n{root}/slurm/001/level-1.sh\n")
    );
}

#[test]
fn what_cannot_be_submitted_ends_with_2_and_a_hint() {
    let place = Place::without_slurm();
    assert_refused(&place.slurm(&[]), "`scontrol` is not installed here", "--dry-run");
    assert_refused(&place.slurm(&["--fail-fast"]), "--fail-fast", "leave it out");
    let set = ["--dry-run", "--set", "slurm.partition=a --array=1"];
    assert_refused(&place.slurm(&set), "`slurm.partition` is \"a --array=1\"", "");
}

#[test]
fn a_refusal_in_the_middle_is_told_and_the_same_command_goes_on() {
    let place = Place::with_slurm();
    place.write("refuse", "3");
    assert_refused(
        &place.slurm(&[]),
        "`sbatch` said: sbatch: error: job violates QOS policy; 2 of 4 jobs were submitted before",
        "the same command submits the rest",
    );
    // Two levels of three and one, and two elements; the names of others' jobs mean nothing.
    place.write(
        "queue",
        "101|1|RUNNING|n1|None|mnli-demo-level-1-part-1\n101|2|PENDING||Priority|mnli-demo-level-1-part-1\n\
         101|3|PENDING||Priority|mnli-demo-level-1-part-1\n102|1|RUNNING|n9|None|other\n",
    );
    let output = place.slurm(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let jobs = "104 mnli-demo-level-1 1\n105 mnli-demo-level-2 2\n106 mnli-demo-report\n";
    assert_eq!(text(&output.stdout), jobs);
    let calls = place.calls();
    assert!(!calls[0].contains("--dependency"), "{}", calls[0]);
    assert!(!calls[3].contains("--dependency"), "{}", calls[3]);
    // Both dense runs are in job 101.
    assert!(calls[4].contains("--dependency=afterany:101 "), "{}", calls[4]);
    assert!(
        calls[5].contains("--dependency=afterany:101:104:105 "),
        "{}",
        calls[5]
    );
    // The lists that queued elements read stay as they are.
    for (list, runs) in [
        ("001/level-1-part-1", 3),
        ("001/level-1-part-2", 1),
        ("002/level-1", 1),
        ("002/level-2", 2),
    ] {
        let ids = fs::read_to_string(place.out().join(format!("slurm/{list}.txt"))).unwrap();
        assert_eq!(ids.lines().count(), runs, "{list}: {ids}");
    }
    assert!(place.out().join("slurm/002/experiment.toml").is_file());
}

#[test]
fn status_shows_the_queue_and_goes_by_the_files_without_it() {
    let place = Place::with_slurm();
    assert_eq!(place.slurm(&[]).status.code(), Some(0));
    place.write(
        "queue",
        "101|1|RUNNING|n1|None|mnli-demo-level-1-part-1\n101|2|PENDING||Priority|mnli-demo-level-1-part-1\n\
         103|2|PENDING||Dependency|mnli-demo-level-2\n",
    );
    fs::remove_file(place.path().join("asked")).unwrap_or_default();
    let table = text(&place.status("table").stdout);
    assert_eq!(
        fs::read_to_string(place.path().join("asked"))
            .unwrap()
            .lines()
            .count(),
        1
    );
    assert!(
        table.contains("all              6 runs: 1 running, 2 queued, 3 pending\nrunning dense-s1-"),
        "{table}"
    );
    assert!(
        table.contains(": job 101_1 on n1\nqueued 1: Dependency\nqueued 1: Priority\n"),
        "{table}"
    );
    let json: serde_json::Value = serde_json::from_slice(&place.status("json").stdout).unwrap();
    assert_eq!(json["counts"]["queued"], 2);
    assert_eq!(json["runs"][0]["state"], "running");
    assert_eq!(json["runs"][0]["queue"]["node"], "n1");
    assert_eq!(json["runs"][1]["queue"]["waits_for"], "Priority");

    fs::remove_file(place.path().join("bin/squeue")).unwrap();
    let output = place.status("table");
    assert!(
        text(&output.stderr).contains("warning: `squeue` is not installed"),
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stdout).contains("all              6 runs: 6 pending\n"));
}

#[test]
fn names_of_runs_that_can_start_are_data_for_other_launchers() {
    let place = Place::without_slurm();
    let sets = SWEEP.iter().flat_map(|set| ["--set", set]);
    let experiment = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments/mnli/demo.toml");
    let arguments: Vec<&str> = ["sweep", "plan", experiment, "--format", "ids"]
        .into_iter()
        .chain(sets)
        .collect();
    let ids = text(&place.command(&arguments).stdout);
    let starts: Vec<&str> = ids.lines().map(|id| id.rsplit_once('-').unwrap().0).collect();
    assert_eq!(
        starts,
        ["dense-s1", "dense-s2", "dsp-joint-k03-s1", "dsp-joint-k03-s2"]
    );
}
