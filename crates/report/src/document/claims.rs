//! What the paper claims, and what this comparison adds, each with its verdict and the numbers behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::Block;
use super::numbers::{difference, heads, percent, points};
use crate::artefact::Stored;
use crate::curves::over_seeds;
use crate::efficiency::{Efficiency, Time, efficiency};
use crate::exact_k::exact_control;
use crate::figure::curve_name;
use crate::measure::{MEASURES, Measure};
use crate::significance::{Comparison, Verdict};

const OURS: &str = "dsp-joint";
/// Methods that are no previous work but controls or parts of the comparison.
const NOT_PREVIOUS: [&str; 4] = ["random", "oracle", "scores", "dsp"];

/// The lower limit of the share of exact masks from which exact control is called shown.
const LEAST_SURE: f64 = 0.8;

/// A claim, and what follows for it.
pub(super) struct Claim {
    pub statement: &'static str,
    pub verdict: &'static str,
    pub evidence: Vec<String>,
}

type Question = (
    &'static str,
    &'static [&'static str],
    fn(&Stored) -> Option<Claim>,
);

/// What each claim is about, the methods that it needs, and what follows for it.
const QUESTIONS: [Question; 5] = [
    ("comparable to previous work", &[OURS], comparable),
    ("the number of heads is controlled exactly", &[OURS], exact),
    ("a pruned model is smaller and faster", &[OURS, "dense"], smaller),
    ("the choice of heads counts", &[OURS, "random-joint"], choice),
    (
        "what a choice of heads loses against the best subset",
        &["oracle"],
        regret,
    ),
];

/// The claims that the results say nothing of, with the methods that each needs.
pub(super) fn unmade(sweep: &Stored) -> Vec<(&'static str, &'static [&'static str])> {
    let unmade = QUESTIONS.iter().filter(|(.., answer)| answer(sweep).is_none());
    unmade.map(|(what, needs, _)| (*what, *needs)).collect()
}

/// The claims that the results say something of.
pub(super) fn claims(sweep: &Stored) -> Vec<Block> {
    let claims = QUESTIONS.iter().filter_map(|(_, _, answer)| answer(sweep));
    let mut blocks: Vec<Block> = claims.map(Block::Claim).collect();
    if !blocks.is_empty() {
        let mut words = "A comparison is of two methods at one number of heads on one split; \"Comparisons\" below says how each is \
                         tested."
            .to_owned();
        let mut measures = measures(sweep);
        if let (Some(main), Some(_)) = (measures.next(), measures.next()) {
            words.push_str(&format!(
                " Claims are about {} alone; significance.csv has the other metrics.",
                main.label()
            ));
        }
        blocks.insert(0, Block::Paragraph(words));
    }
    if blocks.is_empty() {
        blocks.push(Block::Paragraph(
            "The results say nothing of the claims: there is no run of dsp-joint beside others.".into(),
        ));
    }
    blocks
}

/// The metrics that the sweep has, the one of the claims first.
fn measures(sweep: &Stored) -> impl Iterator<Item = &'static Measure> {
    let has = |measure: &&Measure| sweep.points.iter().any(|point| point.metric == measure.metric);
    MEASURES.iter().filter(has)
}

const SUPPORTED: &str = "supported";
const SUPPORTED_SO_FAR: &str = "supported where tested; the other comparisons have too few seeds";

/// What the comparisons say together.
fn together(verdicts: &[Verdict]) -> &'static str {
    let has = |verdict| verdicts.contains(&verdict);
    let tested = verdicts.iter().any(|verdict| *verdict != Verdict::TooFewSeeds);
    if !tested {
        "not tested, too few seeds"
    } else if has(Verdict::Worse) {
        "contradicted in part"
    } else if !has(Verdict::Better) && !has(Verdict::NotWorse) {
        "undecided"
    } else if has(Verdict::Undecided) {
        "undecided in part"
    } else if has(Verdict::TooFewSeeds) {
        SUPPORTED_SO_FAR
    } else {
        SUPPORTED
    }
}

