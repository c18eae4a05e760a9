//! What `bench step` prints.

use serde_json::json;
use tasks::Parts;

use super::options::Options;
use super::update::Timed;
use crate::cli::bench::median::median;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

pub(crate) fn print_report(options: &Options, timed: &Timed) -> Result<u8> {
    let of = |part: fn(&Parts) -> f64| {
        let mut milliseconds: Vec<f64> = timed.parts.iter().map(|parts| 1e3 * part(parts)).collect();
        median(&mut milliseconds)
    };
    let total = of(|parts| parts.total);
    let data = of(|parts| parts.data);
    let forward = of(|parts| parts.seconds.forward);
    let backward = of(|parts| parts.seconds.backward);
    let optimizer = of(|parts| parts.seconds.optimizer);
    let peak = records::peak_memory_mib();
    let an_update = |all: usize| all as f64 / timed.parts.len() as f64;
    let (tokens, cells) = (an_update(timed.tokens), an_update(timed.cells));
    let Timed {
        parameters, threads, ..
    } = timed;
    match options.format {
        Format::Json => {
            let mut report = json!({
                "ms_per_update": total,
                "parts": {
                    "data": data, "forward": forward, "backward": backward, "optimizer": optimizer,
                },
                "peak_mib": peak, "updates": options.updates, "threads": threads, "device": options.device,
                "batch": timed.examples, "length": timed.longest, "tokens": tokens, "cells": cells,
                "k": options.k, "frozen": options.frozen, "parameters": parameters,
                "experiment": options.experiment, "plain": options.plain, "padding": options.padding.name(),
                "optimizer": optimizer_constants(timed),
            });
            let sizes = serde_json::to_value(&timed.sizes)
                .map_err(|error| Problem::new(format!("cannot print the sizes: {error}")))?;
            if let (Some(report), serde_json::Value::Object(sizes)) = (report.as_object_mut(), sizes) {
                report.extend(sizes);
            }
            print(&report.to_string())?;
        }
        Format::Table => print(&format!(
            "{total:.2} ms per update (median of {}): data {data:.2}, forward {forward:.2}, backward {backward:.2}, \
             optimizer {optimizer:.2}; {tokens:.0} tokens in {cells:.0} cells, {parameters} parameters, {threads} \
             thread(s), device {}, peak memory {} MiB",
            options.updates,
            options.device,
            peak.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.0}")),
        ))?,
    }
    Ok(ALL_DONE)
}

/// Constants of Adam and of clipping; null where the weights are frozen.
fn optimizer_constants(timed: &Timed) -> serde_json::Value {
    let Some((adam, rate)) = timed.config.weights else {
        return serde_json::Value::Null;
    };
    json!({
        "learning_rate": rate.peak, "betas": [adam.betas.0, adam.betas.1], "epsilon": adam.epsilon,
        "weight_decay": adam.weight_decay, "clip": timed.config.clip,
    })
}
