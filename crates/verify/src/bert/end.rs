//! What a recorded training ends with: importances, masks, evaluations under them, statistics of the weights.

use baselines::{EvaluationGate, open_heads};
use heads::{HeadGate, HeadMask};
use models::{Layout, Parameter, Parameters, Precision};

use super::compare::{final_tolerance, is_key_bias};
use super::evaluation::Evaluator;
use super::method::{Method, hard_concrete};
use super::recording::{Evaluated, TrajectoryFile};
use crate::numbers::{flat, l2, numbers};
use crate::tally::Tally;

/// Compares the end of a training with the float64 recording.
pub(super) struct EndCheck<'a> {
    pub(super) file: &'a TrajectoryFile,
    pub(super) method: Method,
    pub(super) evaluator: Evaluator<'a>,
}

/// A mask of ours, and what is recorded of it.
struct Chosen<'a> {
    name: &'static str,
    mask: Result<HeadMask, String>,
    recorded: Option<&'a Vec<Vec<f64>>>,
    eval: Option<&'a Evaluated>,
}

impl EndCheck<'_> {
    pub(super) fn run(&self, tally: &mut Tally, gate: &dyn HeadGate) {
        let end = &self.file.float64.end;
        if self.method == Method::Dense {
            self.evaluation(tally, "final eval", None, &end.eval);
        } else {
            let (name, _) = self.method.importances();
            match &end.importances {
                Some(recorded) => self.close(tally, name, gate.importances(), &flat(recorded), name),
                None => tally.differs(format!("final {name} is not recorded")),
            }
        }
        if self.method == Method::HardConcrete {
            self.evaluation_gates(tally, gate.importances());
        }
        for chosen in self.chosen(gate) {
            self.mask(tally, chosen);
        }
        self.weights(tally);
    }

    /// The masks that the method ends with.
    fn chosen(&self, gate: &dyn HeadGate) -> Vec<Chosen<'_>> {
        let (end, hyper) = (&self.file.float64.end, &self.file.hyper);
        let top_k = || match hyper.k {
            Some(k) => HeadMask::top_k(gate.importances(), k).map_err(|error| error.to_string()),
            None => Err("hyper lacks K".to_owned()),
        };
        let first = |mask| Chosen {
            name: "mask",
            mask,
            recorded: end.mask.as_ref(),
            eval: Some(&end.eval),
        };
        match self.method {
            Method::Dense => Vec::new(),
            Method::SubsetPruning | Method::StraightThrough => vec![first(top_k())],
            Method::HardConcrete => {
                let open = hard_concrete(hyper).map(|shape| open_heads(gate.importances(), &shape));
                let forced = Chosen {
                    name: "mask_top_k",
                    mask: top_k(),
                    recorded: end.mask_top_k.as_ref(),
                    eval: end.eval_top_k.as_ref(),
                };
                vec![first(open), forced]
            }
        }
    }

    fn mask(&self, tally: &mut Tally, chosen: Chosen<'_>) {
        let name = chosen.name;
        match (chosen.mask, chosen.recorded, chosen.eval) {
            (Ok(mask), Some(recorded), Some(eval)) => {
                tally.equal(&format!("final {name}"), &mask.gates(), &flat(recorded));
                let place = format!("final eval under {name}");
                self.evaluation(tally, &place, Some(&mask.gates()), eval);
            }
            (Err(error), ..) => tally.differs(format!("final {name}: {error}")),
            (Ok(_), ..) => tally.differs(format!("final {name} or its evaluation is not recorded")),
        }
    }

    fn evaluation_gates(&self, tally: &mut Tally, log_alpha: &[f64]) {
        match (hard_concrete(&self.file.hyper), &self.file.float64.end.eval_gates) {
            (Ok(shape), Some(recorded)) => {
                let gates: Vec<f64> = log_alpha
                    .iter()
                    .map(|&log_alpha| shape.evaluation_gate(log_alpha, EvaluationGate::WithoutTemperature))
                    .collect();
                self.close(tally, "eval_gates", &gates, &flat(recorded), "eval_gates");
            }
            (Err(reason), _) => tally.differs(reason),
            (Ok(_), None) => tally.differs("final eval_gates are not recorded".to_owned()),
        }
    }

    fn evaluation(&self, tally: &mut Tally, place: &str, gates: Option<&[f64]>, recorded: &Evaluated) {
        let tolerance = |want: f64| self.tolerance("eval_logits", want);
        self.evaluator.compare(tally, place, gates, recorded, &tolerance);
    }

    fn weights(&self, tally: &mut Tally) {
        self.evaluator.model.clone().visit("", &mut |name, parameter| {
            let values = match parameter {
                Parameter::Vector(tensor) => numbers(tensor.clone()),
                Parameter::Matrix(tensor, Layout::AsStored | Layout::Transposed) => numbers(tensor.clone()),
            };
            let field = if is_key_bias(name) {
                "weights_key_bias"
            } else {
                "weights"
            };
            match self.file.float64.end.weights.get(name) {
                None => tally.differs(format!("final weights: `{name}` is not recorded")),
                Some(_) if is_key_bias(name) && self.precision() == Precision::Double => {}
                Some(want) => {
                    let count = values.len() as f64;
                    let mean = values.iter().sum::<f64>() / count;
                    let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
                    for (what, got, want) in [
                        ("mean", mean, want.mean),
                        ("std", std, want.std),
                        ("norm", l2(&values), want.l2),
                    ] {
                        self.close(tally, &format!("{what} of {name}"), &[got], &[want], field);
                    }
                }
            }
        });
    }

    fn close(&self, tally: &mut Tally, place: &str, got: &[f64], want: &[f64], field: &str) {
        tally.equal(&format!("number of final {place}"), &got.len(), &want.len());
        for (&got, &want) in got.iter().zip(want) {
            tally.number(&format!("final {place}"), got, want, self.tolerance(field, want));
        }
    }

    fn tolerance(&self, field: &str, recorded: f64) -> f64 {
        let spread = self.file.final_spread.get(field).copied().unwrap_or(0.0);
        final_tolerance(self.precision(), self.method, field, recorded, spread)
    }

    fn precision(&self) -> Precision {
        self.evaluator.options.precision
    }
}
