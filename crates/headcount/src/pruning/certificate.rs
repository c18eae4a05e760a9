//! `certificate.json`: what a smaller model is, and what was measured of it before it was handed over.

use std::path::Path;

use files::FileError;
use heads::HeadMask;
use serde::Serialize;
use tasks::inference::{Deviation, Inputs, Network, Pass, Timing, by_turns};

use crate::problem::Result;

/// Name of the file.
pub(crate) const CERTIFICATE_FILE: &str = "certificate.json";
/// Version of its form.
const SCHEMA_VERSION: u32 = 1;
/// Examples of a batch that is timed, and tokens of each.
const BATCH: usize = 8;
const LENGTH: usize = 128;
/// Seed of random inputs.
const SEED: u64 = 1;

/// Everything that it says.
#[derive(Debug, Serialize)]
pub(crate) struct Certificate {
    schema_version: u32,
    /// Version of the program.
    program: &'static str,
    /// `removed`, `zeroed` or `onnx`.
    format: &'static str,
    /// The run, or the method and what it looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    chosen_by: Option<String>,
    /// Attention modules with their heads that are left, numbered as before any was removed.
    kept: Vec<KeptRow>,
    /// Heads of the model that it was made from, and those that are left.
    n_heads: usize,
    k: usize,
    /// Numbers in all tensors. A zeroed model has as many as before.
    params_before: u64,
    params_after: u64,
    /// Multiply-adds of an input of `macs_length` tokens.
    macs_before: u64,
    macs_after: u64,
    macs_length: usize,
    /// Bytes of the weights on the disk.
    bytes_before: u64,
    bytes_after: u64,
    /// Largest distance of a score under the mask from the one without the other heads.
    max_deviation: f64,
    /// Share of predictions that are the same under the mask and without the other heads.
    equal_predictions: f64,
    predictions: usize,
    /// Inputs that were compared, and what they were.
    examples: usize,
    inputs: &'static str,
    latency: Latency,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<Accuracy>,
}

#[derive(Debug, Serialize)]
struct KeptRow {
    kind: String,
    layer: usize,
    heads: Vec<usize>,
}

/// Milliseconds of a batch on this device in this program: medians, and the intervals of the medians.
#[derive(Debug, Serialize)]
struct Latency {
    device: String,
    threads: usize,
    batch: usize,
    length: usize,
    repeats: usize,
    ms_dense: f64,
    ms_dense_interval: [f64; 2],
    ms_masked: f64,
    ms_masked_interval: [f64; 2],
    ms_removed: f64,
    ms_removed_interval: [f64; 2],
    /// How many times as fast as with all heads.
    speedup: f64,
}

/// Share of labelled examples that are answered right.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Accuracy {
    /// With all heads.
    pub(crate) before: f64,
    /// As it was handed over.
    pub(crate) after: f64,
    /// Examples.
    pub(crate) examples: usize,
}

/// What a certificate is made of.
pub(crate) struct Facts<'a> {
    /// The model with all heads whose weights the smaller one has.
    pub(crate) full: &'a Network,
    /// The model as it was written.
    pub(crate) left: &'a Network,
    /// The heads that are left.
    pub(crate) mask: &'a HeadMask,
    /// Heads that each row of the grid had before any was removed, numbered as then.
    pub(crate) numbers: Vec<Vec<usize>>,
    pub(crate) format: &'static str,
    pub(crate) chosen_by: Option<String>,
    /// Inputs to compare on, and what they are; none for random ones.
    pub(crate) inputs: Option<Vec<Inputs>>,
    pub(crate) bytes: [u64; 2],
    pub(crate) device: &'a str,
    pub(crate) threads: usize,
    pub(crate) repeats: usize,
    pub(crate) accuracy: Option<Accuracy>,
}

