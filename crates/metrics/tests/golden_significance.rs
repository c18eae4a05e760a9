//! Tests of significance against the recorded ones of sacreBLEU, SciPy and statsmodels.
//!
//! The recording holds sentences of corpora that may not be copied, so it is found through HEADCOUNT_GOLDEN_TEXT (the
//! folder of `significance.json`).

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use metrics::bleu::{BleuOptions, SegmentStats, segment_stats};
use metrics::significance::{
    Accuracy, BLEU_WIDTH, Bootstrap, Contingency, CorpusBleu, Paired, Randomisation, ResampledScore, Scores,
    bonferroni, holm, paired_t_test, t_quantile, welch_t_test,
};
use metrics::{summarise, t_quantile_975};
use serde::Deserialize;

/// Numbers of a segment: two lengths, four matches, four n-grams.
type Numbers = [u32; BLEU_WIDTH];

fn segments(rows: &[Numbers]) -> Vec<SegmentStats> {
    rows.iter()
        .map(
            |&[
                sys_len,
                ref_len,
                one,
                two,
                three,
                four,
                all_one,
                all_two,
                all_three,
                all_four,
            ]| {
                SegmentStats {
                    counts: [one, two, three, four],
                    totals: [all_one, all_two, all_three, all_four],
                    sys_len,
                    ref_len,
                }
            },
        )
        .collect()
}

fn paired(baseline: &[Numbers], system: &[Numbers]) -> Paired<CorpusBleu, BLEU_WIDTH> {
    let bleu = CorpusBleu::new(BleuOptions::default()).unwrap();
    Paired::new(bleu, &segments(baseline), &segments(system)).unwrap()
}

#[derive(Deserialize)]
struct Recording {
    pairs: Vec<Pair>,
    fixed_draws: Vec<FixedDraws>,
    exact_randomisation: Vec<Exact>,
    mcnemar: Vec<McNemar>,
    student_t: Vec<Sample>,
    t_quantiles: Vec<Quantiles>,
    t_tests: Vec<TTests>,
    holm: Vec<Adjusted>,
}

/// The recording, or a printed reason why the test ends here.
fn recording() -> Option<Recording> {
    let folder = std::env::var_os("HEADCOUNT_GOLDEN_TEXT").map(PathBuf::from);
    let Some(folder) = folder else {
        println!("skipped: HEADCOUNT_GOLDEN_TEXT is not set");
        return None;
    };
    let json = fs::read(folder.join("significance.json")).unwrap();
    Some(serde_json::from_slice(&json).unwrap())
}

/// Within a share of the recorded number, or within that much of 0.
fn near(ours: f64, recorded: f64, tolerance: f64, place: &str) {
    assert!(
        (ours - recorded).abs() <= tolerance * recorded.abs().max(1.0),
        "{place}: {ours} for {recorded}"
    );
}

/// Within a share of the recorded number, however small it is.
fn near_share(ours: f64, recorded: f64, tolerance: f64, place: &str) {
    assert!(
        (ours - recorded).abs() <= tolerance * recorded.abs(),
        "{place}: {ours} for {recorded}"
    );
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    #[serde(rename = "ref")]
    reference: Vec<String>,
    base: Vec<String>,
    sys: Vec<String>,
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    bootstrap: Printed<BootstrapSeeds>,
    randomisation: Printed<Seeds>,
}

#[derive(Deserialize)]
struct Printed<T> {
    n: usize,
    base_score: f64,
    sys_score: f64,
    other_seeds: T,
}

#[derive(Deserialize)]
struct Seeds {
    p_sd: f64,
    p_min: f64,
    p_max: f64,
}

#[derive(Deserialize)]
struct BootstrapSeeds {
    #[serde(flatten)]
    p: Seeds,
    base_mean: Range,
    base_ci: Range,
    sys_mean: Range,
    sys_ci: Range,
}

#[derive(Deserialize)]
struct Range {
    sd: f64,
    min: f64,
    max: f64,
}

impl Range {
    /// Other draws may lie outside what thirty seeds gave, but not by much.
    fn check(&self, ours: f64, place: &str) {
        let slack = 3.0 * self.sd + 1e-12;
        assert!(
            (self.min - slack..=self.max + slack).contains(&ours),
            "{place}: {ours} is outside {}..={} by over {slack}",
            self.min,
            self.max
        );
    }
}

impl Seeds {
    fn check(&self, ours: f64, place: &str) {
        let range = Range {
            sd: self.p_sd,
            min: self.p_min,
            max: self.p_max,
        };
        range.check(ours, place);
    }
}