fn comparable(sweep: &Stored) -> Option<Claim> {
    let is_previous = |row: &&&Comparison| {
        !NOT_PREVIOUS.iter().any(|name| row.baseline.starts_with(name)) && row.system == OURS
    };
    let rows: Vec<&Comparison> = by_seeds(sweep, "dsp-joint against")
        .iter()
        .filter(is_previous)
        .copied()
        .collect();
    let verdicts: Vec<Verdict> = rows.iter().filter_map(|row| row.verdict).collect();
    let mut methods: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for row in &rows {
        let name = curve_name(&row.baseline, &row.baseline_variant);
        let verdict = row.verdict.map_or("", Verdict::name);
        *methods.entry(name).or_default().entry(verdict).or_default() += 1;
    }
    let of_method = |(name, counts): (String, BTreeMap<&str, usize>)| {
        let each = counts.iter().enumerate().map(|(i, (verdict, count))| {
            // Once, and in the number of what it follows.
            let noun = match (i, count) {
                (0, 1) => " comparison",
                (0, _) => " comparisons",
                _ => "",
            };
            format!("{verdict} in {count}{noun}")
        });
        format!("against {name}: {}", each.collect::<Vec<String>>().join(", "))
    };
    (!rows.is_empty()).then(|| Claim {
        statement: "Differentiable subset pruning is comparable to or better than previous work.",
        verdict: together(&verdicts),
        evidence: methods.into_iter().map(of_method).collect(),
    })
}

fn exact(sweep: &Stored) -> Option<Claim> {
    let rows = exact_control(&sweep.results);
    let ours: Vec<_> = rows.iter().filter(|row| row.method == OURS).collect();
    let (masks, hits) = ours.iter().fold((0, 0), |(masks, hits), row| {
        (masks + row.n_runs, hits + row.n_exact.unwrap_or(0))
    });
    let (low, _) = metrics::significance::clopper_pearson(hits, masks, 0.95).ok()?;
    let mut evidence = vec![format!(
        "{OURS}: {hits} of {masks} masks have exactly the number of heads asked for; 95 % interval of the share from {}",
        percent(low)
    )];
    let spread = |row: &&crate::exact_k::ExactK| row.k.is_none();
    evidence.extend(rows.iter().filter(spread).map(|row| {
        // No ±: in the tables that is half an interval.
        let std = row.std_kept.map_or_else(String::new, |std| {
            format!(" (standard deviation {})", points(std))
        });
        format!(
            "{} at {}: {}{std}",
            curve_name(&row.method, &row.variant),
            row.setting,
            kept(row.mean_kept)
        )
    }));
    Some(Claim {
        statement: "The number of heads is controlled exactly.",
        verdict: if hits < masks {
            "contradicted"
        } else if low < LEAST_SURE {
            "too few masks"
        } else {
            "supported"
        },
        evidence,
    })
}

fn smaller(sweep: &Stored) -> Option<Claim> {
    let rows = efficiency(&sweep.points, &sweep.latency);
    let dense = rows
        .iter()
        .find(|row| row.method == "dense" && !row.metric.is_empty())?;
    let first = rows.iter().find(|row| row.method == OURS)?;
    let ours: Vec<&Efficiency> = rows
        .iter()
        .filter(|row| row.method == OURS && (&row.metric, &row.split) == (&first.metric, &first.split))
        .collect();
    // One line for each model: it was timed in several ways.
    let mut evidence = Vec::new();
    let mut is_faster = None;
    for models in ours.chunk_by(|a, b| (a.k, &a.setting, &a.variant) == (b.k, &b.setting, &b.variant)) {
        let Some(row) = models.first() else { continue };
        let mut line = format!(
            "{}: {} of the parameters of the dense model",
            kept(row.k),
            percent(row.params / dense.params)
        );
        if let Some((macs, all)) = row.macs.zip(dense.macs) {
            line.push_str(&format!(", {} of its multiply-adds", percent(macs / all)));
        }
        let removed: Vec<(&Time, f64)> = models
            .iter()
            .filter_map(|row| row.time.as_ref())
            .filter(|time| time.kind == records::LatencyKind::Removed)
            .filter_map(|time| Some((time, time.ratio_to_dense?)))
            .collect();
        let devices: BTreeSet<&str> = removed.iter().map(|(time, _)| time.device.as_str()).collect();
        for device in devices {
            let on: Vec<(&Time, f64)> = removed
                .iter()
                .copied()
                .filter(|(time, _)| time.device == device)
                .collect();
            line.push_str(&format!(", {}", times_on(device, &on)));
        }
        if !removed.is_empty() {
            let faster = removed.iter().all(|(_, ratio)| *ratio < 1.0);
            is_faster = Some(is_faster.unwrap_or(true) && faster);
        }
        evidence.push(line);
    }
    Some(Claim {
        statement: "A pruned model is smaller and faster.",
        verdict: match is_faster {
            Some(true) => "supported",
            Some(false) => "contradicted in part: it is not faster everywhere",
            None => "supported for its size; no times were measured",
        },
        evidence,
    })
}

