//! Two sweeps side by side: the same methods under another recipe, on another corpus, or at another scale.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use files::FileError;
use metrics::significance::{holm, welch_t_test};
use records::{Caption, ResultRow, RunId, TRAINING, read_planned, read_results, read_settings, to_csv};
use serde::Serialize;

use crate::Report;
use crate::ReportError;
use crate::artefact::Made;
use crate::cells::{Cell, cells, rows_of_cells};
use crate::curves::curves;
use crate::document::{Grid, numbers, table_text};
use crate::figure::{Missing, curve_name, render_png, render_svg, side_by_side_chart};
use crate::gaps::Gaps;
use crate::significance::FEWEST_SEEDS;

/// The columns of side_by_side.csv, in order.
pub const SIDE_BY_SIDE_COLUMNS: [&str; 19] = [
    "metric",
    "split",
    "method",
    "variant",
    "k",
    "setting",
    "mean_a",
    "std_a",
    "n_a",
    "mean_b",
    "std_b",
    "n_b",
    "difference",
    "ci_low",
    "ci_high",
    "p",
    "p_adjusted",
    "test",
    "note",
];

/// One method and setting in both sweeps. Values are in points: percent of accuracy, or BLEU.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideBySide {
    /// The metric.
    pub metric: String,
    /// The evaluated examples.
    pub split: String,
    /// The pruning method.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Heads asked for; none where a factor was set.
    pub k: Option<u32>,
    /// What was set in place of a number of heads.
    pub setting: String,
    /// Mean over seeds in the first sweep.
    pub mean_a: f64,
    /// Standard deviation over its seeds; none for one.
    pub std_a: Option<f64>,
    /// Its seeds.
    pub n_a: usize,
    /// Mean over seeds in the second sweep.
    pub mean_b: f64,
    /// Standard deviation over its seeds.
    pub std_b: Option<f64>,
    /// Its seeds.
    pub n_b: usize,
    /// Second minus first.
    pub difference: f64,
    /// Lower end of the 95 % interval of the difference by Welch.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Two-sided p-value that the two do not differ; none with too few seeds.
    pub p: Option<f64>,
    /// The same by Holm over all rows.
    pub p_adjusted: Option<f64>,
    /// `Welch's t`, or `none`.
    pub test: &'static str,
    /// What a reader should know.
    pub note: &'static str,
}

/// What two sweeps both measured, in the order of curves.
pub fn side_by_side(first: &[ResultRow], second: &[ResultRow]) -> Vec<SideBySide> {
    let (a, b) = (rows_of_cells(first), rows_of_cells(second));
    let (a, b) = (cells(&a), cells(&b));
    let key = |cell: &Cell<'_>| {
        (
            cell.measure.metric,
            cell.split.to_owned(),
            cell.method.to_owned(),
            cell.variant.to_owned(),
            // The whole model is the same setting, however many heads it has.
            if cell.method == "dense" {
                None
            } else {
                Some(cell.setting)
            },
        )
    };
    let others: BTreeMap<_, &Cell<'_>> = b.iter().map(|cell| (key(cell), cell)).collect();
    let mut rows: Vec<SideBySide> = a
        .iter()
        .filter_map(|cell| compared(cell, others.get(&key(cell))?))
        .collect();
    let tested: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
    let mut adjusted = holm(&tested).unwrap_or_default().into_iter();
    for row in rows.iter_mut().filter(|row| row.p.is_some()) {
        row.p_adjusted = adjusted.next();
    }
    rows
}

