//! Looks for the factor of the penalty that leaves a wanted number of heads, within a budget of trainings.

use std::path::Path;

use baselines::{HardConcrete, open_heads};
use files::store;
use records::Measured;
use serde::{Deserialize, Serialize};

use super::measuring::{Measuring, measure};
use super::{VoitaMask, VoitaSection, train};
use crate::error::ExecuteError;
use crate::method::Job;
use crate::part::Part;
use crate::progress::Progress;
use crate::task::Task;

/// `trial.json`: one training of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    lambda: f64,
    /// Heads that stayed open.
    open: usize,
    log_alpha: Vec<f64>,
    /// Examples that passed the model for it.
    cost: u64,
}

/// Bisection of the logarithm of the factor: too many open heads ask for a larger one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bracket {
    low: f64,
    high: f64,
}

impl Bracket {
    fn middle(self) -> f64 {
        (self.low.ln().midpoint(self.high.ln())).exp()
    }

    fn narrowed(self, lambda: f64, open: usize, wanted: usize) -> Self {
        if open > wanted {
            Self { low: lambda, ..self }
        } else {
            Self { high: lambda, ..self }
        }
    }
}

/// Trains until the wanted number of heads is met or the budget is spent, and measures the training that came nearest.
pub(crate) fn run(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let section: VoitaSection = job.experiment.section();
    let wanted = job.k()?;
    let (low, high) = section.search_between;
    let mut bracket = Bracket { low, high };
    let mut best: Option<Trial> = None;
    let mut trials = 0;
    while trials < section.search_runs && best.as_ref().is_none_or(|trial| trial.open != wanted) {
        let lambda = bracket.middle();
        let folder = job.folder.join(format!("trial-{}", trials + 1));
        let trial = match read(&folder, lambda) {
            // An earlier process finished it, and saved its model if it came nearest.
            Some(trial) => {
                task.add_cost(trial.cost);
                trial
            }
            None => {
                let before = task.cost();
                let mut part = Part {
                    whole: &mut *progress,
                    part: trials as u64,
                    parts: section.search_runs as u64,
                };
                let log_alpha = train(job, task, &mut part, lambda, &folder)?;
                let open = open_heads(&log_alpha, &HardConcrete::default()).kept();
                let trial = Trial {
                    lambda,
                    open,
                    log_alpha,
                    cost: task.cost() - before,
                };
                if is_nearer(&trial, best.as_ref(), wanted) {
                    task.save()?;
                }
                write(&folder, &trial)?;
                trial
            }
        };
        trials += 1;
        bracket = bracket.narrowed(lambda, trial.open, wanted);
        if is_nearer(&trial, best.as_ref(), wanted) {
            best = Some(trial);
        }
    }
    let best = best.ok_or_else(|| ExecuteError::new("voita.search_runs is 0"))?;
    task.take_saved(job.folder)?;
    let measuring = Measuring {
        variant: "",
        k_target: Some(wanted),
        threshold: section.mask != VoitaMask::Forced,
        forced: match section.mask {
            VoitaMask::Threshold => &[],
            VoitaMask::Forced | VoitaMask::Both => &[wanted],
        },
    };
    let mut measured = measure(job, task, progress, &best.log_alpha, &measuring)?;
    if best.open != wanted {
        measured.warnings.push(format!(
            "{trials} trainings did not leave {wanted} heads open; the nearest left {} at lambda = {:.3e}",
            best.open, best.lambda
        ));
    }
    Ok(measured)
}

/// Nearer to the wanted number; among equals the first is kept.
fn is_nearer(trial: &Trial, best: Option<&Trial>, wanted: usize) -> bool {
    best.is_none_or(|best| trial.open.abs_diff(wanted) < best.open.abs_diff(wanted))
}

fn read(folder: &Path, lambda: f64) -> Option<Trial> {
    let text = std::fs::read(folder.join("trial.json")).ok()?;
    serde_json::from_slice(&text)
        .ok()
        .filter(|trial: &Trial| trial.lambda == lambda)
}

fn write(folder: &Path, trial: &Trial) -> Result<(), ExecuteError> {
    let text = serde_json::to_string(trial).map_err(ExecuteError::new)? + "\n";
    store(&folder.join("trial.json"), text.as_bytes()).map_err(ExecuteError::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(open: usize) -> Trial {
        Trial {
            lambda: 0.1,
            open,
            log_alpha: vec![0.25, -0.1],
            cost: 640,
        }
    }

    #[test]
    fn bisection_closes_in_on_the_factor() {
        // A made-up response: every power of ten below 1 leaves two more heads open.
        let response = |lambda: f64| (-2.0 * lambda.log10()).round().max(0.0) as usize;
        let mut bracket = Bracket { low: 1e-5, high: 1.0 };
        for _ in 0..12 {
            let lambda = bracket.middle();
            bracket = bracket.narrowed(lambda, response(lambda), 3);
        }
        assert_eq!(response(bracket.middle()), 3);
        assert!((bracket.high / bracket.low - 1.0) < 0.01);
    }

    #[test]
    fn the_first_of_the_nearest_is_kept() {
        assert!(is_nearer(&trial(7), None, 4));
        assert!(is_nearer(&trial(5), Some(&trial(7)), 4));
        assert!(!is_nearer(&trial(3), Some(&trial(5)), 4));
    }

    #[test]
    fn a_trial_of_another_factor_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), 0.1), None);
        write(folder.path(), &trial(4)).unwrap();
        assert_eq!(read(folder.path(), 0.1), Some(trial(4)));
        assert_eq!(read(folder.path(), 0.2), None);
    }
}
