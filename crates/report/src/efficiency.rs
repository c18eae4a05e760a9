//! efficiency.csv: for each method and setting, what the model is worth beside its parameters, its multiply-adds and its time.

use std::collections::BTreeMap;

use records::{FORCED, LatencyKind, LatencyRow, ResultRow};
use serde::{Serialize, Serializer};

use crate::curves::{CurvePoint, over_seeds, short};
use crate::measure::MEASURES;
use crate::setting::Setting;

/// The columns of efficiency.csv, in order.
pub const EFFICIENCY_COLUMNS: [&str; 22] = [
    "method",
    "variant",
    "k",
    "n",
    "metric",
    "split",
    "mean",
    "std",
    "params",
    "macs",
    "device",
    "threads",
    "batch",
    "length",
    "kind",
    "ms",
    "ms_low",
    "ms_high",
    "ratio_to_dense",
    "tokens_per_second",
    "n_heads",
    "setting",
];

/// The method whose model has all heads.
const DENSE: &str = "dense";

/// What a model of one method and setting is worth on a split, and what it costs; where it was timed, on one device with batches
/// of one shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Efficiency {
    /// The pruning method, or `dense`.
    pub method: String,
    /// The variant, [`MEAN_OF_DRAWS`](crate::MEAN_OF_DRAWS), or nothing.
    pub variant: String,
    /// Number of heads kept: mean over seeds, in the file to four decimals.
    #[serde(serialize_with = "short")]
    pub k: f64,
    /// Number of seeds of the metric; 0 for a model that was timed and not measured.
    pub n: usize,
    /// The metric; empty for a model that was timed and not measured.
    pub metric: String,
    /// The evaluated examples; empty likewise.
    pub split: String,
    /// The metric in its own unit, mean over seeds.
    pub mean: Option<f64>,
    /// Sample standard deviation over seeds; none for a single seed.
    pub std: Option<f64>,
    /// Parameters of the model without the pruned heads, mean over seeds.
    pub params: f64,
    /// Multiply-adds of an example in that model, mean over seeds: over the split or, of a model that was timed and not measured,
    /// at the length of the batches. None where they were not counted.
    pub macs: Option<f64>,
    /// What was timed, and how long it took; the columns are empty without.
    #[serde(serialize_with = "columns_of_time")]
    pub time: Option<Time>,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// What was set in place of a number of heads; empty where heads were asked for.
    pub setting: String,
}

/// How long a batch takes. Numbers are means over the seeds that were timed.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    /// The device.
    pub device: String,
    /// Threads of the host.
    pub threads: u32,
    /// Examples of a batch.
    pub batch: u32,
    /// Tokens of an example.
    pub length: u32,
    /// Which model was timed.
    pub kind: LatencyKind,
    /// Milliseconds of a batch: the median.
    pub ms: f64,
    /// Lower end of the interval of the median.
    pub ms_low: f64,
    /// Upper end of the interval of the median.
    pub ms_high: f64,
    /// `ms` as a share of that of the model with all heads, on the same device with the same batches; none where that was not
    /// timed.
    pub ratio_to_dense: Option<f64>,
    /// Tokens decoded in a second, where a model decodes.
    pub tokens_per_second: Option<f64>,
}

/// As many columns as a time has, empty ones where there is none.
fn columns_of_time<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    let time = time.as_ref();
    let columns = (
        time.map(|time| &time.device),
        time.map(|time| time.threads),
        time.map(|time| time.batch),
        time.map(|time| time.length),
        time.map(|time| time.kind),
        time.map(|time| time.ms),
        time.map(|time| time.ms_low),
        time.map(|time| time.ms_high),
        time.and_then(|time| time.ratio_to_dense),
        time.and_then(|time| time.tokens_per_second),
    );
    columns.serialize(serializer)
}

/// Method, variant, what was set in place of heads, and heads asked for where they were.
type Model<'a> = (&'a str, &'a str, String, Option<u32>);

/// Device, threads, batch and length.
type Condition<'a> = (&'a str, u32, u32, u32);

/// The rows of latency.csv with the variants that results.csv has for their runs: a run that was set to a penalty factor is known
/// by its id alone.
pub(crate) fn with_variants(mut latency: Vec<LatencyRow>, results: &[ResultRow]) -> Vec<LatencyRow> {
    let of_runs: BTreeMap<(&str, u32), &ResultRow> = results
        .iter()
        .filter(|row| !row.variant.starts_with(FORCED))
        .map(|row| ((row.run_id.as_str(), row.k_actual), row))
        .collect();
    for row in &mut latency {
        if let Some(of_run) = of_runs.get(&(row.run_id.as_str(), row.k)) {
            row.variant.clone_from(&of_run.variant);
        }
    }
    latency
}