fn compared(a: &Cell<'_>, b: &Cell<'_>) -> Option<SideBySide> {
    let values = |cell: &Cell<'_>| -> Vec<f64> { cell.seeds.values().map(|worth| worth.points).collect() };
    let runs = |cell: &Cell<'_>| -> BTreeSet<String> {
        let rows = cell.seeds.values().flat_map(|worth| &worth.rows);
        rows.map(|row| row.run_id.clone()).collect()
    };
    let (ours, theirs) = (values(a), values(b));
    let (first, second) = (metrics::summarise(&ours)?, metrics::summarise(&theirs)?);
    let is_same = runs(a) == runs(b);
    let test = welch_t_test(&ours, &theirs).ok().filter(|_| !is_same);
    let enough = first.n.min(second.n) >= FEWEST_SEEDS;
    let note = match (is_same, enough) {
        (true, _) => "the same runs",
        (false, false) => "too few seeds for a test",
        (false, true) => "",
    };
    let p = test.filter(|_| enough).map(|test| test.p);
    Some(SideBySide {
        metric: a.measure.metric.to_owned(),
        split: a.split.to_owned(),
        method: a.method.to_owned(),
        variant: a.variant.to_owned(),
        k: a.setting.k_target(),
        setting: a.setting.label(),
        mean_a: first.mean,
        std_a: first.std,
        n_a: first.n,
        mean_b: second.mean,
        std_b: second.std,
        n_b: second.n,
        difference: second.mean - first.mean,
        ci_low: test.map(|test| test.ci.0),
        ci_high: test.map(|test| test.ci.1),
        p,
        p_adjusted: None,
        test: if p.is_some() { "Welch's t" } else { "none" },
        note,
    })
}

/// Holds the sweeps of two folders against each other: side_by_side.csv, the figure side_by_side and COMPARISON.md in `out`.
///
/// # Errors
/// A results.csv is missing or wrong, the rows of one cannot share a curve, or a file cannot be written.
pub fn write_comparison(first: &Path, second: &Path, out: &Path) -> Result<Report, ReportError> {
    let read = |folder: &Path| -> Result<(Vec<ResultRow>, Caption), ReportError> {
        let rows = read_results(&folder.join("results.csv"))?;
        let caption = Caption::read(folder, &rows)?;
        Ok((rows, caption))
    };
    let ((a, caption_a), (b, caption_b)) = (read(first)?, read(second)?);
    let rows = side_by_side(&a, &b);
    let folders = (caption_a.title == caption_b.title).then_some([first, second]);
    let names = [caption_a.heading("A"), caption_b.heading("B")];
    // Sweeps of one title are told apart by where they are.
    let names = match folders {
        Some([first, second]) => [
            format!("{} ({})", names[0], name_of(first)),
            format!("{} ({})", names[1], name_of(second)),
        ],
        None => names,
    };
    let settings = (read_settings(first)?, read_settings(second)?);
    let warnings = other_examples(&a, &b);
    let mut made = Made::csv("side_by_side.csv", to_csv(&SIDE_BY_SIDE_COLUMNS, &rows))?;
    let points = [curves(&a, None)?, curves(&b, None)?];
    let missing = std::cell::RefCell::new(Missing::default());
    let mut text = document(&rows, &names, &differing(&settings), &warnings);
    let gaps = [
        Gaps::new(&points[0], &a, &planned(first), &settings.0),
        Gaps::new(&points[1], &b, &planned(second), &settings.1),
    ];
    let sweeps = [(points[0].as_slice(), &gaps[0]), (points[1].as_slice(), &gaps[1])];
    if let Some(mut chart) = side_by_side_chart(sweeps, &names) {
        if [&caption_a, &caption_b]
            .iter()
            .any(|caption| caption.scale == "demo")
        {
            chart.title.push_str(" (demo)");
        }
        let file = |name: &str, bytes: Vec<u8>| Made {
            name: name.to_owned(),
            bytes,
        };
        made.push(file("side_by_side.png", render_png(&chart, &missing)?));
        made.push(file("side_by_side.svg", render_svg(&chart)?.into_bytes()));
        text.push_str("\n![Both sweeps](side_by_side.png)\n");
    }
    made.push(Made {
        name: "COMPARISON.md".into(),
        bytes: text.into_bytes(),
    });
    std::fs::create_dir_all(out).map_err(FileError::writing(out))?;
    let mut files = Vec::new();
    for made in made {
        let path = out.join(&made.name);
        files::write(&path, &made.bytes).map_err(FileError::writing(&path))?;
        files.push(path);
    }
    Ok(Report {
        files,
        warnings: missing
            .into_inner()
            .warning()
            .into_iter()
            .chain(warnings)
            .collect(),
    })
}