#[test]
fn texts_get_the_recorded_segments_and_scores() {
    let Some(recording) = recording() else { return };
    let options = BleuOptions::default();
    for pair in &recording.pairs {
        for (texts, recorded) in [(&pair.base, &pair.base_stats), (&pair.sys, &pair.sys_stats)] {
            let ours: Vec<SegmentStats> = texts
                .iter()
                .zip(&pair.reference)
                .map(|(hypothesis, reference)| segment_stats(hypothesis, reference, &options))
                .collect();
            assert_eq!(ours, segments(recorded), "{}", pair.name);
        }
        let observed = paired(&pair.base_stats, &pair.sys_stats).observed();
        for (base, system) in [
            (pair.bootstrap.base_score, pair.bootstrap.sys_score),
            (pair.randomisation.base_score, pair.randomisation.sys_score),
        ] {
            near(observed.baseline, base, 1e-9, &pair.name);
            near(observed.system, system, 1e-9, &pair.name);
        }
    }
    assert_eq!(recording.pairs.len(), 3);
}

#[test]
fn our_own_draws_agree_with_those_of_other_seeds() {
    let Some(recording) = recording() else { return };
    for pair in &recording.pairs {
        let paired = paired(&pair.base_stats, &pair.sys_stats);
        for seed in 1..=5 {
            let place = format!("{} seed {seed}", pair.name);
            let ours = paired.bootstrap(pair.bootstrap.n, seed).unwrap();
            let recorded = &pair.bootstrap.other_seeds;
            recorded.p.check(ours.absolute.p_strict(), &place);
            recorded.base_mean.check(ours.baseline.mean, &place);
            recorded.sys_mean.check(ours.system.mean, &place);
            recorded.base_ci.check(ours.baseline.half_width(), &place);
            recorded.sys_ci.check(ours.system.half_width(), &place);
            let randomised = paired.randomisation(pair.randomisation.n, seed).unwrap();
            pair.randomisation
                .other_seeds
                .check(randomised.tally.p_strict(), &place);
            // Scores of many long segments hardly ever tie, and the centred bootstrap finds what randomisation finds.
            near(randomised.p_value(), randomised.tally.p_strict(), 1e-3, &place);
            near(ours.p_value(), randomised.p_value(), 0.06, &place);
        }
    }
}

#[derive(Deserialize)]
struct FixedDraws {
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    bootstrap: FixedBootstrap,
    randomisation: FixedRandomisation,
}

#[derive(Deserialize)]
struct FixedBootstrap {
    indices: Vec<Vec<usize>>,
    base_scores: Vec<f64>,
    sys_scores: Vec<f64>,
    base_score: f64,
    sys_score: f64,
    base_mean: f64,
    base_ci: f64,
    sys_mean: f64,
    sys_ci: f64,
    count_greater: usize,
    p_value: f64,
    count_greater_centred: usize,
    p_value_centred: f64,
}

#[derive(Deserialize)]
struct FixedRandomisation {
    take_base: Vec<String>,
    scores_a: Vec<f64>,
    scores_b: Vec<f64>,
    count_greater: usize,
    p_value: f64,
}

fn near_scores(ours: &[Scores], baseline: &[f64], system: &[f64], place: &str) {
    assert_eq!(
        (ours.len(), ours.len()),
        (baseline.len(), system.len()),
        "{place}"
    );
    for (trial, scores) in ours.iter().enumerate() {
        let place = format!("{place} trial {trial}");
        near(scores.baseline, baseline[trial], 1e-9, &place);
        near(scores.system, system[trial], 1e-9, &place);
    }
}

#[test]
fn given_resamples_get_the_recorded_scores_and_p_values() {
    let Some(recording) = recording() else { return };
    let near_score = |ours: &ResampledScore, recorded: [f64; 3]| {
        near(ours.score, recorded[0], 1e-9, "score");
        near(ours.mean, recorded[1], 1e-9, "mean");
        near(ours.half_width(), recorded[2], 1e-9, "interval");
    };
    for case in &recording.fixed_draws {
        let paired = paired(&case.base_stats, &case.sys_stats);
        let recorded = &case.bootstrap;
        let resamples = paired.scores_of_resamples(&recorded.indices).unwrap();
        near_scores(
            &resamples,
            &recorded.base_scores,
            &recorded.sys_scores,
            "bootstrap",
        );
        let ours = Bootstrap::from_scores(paired.observed(), &resamples).unwrap();
        near_score(
            &ours.baseline,
            [recorded.base_score, recorded.base_mean, recorded.base_ci],
        );
        near_score(
            &ours.system,
            [recorded.sys_score, recorded.sys_mean, recorded.sys_ci],
        );
        assert_eq!(ours.absolute.greater, recorded.count_greater);
        near_share(ours.absolute.p_strict(), recorded.p_value, 1e-9, "absolute");
        assert_eq!(ours.centred.greater, recorded.count_greater_centred);
        near_share(ours.centred.p_strict(), recorded.p_value_centred, 1e-9, "centred");
        assert_eq!(ours.centred.equal, 0);
        near_share(ours.p_value(), recorded.p_value_centred, 1e-9, "default");
    }
    assert_eq!(recording.fixed_draws.len(), 2);
}

