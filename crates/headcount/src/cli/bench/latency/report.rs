//! What `bench latency` says, and leaves in the folder of a sweep.

use std::fmt::Write;
use std::path::Path;

use records::{LATENCY_FILE, LatencyKind, LatencyRow, read_latency, write_latency};
use serde_json::json;
use tasks::inference::Network;

use super::options::Options;
use crate::problem::Result;
use crate::terminal::{Format, print};

/// Prints the rows; those of a sweep are stored too, and its figure is drawn anew.
pub(super) fn tell(options: &Options, dense: &Network, rows: &[LatencyRow]) -> Result<()> {
    if let Some(root) = &options.sweep {
        let path = root.join(LATENCY_FILE);
        write_latency(&path, &with_earlier(&path, rows)?)?;
        let report = report::write_report(root)?;
        eprintln!("wrote {}", path.display());
        let of_efficiency = |path: &&std::path::PathBuf| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("efficiency"))
        };
        report
            .files
            .iter()
            .filter(of_efficiency)
            .for_each(|path| eprintln!("wrote {}", path.display()));
    }
    match options.format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = rows.iter().map(|row| as_json(row, rows)).collect();
            let all = json!({
                "rows": rows,
                "n_heads": dense.grid().total(),
                "params_dense": dense.parameters(),
            });
            print(&all.to_string())
        }
        Format::Table => print(&table(rows)),
    }
}

/// These rows, and of those that are stored already what was not measured again.
fn with_earlier(path: &Path, rows: &[LatencyRow]) -> Result<Vec<LatencyRow>> {
    fn key(row: &LatencyRow) -> impl PartialEq + '_ {
        (
            (&row.device, row.threads, row.batch, row.length),
            (&row.method, &row.variant, row.k, row.kind),
        )
    }
    let mut all = rows.to_vec();
    if path.is_file() {
        let earlier = read_latency(path)?;
        all.extend(
            earlier
                .into_iter()
                .filter(|old| rows.iter().all(|new| key(new) != key(old))),
        );
    }
    Ok(all)
}

/// The whole model with batches of the same shape.
fn dense_of<'a>(row: &LatencyRow, rows: &'a [LatencyRow]) -> Option<&'a LatencyRow> {
    rows.iter().find(|other| {
        other.kind == LatencyKind::Dense && (other.batch, other.length) == (row.batch, row.length)
    })
}

/// Time of a batch by that of the whole model.
fn ratio(row: &LatencyRow, rows: &[LatencyRow]) -> Option<f64> {
    dense_of(row, rows).map(|dense| row.ms / dense.ms)
}

/// How much of what the multiply-adds allow is there: of the time that goes with them, the share that went.
fn share(row: &LatencyRow, rows: &[LatencyRow]) -> Option<f64> {
    let dense = dense_of(row, rows)?;
    let allowed = 1.0 - row.macs as f64 / dense.macs as f64;
    (allowed > 0.0).then(|| (1.0 - row.ms / dense.ms) / allowed)
}

fn as_json(row: &LatencyRow, rows: &[LatencyRow]) -> serde_json::Value {
    let mut value = serde_json::to_value(row).unwrap_or_default();
    value["ratio_to_dense"] = json!(ratio(row, rows));
    value["share_of_multiply_adds"] = json!(share(row, rows));
    value
}

fn table(rows: &[LatencyRow]) -> String {
    let mut text = String::from(
        "batch length  method           K  kind           ms    95 % interval   ratio  of multiply-adds   tokens/s\n",
    );
    for row in rows {
        let method = match row.variant.as_str() {
            "" => row.method.clone(),
            variant => format!("{} {variant}", row.method),
        };
        let shown = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let share = match row.kind {
            LatencyKind::Removed => share(row, rows),
            LatencyKind::Dense | LatencyKind::Masked => None,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:5} {:6}  {method:14} {:3}  {:8} {:8.2}  {:8.2} - {:<8.2} {:>5}  {:>16} {:>10}",
            row.batch,
            row.length,
            row.k,
            row.kind.name(),
            row.ms,
            row.ms_low,
            row.ms_high,
            shown(ratio(row, rows), 3),
            shown(share, 2),
            shown(row.tokens_per_second, 0),
        );
    }
    text
}
