//! A file of trials: for each method the settings that are tried, as many for one as for another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use experiment::Override;
use files::FileError;
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, Result};

/// What is tried.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trials {
    /// Experiment file, from the folder of this one.
    pub(crate) experiment: PathBuf,
    /// Seeds of the trials; others than those of the results.
    pub(crate) seeds: Vec<u64>,
    /// Numbers of heads that every method is tried at.
    pub(crate) heads: Vec<usize>,
    /// Settings by method.
    pub(crate) method: Vec<OfMethod>,
}

/// A table of dotted keys.
pub(crate) type Settings = BTreeMap<String, toml::Value>;

/// The settings of one method.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfMethod {
    /// The method.
    pub(crate) name: String,
    /// Each a table of dotted keys.
    pub(crate) trials: Vec<Settings>,
}

/// One line of trials.csv.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TrialRow {
    /// The method.
    pub(crate) method: String,
    /// Number of the trial, from 1.
    pub(crate) trial: usize,
    /// What was set, as `--set` takes it.
    pub(crate) settings: String,
    /// Heads kept; none in the line of the mean over all numbers, by which the best is chosen.
    pub(crate) k: Option<u32>,
    /// Seeds.
    pub(crate) n: usize,
    /// The measure.
    pub(crate) metric: String,
    /// Its mean over seeds on the tuning split.
    pub(crate) mean: f64,
    /// Its standard deviation over seeds.
    pub(crate) std: Option<f64>,
    /// Whether this trial is the best of its method.
    pub(crate) best: bool,
}

/// The columns of trials.csv.
pub(crate) const TRIAL_COLUMNS: [&str; 9] = [
    "method", "trial", "settings", "k", "n", "metric", "mean", "std", "best",
];

impl Trials {
    /// Reads the file and refuses trials that would favour a method.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(FileError::reading(path))?;
        let trials: Self = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].lines().count().max(1));
            Problem::new(format!("{}:{line}: {}", path.display(), error.message()))
        })?;
        let refused = |message: String| Problem::new(format!("{}: {message}", path.display()));
        for (key, empty) in [
            ("seeds", trials.seeds.is_empty()),
            ("heads", trials.heads.is_empty()),
            ("method", trials.method.is_empty()),
        ] {
            if empty {
                return Err(refused(format!("`{key}` is empty; name at least one")));
            }
        }
        let first = &trials.method[0];
        if first.trials.is_empty() {
            return Err(refused(format!("`{}` has no trial", first.name)));
        }
        if let Some(other) = trials
            .method
            .iter()
            .find(|method| method.trials.len() != first.trials.len())
        {
            return Err(refused(format!(
                "`{}` has {} trials and `{}` has {}",
                first.name,
                first.trials.len(),
                other.name,
                other.trials.len()
            ))
            .hint("give every method as many trials as the others, or the comparison favours one"));
        }
        Ok(trials)
    }
}

/// What `--set` takes, read.
pub(crate) fn overrides(set: &[String]) -> Result<Vec<Override>> {
    set.iter()
        .map(|entry| entry.parse().map_err(Problem::new))
        .collect()
}

/// The settings of a trial in words.
pub(crate) fn words(settings: &Settings) -> String {
    let each: Vec<String> = settings
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    each.join(" ")
}

/// Marks the best trial of each method: that of the largest mean over all numbers of heads; among equals the first.
pub(crate) fn mark_best(rows: &mut [TrialRow]) {
    let mut best: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.k.is_none()) {
        let known = best.get(&row.method);
        if known.is_none_or(|(_, mean)| row.mean > *mean) {
            best.insert(row.method.clone(), (row.trial, row.mean));
        }
    }
    for row in rows {
        row.best = best
            .get(&row.method)
            .is_some_and(|(trial, _)| *trial == row.trial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Trials, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trials.toml");
        std::fs::write(&path, text).unwrap();
        Trials::read(&path).map_err(|problem| {
            let text = problem.to_string();
            text.split_once("trials.toml:")
                .map_or(text.clone(), |(_, reason)| reason.to_owned())
        })
    }

    const GOOD: &str = "experiment = 'demo.toml'\nseeds = [101]\nheads = [3]\n[[method]]\nname = 'dsp-joint'\ntrials = [{}, \
                        { 'dsp.settle' = 0.2, 'dsp.learning_rate' = 0.5 }]\n[[method]]\nname = 'ste-joint'\ntrials = [{}, {}]\n";

    #[test]
    fn settings_become_overrides() {
        let trials = read(GOOD).unwrap();
        let settings = &trials.method[0].trials[1];
        assert_eq!(words(settings), "dsp.learning_rate=0.5 dsp.settle=0.2");
        assert_eq!(words(&trials.method[1].trials[0]), "");
    }

    #[test]
    fn a_method_with_more_trials_than_another_is_refused() {
        let more = GOOD.replace("trials = [{}, {}]", "trials = [{}]");
        assert_eq!(
            read(&more).unwrap_err(),
            " `dsp-joint` has 2 trials and `ste-joint` has 1"
        );
        assert_eq!(
            read(&GOOD.replace("[101]", "[]")).unwrap_err(),
            " `seeds` is empty; name at least one"
        );
        let unknown = read(&GOOD.replace("heads =", "head =")).unwrap_err();
        assert!(unknown.contains("unknown field `head`"), "{unknown}");
    }

    #[test]
    fn the_best_has_the_largest_mean_over_all_numbers_of_heads() {
        let row = |trial, k, mean| TrialRow {
            method: "m".to_owned(),
            trial,
            settings: String::new(),
            k,
            n: 2,
            metric: "bleu".to_owned(),
            mean,
            std: None,
            best: false,
        };
        let mut rows = vec![
            row(1, Some(1), 9.0),
            row(1, None, 5.0),
            row(2, Some(1), 1.0),
            row(2, None, 6.0),
            row(3, None, 6.0),
        ];
        mark_best(&mut rows);
        let best: Vec<bool> = rows.iter().map(|row| row.best).collect();
        assert_eq!(best, [false, false, true, true, false]);
    }
}
