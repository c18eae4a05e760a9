//! `headcount tune`: tries settings of methods on the tuning split, as many for each, and says which was best.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use experiment::{Source, VALID};
use files::FileError;
use records::{ResultRow, read_results, to_csv};
use report::{MEASURES, curves};
use sweep::RESULTS_FILE;

use crate::fetched::{Missing, load};
use crate::places::make_writable;
use crate::problem::{Problem, Result, cannot};
use crate::terminal::{ALL_DONE, INTERRUPTED, UNUSABLE, print};
use crate::trials::{OfMethod, Settings, TRIAL_COLUMNS, TrialRow, Trials, mark_best, overrides, words};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// File of trials: an experiment, seeds, numbers of heads, and for each method the settings to try.
    #[arg(value_name = "FILE")]
    trials: PathBuf,
    /// Folder of the runs and of trials.csv.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Runs side by side [default: as `headcount reproduce` has it].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Device to train on.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Only the trials of this method of the file; may be repeated.
    #[arg(long = "method", value_name = "NAME")]
    methods: Vec<String>,
    /// What holds for every trial, as `data.train_examples=3000`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Does every trial as a sweep of its own in one folder, so that what two of them share is done once, and writes trials.csv
/// after each. The runs are measured on the tuning split alone: nothing that is reported has a part in the choice.
pub(crate) fn tune(options: &Options) -> Result<u8> {
    let trials = Trials::read(&options.trials)?;
    check_names(options, &trials)?;
    let folder = options.trials.parent().unwrap_or(Path::new("."));
    let experiment = folder.join(&trials.experiment);
    let is_asked = |name: &String| options.methods.is_empty() || options.methods.contains(name);
    let methods: Vec<&OfMethod> = trials
        .method
        .iter()
        .filter(|method| is_asked(&method.name))
        .collect();
    // A mistake in the last trial is told before the first is done.
    let source = Source::read(&experiment)?;
    for method in &methods {
        for settings in &method.trials {
            load(
                &source,
                &overrides(&set_of(options, &trials, method, settings))?,
                Missing::Refuse,
            )?;
        }
    }
    make_writable("--out", &options.out)?;
    let mut rows = Vec::new();
    for method in methods {
        for (index, settings) in method.trials.iter().enumerate() {
            let shown = words(settings);
            eprintln!(
                "{} {} of {}: {shown}",
                method.name,
                index + 1,
                method.trials.len()
            );
            let code = sweep(options, &experiment, &set_of(options, &trials, method, settings))?;
            if code != ALL_DONE {
                // Said already by the sweep.
                return Ok(code);
            }
            let results = read_results(&options.out.join(RESULTS_FILE))?;
            rows.extend(of_trial_rows(&results, &method.name, index + 1, &shown)?);
            mark_best(&mut rows);
            let path = options.out.join("trials.csv");
            let bytes = to_csv(&TRIAL_COLUMNS, &rows).map_err(FileError::writing(&path))?;
            files::write(&path, &bytes).map_err(FileError::writing(&path))?;
        }
    }
    for row in rows.iter().filter(|row| row.best && row.k.is_none()) {
        let settings = if row.settings.is_empty() {
            "as the file has it"
        } else {
            &row.settings
        };
        print(&format!(
            "{} trial {}: {} {:.4}, {settings}",
            row.method, row.trial, row.metric, row.mean
        ))?;
    }
    eprintln!("wrote {}", options.out.join("trials.csv").display());
    Ok(ALL_DONE)
}

/// Refuses a method on the command line that the file has no trials of.
fn check_names(options: &Options, trials: &Trials) -> Result<()> {
    let known: Vec<&str> = trials.method.iter().map(|method| method.name.as_str()).collect();
    match options
        .methods
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        None => Ok(()),
        Some(unknown) => Err(
            Problem::new(format!("--method {unknown}: the file has no trials of it"))
                .hint(format!("it has those of {}", known.join(", "))),
        ),
    }
}

/// What a trial sets, as `--set` takes it: what holds for every trial, what makes it one, and its own.
fn set_of(options: &Options, trials: &Trials, method: &OfMethod, settings: &Settings) -> Vec<String> {
    let of_trials = [
        format!("sweep.methods=[\"{}\"]", method.name),
        format!("sweep.heads={:?}", trials.heads),
        "sweep.heads_of={}".to_owned(),
        format!("sweep.seeds={:?}", trials.seeds),
        format!("sweep.splits=[\"{VALID}\"]"),
    ];
    let own = settings.iter().map(|(key, value)| format!("{key}={value}"));
    options.set.iter().cloned().chain(of_trials).chain(own).collect()
}

/// Does the sweep of a trial in a process of its own, and gives its exit code.
fn sweep(options: &Options, experiment: &Path, set: &[String]) -> Result<u8> {
    let program = std::env::current_exe().map_err(cannot("find the path of this program"))?;
    let mut command = Command::new(program);
    command
        .arg("reproduce")
        .arg(experiment)
        .arg("--out")
        .arg(&options.out);
    // Nobody is there to be asked between two trials.
    command.arg("--device").arg(&options.device).arg("--yes");
    if let Some(jobs) = options.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    for entry in set {
        command.arg("--set").arg(entry);
    }
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(cannot("start this program again"))?;
    Ok(match status.code() {
        Some(code) => u8::try_from(code).unwrap_or(UNUSABLE),
        None => INTERRUPTED,
    })
}

/// The lines of one trial: one for each number of heads, and their mean.
fn of_trial_rows(results: &[ResultRow], method: &str, trial: usize, settings: &str) -> Result<Vec<TrialRow>> {
    let points = curves(results, None)?;
    let of_metric = |metric: &str| {
        let points = points.iter();
        points
            .filter(|point| point.method == method && point.metric == metric && point.is_exact())
            .collect::<Vec<_>>()
    };
    let found = MEASURES
        .iter()
        .map(|measure| of_metric(measure.metric))
        .find(|points| !points.is_empty());
    let points = found.ok_or_else(|| {
        Problem::new(format!(
            "a trial of `{method}` gave no result with a number of heads that was asked for"
        ))
        .hint("a method with a penalty needs numbers that are forced: voita.mask = \"both\"")
    })?;
    let row = |k: Option<u32>, n: usize, mean: f64, std: Option<f64>| TrialRow {
        method: method.to_owned(),
        trial,
        settings: settings.to_owned(),
        k,
        n,
        metric: points[0].metric.clone(),
        mean,
        std,
        best: false,
    };
    let mut rows: Vec<TrialRow> = points
        .iter()
        .map(|point| row(Some(point.k_low), point.n, point.mean, point.std))
        .collect();
    let mean = points.iter().map(|point| point.mean).sum::<f64>() / points.len() as f64;
    rows.push(row(None, points[0].n, mean, None));
    Ok(rows)
}
