//! What an incomplete sweep lacks: the runs of its plan that are not there, and what cannot be said without them.

use std::collections::{BTreeMap, BTreeSet};

use records::{FORCED, RunId};

use super::claims::unmade;
use crate::artefact::Stored;
use crate::figure::curve_name;
use crate::setting::Setting;

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

/// A run of the plan by its name: method and variant, what it was set to, and its seed.
pub(super) struct Named<'a> {
    pub(super) stem: &'a str,
    /// `K=3` or `lambda=0.5`; empty where there is nothing to set.
    pub(super) setting: String,
    pub(super) seed: u64,
}

/// What a method was set to, and whether the run of each seed is there.
type Cell = (String, BTreeMap<u64, bool>);

/// `michel-token-abs-k06-s1-1648c9d5` and the like; none of another form.
pub(super) fn named(id: &RunId) -> Option<Named<'_>> {
    let (rest, seed) = id.without_key().rsplit_once("-s")?;
    let seed = seed.parse().ok()?;
    let set = rest.rsplit_once('-').and_then(|(stem, last)| {
        let heads = last.strip_prefix('k').and_then(|k| k.parse::<u32>().ok());
        let factor = last.strip_prefix('l').filter(|l| l.parse::<f64>().is_ok());
        let setting = heads.map(|k| format!("K={k}"));
        Some((stem, setting.or_else(|| factor.map(|l| format!("lambda={l}")))?))
    });
    let (stem, setting) = set.unwrap_or((rest, String::new()));
    Some(Named { stem, setting, seed })
}

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
    let names = names(sweep);
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
        let cells: Vec<String> = settings
            .iter()
            .filter_map(|(setting, seeds)| cell(setting, seeds))
            .collect();
        if settings
            .iter()
            .all(|(_, seeds)| seeds.values().all(|there| !there))
        {
            gone.insert(*stem);
        }
        if !cells.is_empty() {
            let name = names.get(*stem).map_or(*stem, String::as_str);
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

/// `K=3 wholly missing (seeds 1 to 10)`; none where nothing is missing.
fn cell(setting: &str, seeds: &BTreeMap<u64, bool>) -> Option<String> {
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
    let noun = if absent.len() == 1 { "seed" } else { "seeds" };
    let what = format!("{how} ({noun} {})", ranges(&absent));
    Some(if setting.is_empty() {
        what
    } else {
        format!("{setting} {what}")
    })
}

/// `1 to 5, 7`.
fn ranges(numbers: &[u64]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let words = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
        [] => String::new(),
    });
    words.collect::<Vec<String>>().join(", ")
}

/// What tables call the runs of each name.
pub(super) fn names(sweep: &Stored) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let own = sweep
        .results
        .iter()
        .filter(|row| !row.variant.starts_with(FORCED));
    for row in own {
        let id = RunId::new(row.run_id.as_str());
        if let Some(run) = named(&id) {
            let (variant, _) = Setting::of(&row.variant, row.k_target);
            names
                .entry(run.stem.to_owned())
                .or_insert_with(|| curve_name(&row.method, variant));
        }
    }
    names
}
