//! What an incomplete sweep lacks: the runs of its plan that are not there, and what cannot be said without them.

use std::collections::{BTreeMap, BTreeSet};

use records::RunId;

use super::claims::unmade;
use crate::artefact::Stored;
use crate::figure::curve_name;
use crate::run_name::{curves_of_names, named};

/// What the questions of significance.csv need: a part of the family's name, what to call it, and the methods.
const FAMILIES: [(&str, &str, &[&str]); 3] = [
    (
        "dsp-joint against the others",
        "comparisons of dsp-joint with the others",
        &["dsp-joint"],
    ),
    (
        "choice of heads",
        "comparisons of dsp-joint with random-joint",
        &["dsp-joint", "random-joint"],
    ),
    (
        "pruned against dense",
        "comparisons with the dense model",
        &["dense"],
    ),
];

/// What a method was set to, and whether the run of each seed is there.
type Cell = (String, BTreeMap<u64, bool>);

/// `316 of 350 runs`, where some are missing.
pub(super) fn runs_there(sweep: &Stored) -> Option<String> {
    let planned = sweep.planned.len();
    let there = planned - absent(sweep).len();
    (there < planned).then(|| format!("{there} of {planned} runs"))
}

fn absent(sweep: &Stored) -> Vec<&RunId> {
    let missing = |id: &&RunId| !sweep.there.contains(*id);
    sweep.planned.iter().filter(missing).collect()
}

/// One line for each method that lacks runs, and what cannot be said without them.
pub(super) fn lines(sweep: &Stored) -> Vec<String> {
    let Some(there) = runs_there(sweep) else {
        return Vec::new();
    };
    let names = curves_of_names(&sweep.results);
    // By method, in the order of the plan: each setting with its seeds, and whether each is there.
    let mut methods: Vec<(&str, Vec<Cell>)> = Vec::new();
    for id in &sweep.planned {
        let Some(run) = named(id) else { continue };
        let place = methods
            .iter()
            .position(|(stem, _)| *stem == run.stem)
            .unwrap_or_else(|| {
                methods.push((run.stem, Vec::new()));
                methods.len() - 1
            });
        let settings = &mut methods[place].1;
        let cell = settings
            .iter()
            .position(|(setting, _)| *setting == run.setting)
            .unwrap_or_else(|| {
                settings.push((run.setting.clone(), BTreeMap::new()));
                settings.len() - 1
            });
        settings[cell].1.insert(run.seed, sweep.there.contains(id));
    }
    let mut lines = vec![format!("{there} are there")];
    let mut gone = BTreeSet::new();
    for (stem, settings) in &methods {
        let cells = cells(settings);
        if settings
            .iter()
            .all(|(_, seeds)| seeds.values().all(|there| !there))
        {
            gone.insert(*stem);
        }
        if !cells.is_empty() {
            let name = names.get(*stem).map_or_else(
                || (*stem).to_owned(),
                |(method, variant)| curve_name(method, variant),
            );
            lines.push(format!("{name}: {}", cells.join("; ")));
        }
    }
    let is_planned = |method: &str| methods.iter().any(|(stem, _)| stem.starts_with(method));
    let for_want = |needs: &[&str]| needs.iter().all(|need| is_planned(need));
    for (claim, needs) in unmade(sweep) {
        if for_want(needs) {
            lines.push(format!("no claim for want of runs: {claim}"));
        }
    }
    for (family, what, needs) in FAMILIES {
        let is_made = sweep.comparisons.iter().any(|row| row.family.contains(family));
        if !is_made && for_want(needs) {
            lines.push(format!("no {what} for want of runs"));
        }
    }
    if gone.contains("dense") || gone.contains("random") {
        lines.push("no share of the gap between random subsets and the dense model for want of runs".into());
    }
    lines
}

/// `wholly missing with K=3, 6 (seeds 1 to 10)` and the like, settings that lack the same runs in one.
fn cells(settings: &[Cell]) -> Vec<String> {
    let mut sorted: Vec<&Cell> = settings.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| value(a).total_cmp(&value(b)));
    let mut alike: Vec<(&BTreeMap<u64, bool>, Vec<&str>)> = Vec::new();
    for (setting, seeds) in sorted {
        match alike.iter_mut().find(|(other, _)| *other == seeds) {
            Some((_, settings)) => settings.push(setting),
            None => alike.push((seeds, vec![setting])),
        }
    }
    alike
        .iter()
        .filter_map(|(seeds, settings)| cell(settings, seeds))
        .collect()
}

/// The number that a run was set to; none comes first.
fn value(setting: &str) -> f64 {
    let number = setting.split_once('=').and_then(|(_, value)| value.parse().ok());
    number.unwrap_or(f64::NEG_INFINITY)
}

/// What is missing of settings that lack the same seeds; none where nothing is.
fn cell(settings: &[&str], seeds: &BTreeMap<u64, bool>) -> Option<String> {
    let absent: Vec<u64> = seeds
        .iter()
        .filter(|(_, there)| !**there)
        .map(|(seed, _)| *seed)
        .collect();
    if absent.is_empty() {
        return None;
    }
    let how = if absent.len() == seeds.len() {
        "wholly missing".to_owned()
    } else {
        format!("{} of {} runs missing", absent.len(), seeds.len())
    };
    // `K=3, 6`: the name once.
    let values = settings.iter().enumerate().map(|(i, setting)| match i {
        0 => *setting,
        _ => setting.split_once('=').map_or(*setting, |(_, value)| value),
    });
    let values = values.collect::<Vec<&str>>().join(", ");
    let with = if values.is_empty() {
        String::new()
    } else {
        format!(" with {values}")
    };
    let noun = if absent.len() == 1 { "seed" } else { "seeds" };
    Some(format!("{how}{with} ({noun} {})", ranges(&absent)))
}

/// `1 to 5, 7`.
pub(super) fn ranges(numbers: &[u64]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let words = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
        [] => String::new(),
    });
    words.collect::<Vec<String>>().join(", ")
}
