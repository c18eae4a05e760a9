//! The model, the settings and the batches that the runs of an experiment train, under seed 1.

use std::path::Path;

use experiment::{Experiment, Scale, Source};
use heads::derive_seed;
use methods::Rate;
use tasks::{Learning, Prepared, adam_config, prepare, trainer_config, use_threads};

use super::batch_file::{BatchOf, Line};
use super::classifier::ClassifierLine;
use super::options::{Options, tensor_options};
use super::sizes::Sizes;
use super::translator::TranslatorLine;
use super::update::{self, Timed, Training};
use crate::experiments::{NAMES, embedded};
use crate::fetched::{Missing, load};
use crate::problem::{Problem, Result};

/// Seed of the run.
const SEED: u64 = 1;

pub(crate) fn time(options: &Options, name: &str) -> Result<Timed> {
    let experiment = load(&source(name)?, &options.overrides.set, Missing::Download)?;
    let threads = options.threads.map_or(experiment.run.threads, usize::from);
    use_threads(threads);
    let tensors = tensor_options(options)?;
    let root = options.out.of(&experiment)?;
    match prepare(&experiment, &root, tensors)? {
        Prepared::Classification(learning) => {
            let sizes = Sizes::from(learning.config());
            timed::<ClassifierLine>(options, &experiment, &learning, sizes, threads)
        }
        Prepared::Translation(learning) => {
            let sizes = Sizes::from(learning.config());
            timed::<TranslatorLine>(options, &experiment, &learning, sizes, threads)
        }
    }
}

fn timed<L: Line>(
    options: &Options,
    experiment: &Experiment,
    learning: &impl Learning<Model = L::Model>,
    sizes: Sizes,
    threads: usize,
) -> Result<Timed> {
    let section = &experiment.train;
    let rate = Rate {
        peak: section.learning_rate,
        schedule: section.schedule,
        warmup: section.warmup,
    };
    let updates = learning.updates(section.epochs, section.updates) as u64;
    let batches: Box<dyn FnMut(u64) -> BatchOf<L> + '_> =
        learning.batches(derive_seed(SEED, "order of examples"));
    let training = Training::<L> {
        model: learning.fresh(derive_seed(SEED, "weights"))?,
        sizes,
        config: trainer_config(section, (!options.frozen).then_some(rate), updates, SEED),
        gate_adam: adam_config(section),
        tensors: learning.options().clone(),
        threads,
        batches,
    };
    update::time(options, training)
}

/// An experiment of this program as `name/scale` (or `name`, at the scale of a demonstration), else a file.
fn source(name: &str) -> Result<Source> {
    let (family, scale) = name.split_once('/').unwrap_or((name, Scale::Demo.name()));
    let scales = [Scale::Demo, Scale::Small, Scale::Paper];
    let scale = scales.into_iter().find(|known| known.name() == scale);
    if let (true, Some(scale)) = (NAMES.contains(&family), scale) {
        return embedded(family, scale);
    }
    if name != "-" && !Path::new(name).exists() {
        let of_family = |family: &str| {
            scales
                .map(|scale| format!("{family}/{}", scale.name()))
                .join(", ")
        };
        return Err(Problem::new(format!(
            "`{name}` is neither an experiment of this program nor a file"
        ))
        .hint(format!("the experiments are {}", NAMES.map(of_family).join(", "))));
    }
    Ok(Source::read(Path::new(name))?)
}