#[test]
fn given_exchanges_get_the_recorded_scores_and_p_values() {
    let Some(recording) = recording() else { return };
    for case in &recording.fixed_draws {
        let paired = paired(&case.base_stats, &case.sys_stats);
        let recorded = &case.randomisation;
        let rows: Vec<Vec<bool>> = recorded
            .take_base
            .iter()
            .map(|row| row.chars().map(|taken| taken == '1').collect())
            .collect();
        let exchanges = paired.scores_of_exchanges(&rows).unwrap();
        near_scores(
            &exchanges,
            &recorded.scores_a,
            &recorded.scores_b,
            "randomisation",
        );
        let ours = Randomisation::from_scores(paired.observed(), &exchanges).unwrap();
        assert_eq!(ours.tally.greater, recorded.count_greater);
        near_share(ours.tally.p_strict(), recorded.p_value, 1e-9, "randomisation");
    }
}

#[derive(Deserialize)]
struct Exact {
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    difference: f64,
    assignments: usize,
    count_greater: usize,
    count_equal: usize,
    p_strict: f64,
    p_at_least: f64,
}

#[test]
fn all_exchanges_give_the_recorded_counts() {
    let Some(recording) = recording() else { return };
    for recorded in &recording.exact_randomisation {
        let paired = paired(&recorded.base_stats, &recorded.sys_stats);
        let ours = paired.exact_randomisation().unwrap();
        near(
            ours.observed.difference().abs(),
            recorded.difference,
            1e-9,
            "difference",
        );
        let counts = (ours.greater, ours.equal, ours.exchanges);
        assert_eq!(
            counts,
            (recorded.count_greater, recorded.count_equal, recorded.assignments)
        );
        near_share(ours.p_strict(), recorded.p_strict, 1e-12, "strict");
        near_share(ours.p_value(), recorded.p_at_least, 1e-12, "at least");
        // 40,000 random exchanges come near to all of them: five standard deviations are 0.0125 at most.
        let approximate = paired.randomisation(40_000, 1).unwrap();
        near(approximate.p_value(), recorded.p_at_least, 0.0125, "approximate");
    }
    assert_eq!(recording.exact_randomisation.len(), 2);
}

