//! What single steps of an experiment's runs take on this device: a few of each, for what is said before a large sweep.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use experiment::Experiment;
use heads::derive_seed;
use methods::{ExecuteError, Rate};
use models::parameter_count;
use records::costs::{Facts, Kind, Measurement, Price};
use train::{GateGradients, Trainer};

use super::fitting::{ORDER_OF_EXAMPLES, adam_config, trainer_config};
use super::learning::{Asked, Learning};
use super::timing::{timed_gate, timed_update};
use super::{Prepared, prepare, tensor_options, use_threads};

/// Steps of a kind that count, at most.
const ENOUGH: usize = 8;
/// Examples of the first answers, which warm up.
const FEW_EXAMPLES: usize = 8;
/// Examples of later answers, at most, and for how long.
const MORE_EXAMPLES: f64 = 256.0;
const ANSWERING: f64 = 0.5;

/// Measures the steps that are asked for, each at least once unless a larger one is known and the time is up. `limit` is
/// for the steps alone: corpora and weights take what they take, as they do in a run.
pub fn measure(
    experiment: &Experiment,
    root: &Path,
    device: &str,
    threads: usize,
    kinds: &[Kind],
    limit: Duration,
) -> Result<Measurement, ExecuteError> {
    let started = Instant::now();
    use_threads(threads);
    let options = tensor_options(
        experiment,
        models::open_device(device).map_err(ExecuteError::caused_by)?,
    );
    let mut measurement = match prepare(experiment, root, options)? {
        Prepared::Classification(learning) => of(&learning, experiment, started, kinds, limit),
        Prepared::Translation(learning) => of(&learning, experiment, started, kinds, limit),
    }?;
    // A device that was opened has a name.
    let name = models::resolve_device(device).map_or(device, |backend| backend.name);
    name.clone_into(&mut measurement.device);
    measurement.threads = threads;
    measurement.peak_mib = records::peak_memory_mib();
    measurement.seconds = started.elapsed().as_secs_f64();
    Ok(measurement)
}

fn of<L: Learning>(
    learning: &L,
    experiment: &Experiment,
    started: Instant,
    kinds: &[Kind],
    limit: Duration,
) -> Result<Measurement, ExecuteError> {
    let seed = experiment.sweep.seeds.first().copied().unwrap_or(1);
    let model = learning.fresh(derive_seed(seed, "weights"))?;
    let splits = learning.splits();
    let sizes = splits
        .iter()
        .map(|split| Ok((split.clone(), learning.examples(Asked::Result(split))?)));
    let facts = Facts {
        updates_per_epoch: learning.updates_per_epoch(),
        examples: sizes.collect::<Result<_, ExecuteError>>()?,
        look_examples: if kinds.contains(&Kind::Look) {
            learning.examples(Asked::Look)?
        } else {
            0
        },
        parameters: parameter_count(&model) as u64,
    };
    let start_seconds = started.elapsed().as_secs_f64();
    let bench = Bench {
        learning,
        experiment,
        seed,
        model,
        splits,
    };
    let end = Instant::now() + limit;
    // Evaluation is the forward pass on the weights as they are; what stands in for others comes before them.
    let order = [
        Kind::Example,
        Kind::Look,
        Kind::Update,
        Kind::FrozenUpdate,
        Kind::Batch,
        Kind::ExampleBatch,
        Kind::PositionBatch,
    ];
    let asked: Vec<Kind> = order.into_iter().filter(|kind| kinds.contains(kind)).collect();
    let mut prices: BTreeMap<Kind, Price> = BTreeMap::new();
    for (index, &kind) in asked.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        let is_bounded = kind.stand_in().is_some_and(|larger| prices.contains_key(&larger));
        if left.is_zero() && is_bounded {
            continue;
        }
        let share = left / u32::try_from(asked.len() - index).unwrap_or(u32::MAX);
        prices.insert(kind, bench.price(kind, Instant::now() + share)?);
    }
    Ok(Measurement {
        facts,
        start_seconds,
        prices,
        ..Measurement::default()
    })
}

/// A model and the data of a run.
struct Bench<'a, L: Learning> {
    learning: &'a L,
    experiment: &'a Experiment,
    seed: u64,
    model: L::Model,
    splits: Vec<String>,
}

