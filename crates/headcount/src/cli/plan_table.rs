//! Lists and counts of runs, for people and for programs.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;
use sweep::{Run, RunState};

use super::queue::{STATES, json_of as queue_json, lines as queue_lines, word};
use super::work::Planned;
use super::{ALL_DONE, Format, print};

/// Every selected run and a line that counts them.
pub(super) fn show(planned: &Planned, format: Format) -> Result<u8> {
    let entries = planned.entries();
    match format {
        Format::Table => print(&table(&entries))?,
        Format::Json => print(&serde_json::to_string_pretty(&json_of(planned, &entries))?)?,
    }
    Ok(ALL_DONE)
}

/// How many runs of each method stand where, and why runs failed.
pub(super) fn show_counts(planned: &Planned) -> Result<u8> {
    let entries = planned.entries();
    let queue = &planned.queue;
    let mut by_method: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (run, state) in &entries {
        by_method
            .entry(run.method.name)
            .or_default()
            .push(word(run, state, queue));
    }
    let mut lines: Vec<String> = by_method
        .iter()
        .map(|(method, states)| format!("{method:16} {}", counts(states.iter().copied())))
        .collect();
    lines.push(format!(
        "{:16} {}",
        "all",
        counts(entries.iter().map(|(run, state)| word(run, state, queue)))
    ));
    lines.extend(queue_lines(&entries, queue));
    for (run, state) in &entries {
        if let RunState::Failed { reason } = state {
            lines.push(format!("failed {}: {reason}", run.id));
        }
    }
    print(&lines.join("\n"))?;
    Ok(ALL_DONE)
}

fn table(entries: &[(&Run, &RunState)]) -> String {
    let width = entries
        .iter()
        .map(|(run, _)| run.id.as_str().len())
        .max()
        .unwrap_or(0);
    let mut text = format!(
        "{:width$}  {:16} {:>12} {:>4} {:>6}  state\n",
        "id", "method", "setting", "K", "seed"
    );
    for (run, state) in entries {
        let k = run.point.k.map_or_else(|| "-".to_owned(), |k| k.to_string());
        let lambda = run.point.lambda.map(|lambda| lambda.to_string());
        let setting = run.point.variant.map(str::to_owned).or(lambda);
        let setting = setting.unwrap_or_else(|| "-".to_owned());
        let (id, method, seed) = (run.id.as_str(), run.method.name, run.seed);
        text.push_str(&format!(
            "{id:width$}  {method:16} {setting:>12} {k:>4} {seed:>6}  {state}\n"
        ));
    }
    text + &counts(entries.iter().map(|(_, state)| state.name())) + "\n"
}

/// `27 runs: 3 done, 24 pending`.
fn counts<'a>(states: impl Iterator<Item = &'a str> + Clone) -> String {
    let total = states.clone().count();
    let of = |name: &str| states.clone().filter(|state| *state == name).count();
    let parts: Vec<String> = STATES
        .into_iter()
        .map(|name| (of(name), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    format!(
        "{total} {}: {}",
        if total == 1 { "run" } else { "runs" },
        parts.join(", ")
    )
}

fn json_of(planned: &Planned, entries: &[(&Run, &RunState)]) -> serde_json::Value {
    let queue = &planned.queue;
    let runs: Vec<_> = entries
        .iter()
        .map(|(run, state)| {
            let reason = match state {
                RunState::Failed { reason } => Some(reason),
                _ => None,
            };
            json!({
                "id": run.id,
                "method": run.method.name,
                "k": run.point.k,
                "variant": run.point.variant,
                "lambda": run.point.lambda,
                "seed": run.seed,
                "state": word(run, state, queue),
                "queue": queue_json(run, state, queue),
                "reason": reason,
                "key": run.key,
                "starts_from": run.starts_from,
            })
        })
        .collect();
    let of = |name| {
        entries
            .iter()
            .filter(|(run, state)| word(run, state, queue) == name)
            .count()
    };
    let counts: BTreeMap<_, _> = STATES.into_iter().map(|name| (name, of(name))).collect();
    json!({
        "experiment": planned.experiment.name,
        "out": planned.store.root().display().to_string(),
        "runs": runs,
        "counts": counts,
    })
}
