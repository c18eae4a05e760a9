//! What a report says of the sweep itself: what was run, what is missing, what differs from the original, and on what it ran.

use std::collections::{BTreeMap, BTreeSet};

use records::{Caption, Provenance, TRAINING};

use super::numbers::{count, points};
use crate::artefact::Stored;
use crate::figure::curve_name;
use crate::significance::{FEWEST_SEEDS, MARGIN};

/// The first line: whether these are numbers of a demo.
pub(super) fn what_it_is(caption: &Caption) -> String {
    let corpus = caption.corpus.as_deref().unwrap_or("not named");
    match caption.scale.as_str() {
        "demo" => format!(
            "Demo: a small model on a made-up corpus ({corpus}). Its numbers are not the paper's and are compared with none that \
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
    let ks: BTreeSet<u32> = sweep.results.iter().map(|row| row.k_actual).collect();
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
        .map(|row| format!("{}: {}", row.metric, row.signature))
        .collect();
    let declared = match sweep.caption.margin {
        Some(margin) => format!("declared margin: {} points", points(margin)),
        None => format!("no margin was declared; {} point is used", points(MARGIN)),
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
        format!(
            "heads kept: {}",
            ks.iter().map(u32::to_string).collect::<Vec<String>>().join(", ")
        ),
        format!(
            "seeds: {}",
            seeds
                .iter()
                .map(u64::to_string)
                .collect::<Vec<String>>()
                .join(", ")
        ),
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

/// How long and on how much was trained, where experiment.toml says so.
fn trained(sweep: &Stored) -> String {
    let has = |key: &str, what: &str| {
        let value = sweep.settings.get(key)?;
        // Zero stands for all there are.
        let shown = match value.parse::<f64>() {
            Ok(number) if number > 0.0 => count(number),
            _ => return None,
        };
        Some(format!("{what}{shown}"))
    };
    let parts = [
        has("train.updates", "updates "),
        has("train.batch", "batch "),
        has("data.train_examples", "training examples "),
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
         margin (one-sided, 5 %), then whether it is better (two-sided, 5 %); p-values are adjusted by Holm over each question of \
         a figure. {few} {items}"
    )
}

/// Points with fewer seeds than others, and tables that are not there; that it is nothing only where `is_whole`.
pub(super) fn missing(sweep: &Stored, is_whole: bool) -> Vec<String> {
    let most = sweep.points.iter().map(|point| point.n).max().unwrap_or(0);
    let mut of_curves: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for point in &sweep.points {
        let range = of_curves
            .entry(curve_name(&point.method, &point.variant))
            .or_insert((point.n, point.n));
        *range = (range.0.min(point.n), range.1.max(point.n));
    }
    let mut lines: Vec<String> = of_curves
        .into_iter()
        // Where the plan names the runs that are missing, this would say less of the same.
        .filter(|(_, (least, _))| is_whole && *least < most)
        .map(|(name, (least, greatest))| {
            let seeds = if least == greatest {
                least.to_string()
            } else {
                format!("{least} to {greatest}")
            };
            format!("{name}: {seeds} of {most} seeds")
        })
        .collect();
    if most == 1 {
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
