//! Recorded tests that need no draws: McNemar's, Student's and Welch's, and adjusted p-values.

use std::collections::BTreeMap;

use metrics::significance::{
    Accuracy, Contingency, Paired, bonferroni, holm, paired_t_test, t_quantile, welch_t_test,
};
use metrics::{summarise, t_quantile_975};
use serde::Deserialize;

use super::super::score::number;
use super::{given, share};
use crate::Verdict;
use crate::tally::Tally;

/// Tolerance of quantiles of t and of p-values made with them, as a share.
const T: f64 = 1e-7;

/// Tolerance of everything else, as a share.
const SHARE: f64 = 1e-9;

#[derive(Deserialize)]
pub(super) struct McNemar {
    both_right: u32,
    base_only: u32,
    sys_only: u32,
    both_wrong: u32,
    exact_p: f64,
    mid_p: f64,
    mid_p_fagerland: f64,
    chi2: Option<f64>,
    chi2_p: Option<f64>,
    chi2_cc: Option<f64>,
    chi2_cc_p: Option<f64>,
    base_acc: f64,
    sys_acc: f64,
}

pub(super) fn check_mcnemar(tables: &[McNemar]) -> Verdict {
    let mut tally = Tally::default();
    for (recorded, number) in tables.iter().zip(1..) {
        tally.case();
        recorded.compare(&mut tally, &format!("table {number}"));
    }
    tally.verdict()
}

