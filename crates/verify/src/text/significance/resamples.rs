//! Recorded pairs of systems with their texts, and the paired bootstrap of given resamples.

use metrics::bleu::{BleuOptions, SegmentStats, segment_stats};
use metrics::significance::{Bootstrap, ResampledScore, Scores};
use serde::Deserialize;

use super::super::score::number;
use super::{FixedDraws, Numbers, given, paired, segments, share};
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Pair {
    name: String,
    n: usize,
    #[serde(rename = "ref")]
    reference: Vec<String>,
    base: Vec<String>,
    sys: Vec<String>,
    base_stats: Vec<Numbers>,
    sys_stats: Vec<Numbers>,
    bootstrap: Printed<BootstrapSeeds>,
    randomisation: Printed<Seeds>,
}

/// What sacreBLEU printed for one seed. Its draws are not ours, so only what does not depend on them is compared.
#[derive(Deserialize)]
struct Printed<T> {
    n: usize,
    seed: u64,
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

/// What thirty seeds gave.
#[derive(Deserialize)]
struct Range {
    sd: f64,
    min: f64,
    max: f64,
}

/// Standard deviations by which other draws may lie outside what thirty seeds gave.
const OUTSIDE: f64 = 3.0;

/// Where all seeds gave the same, the room that rounding needs.
const ROUNDING: f64 = 1e-12;

impl Range {
    fn compare(&self, tally: &mut Tally, place: &str, ours: f64) {
        if self.min > self.max {
            return tally.differs(format!("{place}: no range, {} to {}", self.min, self.max));
        }
        let half = (self.max - self.min) / 2.0;
        let tolerance = half + OUTSIDE * self.sd + ROUNDING;
        tally.number(place, ours, self.min + half, tolerance);
    }
}

impl Seeds {
    fn compare(&self, tally: &mut Tally, place: &str, ours: f64) {
        let range = Range {
            sd: self.p_sd,
            min: self.p_min,
            max: self.p_max,
        };
        range.compare(tally, place, ours);
    }
}

pub(super) fn check_texts(pairs: &[Pair]) -> Verdict {
    let mut tally = Tally::default();
    let options = BleuOptions::default();
    for pair in pairs {
        tally.case();
        let name = &pair.name;
        for (texts, recorded) in [(&pair.base, &pair.base_stats), (&pair.sys, &pair.sys_stats)] {
            let lengths = (texts.len(), pair.reference.len(), recorded.len());
            tally.equal(&format!("{name}: segments"), &lengths, &(pair.n, pair.n, pair.n));
            let texts = texts.iter().zip(&pair.reference);
            let ours = texts.map(|(hypothesis, reference)| segment_stats(hypothesis, reference, &options));
            for ((ours, recorded), number) in ours.zip(segments(recorded)).zip(1..) {
                tally.equal::<SegmentStats>(&format!("{name}: segment {number}"), &ours, &recorded);
            }
        }
        let paired = paired(&pair.base_stats, &pair.sys_stats);
        let Some(paired) = given(&mut tally, name, paired) else {
            continue;
        };
        let ours = paired.observed();
        for (base, sys) in [
            (pair.bootstrap.base_score, pair.bootstrap.sys_score),
            (pair.randomisation.base_score, pair.randomisation.sys_score),
        ] {
            number(&mut tally, &format!("{name} base_score"), ours.baseline, base);
            number(&mut tally, &format!("{name} sys_score"), ours.system, sys);
        }
    }
    tally.verdict()
}

/// Our draws from the recorded seed, in the range of the reference's draws from other seeds.
pub(super) fn check_own_draws(pairs: &[Pair]) -> Verdict {
    let mut tally = Tally::default();
    for pair in pairs {
        tally.case();
        let name = &pair.name;
        let paired = paired(&pair.base_stats, &pair.sys_stats);
        let Some(paired) = given(&mut tally, name, paired) else {
            continue;
        };
        let recorded = &pair.bootstrap;
        let bootstrap = paired.bootstrap(recorded.n, recorded.seed);
        if let Some(ours) = given(&mut tally, name, bootstrap) {
            let seeds = &recorded.other_seeds;
            for (field, range, ours) in [
                ("base_mean", &seeds.base_mean, ours.baseline.mean),
                ("base_ci", &seeds.base_ci, ours.baseline.half_width()),
                ("sys_mean", &seeds.sys_mean, ours.system.mean),
                ("sys_ci", &seeds.sys_ci, ours.system.half_width()),
            ] {
                range.compare(&mut tally, &format!("{name} bootstrap {field}"), ours);
            }
            let place = format!("{name} bootstrap p");
            seeds.p.compare(&mut tally, &place, ours.absolute.p_strict());
        }
        let recorded = &pair.randomisation;
        let randomisation = paired.randomisation(recorded.n, recorded.seed);
        if let Some(ours) = given(&mut tally, name, randomisation) {
            let place = format!("{name} randomisation p");
            recorded
                .other_seeds
                .compare(&mut tally, &place, ours.tally.p_strict());
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
pub(super) struct Fixed {
    indices: Vec<Vec<usize>>,
    base_scores: Vec<f64>,
    sys_scores: Vec<f64>,
    base_score: f64,
    sys_score: f64,
    base_mean: f64,
    base_ci: f64,
    sys_mean: f64,
    sys_ci: f64,
    base_sorted_low_index: usize,
    base_sorted_high_index: usize,
    count_greater: usize,
    p_value: f64,
    count_greater_centred: usize,
    p_value_centred: f64,
}

pub(super) fn check_given(draws: &[FixedDraws]) -> Verdict {
    let mut tally = Tally::default();
    for (draw, number) in draws.iter().zip(1..) {
        tally.case();
        let place = format!("set {number}");
        tally.equal(&format!("{place} n"), &draw.base_stats.len(), &draw.n);
        let ours = paired(&draw.base_stats, &draw.sys_stats).and_then(|paired| {
            let resamples = paired
                .scores_of_resamples(&draw.bootstrap.indices)
                .map_err(|error| error.to_string())?;
            let bootstrap = Bootstrap::from_scores(paired.observed(), &resamples);
            Ok((resamples, bootstrap.map_err(|error| error.to_string())?))
        });
        if let Some((resamples, bootstrap)) = given(&mut tally, &place, ours) {
            draw.bootstrap.compare(&mut tally, &place, &resamples, &bootstrap);
        }
    }
    tally.verdict()
}

impl Fixed {
    fn compare(&self, tally: &mut Tally, place: &str, resamples: &[Scores], ours: &Bootstrap) {
        compare_scores(tally, place, resamples, (&self.base_scores, &self.sys_scores));
        let system = [self.sys_score, self.sys_mean, self.sys_ci];
        compare_resampled(tally, &format!("{place} sys"), &ours.system, system);
        let base = [self.base_score, self.base_mean, self.base_ci];
        compare_resampled(tally, &format!("{place} base"), &ours.baseline, base);
        let mut sorted = self.base_scores.clone();
        sorted.sort_by(f64::total_cmp);
        for (end, ours, index) in [
            ("low", ours.baseline.low, self.base_sorted_low_index),
            ("high", ours.baseline.high, self.base_sorted_high_index),
        ] {
            let recorded = sorted.get(index).copied().unwrap_or(f64::NAN);
            number(tally, &format!("{place} base {end}"), ours, recorded);
        }
        for (which, ours, count, p) in [
            ("", ours.absolute, self.count_greater, self.p_value),
            (
                "_centred",
                ours.centred,
                self.count_greater_centred,
                self.p_value_centred,
            ),
        ] {
            tally.equal(&format!("{place} count_greater{which}"), &ours.greater, &count);
            let place = format!("{place} p_value{which}");
            share(tally, &place, ours.p_strict(), p, 1e-9);
        }
    }
}

fn compare_resampled(tally: &mut Tally, place: &str, ours: &ResampledScore, recorded: [f64; 3]) {
    let [score, mean, ci] = recorded;
    number(tally, &format!("{place}_score"), ours.score, score);
    number(tally, &format!("{place}_mean"), ours.mean, mean);
    number(tally, &format!("{place}_ci"), ours.half_width(), ci);
}

/// Compares the scores of every draw.
pub(super) fn compare_scores(tally: &mut Tally, place: &str, ours: &[Scores], (base, sys): (&[f64], &[f64])) {
    let lengths = (base.len(), sys.len());
    tally.equal(&format!("{place} draws"), &(ours.len(), ours.len()), &lengths);
    for (at, ((ours, base), sys)) in ours.iter().zip(base).zip(sys).enumerate() {
        let place = format!("{place} draw {}", at + 1);
        number(tally, &place, ours.baseline, *base);
        number(tally, &place, ours.system, *sys);
    }
}
