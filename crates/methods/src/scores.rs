//! Scores of heads, or masks, of somebody else's method, from a file: they enter every table and figure without a line of code.

use std::path::PathBuf;

use experiment::{Experiment, Finding, Part, Point, Section, SectionType, file_sha256};
use records::{Measured, OutsideChoice};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::progress::Progress;
use crate::task::{Candidate, Task};

/// A file of scores, and what to call them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScoresSection {
    /// CSV with the columns `layer`, `head`, `score`, or `k`, `mask`; `kind` and `seed` beside them where they differ. Heads of
    /// high score stay. The dense model of each seed is measured under them.
    pub file: Option<PathBuf>,
    /// What the curve is called.
    pub name: String,
}

impl Default for ScoresSection {
    fn default() -> Self {
        Self {
            file: None,
            name: "from file".to_owned(),
        }
    }
}

impl Section for ScoresSection {
    const NAME: &'static str = "scores";

    fn paths(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        self.file.iter_mut().map(|file| (FILE, file)).collect()
    }
}

const FILE: &str = "scores.file";

/// The dense model without the heads that the file scores lowest.
pub(crate) static SCORES: Method = Method {
    name: "scores",
    sections: &[SectionType::of::<ScoresSection>()],
    decisive: &[Part {
        name: "scores",
        // What the file says decides, not where it is. One that cannot be read has been refused before.
        value: |experiment| {
            let ScoresSection { file, name } = experiment.section();
            let content = file.and_then(|file| file_sha256(&file).ok());
            json!({ "sha256": content, "name": name })
        },
    }],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "scores"),
    check,
    measures: true,
    run,
};

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let ScoresSection { file, name } = job.experiment.section();
    let file = file.ok_or_else(|| ExecuteError::new("`scores.file` is missing"))?;
    let choice = OutsideChoice::read(&file)?;
    let in_file = |error| ExecuteError::new(format!("{}: {error}", file.display()));
    let k = job.k()?;
    let mask = choice.mask(task.grid(), k, job.seed).map_err(in_file)?;
    let scores = match choice.has_masks() {
        true => None,
        false => Some(choice.scores(task.grid(), job.seed).map_err(in_file)?),
    };
    task.take_saved(job.base(DENSE.name)?)?;
    let mut candidate = Candidate::mask(mask, Some(k));
    candidate.variant = name;
    let mut measured = task.measure(&[candidate], progress)?;
    measured.scores = scores;
    Ok(measured)
}

/// Reads the file and looks for every choice that will be asked for.
fn check(experiment: &Experiment) -> Result<(), Finding> {
    let ScoresSection { file, name } = experiment.section();
    let Some(file) = file else {
        return Err(Finding::new(FILE, "is missing")
            .hint("name the file with the scores, or take `scores` out of `sweep.methods`"));
    };
    if name.is_empty() {
        return Err(Finding::new(
            "scores.name",
            "is empty; say what to call the curve",
        ));
    }
    let choice = OutsideChoice::read(&file).map_err(|error| {
        let finding = Finding::new(FILE, format!("cannot be used: {error}"));
        match files::Hint::hint(&error) {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    })?;
    let refused = |error: &dyn std::fmt::Display| {
        Finding::new(FILE, format!("cannot be used: {}: {error}", file.display()))
    };
    let grid = experiment.grid().map_err(|error| refused(&error))?;
    let asked = |name: &str| experiment.sweep.methods.iter().any(|method| method == name);
    for &seed in &experiment.sweep.seeds {
        for name in [SCORES.name, "scores-finetuned"]
            .into_iter()
            .filter(|name| asked(name))
        {
            for &k in experiment.heads_of(name) {
                choice.mask(&grid, k, seed).map_err(|error| refused(&error))?;
            }
        }
    }
    Ok(())
}
