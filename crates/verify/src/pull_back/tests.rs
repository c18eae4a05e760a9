//! Choices whose gates are almost 0 and 1, at temperatures from 1 to 1e-8, against pull-backs in 80 digits.

use serde::Deserialize;

use super::second::{Form, pulled_back};
use super::*;
use crate::Verdict;

/// A case of tests/saturated.json, which tests/saturated.py writes.
#[derive(Deserialize)]
struct Case {
    /// What the next head takes of the pick at `place`.
    rival: f64,
    place: usize,
    k: usize,
    tau: f64,
    w: Vec<f64>,
    u: Vec<f64>,
    c: Vec<f64>,
    dw: Vec<f64>,
}

/// The recorded pull-backs, each with what the next head takes and whether it is one of the kept.
fn cases() -> Vec<(f64, bool, PullBack)> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/saturated.json")).unwrap();
    let recorded = |case: Case| {
        let recorded = PullBack {
            importances: case.w,
            draws: case.u,
            k: case.k,
            tau: case.tau,
            gate_gradient: case.c,
            gradient: case.dw,
        };
        (case.rival, case.place < case.k, recorded)
    };
    cases.into_iter().map(recorded).collect()
}

fn passes(recorded: &PullBack, form: Form) -> bool {
    let mut tally = Tally::default();
    recorded.compare(&mut tally, "dw", &pulled_back(recorded, form));
    matches!(tally.verdict(), Verdict::Compared { failure: None, .. })
}

/// The largest deviation from the recorded numbers over what rounding may move.
fn share(recorded: &PullBack, gradient: &[f64]) -> f64 {
    let deviations = gradient
        .iter()
        .zip(&recorded.gradient)
        .map(|(got, want)| (got - want).abs());
    deviations.fold(0.0, f64::max) / (recorded.rounding() + f64::MIN_POSITIVE)
}

#[test]
fn two_correct_evaluations_stay_within_rounding_at_every_temperature() {
    for (rival, _, recorded) in cases() {
        let mut tally = Tally::default();
        recorded.alone(&mut tally, "dw");
        assert!(matches!(tally.verdict(), Verdict::Compared { failure: None, .. }));
        let ours = recorded.pulled_back(&recorded.importances);
        for gradient in [ours, pulled_back(&recorded, Form::Second)] {
            let share = share(&recorded, &gradient);
            assert!(share < 1.0, "tau {} rival {rival}: {share}", recorded.tau);
        }
    }
}

/// Without the bound these fail: the deviation is of the derivative's own size.
#[test]
fn some_of_the_derivatives_are_rounding_alone() {
    let lost = cases().into_iter().filter(|(_, _, recorded)| {
        let ours = pulled_back(recorded, Form::Second);
        let deviation = ours
            .iter()
            .zip(&recorded.gradient)
            .map(|(got, want)| (got - want).abs());
        let largest = largest(&recorded.gradient);
        largest > 0.0 && deviation.fold(0.0, f64::max) > 1e-3 * largest
    });
    assert!(lost.count() > 20);
}

#[test]
fn a_wrong_pull_back_fails_wherever_the_derivative_is_above_rounding() {
    let mut failed = std::collections::BTreeMap::<String, usize>::new();
    for (rival, kept, recorded) in cases() {
        // A thousandth of the derivative can be told from rounding.
        if 1e-3 * largest(&recorded.gradient) < recorded.rounding() {
            assert!(rival < 1e-9, "tau {} rival {rival}", recorded.tau);
            continue;
        }
        *failed.entry(format!("{:e}", recorded.tau)).or_default() += 1;
        assert!(passes(&recorded, Form::Second));
        for form in [
            Form::SignFlipped,
            Form::Factor,
            Form::WithoutNoise,
            Form::WithoutMean,
        ] {
            assert!(
                !passes(&recorded, form),
                "tau {} rival {rival} {form:?}",
                recorded.tau
            );
        }
        // A later pick takes back what this one gives where both heads are kept and it is not beyond doubt.
        if rival > 0.1 && kept && recorded.tau > 0.05 {
            assert!(
                !passes(&recorded, Form::WithoutLowering),
                "tau {} rival {rival}",
                recorded.tau
            );
        }
    }
    assert_eq!(failed.len(), 9);
    assert!(failed.values().all(|&cases| cases >= 4), "{failed:?}");
}

#[test]
fn a_choice_beyond_doubt_leaves_nothing_to_rounding() {
    let recorded = PullBack {
        importances: vec![1.0, 0.0, -1.0],
        draws: vec![0.5; 3],
        k: 2,
        tau: 1e-8,
        gate_gradient: vec![1.0, 2.0, 3.0],
        gradient: vec![0.0; 3],
    };
    assert_eq!(recorded.rounding(), 0.0);
}