impl<L: Learning> Bench<'_, L> {
    fn price(&self, kind: Kind, until: Instant) -> Result<Price, ExecuteError> {
        match kind {
            Kind::Example => self.answers(false, until),
            Kind::Look => self.answers(true, until),
            Kind::Update => self.updates(true, until),
            Kind::FrozenUpdate => self.updates(false, until),
            Kind::Batch | Kind::ExampleBatch | Kind::PositionBatch => self.derivatives(kind, until),
        }
    }

    fn batches(&self) -> Box<dyn FnMut(u64) -> super::learning::BatchOf<L> + '_> {
        self.learning.batches(derive_seed(self.seed, ORDER_OF_EXAMPLES))
    }

    fn updates(&self, weights: bool, until: Instant) -> Result<Price, ExecuteError> {
        let section = &self.experiment.train;
        let rate = Rate {
            peak: section.learning_rate,
            schedule: section.schedule,
            warmup: section.warmup,
        };
        let updates = self.learning.updates(section.epochs, section.updates) as u64;
        let config = trainer_config(section, weights.then_some(rate), updates, self.seed);
        let k = (self.learning.grid().total() / 2).max(1);
        let gate = timed_gate(k, self.learning.grid(), adam_config(section)).map_err(ExecuteError::new)?;
        let options = self.learning.options().clone();
        let mut trainer = Trainer::new(&self.model, Some(gate), config, options);
        let mut batches = self.batches();
        mean(until, |number| {
            let (parts, _) =
                timed_update(&mut trainer, &mut *batches, number as u64).map_err(ExecuteError::caused_by)?;
            Ok((parts.total, 1))
        })
    }

    fn derivatives(&self, kind: Kind, until: Instant) -> Result<Price, ExecuteError> {
        let gradients = GateGradients::new(&self.model, self.learning.options().clone());
        let gates = vec![1.0; self.learning.grid().total()];
        let mut batches = self.batches();
        mean(until, |number| {
            let began = Instant::now();
            let batch = batches(number as u64);
            match kind {
                Kind::ExampleBatch => gradients.of_examples(&batch, &gates).map(drop),
                Kind::PositionBatch => gradients.absolute_of_positions(&batch, &gates).map(drop),
                _ => gradients.of_batch(&batch, &gates).map(drop),
            }
            .map_err(ExecuteError::caused_by)?;
            Ok((began.elapsed().as_secs_f64(), 1))
        })
    }

    fn answers(&self, look: bool, until: Instant) -> Result<Price, ExecuteError> {
        let asked: Vec<Asked<'_>> = if look {
            vec![Asked::Look]
        } else {
            self.splits.iter().map(|split| Asked::Result(split)).collect()
        };
        let mut next = FEW_EXAMPLES;
        mean(until, |_| {
            let (began, mut answered) = (Instant::now(), 0);
            for &asked in &asked {
                answered += self.learning.answer_some(&self.model, asked, next)?;
            }
            let seconds = began.elapsed().as_secs_f64();
            let fitting = ANSWERING * answered.max(1) as f64 / seconds.max(1e-6);
            next = fitting.clamp(FEW_EXAMPLES as f64, MORE_EXAMPLES) as usize;
            Ok((seconds, answered))
        })
    }
}

/// What one of several costs: `step` says what so many took. The first call warms up and counts only if it is the last.
fn mean(
    until: Instant,
    mut step: impl FnMut(usize) -> Result<(f64, usize), ExecuteError>,
) -> Result<Price, ExecuteError> {
    let mut steps: Vec<(f64, usize)> = Vec::new();
    while steps.is_empty() || (steps.len() <= ENOUGH && Instant::now() < until) {
        steps.push(step(steps.len())?);
    }
    let counted = if steps.len() > 1 { &steps[1..] } else { &steps[..] };
    let count: usize = counted.iter().map(|(_, count)| count).sum();
    let seconds: f64 = counted.iter().map(|(seconds, _)| seconds).sum();
    Ok(Price {
        seconds: seconds / count.max(1) as f64,
        count: count as u64,
    })
}

/// So many of `all` positions, evenly spread.
pub(crate) fn spread(all: usize, count: usize) -> Vec<usize> {
    let count = count.min(all);
    (0..count).map(|index| index * all / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_spread_over_all() {
        assert_eq!(spread(10, 3), [0, 3, 6]);
        assert_eq!(spread(2, 5), [0, 1]);
        assert!(spread(0, 5).is_empty() && spread(5, 0).is_empty());
    }

    #[test]
    fn the_first_step_warms_up_unless_there_is_no_time_for_another() {
        let took = |until: Instant| {
            let price = mean(until, |number| Ok((if number == 0 { 10.0 } else { 1.0 }, 2))).unwrap();
            (price.seconds, price.count)
        };
        assert_eq!(took(Instant::now()), (5.0, 2));
        let later = Instant::now() + Duration::from_secs(3600);
        assert_eq!(took(later), (0.5, 2 * ENOUGH as u64));
    }

    #[test]
    fn a_step_that_fails_is_told() {
        let failed = mean(Instant::now(), |_| Err(ExecuteError::new("the loss is NaN")));
        assert_eq!(failed.unwrap_err().error, "the loss is NaN");
    }
}