impl Certificate {
    /// Compares and times.
    pub(crate) fn new(facts: Facts<'_>) -> Result<Self> {
        let Facts {
            full,
            left,
            mask,
            format,
            ..
        } = facts;
        let length = LENGTH.min(full.longest());
        let (inputs, of_what) = match facts.inputs {
            Some(inputs) => (inputs, "labelled examples"),
            None => {
                let batch = |number: u64| full.random_inputs(BATCH, length, SEED + number);
                ((0..8).map(batch).collect(), "random tokens")
            }
        };
        let Deviation {
            largest,
            equal,
            predictions,
            inputs: examples,
        } = full.deviation(mask, left, &inputs)?;
        let (params, macs) = (left.parameters(), left.multiply_adds(length));
        Ok(Self {
            schema_version: SCHEMA_VERSION,
            program: concat!("headcount ", env!("CARGO_PKG_VERSION")),
            format,
            chosen_by: facts.chosen_by,
            kept: kept_rows(full, mask, &facts.numbers),
            n_heads: mask.total(),
            k: mask.kept(),
            params_before: full.parameters(),
            params_after: params,
            macs_before: full.multiply_adds(length),
            macs_after: macs,
            macs_length: length,
            bytes_before: facts.bytes[0],
            bytes_after: facts.bytes[1],
            max_deviation: largest,
            equal_predictions: equal as f64 / predictions.max(1) as f64,
            predictions,
            examples,
            inputs: of_what,
            latency: latency(
                full,
                left,
                mask,
                length,
                (facts.device, facts.threads, facts.repeats),
            )?,
            accuracy: facts.accuracy,
        })
    }

    /// Writes the file.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(CERTIFICATE_FILE);
        let text = serde_json::to_string_pretty(self).map_err(crate::problem::Problem::new)? + "\n";
        Ok(files::write(&path, text.as_bytes()).map_err(FileError::writing(&path))?)
    }

    /// What a user wants to know at once.
    pub(crate) fn summary(&self) -> String {
        let percent = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        let mut lines = vec![
            format!("heads            {} of {}", self.k, self.n_heads),
            format!(
                "parameters       {} of {} ({:.1} %)",
                self.params_after,
                self.params_before,
                percent(self.params_after, self.params_before)
            ),
            format!(
                "multiply-adds    {:.1} % for {} tokens",
                percent(self.macs_after, self.macs_before),
                self.macs_length
            ),
            format!(
                "weights          {} of {} bytes",
                self.bytes_after, self.bytes_before
            ),
            format!(
                "masked, removed  {:.1e} apart at most, {} of {} predictions the same ({})",
                self.max_deviation,
                (self.equal_predictions * self.predictions as f64).round(),
                self.predictions,
                self.inputs
            ),
        ];
        let Latency {
            ms_dense,
            ms_removed,
            speedup,
            batch,
            length,
            ..
        } = &self.latency;
        lines.push(match self.format {
            "zeroed" => "latency          as before: zeros are multiplied like other numbers".to_owned(),
            _ => format!(
                "latency          {ms_removed:.1} of {ms_dense:.1} ms, {speedup:.2} times as fast ({batch} x {length} tokens, {} threads)",
                self.latency.threads
            ),
        });
        if let Some(accuracy) = self.accuracy {
            lines.push(format!(
                "accuracy         {:.4} before, {:.4} after ({} examples)",
                accuracy.before, accuracy.after, accuracy.examples
            ));
        }
        lines.join("\n")
    }
}

fn kept_rows(full: &Network, mask: &HeadMask, numbers: &[Vec<usize>]) -> Vec<KeptRow> {
    let rows = full.grid().rows().iter().zip(full.grid().cut(mask.flags()));
    rows.zip(numbers)
        .map(|((row, flags), numbers)| KeptRow {
            kind: row.kind.to_string(),
            layer: row.layer,
            heads: numbers
                .iter()
                .zip(flags)
                .filter_map(|(&head, &kept)| kept.then_some(head))
                .collect(),
        })
        .collect()
}

fn latency(
    full: &Network,
    removed: &Network,
    mask: &HeadMask,
    length: usize,
    (device, threads, repeats): (&str, usize, usize),
) -> Result<Latency> {
    let inputs = full.random_inputs(BATCH, length, SEED);
    let (full, removed) = (full.answering(), removed.answering());
    let mut passes: [Pass<'_>; 3] = [
        Box::new(|| full.answer(&inputs, None, 1)),
        Box::new(|| full.answer(&inputs, Some(mask), 1)),
        Box::new(|| removed.answer(&inputs, None, 1)),
    ];
    let times = by_turns(&mut passes, repeats)?;
    let timings: Vec<Timing> = times.into_iter().filter_map(Timing::of).collect();
    let [dense, masked, removed] = timings.as_slice() else {
        unreachable!("a timing for each pass");
    };
    Ok(Latency {
        device: models::resolve_device(device)?.name.to_owned(),
        threads,
        batch: BATCH,
        length,
        repeats: dense.repeats,
        ms_dense: dense.ms,
        ms_dense_interval: [dense.low, dense.high],
        ms_masked: masked.ms,
        ms_masked_interval: [masked.low, masked.high],
        ms_removed: removed.ms,
        ms_removed_interval: [removed.low, removed.high],
        speedup: dense.ms / removed.ms,
    })
}
