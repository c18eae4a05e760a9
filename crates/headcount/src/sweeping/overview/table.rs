//! A plan as a table: a line a run, in the order in which they are started.

use std::fmt::Write;

use sweep::progress::readable;

use super::{Entry, Overview, counted};

pub(crate) fn render(overview: &Overview<'_>) -> String {
    let entries = &overview.entries;
    let (id, base) = (width(entries, "id", id), width(entries, "waits for", waits_for));
    let mut text = format!(
        "{:id$}  {:16} {:>12} {:>4} {:>6}  {:base$}  {:>13}  state\n",
        "id", "method", "setting", "K", "seed", "waits for", "time"
    );
    for entry in entries {
        line(&mut text, entry, id, base);
    }
    text.push_str(&counted(overview.words()));
    if let Some(cost) = overview.cost() {
        text.push_str("; ");
        text.push_str(&cost);
    }
    text
}

/// Of the widest field of a column, its heading included.
fn width<'a>(entries: &[Entry<'a>], heading: &str, field: fn(&Entry<'a>) -> &'a str) -> usize {
    let widths = entries.iter().map(|entry| field(entry).len());
    widths.fold(heading.len(), usize::max)
}

fn line(text: &mut String, entry: &Entry<'_>, id_width: usize, base_width: usize) {
    let run = entry.run;
    let k = run.point.k.map_or_else(|| "-".to_owned(), |k| k.to_string());
    let lambda = run.point.lambda.map(|lambda| lambda.to_string());
    let setting = run.point.variant.map(str::to_owned).or(lambda);
    let setting = setting.unwrap_or_else(|| "-".to_owned());
    // Text grows without errors.
    let _ = writeln!(
        text,
        "{:id_width$}  {:16} {setting:>12} {k:>4} {:>6}  {:base_width$}  {:>13}  {}",
        id(entry),
        run.method.name,
        run.seed,
        waits_for(entry),
        time(entry),
        entry.word,
    );
}

fn id<'a>(entry: &Entry<'a>) -> &'a str {
    entry.run.id.as_str()
}

/// The name without the hash is enough to find the run in the table.
fn waits_for<'a>(entry: &Entry<'a>) -> &'a str {
    entry.waits_for.map_or("-", |base| base.id.without_key())
}

/// What it took, or with a `~` what it will still take.
fn time(entry: &Entry<'_>) -> String {
    let estimated = || Some(format!("~{}", readable(entry.estimated?)));
    entry
        .wall
        .map(readable)
        .or_else(estimated)
        .unwrap_or_else(|| "-".to_owned())
}
