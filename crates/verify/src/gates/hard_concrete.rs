//! Recordings of hard concrete gates, evaluated in float64 or in float32.

use baselines::{EvaluationGate, HardConcrete, HardConcreteGate, L0Penalty, PenaltyScale};
use heads::{HeadGate, HeadMask, UniformStream, margin};
use serde::Deserialize;

use super::bits;
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    dtype: Precision,
    n: usize,
    temperature: f64,
    stretch_low: f64,
    stretch_high: f64,
    eps: f64,
    l0_penalty: f64,
    log_a: Vec<f64>,
    u: Vec<f64>,
    c: Vec<f64>,
    train_gates: Vec<f64>,
    eval_gates: Vec<f64>,
    penalty: f64,
    dlog_a_train: Vec<f64>,
    dlog_a_eval: Vec<f64>,
    dlog_a_penalty: Vec<f64>,
    threshold_mask: Vec<u8>,
    /// Heads whose evaluation gate is 1/2 up to rounding.
    threshold_fragile: Vec<usize>,
    top_k: Vec<TopK>,
}

/// Precision of the recorded evaluation; ours is float64 always.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Precision {
    F64,
    F32,
}

#[derive(Deserialize)]
struct TopK {
    k: usize,
    expected_fixed: Vec<u8>,
    tie_at_cut: bool,
}

/// The recorded draws.
struct Replay<'r>(&'r [f64]);

impl UniformStream for Replay<'_> {
    fn fill(&mut self, draws: &mut [f64]) {
        // A record of another length leaves NaN, which no comparison passes.
        draws.fill(f64::NAN);
        for (draw, recorded) in draws.iter_mut().zip(self.0) {
            *draw = *recorded;
        }
    }
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        if case.log_a.len() != case.n || case.c.len() != case.n {
            tally.differs(format!("{}: log_a or c is not of {} numbers", case.id, case.n));
            continue;
        }
        let shape = HardConcrete {
            temperature: case.temperature,
            low: case.stretch_low,
            high: case.stretch_high,
            epsilon: case.eps,
        };
        let penalty = L0Penalty {
            lambda: case.l0_penalty,
            scale: PenaltyScale::Sum,
        };
        let gate = HardConcreteGate::new(case.log_a.clone(), 1, shape, penalty);
        heads_alone(&mut tally, case, &shape);
        masks(&mut tally, case, &shape, &gate);
        all_heads(&mut tally, case, gate);
    }
    tally.verdict()
}

/// Absolute for gates and their derivatives, relative for the penalty.
fn tolerance(case: &Case) -> f64 {
    match case.dtype {
        Precision::F64 => 1e-13,
        Precision::F32 => 2e-6,
    }
}

fn noise(case: &Case, shape: &HardConcrete, u: f64) -> f64 {
    match case.dtype {
        Precision::F64 => shape.noise(u),
        // Near u = 1 the recorded noise is that of a rounded v: the product and the sum were rounded one by one.
        Precision::F32 => {
            let v = (1.0 - 2.0 * shape.epsilon) as f32 * u as f32 + shape.epsilon as f32;
            f64::from(v).ln() - f64::from(1.0 - v).ln()
        }
    }
}

/// The functions of one head.
fn heads_alone(tally: &mut Tally, case: &Case, shape: &HardConcrete) {
    let evaluation = EvaluationGate::WithoutTemperature;
    let mut compare = |field: &str, got: &dyn Fn(f64, f64, f64) -> f64, want: &[f64], tolerance: f64| {
        let got: Vec<f64> = (case.log_a.iter().zip(&case.u).zip(&case.c))
            .map(|((&log_alpha, &u), &c)| got(log_alpha, noise(case, shape, u), c))
            .collect();
        tally.close(&format!("{} {field}", case.id), &got, want, tolerance);
    };
    let (absolute, lambda) = (tolerance(case), case.l0_penalty);
    compare(
        "train_gates",
        &|log_alpha, noise, _| shape.train_gate(log_alpha, noise),
        &case.train_gates,
        absolute,
    );
    compare(
        "dlog_a_train",
        &|log_alpha, noise, c| c * shape.train_slope(log_alpha, noise),
        &case.dlog_a_train,
        absolute,
    );
    compare(
        "eval_gates",
        &|log_alpha, _, _| shape.evaluation_gate(log_alpha, evaluation),
        &case.eval_gates,
        absolute,
    );
    compare(
        "dlog_a_eval",
        &|log_alpha, _, c| c * shape.evaluation_slope(log_alpha, evaluation),
        &case.dlog_a_eval,
        absolute,
    );
    compare(
        "dlog_a_penalty",
        &|log_alpha, _, _| lambda * shape.open_slope(log_alpha),
        &case.dlog_a_penalty,
        absolute * lambda,
    );
}

fn masks(tally: &mut Tally, case: &Case, shape: &HardConcrete, gate: &HardConcreteGate) {
    let id = &case.id;
    let sure = |mask: &[u8]| -> Vec<u8> {
        let sure = |&(head, _): &(usize, &u8)| !case.threshold_fragile.contains(&head);
        mask.iter()
            .enumerate()
            .filter(sure)
            .map(|(_, &kept)| kept)
            .collect()
    };
    tally.equal(
        &format!("{id} threshold_mask"),
        &sure(&bits(&gate.open_heads())),
        &sure(&case.threshold_mask),
    );

    let gates: Vec<f64> = (case.log_a.iter())
        .map(|&log_alpha| shape.evaluation_gate(log_alpha, EvaluationGate::WithoutTemperature))
        .map(|gate| match case.dtype {
            Precision::F64 => gate,
            // Gates that are equal in float32 tie there.
            Precision::F32 => f64::from(gate as f32),
        })
        .collect();
    for TopK {
        k,
        expected_fixed,
        tie_at_cut,
    } in &case.top_k
    {
        let mut compare = |what: &str, mask| match mask {
            Ok(mask) => tally.equal(&format!("{id} {what} {k}"), &bits(&mask), expected_fixed),
            Err(error) => tally.differs(format!("{id} {what} {k}: {error}")),
        };
        compare("top_k", HeadMask::top_k(&gates, *k));
        // The gate goes by log alpha, in which heads of saturated gates do not tie.
        if !tie_at_cut {
            compare("forced", HeadMask::top_k(gate.importances(), *k));
        }
        let ties = margin(&gates, *k) == Some(0.0);
        tally.equal(&format!("{id} tie_at_cut {k}"), &ties, tie_at_cut);
    }
}

/// The gate as it is trained.
fn all_heads(tally: &mut Tally, case: &Case, mut gate: HardConcreteGate) {
    let id = &case.id;
    tally.number(
        &format!("{id} penalty"),
        gate.penalty(),
        case.penalty,
        tolerance(case) * case.penalty,
    );
    // The gate draws its noise in float64.
    if case.dtype == Precision::F32 {
        return;
    }
    let gates = gate.sample(&mut Replay(&case.u));
    tally.close(&format!("{id} sample"), gates, &case.train_gates, tolerance(case));
    if let Err(error) = gate.pull_back(&case.c) {
        tally.differs(format!("{id}: {error}"));
    }
    let want: Vec<f64> = (case.dlog_a_train.iter().zip(&case.dlog_a_penalty))
        .map(|(train, penalty)| train + penalty)
        .collect();
    let tolerance = tolerance(case) * (1.0 + case.l0_penalty);
    for group in gate.parameters() {
        tally.close(&format!("{id} gradient"), group.gradient, &want, tolerance);
    }
}
