//! Heads chosen by a method for a model that was trained elsewhere, and its weights trained further without the others: runs of an
//! experiment that is made up from the command line.

use std::path::{Path, PathBuf};

use experiment::{Experiment, Override, Source};
use files::FileError;
use heads::{HeadGrid, HeadMask};
use methods::Methods;
use records::MASK_FILE;
use sweep::progress::{Single, on_stderr};
use sweep::{Executor, Plan, Run, RunEnd, Store, run_one};
use tasks::inference::read_head_mask;
use toml::{Table, Value};

use crate::fetched::{Missing, load};
use crate::problem::{Problem, Result};
use crate::terminal::warn;

/// Examples that are looked at where nothing is to be evaluated: a run measures something.
const GLANCE: usize = 64;

/// The settings that the command line does not say.
const SETTINGS: &str = include_str!("../../../../experiments/prune.toml");

/// Numbers of the examples that are looked at, in the folder of the runs.
const GLANCE_FILE: &str = "glance.rows";

/// What heads are chosen by.
pub(crate) struct Wanted<'a> {
    /// The model.
    pub(crate) folder: &'a Path,
    /// Name of the method.
    pub(crate) method: &'a str,
    /// Heads of the model.
    pub(crate) heads: usize,
    /// Heads to keep.
    pub(crate) k: usize,
    /// The same number in each layer.
    pub(crate) uniform: bool,
    /// Labelled examples.
    pub(crate) data: &'a Path,
    /// Rows of that file.
    pub(crate) rows: usize,
    /// Longest input, in tokens.
    pub(crate) max_length: usize,
    /// Passes over the examples in which the weights are trained without the other heads.
    pub(crate) finetune: Option<f64>,
    /// Seed of what is random.
    pub(crate) seed: u64,
    /// Threads of a run.
    pub(crate) threads: usize,
    /// Device.
    pub(crate) device: &'a str,
    /// Other keys of the experiment.
    pub(crate) set: &'a [Override],
    /// Folder of the runs; it may have some of an earlier call.
    pub(crate) work: &'a Path,
}

/// What was chosen.
pub(crate) struct Chosen {
    /// The heads that are kept.
    pub(crate) mask: HeadMask,
    /// Folder of the model that was trained further, if it was.
    pub(crate) finetuned: Option<PathBuf>,
}

/// Does the runs that are not done yet.
pub(crate) fn choose(wanted: &Wanted<'_>, executor: &impl Executor) -> Result<Chosen> {
    let experiment = wanted.experiment(wanted.method, Table::new())?;
    let grid = experiment.grid().map_err(Problem::new)?;
    let (folder, scores) = wanted.run(&experiment, "choice", executor)?;
    let mask = match wanted.uniform {
        false => read_head_mask(&folder.join(MASK_FILE), &grid)?,
        true => evenly(scores.as_deref(), &grid, wanted)?,
    };
    let finetuned = match wanted.finetune {
        None => None,
        Some(epochs) => Some(wanted.train_further(&mask, epochs, executor)?),
    };
    Ok(Chosen { mask, finetuned })
}

