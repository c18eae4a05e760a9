//! The oracle: the dense model under every subset of its heads, so that each method's choice can be held against the best.

use std::path::Path;

use baselines::EXACT_SHAPLEY_LIMIT;
use experiment::{Experiment, Finding, Part, Point, Section, SectionType, json};
use heads::HeadMask;
use records::{Measured, ORACLE_FILE, RunKey, SubsetRow, TUNING, write_subsets};
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::progress::{Progress, ProgressReport};
use crate::task::{Answers, Candidate, Gates, Role, Split, Task, Worth};

/// The dense model under every subset of its heads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OracleSection {
    /// Examples of each split that a subset is measured on, spread evenly; all of them if left out.
    pub examples: Option<usize>,
}

impl Section for OracleSection {
    const NAME: &'static str = "oracle";
}

/// For each number of heads the subset of least loss on the tuning split, measured on those that are reported.
pub(crate) static ORACLE: Method = Method {
    name: "oracle",
    sections: &[SectionType::of::<OracleSection>()],
    decisive: &[
        Part::TUNING,
        Part {
            name: "oracle",
            value: |experiment| {
                let mut value = json(&experiment.section::<OracleSection>());
                value["heads"] = json(&experiment.heads_of("oracle"));
                value
            },
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: Point::single,
    check,
    measures: true,
    run,
};

/// The subsets measured so far, from which an interrupted run goes on.
const PARTIAL_FILE: &str = "oracle.partial.json";
/// How often the subsets are kept: all of them are written each time.
const KEPT: usize = 64;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// Key of the run that made them.
    key: RunKey,
    /// Of each subset, by its number in binary, loss and accuracy on each split.
    worths: Vec<Vec<(f64, Option<f64>)>>,
    /// Examples that passed the model for all of them.
    cost: u64,
}

fn run(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base(DENSE.name)?)?;
    let examples = job.experiment.section::<OracleSection>().examples;
    let n = task.grid().total();
    let reported = task.splits();
    let splits: Vec<Split<'_>> = std::iter::once(Split::Tuning)
        .chain(reported.iter().map(|split| Split::Reported(split)))
        .collect();
    let subsets = 1_usize << n;
    let mut partial = before(job, splits.len());
    let at_start = task.cost();
    task.add_cost(partial.cost);
    while partial.worths.len() < subsets {
        let gates = subset(partial.worths.len(), n).gates();
        let on = |split: &Split<'_>| {
            let Worth { loss, accuracy, .. } = task.worth(*split, &gates, examples)?;
            Ok((loss, accuracy))
        };
        let worths = splits.iter().map(on).collect::<Result<_, ExecuteError>>()?;
        partial.worths.push(worths);
        if partial.worths.len().is_multiple_of(subsets.div_ceil(KEPT)) {
            partial.cost = task.cost() - at_start;
            let text = serde_json::to_string(&partial).map_err(ExecuteError::new)? + "\n";
            files::store(&job.folder.join(PARTIAL_FILE), text.as_bytes())?;
        }
        progress.report(&ProgressReport {
            phase: "measures subsets".to_owned(),
            done: partial.worths.len() as u64,
            total: subsets as u64,
            ..ProgressReport::default()
        });
    }
    write(job.folder, &partial, &reported, n)?;
    let candidates: Vec<Candidate> = job
        .experiment
        .heads_of(job.method.name)
        .iter()
        .filter_map(|&k| best(&partial, k, n))
        .map(|mask| Candidate {
            variant: String::new(),
            k_target: Some(mask.kept()),
            gates: Gates::Hard(mask),
            answers: Answers::Forgotten,
            role: Role::Alternative,
        })
        .collect();
    task.measure(&candidates, progress)
}

/// The heads that are the ones of a number in binary, the first head the last digit.
fn subset(number: usize, n: usize) -> HeadMask {
    HeadMask::from_flags((0..n).map(|head| number >> head & 1 == 1).collect())
}

/// The `k` heads of least loss on the tuning split; among equals those of the lowest number.
fn best(partial: &Partial, k: usize, n: usize) -> Option<HeadMask> {
    let of_k = (0..partial.worths.len()).filter(|number| number.count_ones() as usize == k);
    let loss = |number: &usize| partial.worths[*number][0].0;
    let found = of_k.min_by(|a, b| loss(a).total_cmp(&loss(b)))?;
    Some(subset(found, n))
}

fn write(folder: &Path, partial: &Partial, reported: &[String], n: usize) -> Result<(), ExecuteError> {
    let names: Vec<&str> = std::iter::once(TUNING)
        .chain(reported.iter().map(String::as_str))
        .collect();
    let mut rows = Vec::new();
    for (number, worths) in partial.worths.iter().enumerate() {
        let mask = subset(number, n);
        for (split, &(loss, accuracy)) in names.iter().zip(worths) {
            let mut add = |metric: &str, value| {
                rows.push(SubsetRow {
                    mask: mask.digits(),
                    k: mask.kept(),
                    split: (*split).to_owned(),
                    metric: metric.to_owned(),
                    value,
                });
            };
            add("loss", loss);
            if let Some(accuracy) = accuracy {
                add("accuracy", accuracy);
            }
        }
    }
    write_subsets(&folder.join(ORACLE_FILE), &rows)?;
    // What stays is in nobody's way.
    let _ = std::fs::remove_file(folder.join(PARTIAL_FILE));
    Ok(())
}

/// What an earlier process of this run has measured; nothing if there was none or its file is damaged.
fn before(job: &Job<'_>, splits: usize) -> Partial {
    let text = std::fs::read(job.folder.join(PARTIAL_FILE)).unwrap_or_default();
    match serde_json::from_slice::<Partial>(&text) {
        Ok(partial)
            if partial.key == *job.key && partial.worths.iter().all(|worths| worths.len() == splits) =>
        {
            partial
        }
        _ => Partial {
            key: job.key.clone(),
            worths: Vec::new(),
            cost: 0,
        },
    }
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let n = experiment.n_heads();
    if n > EXACT_SHAPLEY_LIMIT {
        let message = format!(
            "names `oracle`, which measures every subset: {n} heads have more than the 2^{EXACT_SHAPLEY_LIMIT} that it may"
        );
        return Err(Finding::new("sweep.methods", message)
            .hint("`shapley` estimates what each head is worth for any number of heads"));
    }
    let OracleSection { examples } = experiment.section();
    examples.map_or(Ok(()), |examples| {
        Finding::at_least_one("oracle.examples", examples)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_subset_and_the_best_has_the_least_tuning_loss() {
        assert_eq!(subset(0b0110, 4).digits(), "0110");
        assert_eq!(subset(1, 3).digits(), "100");
        let losses = [9.0, 3.0, 2.0, 1.5, 2.0, 1.0, 1.25, 0.5];
        let worths = losses.map(|loss| vec![(loss, None), (-loss, None)]).to_vec();
        let partial = Partial {
            key: RunKey::of("x"),
            worths,
            cost: 0,
        };
        let digits = |k| best(&partial, k, 3).map(|mask| mask.digits());
        assert_eq!(digits(1), Some("010".to_owned()));
        assert_eq!(digits(2), Some("101".to_owned()));
        assert_eq!(digits(3), Some("111".to_owned()));
        assert_eq!(digits(4), None);
    }
}
