//! Shapley values of heads by permutation sampling: what each head adds to the dense model, averaged over random orders in which
//! heads come back. No training; the natural upper end of what scores of a finished model can know.

use std::path::Path;

use baselines::{PermutationShapley, random_permutation};
use experiment::{Experiment, Finding, Part, Point, Section, SectionType, json};
use heads::{SeededUniform, derive_seed};
use records::{Measured, RunKey};
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::order::{self, Removal};
use crate::progress::{Progress, ProgressReport};
use crate::task::{Split, Task};

/// Shapley values by permutation sampling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShapleySection {
    /// Random orders of the heads; each takes one pass over the examples for every head.
    pub permutations: usize,
    /// Examples of the tuning split that a pass looks at, spread evenly; all of them if left out.
    pub examples: Option<usize>,
}

impl Default for ShapleySection {
    fn default() -> Self {
        Self {
            permutations: 100,
            examples: None,
        }
    }
}

impl Section for ShapleySection {
    const NAME: &'static str = "shapley";
}

/// The values passed so far, from which an interrupted stage goes on.
const PARTIAL_FILE: &str = "shapley.partial.json";
/// The estimates with their standard errors.
const ESTIMATES_FILE: &str = "shapley.json";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// Key of the run that made them.
    key: RunKey,
    /// The loss along each permutation, from no head to all.
    losses: Vec<Vec<f64>>,
    /// Examples that passed the model for all of them.
    cost: u64,
}

#[derive(Debug, Serialize)]
struct Estimates {
    permutations: u64,
    /// What each head takes from the mean loss of the tuning split.
    values: Vec<f64>,
    /// Of the mean over permutations; none for a single one.
    standard_errors: Option<Vec<f64>>,
}

static ORDER: Method = Method {
    name: "shapley-order",
    sections: &[SectionType::of::<ShapleySection>()],
    decisive: &[
        Part::TUNING,
        Part {
            name: "shapley",
            value: |experiment| json(&experiment.section::<ShapleySection>()),
        },
    ],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: Point::single,
    check,
    measures: false,
    run: find,
};

/// The dense model without the heads of lowest Shapley value.
pub(crate) static SHAPLEY: Method = Method {
    name: "shapley",
    sections: &[],
    decisive: &[],
    starts_from: Some(&ORDER),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "shapley"),
    check,
    measures: true,
    run: |job, task, progress| order::measure(job, task, progress, ORDER.name),
};

fn find(job: &Job<'_>, task: &mut dyn Task, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    task.take_saved(job.base(DENSE.name)?)?;
    let removal = Removal {
        heads_per_step: 1,
        exact: false,
    };
    order::find(job, task, progress, removal, |task, _, progress| {
        estimate(job, task, progress)
    })
}

fn estimate(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
) -> Result<Vec<f64>, ExecuteError> {
    let ShapleySection {
        permutations,
        examples,
    } = job.experiment.section();
    let n = task.grid().total();
    let seed = derive_seed(job.seed, "permutations of heads");
    let mut partial = before(job, n);
    let at_start = task.cost();
    task.add_cost(partial.cost);
    let mut values = PermutationShapley::new(n);
    for number in 0..permutations {
        let order = random_permutation(n, &mut SeededUniform::at_update(seed, number as u64));
        if number >= partial.losses.len() {
            // Every permutation begins without heads and ends with all.
            let ends = partial
                .losses
                .first()
                .and_then(|losses| Some((*losses.first()?, *losses.last()?)));
            let mut gates = vec![0.0; n];
            let mut losses = Vec::with_capacity(n + 1);
            for present in 0..=n {
                if present > 0 {
                    gates[order[present - 1]] = 1.0;
                }
                let known = match (ends, present) {
                    (Some((none, _)), 0) => Some(none),
                    (Some((_, all)), present) if present == n => Some(all),
                    _ => None,
                };
                losses.push(match known {
                    Some(loss) => loss,
                    None => task.worth(Split::Tuning, &gates, examples)?.loss,
                });
            }
            partial.losses.push(losses);
            partial.cost = task.cost() - at_start;
            let text = serde_json::to_string(&partial).map_err(ExecuteError::new)? + "\n";
            files::store(&job.folder.join(PARTIAL_FILE), text.as_bytes())?;
        }
        // What a head is worth is what it takes from the loss.
        let along: Vec<f64> = partial.losses[number].iter().map(|loss| -loss).collect();
        values.add(&order, &along);
        progress.report(&ProgressReport {
            phase: "values heads".to_owned(),
            done: number as u64 + 1,
            total: permutations as u64,
            ..ProgressReport::default()
        });
    }
    let estimates = Estimates {
        permutations: values.count(),
        values: values.estimates().unwrap_or_default().to_vec(),
        standard_errors: values.standard_errors(),
    };
    store(job.folder, &estimates)?;
    Ok(estimates.values)
}

/// What an earlier process of this run has made; nothing if there was none or its file is damaged.
fn before(job: &Job<'_>, n: usize) -> Partial {
    let text = std::fs::read(job.folder.join(PARTIAL_FILE)).unwrap_or_default();
    match serde_json::from_slice::<Partial>(&text) {
        Ok(partial)
            if partial.key == *job.key && partial.losses.iter().all(|losses| losses.len() == n + 1) =>
        {
            partial
        }
        _ => Partial {
            key: job.key.clone(),
            losses: Vec::new(),
            cost: 0,
        },
    }
}

fn store(folder: &Path, estimates: &Estimates) -> Result<(), ExecuteError> {
    let text = serde_json::to_string(estimates).map_err(ExecuteError::new)? + "\n";
    files::store(&folder.join(ESTIMATES_FILE), text.as_bytes())?;
    // What stays is in nobody's way.
    let _ = std::fs::remove_file(folder.join(PARTIAL_FILE));
    Ok(())
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let section: ShapleySection = experiment.section();
    Finding::at_least_one("shapley.permutations", section.permutations)?;
    section.examples.map_or(Ok(()), |examples| {
        Finding::at_least_one("shapley.examples", examples)
    })
}