impl Wanted<'_> {
    /// The experiment of one method, with more keys.
    fn experiment(&self, method: &str, more: Table) -> Result<Experiment> {
        let rows = self.work.join(GLANCE_FILE);
        std::fs::write(&rows, rows_to_glance_at(self.rows)).map_err(FileError::writing(&rows))?;
        let text = |path: &Path| -> Result<Value> {
            let path = std::path::absolute(path).map_err(FileError::reading(path))?;
            match path.to_str() {
                Some(text) => Ok(Value::from(text)),
                None => Err(Problem::new(format!("{} is no text", path.display())).hint("rename it")),
            }
        };
        let table = |pairs: Vec<(&str, Value)>| -> Value {
            Value::Table(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect(),
            )
        };
        let file = |rows: Option<Value>| -> Result<Value> {
            let mut pairs = vec![("path", text(self.data)?)];
            pairs.extend(rows.map(|rows| ("rows", rows)));
            Ok(Value::Array(vec![table(pairs)]))
        };
        let integer = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let seed = Value::Integer(i64::try_from(self.seed).unwrap_or(i64::MAX));
        let mut keys: Table = toml::from_str(SETTINGS).map_err(Problem::new)?;
        for (section, value) in [
            ("name", Value::from("prune")),
            ("model", table(vec![("weights", text(self.folder)?)])),
            (
                "data",
                table(vec![
                    ("source", Value::from("files")),
                    ("train", file(None)?),
                    // What looks at a tuning split looks at the same examples.
                    ("valid", file(None)?),
                    ("max_length", integer(self.max_length)),
                    ("evaluate", table(vec![("glance", file(Some(text(&rows)?))?)])),
                ]),
            ),
            ("store", table(vec![("removed", Value::Boolean(false))])),
            ("run", table(vec![("threads", integer(self.threads))])),
            (
                "sweep",
                table(vec![
                    ("methods", Value::Array(vec![Value::from(method)])),
                    ("heads", Value::Array(vec![integer(self.k)])),
                    ("seeds", Value::Array(vec![seed])),
                ]),
            ),
        ] {
            keys.insert(section.to_owned(), value);
        }
        if let Some(Value::Table(michel)) = keys.get_mut("michel") {
            michel.insert("heads_per_step".to_owned(), integer((self.heads / 12).max(1)));
        }
        for (section, value) in more {
            match (keys.get_mut(&section), value) {
                (Some(Value::Table(there)), Value::Table(more)) => there.extend(more),
                (_, value) => {
                    keys.insert(section, value);
                }
            }
        }
        let text = toml::to_string(&keys).map_err(Problem::new)?;
        Ok(load(
            &Source::embedded("the command line", &text),
            self.set,
            Missing::Refuse,
        )?)
    }

    /// Does the runs of an experiment; the folder of the last, which is the one asked for, and the scores that heads were
    /// ranked by.
    fn run(
        &self,
        experiment: &Experiment,
        name: &str,
        executor: &impl Executor,
    ) -> Result<(PathBuf, Option<Vec<f64>>)> {
        let plan = Plan::new(experiment, &Methods::known())?;
        // Each variant would choose heads of its own, and the last would win.
        let of_last = |run: &&Run| {
            plan.runs()
                .last()
                .is_some_and(|last| last.method.name == run.method.name)
        };
        let choices = plan.runs().iter().filter(of_last).count();
        if choices > 1 {
            let method = self.method;
            let problem = Problem::new(format!(
                "`{method}.variants` names {choices} ways to choose heads, and one model is written"
            ));
            return Err(problem.hint(format!("name one variant with --set {method}.variants")));
        }
        let store = Store::new(self.work.join(name));
        std::fs::create_dir_all(store.root()).map_err(FileError::writing(store.root()))?;
        tasks::check_inputs(experiment, store.root(), self.device)?;
        let (mut last, mut scores) = (None, None);
        for run in plan.runs() {
            let mut display = on_stderr();
            display.started(run);
            let mut progress = Single::new(display.as_mut(), run);
            let id = run.id.as_str();
            let end = run_one(
                experiment,
                &plan,
                &store,
                id,
                self.device,
                executor,
                &mut progress,
            );
            display.finish();
            match end? {
                RunEnd::Done(result) => {
                    last = Some(store.run(&run.id).path().to_owned());
                    scores = result.measured.scores.or(scores);
                }
                RunEnd::Failed(failure) => {
                    let problem = Problem::new(format!("{}: {}", run.id, failure.error));
                    return Err(match failure.hint {
                        Some(hint) => problem.hint(hint),
                        None => problem,
                    });
                }
                // Told by who asked it to stop.
                RunEnd::Interrupted => return Err(Problem::new("interrupted")),
            }
        }
        match last {
            Some(folder) => Ok((folder, scores)),
            None => Err(Problem::new(format!(
                "{} has no run for {} heads",
                self.method, self.k
            ))),
        }
    }

    /// Trains the weights further under a mask and gives the folder of the model.
    fn train_further(&self, mask: &HeadMask, epochs: f64, executor: &impl Executor) -> Result<PathBuf> {
        let file = self.work.join("mask.csv");
        let digits: String = mask
            .flags()
            .iter()
            .map(|&kept| if kept { '1' } else { '0' })
            .collect();
        let text = format!("k,mask\n{},{digits}\n", mask.kept());
        files::write(&file, text.as_bytes()).map_err(FileError::writing(&file))?;
        let path = std::path::absolute(&file).map_err(FileError::reading(&file))?;
        let mut more = Table::new();
        let mut scores = Table::new();
        scores.insert("file".to_owned(), Value::from(path.display().to_string()));
        more.insert("scores".to_owned(), Value::Table(scores));
        let mut finetune = Table::new();
        finetune.insert("epochs".to_owned(), Value::Float(epochs));
        more.insert("finetune".to_owned(), Value::Table(finetune));
        let experiment = self.experiment("scores-finetuned", more)?;
        Ok(self.run(&experiment, "finetuned", executor)?.0)
    }
}

/// The heads of the highest scores of each layer, the same number in all.
fn evenly(scores: Option<&[f64]>, grid: &HeadGrid, wanted: &Wanted<'_>) -> Result<HeadMask> {
    let (method, k) = (wanted.method, wanted.k);
    let Some(scores) = scores else {
        let problem = Problem::new(format!(
            "{method} leaves no scores of heads to rank within layers"
        ));
        return Err(problem.hint("leave --uniform out, or choose michel, fisher or shapley"));
    };
    let of_layer = k / grid.rows().len();
    warn(&format!(
        "--uniform ranks the heads of each layer by the scores of the whole model by {method}"
    ));
    let mut flags = Vec::with_capacity(grid.total());
    for row in grid.cut(scores) {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let mut kept = vec![false; row.len()];
        order.iter().take(of_layer).for_each(|&head| kept[head] = true);
        flags.extend(kept);
    }
    Ok(HeadMask::from_flags(flags))
}

/// Numbers of the first rows of a corpus.
fn rows_to_glance_at(rows: usize) -> String {
    (0..rows.min(GLANCE)).map(|row| format!("{row}\n")).collect()
}