/// One row for each point of `points` of a metric of [`MEASURES`] and each way in which its model was timed, or one without a
/// time; then those of models that were timed and not measured.
pub fn efficiency(points: &[CurvePoint], latency: &[LatencyRow]) -> Vec<Efficiency> {
    let times = times(latency);
    let is_shown = |point: &&CurvePoint| MEASURES.iter().any(|measure| measure.metric == point.metric);
    let mut rows = Vec::new();
    for point in points.iter().filter(is_shown) {
        let of_model = times.iter().filter(|(model, ..)| *model == model_of(point));
        let measured = |time: Option<Time>| Efficiency {
            method: point.method.clone(),
            variant: point.variant.clone(),
            k: point.k,
            n: point.n,
            metric: point.metric.clone(),
            split: point.split.clone(),
            mean: Some(point.mean),
            std: point.std,
            params: point.params,
            macs: point.macs,
            time,
            n_heads: point.n_heads,
            setting: point.setting.clone(),
        };
        let before = rows.len();
        rows.extend(of_model.map(|(_, _, time)| measured(Some(time.clone()))));
        if rows.len() == before {
            rows.push(measured(None));
        }
    }
    let is_measured = |model: &Model<'_>| points.iter().any(|point| model_of(point) == *model);
    for ((method, variant, setting, k), first, time) in &times {
        if !is_measured(&(method, variant, setting.clone(), *k)) {
            rows.push(Efficiency {
                method: (*method).to_owned(),
                variant: (*variant).to_owned(),
                k: f64::from(first.k),
                n: 0,
                metric: String::new(),
                split: String::new(),
                mean: None,
                std: None,
                params: first.params as f64,
                macs: Some(first.macs as f64),
                time: Some(time.clone()),
                n_heads: first.n_heads,
                setting: setting.clone(),
            });
        }
    }
    rows
}

fn model_of(point: &CurvePoint) -> Model<'_> {
    (
        &point.method,
        &point.variant,
        point.setting.clone(),
        point.k_target,
    )
}

/// The times of each model in each condition, sorted by model, condition and kind, with the first row of each.
fn times(latency: &[LatencyRow]) -> Vec<(Model<'_>, &LatencyRow, Time)> {
    let mut groups: BTreeMap<(Model<'_>, Condition<'_>, LatencyKind), Vec<&LatencyRow>> = BTreeMap::new();
    for row in latency {
        let model = match row.kind {
            // All heads are the dense model's, whichever run was to be compared with it.
            LatencyKind::Dense => (DENSE, "", String::new(), Some(row.k)),
            LatencyKind::Masked | LatencyKind::Removed => {
                let (variant, setting) = Setting::of(&row.variant, row.k);
                (row.method.as_str(), variant, setting.label(), setting.k_target())
            }
        };
        groups
            .entry((model, condition_of(row), row.kind))
            .or_default()
            .push(row);
    }
    let timed = groups.into_iter().filter_map(|((model, condition, _), rows)| {
        let dense = latency
            .iter()
            .filter(|row| row.kind == LatencyKind::Dense && condition_of(row) == condition);
        let dense = mean(dense, |row| Some(row.ms));
        let first = *rows.first()?;
        let of_rows = |get: fn(&LatencyRow) -> Option<f64>| mean(rows.iter().copied(), get);
        let ms = of_rows(|row| Some(row.ms))?;
        let time = Time {
            device: first.device.clone(),
            threads: first.threads,
            batch: first.batch,
            length: first.length,
            kind: first.kind,
            ms,
            ms_low: of_rows(|row| Some(row.ms_low))?,
            ms_high: of_rows(|row| Some(row.ms_high))?,
            ratio_to_dense: dense.map(|dense| ms / dense),
            tokens_per_second: of_rows(|row| row.tokens_per_second),
        };
        Some((model, first, time))
    });
    timed.collect()
}

fn condition_of(row: &LatencyRow) -> Condition<'_> {
    (&row.device, row.threads, row.batch, row.length)
}

/// Mean over seeds of what every row has.
fn mean<'a>(
    rows: impl Iterator<Item = &'a LatencyRow>,
    get: impl Fn(&LatencyRow) -> Option<f64>,
) -> Option<f64> {
    let values: Option<Vec<(u64, f64)>> = rows.map(|row| Some((row.seed, get(row)?))).collect();
    Some(over_seeds(values?.into_iter())?.mean)
}
