//! A sweep whose runs take no time: an executor with made-up but deterministic numbers, whose processes are this test
//! program itself, and faults to order.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use experiment::{Experiment, Point, Source, load};
use files::Hint;
use methods::{ExecuteError, Job, Method, Methods, Progress, ProgressReport};
use records::{Measured, Row, RunId, RunKey};
use sweep::progress::{Display, JsonLines, Lines, Quiet};
use sweep::{
    Device, Executor, Filter, Interrupt, Outcome, Plan, Resources, Run, RunEnd, Runner, RunnerOptions, Share,
    Store, SweepError, Tables, run_one,
};

const OUT: &str = "SWEEP_TEST_OUT";
pub const ID: &str = "SWEEP_TEST_ID";

pub const OPTIONS: RunnerOptions = RunnerOptions {
    jobs: 1,
    retry_failed: false,
    fail_fast: false,
};

pub fn experiment(heads: &[usize]) -> Experiment {
    let text = "name = 'fake'\nscale = 'demo'\n[model]\nlayers = 3\nheads = 4\nwidth = 64\npositions = 128\n[dsp]\ncooldown = 0.5\n[random]\ndraws = 3\n";
    let sets = [format!("sweep.heads={heads:?}"), "sweep.seeds=[1, 2]".to_owned()];
    let overrides: Vec<_> = sets.iter().map(|set| set.parse().unwrap()).collect();
    load(
        &Source::embedded("fake.toml", text),
        &overrides,
        &Methods::known(),
    )
    .unwrap()
}

/// Name without the hash.
pub fn label(run: &Run) -> &str {
    run.id.without_key()
}

/// That of the run that a job is of.
fn label_of(job: &Job<'_>) -> String {
    let name = job.folder.file_name().unwrap().to_str().unwrap();
    RunId::new(name).without_key().to_owned()
}

pub struct Fake;

impl Executor for Fake {
    fn execute(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        let root = job.folder.parent().unwrap().parent().unwrap();
        let mut executed = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(root.join("executed.txt"))
            .unwrap();
        // In one piece: processes side by side would write into each other's lines.
        executed
            .write_all(format!("{}\n", label_of(job)).as_bytes())
            .unwrap();
        progress.report(&ProgressReport {
            phase: "train".into(),
            done: 1,
            total: 2,
            loss: Some(1.0),
            tau: None,
        });
        std::thread::sleep(Duration::from_millis(10));
        fault(root, &label_of(job))?;
        if let Some((_, base)) = job.bases.first() {
            assert!(base.join("result.json").is_file() && base.join("model.safetensors").is_file());
        }
        let key = job.key.to_string();
        for name in ["half-done", "model.safetensors", "predictions.matched.csv"] {
            fs::write(job.folder.join(name), &key).unwrap();
        }
        Ok(measured_of(job.method, job.point, job.key))
    }

    fn is_leftover(&self, name: &str) -> bool {
        name == "half-done"
    }

    fn devices(&self) -> Vec<Device> {
        Vec::new()
    }

    fn check_device(&self, _: &str) -> Result<(), ExecuteError> {
        Ok(())
    }
}

pub fn measured(run: &Run) -> Measured {
    measured_of(run.method, &run.point, &run.key)
}

fn measured_of(method: &Method, point: &Point, key: &RunKey) -> Measured {
    let k = point.k.unwrap_or(12);
    let variants: &[&str] = if method.name == "random" {
        &["draw-1", "draw-2", "draw-3"]
    } else {
        &[""]
    };
    let digit = key
        .to_string()
        .bytes()
        .take(4)
        .fold(0_u32, |sum, byte| sum * 31 + u32::from(byte));
    let row = |variant: &str, offset: u32| Row {
        variant: variant.to_owned(),
        k_target: k,
        k_actual: k,
        split: "matched".to_owned(),
        metric: "accuracy".to_owned(),
        value: f64::from((digit + offset * 37) % 1000) / 1000.0,
        n_examples: 1000,
        signature: String::new(),
        params_after: 1000 + k as u64,
        macs_before: None,
        macs_after: None,
    };
    Measured {
        n_heads: 12,
        params_before: 1012,
        train_updates: 50,
        rows: (0..)
            .zip(variants)
            .map(|(offset, variant)| row(variant, offset))
            .collect(),
        mask: None,
        modules: Vec::new(),
        margin: Some(0.1),
        scores: None,
        cost_examples: Some(1000),
        warnings: Vec::new(),
    }
}