/// The runs of the plan of a sweep; none where there is no plan, or a damaged one, which takes nothing from the numbers.
fn planned(folder: &Path) -> Vec<RunId> {
    read_planned(folder).ok().flatten().unwrap_or_default()
}

/// The last two parts of a path: `forty` of two places would be the same.
fn name_of(folder: &Path) -> String {
    let path = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let parts: Vec<String> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

type Settings = BTreeMap<String, String>;

/// The settings of both experiments that are not the same; none where one has no experiment.toml.
fn differing((a, b): &(Settings, Settings)) -> Vec<String> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let value = |of: &Settings, key: &String| {
        of.get(key)
            .map_or("not set".to_owned(), |value| format!("`{value}`"))
    };
    keys.into_iter()
        .filter(|key| a.get(*key) != b.get(*key))
        .map(|key| format!("`{key}`: A {}, B {}", value(a, key), value(b, key)))
        .collect()
}

/// A warning for each split that the sweeps have measured on different numbers of examples.
fn other_examples(a: &[ResultRow], b: &[ResultRow]) -> Vec<String> {
    let counts = |rows: &[ResultRow]| -> BTreeMap<String, BTreeSet<u64>> {
        let mut counts: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.split != TRAINING) {
            counts
                .entry(row.split.clone())
                .or_default()
                .insert(row.n_examples);
        }
        counts
    };
    let listed = |counts: &BTreeSet<u64>| {
        counts
            .iter()
            .map(u64::to_string)
            .collect::<Vec<String>>()
            .join(", ")
    };
    let (a, b) = (counts(a), counts(b));
    a.iter()
        .filter_map(|(split, first)| {
            let second = b.get(split).filter(|second| *second != first)?;
            Some(format!(
                "{split} has {} examples in A and {} in B: the values are not of the same examples",
                listed(first),
                listed(second)
            ))
        })
        .collect()
}

fn document(rows: &[SideBySide], names: &[String; 2], differing: &[String], warnings: &[String]) -> String {
    let value = |mean: f64, std: Option<f64>, n: usize| {
        let std = std.map_or_else(String::new, |std| format!(" ± {}", numbers::points(std)));
        format!("{}{std} ({n})", numbers::points(mean))
    };
    let cells = |row: &SideBySide| {
        vec![
            curve_name(&row.method, &row.variant),
            format!("{}, {}", row.metric, row.split),
            row.k.map_or_else(|| row.setting.clone(), |k| k.to_string()),
            value(row.mean_a, row.std_a, row.n_a),
            value(row.mean_b, row.std_b, row.n_b),
            numbers::difference(row.difference, row.ci_low.zip(row.ci_high)),
            row.p_adjusted
                .map_or_else(|| "–".to_owned(), numbers::probability),
            row.note.to_owned(),
        ]
    };
    let grid = Grid {
        caption: "Points, mean ± standard deviation (seeds); differences B minus A with 95 % intervals by Welch, p adjusted by Holm"
            .into(),
        columns: ["method", "metric", "K", "A", "B", "difference", "p, adjusted", "note"]
            .map(str::to_owned)
            .to_vec(),
        words: 2,
        rows: rows.iter().map(cells).collect(),
    };
    let mut text = format!("# Two sweeps side by side\n\n- {}\n- {}\n\n", names[0], names[1]);
    for warning in warnings {
        text.push_str(&format!("**Warning**: {warning}.\n\n"));
    }
    if !differing.is_empty() {
        text.push_str(&format!(
            "Settings that differ:\n\n- {}\n\n",
            differing.join("\n- ")
        ));
    }
    if rows.is_empty() {
        text.push_str("They have no method, split and number of heads in common.\n");
    } else {
        text.push_str(&table_text(&grid));
    }
    text
}
