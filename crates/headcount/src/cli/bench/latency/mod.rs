//! `bench latency`: how long a model takes with all its heads, with some masked, and without them.

mod candidates;
mod options;
mod report;

use heads::HeadMask;
use records::{LatencyKind, LatencyRow};
use tasks::inference::{Network, Pass, by_turns};
use tasks::use_threads;

use self::candidates::{Candidate, candidates};
pub(crate) use self::options::Options;
use crate::problem::Result;
use crate::terminal::ALL_DONE;

/// Seed of random inputs.
const SEED: u64 = 1;

pub(crate) fn latency(options: &Options) -> Result<u8> {
    options.check()?;
    use_threads(options.threads());
    let (dense, candidates) = candidates(options)?;
    let device = models::resolve_device(&options.device)?.name;
    let mut rows = Vec::new();
    for &batch in &options.batch {
        for &length in &options.length {
            let shape = Shape {
                batch,
                length: length.min(dense.longest()),
                device,
            };
            eprintln!("times batches of {batch} x {} tokens", shape.length);
            rows.extend(time(options, &dense, &candidates, &shape)?);
        }
    }
    report::tell(options, &dense, &rows)?;
    Ok(ALL_DONE)
}

/// What batches look like, and where they are computed.
struct Shape<'a> {
    batch: usize,
    length: usize,
    device: &'a str,
}

/// One row for the whole model and two for each candidate, all timed by turns.
fn time(
    options: &Options,
    dense: &Network,
    candidates: &[Candidate],
    shape: &Shape<'_>,
) -> Result<Vec<LatencyRow>> {
    let all = HeadMask::all(dense.grid().total());
    let inputs = dense.random_inputs(shape.batch, shape.length, SEED);
    let beam = options.beam;
    let removed: Vec<Network> = candidates
        .iter()
        .map(|candidate| dense.removed(&candidate.mask))
        .collect::<Result<_, _>>()?;
    let mut passes: Vec<Pass<'_>> = vec![Box::new(|| dense.answer(&inputs, None, beam))];
    let of_dense = Candidate::dense(all);
    let mut timed: Vec<(&Candidate, LatencyKind, &Network)> = vec![(&of_dense, LatencyKind::Dense, dense)];
    for (candidate, smaller) in candidates.iter().zip(&removed) {
        let inputs = &inputs;
        passes.push(Box::new(move || {
            dense.answer(inputs, Some(&candidate.mask), beam)
        }));
        timed.push((candidate, LatencyKind::Masked, dense));
        passes.push(Box::new(move || smaller.answer(inputs, None, beam)));
        timed.push((candidate, LatencyKind::Removed, smaller));
    }
    let timings = by_turns(&mut passes, options.repeats)?;
    let decodes = matches!(dense, Network::Translation(_));
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    let rows = timed
        .iter()
        .zip(timings)
        .map(|((candidate, kind, network), timing)| LatencyRow {
            run_id: candidate.run_id.clone(),
            method: candidate.method.clone(),
            variant: candidate.variant.clone(),
            k: number(candidate.mask.kept()),
            n_heads: number(candidate.mask.total()),
            seed: candidate.seed,
            kind: *kind,
            device: shape.device.to_owned(),
            threads: number(options.threads()),
            batch: number(shape.batch),
            length: number(shape.length),
            repeats: number(timing.repeats),
            ms: timing.ms,
            ms_low: timing.low,
            ms_high: timing.high,
            tokens_per_second: decodes.then(|| 1e3 * (shape.batch * shape.length) as f64 / timing.ms),
            params: network.parameters(),
            macs: network.multiply_adds(shape.length),
        });
    Ok(rows.collect())
}