/// Orders a fault for the run with this label: `fail`, `full-disk` and `panic` for every try, `kill-run` and `kill-sweep` for one.
pub fn order_fault(root: &Path, label: &str, kind: &str) {
    fs::create_dir_all(root.join("faults")).unwrap();
    fs::write(root.join("faults").join(label), kind).unwrap();
}

pub fn clear_fault(root: &Path, label: &str) {
    fs::remove_file(root.join("faults").join(label)).unwrap();
}

fn fault(root: &Path, label: &str) -> Result<(), ExecuteError> {
    let file = root.join("faults").join(label);
    let kind = fs::read_to_string(&file).unwrap_or_default();
    let kill = |process: u32| {
        fs::remove_file(&file).unwrap();
        Command::new("kill")
            .args(["-9", &process.to_string()])
            .status()
            .unwrap();
    };
    match kind.as_str() {
        "fail" => {
            eprintln!("about to fail");
            return Err(ExecuteError::new("it had to be").with_hint("try again"));
        }
        "full-disk" => {
            let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(ExecuteError::caused_by(full).with_hint("make space"));
        }
        "panic" => panic!("ordered"),
        "kill-run" => kill(std::process::id()),
        "kill-sweep" => kill(std::os::unix::process::parent_id()),
        "hang" => std::thread::sleep(Duration::from_secs(60)),
        _ => {}
    }
    Ok(())
}

/// How often each run was executed.
pub fn executed(root: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(root.join("executed.txt"))
        .unwrap_or_default()
        .lines()
    {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// The body of the test that is a run's process.
pub fn child() {
    let (Some(root), Ok(id)) = (std::env::var_os(OUT), std::env::var(ID)) else {
        return;
    };
    let store = Store::new(root);
    let experiment = load(
        &Source::read(&store.experiment_file()).unwrap(),
        &[],
        &Methods::known(),
    )
    .unwrap();
    let plan = Plan::new(&experiment, &Methods::known()).unwrap();
    let mut progress = JsonLines::new(std::io::stdout());
    let end = run_one(&experiment, &plan, &store, &id, "fake", &Fake, &mut progress);
    std::process::exit(match end {
        Ok(RunEnd::Done(_)) => 0,
        Ok(RunEnd::Interrupted) => 130,
        Ok(RunEnd::Failed(failure)) => {
            progress.failed(&failure.error, failure.hint.as_deref());
            1
        }
        Err(error) => {
            progress.failed(&error.to_string(), error.hint().as_deref());
            2
        }
    });
}

/// The body of the test that is a sweep's process.
pub fn parent() {
    if let Some(root) = std::env::var_os(OUT) {
        let store = Store::new(root);
        let experiment = load(
            &Source::read(&store.experiment_file()).unwrap(),
            &[],
            &Methods::known(),
        )
        .unwrap();
        let options = RunnerOptions { jobs: 2, ..OPTIONS };
        let display = &mut Lines::new(std::io::stderr());
        sweep_with(&experiment, store.root(), options, display, &Interrupt::default());
        std::process::exit(0);
    }
}

/// This program as another process that does the test of this name only.
pub fn this_program(test: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(OUT, root);
    command
}

pub fn sweep(experiment: &Experiment, root: &Path, options: RunnerOptions) -> Outcome {
    sweep_with(experiment, root, options, &mut Quiet, &Interrupt::default())
}

pub fn sweep_with(
    experiment: &Experiment,
    root: &Path,
    options: RunnerOptions,
    display: &mut dyn Display,
    interrupt: &Interrupt,
) -> Outcome {
    let plan = Plan::new(experiment, &Methods::known()).unwrap();
    let store = Store::new(root);
    store.write_experiment(experiment).unwrap();
    let selected = Filter::default().select(&plan);
    let command = |run: &Run, _: &Share| {
        let mut command = this_program("processes::child_process", root);
        command.env(ID, run.id.as_str());
        command
    };
    let runner = Runner {
        plan: &plan,
        selected: &selected,
        store: &store,
        options,
        resources: Resources {
            cores: 1,
            threads: 1,
            spare_threads: false,
            accelerators: Vec::new(),
            memory_mib: 0,
        },
        command: &command,
        interrupt,
    };
    runner.run(display, &mut || Ok::<_, SweepError>(())).unwrap()
}

/// The bytes of results.csv.
pub fn results(experiment: &Experiment, root: &Path) -> String {
    let plan = Plan::new(experiment, &Methods::known()).unwrap();
    Tables::new(experiment, &plan, &Store::new(root))
        .unwrap()
        .write(|_, _| ())
        .unwrap();
    fs::read_to_string(root.join("results.csv")).unwrap()
}