/// `35.1 % to 48.4 % of its time on flex (batch 1, 32; length 16; threads 1)`.
fn times_on(device: &str, timed: &[(&Time, f64)]) -> String {
    let listed = |get: fn(&Time) -> u32| {
        let values: BTreeSet<u32> = timed.iter().map(|(time, _)| get(time)).collect();
        let values: Vec<String> = values.iter().map(u32::to_string).collect();
        values.join(", ")
    };
    let (least, most) = timed
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), (_, ratio)| {
            (least.min(*ratio), most.max(*ratio))
        });
    let share = if percent(least) == percent(most) {
        percent(least)
    } else {
        format!("{} to {}", percent(least), percent(most))
    };
    format!(
        "{share} of its time on {device} (batch {}; length {}; threads {})",
        listed(|time| time.batch),
        listed(|time| time.length),
        listed(|time| time.threads)
    )
}

fn choice(sweep: &Stored) -> Option<Claim> {
    let rows: Vec<&Comparison> = by_seeds(sweep, "choice of heads");
    let ours: Vec<&&Comparison> = rows.iter().filter(|row| row.system == OURS).collect();
    let line = |row: &&&Comparison| {
        format!(
            "{} against {} with {}, {}: {} points, {}",
            row.system,
            row.baseline,
            kept(f64::from(row.k)),
            row.split,
            difference(row.estimate, row.ci_low.zip(row.ci_high)),
            row.verdict.map_or("", Verdict::name)
        )
    };
    let verdicts: Vec<Verdict> = ours.iter().filter_map(|row| row.verdict).collect();
    let all_better = verdicts
        .iter()
        .all(|verdict| matches!(verdict, Verdict::Better | Verdict::TooFewSeeds));
    (!ours.is_empty()).then(|| Claim {
        statement: "It is the choice of heads and not only the adaptation of weights that counts: heads chosen at random before \
                    the same training are worse.",
        verdict: match together(&verdicts) {
            SUPPORTED | SUPPORTED_SO_FAR if !all_better => "undecided: not worse, and not shown to be better",
            other => other,
        },
        evidence: ours.iter().map(line).collect(),
    })
}

fn regret(sweep: &Stored) -> Option<Claim> {
    let oracle = sweep.oracle.as_ref()?;
    let measure = MEASURES
        .iter()
        .find(|measure| oracle.chosen.iter().any(|row| row.metric == measure.metric))?;
    let first = oracle
        .chosen
        .iter()
        .find(|row| row.metric == measure.metric && row.split != records::TUNING)?;
    let mut methods: BTreeMap<(String, u32), Vec<(u64, f64)>> = BTreeMap::new();
    for row in &oracle.chosen {
        if (&row.metric, &row.split) == (&first.metric, &first.split)
            && row.k < sweep.results.first()?.n_heads
        {
            let name = curve_name(&row.method, &row.curve);
            methods
                .entry((name, row.k))
                .or_default()
                .push((row.seed, row.regret * measure.factor));
        }
    }
    let line = |((name, k), values): (&(String, u32), &Vec<(u64, f64)>)| {
        let summary = over_seeds(values.iter().copied())?;
        Some(format!(
            "{name} with {}: {} points",
            kept(f64::from(*k)),
            points(summary.mean)
        ))
    };
    let evidence: Vec<String> = methods.iter().filter_map(line).collect();
    (!evidence.is_empty()).then_some(Claim {
        statement: "What a choice of heads loses against the best subset of as many heads of the frozen dense model, by tuning \
                    loss.",
        verdict: "a measurement, no test; negative is better on the reported split than the subset chosen by tuning loss",
        evidence,
    })
}

/// `1 head`, `5.7 heads`.
fn kept(k: f64) -> String {
    let noun = if k == 1.0 { "head" } else { "heads" };
    format!("{} {noun}", heads(k))
}

/// The comparisons by seeds of the families whose question begins like this.
fn by_seeds<'a>(sweep: &'a Stored, question: &str) -> Vec<&'a Comparison> {
    let main = measures(sweep).next();
    let rows = sweep.comparisons.iter().filter(|row| {
        let of = row.family.split_once(": ").map_or("", |(_, question)| question);
        row.verdict.is_some()
            && of.starts_with(question)
            && main.is_some_and(|main| main.metric == row.metric)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_tested_supports_nothing() {
        use Verdict::{Better, NotWorse, TooFewSeeds, Undecided, Worse};
        assert_eq!(together(&[Better, NotWorse]), "supported");
        assert_eq!(together(&[Better, TooFewSeeds]), SUPPORTED_SO_FAR);
        assert_eq!(together(&[TooFewSeeds, TooFewSeeds]), "not tested, too few seeds");
        assert_eq!(together(&[Better, Worse, TooFewSeeds]), "contradicted in part");
        assert_eq!(together(&[Better, Undecided]), "undecided in part");
        assert_eq!(together(&[Undecided]), "undecided");
    }
}
