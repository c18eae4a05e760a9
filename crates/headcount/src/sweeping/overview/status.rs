//! Where a sweep stands: counts, what is in progress, what failed, what is left.

use std::collections::BTreeMap;

use sweep::RunState;

use super::{Entry, Overview, counted};
use crate::sweeping::queue;

pub(crate) fn render(overview: &Overview<'_>) -> String {
    let mut by_method: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for entry in &overview.entries {
        by_method
            .entry(entry.run.method.name)
            .or_default()
            .push(entry.word);
    }
    let mut lines: Vec<String> = by_method
        .into_iter()
        .map(|(method, words)| format!("{method:16} {}", counted(words.into_iter())))
        .collect();
    lines.push(format!("{:16} {}", "all", counted(overview.words())));
    let entries = &overview.entries;
    let in_progress = entries.iter().filter(|entry| *entry.state == RunState::Running);
    lines.extend(in_progress.map(running));
    let states = entries.iter().map(|entry| (entry.run, entry.state));
    lines.extend(queue::lines(states, &overview.planned.queue));
    for entry in entries {
        if let RunState::Failed { reason } = entry.state {
            lines.push(format!("failed {}: {reason}", entry.run.id));
        }
    }
    lines.extend(overview.cost());
    lines.join("\n")
}

/// `running dense-s1-1a2b3c4d: update 120, loss 0.693; host node7, process 4711, since 2025-01-31T12:00:00Z`, as far as it
/// is known.
fn running(entry: &Entry<'_>) -> String {
    let latest = entry.latest.map(|latest| {
        let loss = latest.loss.map(|loss| format!(", loss {loss:.3}"));
        format!("update {}{}", latest.update, loss.unwrap_or_default())
    });
    let holder = entry.holder.as_ref().map(|holder| {
        format!(
            "host {}, process {}, since {}",
            holder.host, holder.pid, holder.since
        )
    });
    let known: Vec<String> = latest.into_iter().chain(holder).collect();
    let separator = if known.is_empty() { "" } else { ": " };
    format!("running {}{separator}{}", entry.run.id, known.join("; "))
}