#[derive(Deserialize)]
struct McNemar {
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

#[test]
fn mcnemar_gives_the_recorded_p_values() {
    let Some(recording) = recording() else { return };
    for recorded in &recording.mcnemar {
        let outcomes = |baseline, system, times| std::iter::repeat_n((baseline, system), times as usize);
        let (baseline, system): (Vec<bool>, Vec<bool>) = outcomes(true, true, recorded.both_right)
            .chain(outcomes(true, false, recorded.base_only))
            .chain(outcomes(false, true, recorded.sys_only))
            .chain(outcomes(false, false, recorded.both_wrong))
            .unzip();
        let observed = Paired::new(Accuracy, &baseline, &system).unwrap().observed();
        near_share(observed.baseline, recorded.base_acc, 1e-12, "accuracy");
        near_share(observed.system, recorded.sys_acc, 1e-12, "accuracy");

        let table = Contingency::from_outcomes(&baseline, &system).unwrap();
        let place = format!("{table:?}");
        assert_eq!(table.both_right, recorded.both_right, "{place}");
        assert_eq!(table.both_wrong, recorded.both_wrong, "{place}");
        let ours = table.mcnemar();
        near_share(ours.exact, recorded.exact_p, 1e-9, &place);
        near_share(ours.mid_p, recorded.mid_p, 1e-9, &place);
        near_share(ours.mid_p_of_ties, recorded.mid_p_fagerland, 1e-9, &place);
        for (ours, statistic, p) in [
            (ours.chi_squared, recorded.chi2, recorded.chi2_p),
            (ours.chi_squared_corrected, recorded.chi2_cc, recorded.chi2_cc_p),
        ] {
            assert_eq!(ours.is_some(), statistic.is_some(), "{place}");
            if let (Some(ours), Some(statistic), Some(p)) = (ours, statistic, p) {
                near(ours.statistic, statistic, 1e-12, &place);
                near_share(ours.p, p, 1e-7, &place);
            }
        }
    }
    assert_eq!(recording.mcnemar.len(), 12);
}

#[derive(Deserialize)]
struct Sample {
    sample: Vec<f64>,
    n: usize,
    mean: f64,
    sd: f64,
    t975: f64,
    half_width: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Quantiles {
    df: f64,
    quantiles: BTreeMap<String, f64>,
}

#[test]
fn samples_get_the_recorded_intervals() {
    let Some(recording) = recording() else { return };
    for recorded in &recording.student_t {
        let place = format!("{:?}", recorded.sample);
        let ours = summarise(&recorded.sample).unwrap();
        assert_eq!(ours.n, recorded.n, "{place}");
        near_share(ours.mean, recorded.mean, 1e-12, &place);
        near_share(ours.std.unwrap(), recorded.sd, 1e-9, &place);
        near_share(
            t_quantile_975(recorded.n - 1).unwrap(),
            recorded.t975,
            1e-7,
            &place,
        );
        let (low, high) = ours.ci.unwrap();
        near_share(low, recorded.low, 1e-7, &place);
        near_share(high, recorded.high, 1e-7, &place);
        near_share(ours.half_width().unwrap(), recorded.half_width, 1e-7, &place);
    }
    assert_eq!(recording.student_t.len(), 8);
}

#[test]
fn quantiles_are_the_recorded_ones() {
    let Some(recording) = recording() else { return };
    let mut checked = 0;
    for recorded in &recording.t_quantiles {
        for (probability, quantile) in &recorded.quantiles {
            let place = format!("{probability} of {}", recorded.df);
            let probability: f64 = probability.parse().unwrap();
            near_share(
                t_quantile(probability, recorded.df).unwrap(),
                *quantile,
                1e-9,
                &place,
            );
            near_share(
                t_quantile(1.0 - probability, recorded.df).unwrap(),
                -quantile,
                1e-9,
                &place,
            );
            checked += 1;
        }
        let at_975 = t_quantile_975(recorded.df as usize).unwrap();
        near_share(at_975, recorded.quantiles["0.975"], 1e-7, "0.975");
    }
    assert_eq!(checked, 85);
}

#[derive(Deserialize)]
struct TTests {
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

#[test]
fn t_tests_give_the_recorded_results() {
    let Some(recording) = recording() else { return };
    for recorded in &recording.t_tests {
        let ours = paired_t_test(&recorded.base, &recorded.sys).unwrap();
        near_share(ours.t, recorded.paired_t, 1e-9, "t");
        near_share(ours.degrees_of_freedom, recorded.paired_df, 0.0, "degrees");
        near_share(ours.p, recorded.paired_p, 1e-7, "p");
        near_share(ours.difference, recorded.mean_difference, 1e-9, "difference");
        near_share(ours.ci.0, recorded.difference_low, 1e-7, "low");
        near_share(ours.ci.1, recorded.difference_high, 1e-7, "high");
        let ours = welch_t_test(&recorded.base, &recorded.sys).unwrap();
        near_share(ours.t, recorded.welch_t, 1e-9, "Welch's t");
        near_share(
            ours.degrees_of_freedom,
            recorded.welch_df,
            1e-9,
            "Welch's degrees",
        );
        near_share(ours.p, recorded.welch_p, 1e-7, "Welch's p");
    }
    assert_eq!(recording.t_tests.len(), 4);
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    holm: Vec<f64>,
    reject_at_05: Vec<bool>,
    bonferroni: Vec<f64>,
}

#[test]
fn several_comparisons_get_the_recorded_adjustment() {
    let Some(recording) = recording() else { return };
    for recorded in &recording.holm {
        let ours = holm(&recorded.p).unwrap();
        let blunter = bonferroni(&recorded.p).unwrap();
        assert_eq!(
            (ours.len(), blunter.len()),
            (recorded.holm.len(), recorded.bonferroni.len())
        );
        for at in 0..ours.len() {
            near_share(ours[at], recorded.holm[at], 1e-12, "Holm");
            near_share(blunter[at], recorded.bonferroni[at], 1e-12, "Bonferroni");
        }
        let rejected: Vec<bool> = ours.iter().map(|p| *p <= 0.05).collect();
        assert_eq!(rejected, recorded.reject_at_05, "{:?}", recorded.p);
    }
    assert_eq!(recording.holm.len(), 8);
}
