//! `bench latency`: how long a model takes with all its heads, with some masked, and without them.

mod candidates;
mod options;
mod report;

use heads::HeadMask;
use records::{LatencyKind, LatencyRow};
use tasks::inference::{Answering, Network, Pass, Timing, by_turns};
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
    models::open_device(&options.device)?;
    let device = models::resolve_device(&options.device)?.name;
    let (dense, candidates) = candidates(options)?;
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

/// Bytes that the models of a group that is timed by turns may hold, beside the whole one.
const HELD: u64 = 4 << 30;

/// One row for the whole model and two for each candidate. A group of candidates is timed by turns with the whole model, whose
/// times are those beside all groups.
fn time(
    options: &Options,
    dense: &Network,
    candidates: &[Candidate],
    shape: &Shape<'_>,
) -> Result<Vec<LatencyRow>> {
    let inputs = dense.random_inputs(shape.batch, shape.length, SEED);
    let whole = dense.answering();
    // Tensors, and the same numbers in the form that answering reads.
    let held = 8 * dense.parameters();
    let side_by_side = usize::try_from(HELD / held.max(1)).unwrap_or(usize::MAX).max(1);
    let (mut of_whole, mut rows) = (Vec::new(), Vec::new());
    for group in candidates.chunks(side_by_side) {
        let removed: Vec<Network> = group
            .iter()
            .map(|candidate| dense.removed(&candidate.mask))
            .collect::<Result<_, _>>()?;
        let smaller: Vec<Answering> = removed.iter().map(Network::answering).collect();
        let mut passes: Vec<Pass<'_>> = vec![Box::new(|| whole.answer(&inputs, None, options.beam))];
        for (candidate, smaller) in group.iter().zip(&smaller) {
            let (whole, inputs, beam) = (&whole, &inputs, options.beam);
            passes.push(Box::new(move || {
                whole.answer(inputs, Some(&candidate.mask), beam)
            }));
            passes.push(Box::new(move || smaller.answer(inputs, None, beam)));
        }
        let mut times = by_turns(&mut passes, options.repeats)?.into_iter();
        of_whole.extend(times.next().unwrap_or_default());
        for (candidate, removed) in group.iter().zip(&removed) {
            for (kind, network) in [(LatencyKind::Masked, dense), (LatencyKind::Removed, removed)] {
                let timing = times.next().and_then(Timing::of);
                rows.extend(timing.map(|timing| row(options, shape, candidate, kind, network, timing)));
            }
        }
    }
    let all = Candidate::dense(HeadMask::all(dense.grid().total()));
    let timing = Timing::of(of_whole);
    let of_whole = timing.map(|timing| row(options, shape, &all, LatencyKind::Dense, dense, timing));
    Ok(of_whole.into_iter().chain(rows).collect())
}

fn row(
    options: &Options,
    shape: &Shape<'_>,
    candidate: &Candidate,
    kind: LatencyKind,
    network: &Network,
    timing: Timing,
) -> LatencyRow {
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    let decodes = matches!(network, Network::Translation(_));
    LatencyRow {
        run_id: candidate.run_id.clone(),
        method: candidate.method.clone(),
        variant: candidate.variant.clone(),
        k: number(candidate.mask.kept()),
        n_heads: number(candidate.mask.total()),
        seed: candidate.seed,
        kind,
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
    }
}
