//! What a report says of the sweep itself: what was run, what is missing, what differs from the original, and on what it ran.

use std::collections::{BTreeMap, BTreeSet};

use records::{Caption, Provenance, TRAINING};

use super::compared;
use super::numbers::{count, points};
use super::unfinished::ranges;
use crate::artefact::Stored;
use crate::curves::CurvePoint;
use crate::figure::curve_name;
use crate::significance::{FEWEST_SEEDS, MARGIN};

/// The first line: whether these are numbers of a demo.
pub(super) fn what_it_is(caption: &Caption) -> String {
    let named = caption.corpus.as_deref();
    let corpus = named.unwrap_or("not named");
    let made_up = named.map_or_else(String::new, |corpus| format!(": {corpus}"));
    match caption.scale.as_str() {
        "demo" => format!(
            "Demo: a small model on a made-up corpus{made_up}. Its numbers are not the paper's and are compared with none that \
             were published."
        ),
        "paper" => format!("Scale paper: real text and the paper's model. Corpus: {corpus}."),
        scale => format!(
            "Scale {scale}: real text with a smaller model or fewer updates than the paper's. Corpus: {corpus}. Its numbers are \
             not the paper's."
        ),
    }
}

pub(super) fn question(sweep: &Stored) -> String {
    let heads = sweep.results.first().map_or(0, |row| row.n_heads);
    format!(
        "How good is a model of {heads} attention heads that keeps K of them, if the heads are chosen by differentiable subset \
         pruning, and how good if they are chosen by other methods, or at random?"
    )
}

pub(super) fn setting(sweep: &Stored) -> Vec<String> {
    let Some(first) = sweep.results.first() else {
        return Vec::new();
    };
    let distinct = |values: BTreeSet<String>| values.into_iter().collect::<Vec<String>>().join(", ");
    let seeds: BTreeSet<u64> = sweep.results.iter().map(|row| row.seed).collect();
    let splits: BTreeMap<&str, u64> = sweep
        .results
        .iter()
        .filter(|row| row.split != TRAINING)
        .map(|row| (row.split.as_str(), row.n_examples))
        .collect();
    let methods: BTreeSet<String> = sweep
        .points
        .iter()
        .map(|point| curve_name(&point.method, &point.variant))
        .collect();
    let signatures: BTreeSet<String> = sweep
        .results
        .iter()
        .filter(|row| !row.signature.is_empty() && row.split != TRAINING)
        .map(|row| format!("{}, computed as: {}", row.metric, row.signature))
        .collect();
    let declared = match sweep.caption.margin {
        Some(declared) => format!("declared margin: {}", margin(declared)),
        None => format!("no margin was declared; {} is used", margin(MARGIN)),
    };
    let mut lines = vec![
        format!(
            "experiment {}, task {}, recipe {} (version {})",
            first.experiment, first.task, first.recipe, first.recipe_version
        ),
        format!(
            "model: {} heads, {} parameters",
            first.n_heads,
            count(first.params_before as f64)
        ),
        trained(sweep),
        format!("methods: {}", distinct(methods)),
        heads_kept(&sweep.points),
        format!("seeds: {}", ranges(&seeds.into_iter().collect::<Vec<u64>>())),
        format!(
            "evaluated on {}",
            splits
                .iter()
                .map(|(split, examples)| format!("{split} ({} examples)", count(*examples as f64)))
                .collect::<Vec<String>>()
                .join(", ")
        ),
        declared,
    ];
    lines.extend(signatures);
    lines.retain(|line| !line.is_empty());
    lines
}

/// The numbers of heads that were asked for, and those that penalties left.
fn heads_kept(points: &[CurvePoint]) -> String {
    let pruned = || {
        points
            .iter()
            .filter(|point| point.k_target != Some(point.n_heads))
    };
    let asked: BTreeSet<u64> = pruned()
        .filter_map(|point| point.k_target)
        .map(u64::from)
        .collect();
    let of_penalties = || pruned().filter(|point| point.k_target.is_none());
    let left = of_penalties()
        .map(|point| point.k_low)
        .min()
        .zip(of_penalties().map(|point| point.k_high).max());
    let mut parts = Vec::new();
    if !asked.is_empty() {
        parts.push(ranges(&asked.into_iter().collect::<Vec<u64>>()));
    }
    parts.extend(left.map(|(least, most)| format!("by penalties what came out, {least} to {most}")));
    if parts.is_empty() {
        String::new()
    } else {
        format!("heads kept: {}", parts.join("; "))
    }
}

