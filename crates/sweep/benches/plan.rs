//! What planning and reading the state of 10,000 runs costs, all of them with stored results.
//!
//! The results are written as a sweep writes them, each file synced: with `TMPDIR` on a disk that takes minutes, on
//! `/dev/shm` seconds.
#![allow(
    clippy::expect_used,
    reason = "a measurement that cannot be set up has nothing to tell"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use experiment::{Experiment, Source, load};
use methods::{ExecuteError, Job, Methods, Progress};
use records::{Measured, Row};
use sweep::progress::{Estimate, JsonLines};
use sweep::store::Status;
use sweep::{Device, Executor, Plan, Store, Tables, run_one, wall_times};

/// Of BERT-base: 100 numbers of heads, 34 seeds, two methods that start from nothing and one that starts from dense.
fn experiment() -> Experiment {
    let heads: Vec<usize> = (1..=100).collect();
    let seeds: Vec<usize> = (1..=34).collect();
    let text = format!(
        "name = 'large'\n[model]\nlayers = 12\nheads = 12\nwidth = 768\n[dsp]\ncooldown = 0.5\n[sweep]\n\
         methods = ['dense', 'dsp-joint', 'ste-joint', 'random']\nheads = {heads:?}\nseeds = {seeds:?}\n"
    );
    load(&Source::embedded("large.toml", &text), &[], &Methods::known()).expect("the experiment is right")
}

/// Measures as much as a run on MNLI does.
struct Made;

impl Executor for Made {
    fn execute(&self, job: &Job<'_>, _: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        let k = job.point.k.unwrap_or(144);
        let variants = if job.method.name == "random" { 10 } else { 1 };
        let row = |variant: usize, split: &str| Row {
            variant: format!("draw-{variant}"),
            k_target: k,
            k_actual: k,
            split: split.to_owned(),
            metric: "accuracy".to_owned(),
            value: 1.0 / (k + variant) as f64,
            n_examples: 9815,
            signature: String::new(),
            params_after: 100_000_000,
            macs_before: None,
            macs_after: None,
        };
        let rows =
            (1..=variants).flat_map(|variant| ["matched", "mismatched"].map(|split| row(variant, split)));
        Ok(Measured {
            n_heads: 144,
            params_before: 109_000_000,
            train_updates: 36_816,
            rows: rows.collect(),
            mask: Some(vec![vec![1; 12]; 12]),
            modules: Vec::new(),
            margin: Some(0.1),
            scores: None,
            cost_examples: None,
            warnings: Vec::new(),
        })
    }

    fn devices(&self) -> Vec<Device> {
        Vec::new()
    }

    fn check_device(&self, _: &str) -> Result<(), ExecuteError> {
        Ok(())
    }
}

fn ten_thousand_runs(criterion: &mut Criterion) {
    let experiment = experiment();
    let plan = Plan::new(&experiment, &Methods::known()).expect("the experiment names no files");
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let store = Store::new(folder.path());
    let empty = Store::new(folder.path().join("empty"));
    for run in plan.runs() {
        let progress = &mut JsonLines::new(std::io::sink());
        run_one(
            &experiment,
            &plan,
            &store,
            run.id.as_str(),
            "none",
            &Made,
            progress,
        )
        .expect("the folder can be written");
    }
    let mut group = criterion.benchmark_group(format!("{} runs", plan.runs().len()));
    group.sample_size(10);
    group.bench_function("plan", |bencher| {
        bencher.iter(|| Plan::new(black_box(&experiment), &Methods::known()).map(|plan| plan.runs().len()));
    });
    group.bench_function("state where nothing is done", |bencher| {
        bencher.iter(|| Status::read(black_box(&plan), &empty));
    });
    group.bench_function("state where everything is done", |bencher| {
        bencher.iter(|| Status::read(black_box(&plan), &store));
    });
    let status = Status::read(&plan, &store);
    assert_eq!(status.count("done"), plan.runs().len());
    group.bench_function("times of what is done, and an estimate", |bencher| {
        bencher.iter(|| {
            let estimate = Estimate::from_walls(&plan, &wall_times(&plan, &store, &status));
            estimate.left(&plan, black_box(0..plan.runs().len()), &[])
        });
    });
    group.bench_function("report", |bencher| {
        let mut tables = Tables::new(&experiment, &plan, &store).expect("the folder can be written");
        bencher.iter(|| tables.write(|_, _| ()).expect("the folder can be written"));
    });
    group.finish();
}

criterion_group!(benches, ten_thousand_runs);
criterion_main!(benches);