impl McNemar {
    fn compare(&self, tally: &mut Tally, place: &str) {
        let outcomes = |base, sys, times| std::iter::repeat_n((base, sys), times as usize);
        let (base, sys): (Vec<bool>, Vec<bool>) = outcomes(true, true, self.both_right)
            .chain(outcomes(true, false, self.base_only))
            .chain(outcomes(false, true, self.sys_only))
            .chain(outcomes(false, false, self.both_wrong))
            .unzip();
        if let Some(paired) = given(tally, place, Paired::new(Accuracy, &base, &sys)) {
            let ours = paired.observed();
            share(
                tally,
                &format!("{place} base_acc"),
                ours.baseline,
                self.base_acc,
                SHARE,
            );
            share(
                tally,
                &format!("{place} sys_acc"),
                ours.system,
                self.sys_acc,
                SHARE,
            );
        }
        let Some(table) = given(tally, place, Contingency::from_outcomes(&base, &sys)) else {
            return;
        };
        let ours = table.mcnemar();
        for (field, ours, recorded) in [
            ("exact_p", ours.exact, self.exact_p),
            ("mid_p", ours.mid_p, self.mid_p),
            ("mid_p_fagerland", ours.mid_p_of_ties, self.mid_p_fagerland),
        ] {
            share(tally, &format!("{place} {field}"), ours, recorded, SHARE);
        }
        for (field, ours, statistic, p) in [
            ("chi2", ours.chi_squared, self.chi2, self.chi2_p),
            (
                "chi2_cc",
                ours.chi_squared_corrected,
                self.chi2_cc,
                self.chi2_cc_p,
            ),
        ] {
            let place = format!("{place} {field}");
            match (ours, statistic, p) {
                (Some(ours), Some(statistic), Some(p)) => {
                    number(tally, &place, ours.statistic, statistic);
                    share(tally, &format!("{place}_p"), ours.p, p, SHARE);
                }
                (None, None, None) => {}
                (ours, statistic, p) => {
                    tally.differs(format!("{place}: {ours:?}, recorded {statistic:?} and {p:?}"));
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Sample {
    sample: Vec<f64>,
    n: usize,
    mean: f64,
    sd: f64,
    t975: f64,
    half_width: f64,
    low: f64,
    high: f64,
}

pub(super) fn check_intervals(samples: &[Sample]) -> Verdict {
    let mut tally = Tally::default();
    for (recorded, number) in samples.iter().zip(1..) {
        tally.case();
        let place = format!("sample {number}");
        let ours = summarise(&recorded.sample);
        let none = f64::NAN;
        let degrees = recorded.n.saturating_sub(1);
        let (low, high) = ours.and_then(|ours| ours.ci).unwrap_or((none, none));
        let half_width = ours.and_then(|ours| ours.half_width());
        tally.equal(&format!("{place} n"), &ours.map(|ours| ours.n), &Some(recorded.n));
        for (field, ours, recorded, tolerance) in [
            ("mean", ours.map(|ours| ours.mean), recorded.mean, SHARE),
            ("sd", ours.and_then(|ours| ours.std), recorded.sd, SHARE),
            ("t975", t_quantile_975(degrees), recorded.t975, T),
            ("half_width", half_width, recorded.half_width, T),
            ("low", Some(low), recorded.low, T),
            ("high", Some(high), recorded.high, T),
        ] {
            // What cannot be computed is no number, which no comparison passes.
            let ours = ours.unwrap_or(none);
            share(&mut tally, &format!("{place} {field}"), ours, recorded, tolerance);
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
pub(super) struct Quantiles {
    df: f64,
    quantiles: BTreeMap<String, f64>,
}

pub(super) fn check_quantiles(rows: &[Quantiles]) -> Verdict {
    let mut tally = Tally::default();
    for row in rows {
        tally.case();
        for (probability, recorded) in &row.quantiles {
            let place = format!("{probability} of {} degrees", row.df);
            let ours = probability
                .parse()
                .map_err(|_| "no probability".to_owned())
                .and_then(|probability| t_quantile(probability, row.df).map_err(|error| error.to_string()));
            if let Some(ours) = given(&mut tally, &place, ours) {
                share(&mut tally, &place, ours, *recorded, T);
            }
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
pub(super) struct TTests {
    base: Vec<f64>,
    sys: Vec<f64>,
    paired_t: f64,
    paired_df: f64,
    paired_p: f64,
    mean_difference: f64,
    difference_low: f64,
    difference_high: f64,
    welch_t: f64,
    welch_df: f64,
    welch_p: f64,
}

pub(super) fn check_t_tests(tests: &[TTests]) -> Verdict {
    let mut tally = Tally::default();
    for (recorded, number) in tests.iter().zip(1..) {
        tally.case();
        let place = format!("test {number}");
        let mut compare = |field: &str, ours, recorded, tolerance| {
            share(&mut tally, &format!("{place} {field}"), ours, recorded, tolerance);
        };
        let paired = paired_t_test(&recorded.base, &recorded.sys);
        let welch = welch_t_test(&recorded.base, &recorded.sys);
        if let Ok(ours) = &paired {
            compare("paired_t", ours.t, recorded.paired_t, SHARE);
            compare("paired_df", ours.degrees_of_freedom, recorded.paired_df, SHARE);
            compare("paired_p", ours.p, recorded.paired_p, T);
            compare(
                "mean_difference",
                ours.difference,
                recorded.mean_difference,
                SHARE,
            );
            compare("difference_low", ours.ci.0, recorded.difference_low, T);
            compare("difference_high", ours.ci.1, recorded.difference_high, T);
        }
        if let Ok(ours) = &welch {
            compare("welch_t", ours.t, recorded.welch_t, SHARE);
            compare("welch_df", ours.degrees_of_freedom, recorded.welch_df, SHARE);
            compare("welch_p", ours.p, recorded.welch_p, T);
        }
        for refused in [paired.err(), welch.err()].into_iter().flatten() {
            tally.differs(format!("{place}: {refused}"));
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
pub(super) struct Adjusted {
    p: Vec<f64>,
    holm: Vec<f64>,
    reject_at_05: Vec<bool>,
    bonferroni: Vec<f64>,
}

pub(super) fn check_adjusted(lists: &[Adjusted]) -> Verdict {
    let mut tally = Tally::default();
    for (recorded, number) in lists.iter().zip(1..) {
        tally.case();
        let place = format!("list {number}");
        let Some(ours) = given(&mut tally, &place, holm(&recorded.p)) else {
            continue;
        };
        let rejected: Vec<bool> = ours.iter().map(|p| *p <= 0.05).collect();
        tally.equal(
            &format!("{place} reject_at_05"),
            &rejected,
            &recorded.reject_at_05,
        );
        let blunter = given(&mut tally, &place, bonferroni(&recorded.p)).unwrap_or_default();
        for (field, ours, recorded) in [
            ("holm", &ours, &recorded.holm),
            ("bonferroni", &blunter, &recorded.bonferroni),
        ] {
            let place = format!("{place} {field}");
            tally.equal(&format!("{place} length"), &ours.len(), &recorded.len());
            for (ours, recorded) in ours.iter().zip(recorded) {
                share(&mut tally, &place, *ours, *recorded, SHARE);
            }
        }
    }
    tally.verdict()
}