/// How long and on how much the dense model was trained, where experiment.toml says so.
fn trained(sweep: &Stored) -> String {
    // Zero stands for all there are.
    let number = |key: &str| {
        let value = sweep.settings.get(key)?.parse::<f64>().ok()?;
        // Epochs may be parts of one.
        let shown = if value.fract() == 0.0 {
            count(value)
        } else {
            value.to_string()
        };
        (value > 0.0).then_some(shown)
    };
    let dense = sweep.results.iter().find(|row| row.method == "dense");
    let updates = dense.map_or_else(String::new, |row| {
        format!(" ({} updates)", count(row.train_updates as f64))
    });
    // Examples may be as many as a made-up corpus is told to have; files have what they have.
    let is_made_up = sweep
        .settings
        .get("data.source")
        .is_none_or(|source| source != "files");
    let parts = [
        number("train.updates").map(|number| format!("updates {number}")),
        number("train.epochs").map(|number| format!("epochs {number}{updates}")),
        number("train.max_tokens")
            .map(|number| format!("batches of at most {number} tokens"))
            .or_else(|| Some(format!("batch {}", number("train.batch")?))),
        number("data.train_examples")
            .filter(|_| is_made_up)
            .map(|number| format!("training examples {number}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("training: {}", parts.join(", "))
    }
}

pub(super) fn how_compared(sweep: &Stored) -> String {
    let tested = sweep
        .comparisons
        .iter()
        .any(|row| row.p.is_some() && row.verdict.is_some());
    let items = if sweep.comparisons.iter().any(|row| row.unit == "item") {
        "Answers of single runs are compared in significance.csv, and never pooled over seeds."
    } else {
        "No answers of runs are stored here, so that items are not compared."
    };
    let few = if tested {
        format!("Under {FEWEST_SEEDS} seeds nothing is tested.")
    } else {
        format!("No comparison has {FEWEST_SEEDS} seeds: nothing is tested.")
    };
    format!(
        "The unit is the run: the paired t test of the differences of each seed. First whether a system is not worse by the \
         margin of {} (one-sided, 5 %), then whether it is better (two-sided, 5 %); worse is what is below 0 (two-sided, 5 %) and \
         not shown to be within the margin. p-values are adjusted by Holm over each question of a figure. {few} {items}",
        margin(sweep.caption.margin.unwrap_or(MARGIN))
    )
}

/// `1.0 point`, `0.5 points`.
fn margin(points: f64) -> String {
    let noun = if points == 1.0 { "point" } else { "points" };
    format!("{} {noun}", self::points(points))
}

/// How to read the grids, and where the rest is.
pub(super) fn how_shown(sweep: &Stored) -> String {
    let signs = compared::signs(&sweep.comparisons).map_or_else(String::new, |signs| format!("{signs} "));
    let of = match compared::main_metric(&sweep.comparisons) {
        Some((main, true)) => format!("The tables below are of {} alone. ", main.name),
        _ => String::new(),
    };
    let all = "significance.csv has every comparison of every metric with its interval and p-values.";
    format!("{signs}{of}{all}")
}

/// Points with fewer seeds than the sweep, and tables that are not there; that it is nothing only where `is_whole`.
pub(super) fn missing(sweep: &Stored, is_whole: bool) -> Vec<String> {
    // Where the plan names the runs that are missing, this would say less of the same.
    let mut lines = if is_whole { lacking(sweep) } else { Vec::new() };
    if sweep.points.iter().all(|point| point.n == 1) {
        lines.push("every number is of a single seed: no interval, no test".into());
    }
    if sweep.latency.is_empty() {
        lines.push("times: there is no latency.csv".into());
    }
    if sweep.points.iter().all(|point| point.macs.is_none()) {
        lines.push("multiply-adds: no run has counted them".into());
    }
    if sweep.heads.is_empty() {
        lines.push("masks: there is no heads.csv with a mask".into());
    }
    if sweep.warnings.is_none() {
        lines.push("warnings of runs: there is no warnings.csv".into());
    }
    if lines.is_empty() && is_whole {
        lines.push("nothing".into());
    }
    lines
}

/// The curves that lack seeds or numbers of heads.
fn lacking(sweep: &Stored) -> Vec<String> {
    let of_sweep = sweep.seeds();
    let mut of_curves: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for point in &sweep.points {
        let range = of_curves
            .entry(curve_name(&point.method, &point.variant))
            .or_insert((point.n, point.n));
        *range = (range.0.min(point.n), range.1.max(point.n));
    }
    let seeds = |(least, greatest): (usize, usize)| {
        let counts = if least == greatest {
            least.to_string()
        } else {
            format!("{least} to {greatest}")
        };
        format!("{counts} of {of_sweep} seeds")
    };
    let distinct: BTreeSet<(usize, usize)> = of_curves.values().copied().collect();
    of_curves.retain(|_, (least, _)| *least < of_sweep);
    let mut lines: Vec<String> = match distinct.into_iter().collect::<Vec<_>>()[..] {
        [all] if of_curves.len() > 1 => vec![format!("every method: {}", seeds(all))],
        _ => of_curves
            .into_iter()
            .map(|(name, range)| format!("{name}: {}", seeds(range)))
            .collect(),
    };
    lines.extend(sweep.gaps.of_curves().map(|(method, variant, ks)| {
        let ks: Vec<u64> = ks.iter().copied().map(u64::from).collect();
        format!(
            "{}: no results with K={}",
            curve_name(method, variant),
            ranges(&ks)
        )
    }));
    lines
}

pub(super) fn differences(sweep: &Stored) -> Vec<String> {
    let recipe = sweep.results.first().map_or("", |row| row.recipe.as_str());
    let has = |method: &str| sweep.points.iter().any(|point| point.method == method);
    let mut lines = vec![match recipe {
        "released" => {
            "recipe released: switches as in the authors' program where it differs from the paper".to_owned()
        }
        "paper" => "recipe paper: switches as the papers say where the authors' program differs".to_owned(),
        other => format!("recipe {other}"),
    }];
    if sweep.caption.scale != "paper" {
        lines.push("another corpus, a smaller model or fewer updates than the paper's".into());
    }
    if has("random-joint") || has("random-finetuned") {
        lines.push("controls that the paper does not have: heads drawn at random, weights trained as those of other methods".into());
    }
    if sweep.oracle.is_some() {
        lines.push("the dense model under every subset of its heads, which the paper does not have".into());
    }
    lines.push("a mask is measured on the model without the other heads, not by gates of 0".into());
    lines
}

/// Devices and versions of provenance.csv; none where it is not there.
pub(super) fn versions(sweep: &Stored) -> Vec<String> {
    let describe = |run: &Provenance| {
        let parts = [
            format!("headcount {}", run.version),
            revision(run),
            run.device.clone(),
            run.backend.clone(),
            run.platform.clone(),
            run.instructions.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    };
    let mut kinds: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for run in &sweep.provenance {
        let kind = kinds.entry(describe(run)).or_default();
        *kind = (kind.0 + 1, kind.1 + run.wall_seconds);
    }
    let line = |(kind, (runs, seconds)): (String, (usize, f64))| {
        let noun = if runs == 1 { "run" } else { "runs" };
        format!("{kind}: {runs} {noun}, {} hours", points(seconds / 3600.0))
    };
    kinds.into_iter().map(line).collect()
}

/// The sources that the program was built from.
fn revision(run: &Provenance) -> String {
    if run.git_dirty == Some(true) {
        format!("{} with uncommitted changes", run.git_revision)
            .trim_start()
            .to_owned()
    } else {
        run.git_revision.clone()
    }
}
