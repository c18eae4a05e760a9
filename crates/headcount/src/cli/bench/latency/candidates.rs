//! The models that are timed: one with all its heads, and masks of it.

use std::collections::BTreeSet;
use std::path::Path;

use baselines::random_subset;
use experiment::Source;
use heads::{HeadGrid, HeadMask, SeededUniform};
use methods::{ExecuteError, Methods};
use models::encoder::EncoderConfig;
use models::translation::TranslationConfig;
use records::ResultFile;
use sweep::{Plan, Store};
use tasks::inference::Network;

use super::options::Options;
use crate::cli::bench::step::Arch;
use crate::fetched::{Missing, load};
use crate::places::must_be_folder;
use crate::problem::{Problem, Result};
use crate::pruning::source::Origin;

/// Heads that are kept, and whose choice they are.
pub(super) struct Candidate {
    pub(super) run_id: String,
    pub(super) method: String,
    pub(super) variant: String,
    pub(super) seed: u64,
    pub(super) mask: HeadMask,
}

impl Candidate {
    /// The whole model.
    pub(super) fn dense(mask: HeadMask) -> Self {
        Self {
            run_id: String::new(),
            method: "dense".to_owned(),
            variant: String::new(),
            seed: 0,
            mask,
        }
    }
}

/// The whole model and the masks of it.
pub(super) fn candidates(options: &Options) -> Result<(Network, Vec<Candidate>)> {
    let network = match (&options.sweep, &options.model) {
        (Some(sweep), _) => return of_sweep(options, sweep),
        (None, Some(model)) => {
            must_be_folder("--model", model)?;
            Network::open(&Origin::find(model)?.folder, &options.device)?
        }
        (None, None) => of_sizes(options)?,
    };
    let masks = random(options, network.grid(), &options.k)?;
    Ok((network, masks))
}

fn of_sizes(options: &Options) -> Result<Network> {
    let refused = |error: ExecuteError| {
        let problem = Problem::new(format!("cannot build such a model: {error}"));
        problem.hint("every size is at least 1, and --width is a multiple of --heads")
    };
    if options.arch == Arch::Mt && options.beam >= options.vocab.div_ceil(2) {
        let (beam, vocab) = (options.beam, options.vocab);
        let problem = Problem::new(format!("--beam {beam} does not fit --vocab {vocab}"));
        return Err(problem.hint("give a beam of less than half the vocabulary"));
    }
    let ffn = options.ffn.unwrap_or(4 * options.width);
    let longest = options.length.iter().copied().max().unwrap_or(1);
    Ok(match options.arch {
        Arch::Bert => {
            let config = EncoderConfig::of_sizes(
                options.vocab,
                options.width,
                options.layers,
                options.heads,
                ffn,
                longest,
            );
            Network::random_encoder(config, &options.device).map_err(refused)?
        }
        Arch::Mt => {
            let mut config = TranslationConfig::of_sizes(
                options.vocab,
                options.vocab,
                options.width,
                options.layers,
                options.heads,
                ffn,
            );
            config.max_target_positions = longest + 1;
            Network::random_translation(&config, &options.device).map_err(refused)?
        }
    })
}

/// A random subset of each number of heads.
fn random(options: &Options, grid: &HeadGrid, numbers: &[usize]) -> Result<Vec<Candidate>> {
    let all = grid.total();
    let usual = [
        all.div_ceil(12),
        all.div_ceil(4),
        all.div_ceil(2),
        (3 * all).div_ceil(4),
    ];
    let numbers: BTreeSet<usize> = match numbers {
        [] => usual.into_iter().collect(),
        asked => asked.iter().copied().collect(),
    };
    let mut candidates = Vec::new();
    for k in numbers {
        let mut draws = SeededUniform::at_update(options.seed, k as u64);
        let mask = random_subset(all, k, &mut draws)
            .map_err(|error| Problem::new(error).hint(format!("keep 1 to {all}")))?;
        candidates.push(Candidate {
            run_id: String::new(),
            method: "random".to_owned(),
            variant: String::new(),
            seed: options.seed,
            mask,
        });
    }
    Ok(candidates)
}

/// The heads that runs have kept: of each method, variant and number the run with the first seed that is done.
fn of_sweep(options: &Options, root: &Path) -> Result<(Network, Vec<Candidate>)> {
    must_be_folder("sweep", root)?;
    let store = Store::new(root);
    if !store.experiment_file().is_file() && root.join(bundle::CONFIG_FILE).is_file() {
        let shown = root.display();
        let problem = Problem::new(format!(
            "{shown} is the folder of a model, and that of a sweep is due"
        ));
        return Err(problem.hint(format!("`--model {shown}` times a model")));
    }
    let experiment = load(&Source::read(&store.experiment_file())?, &[], Missing::Refuse)?;
    let plan = Plan::new(&experiment, &Methods::known())?;
    if let Some(unknown) = options
        .methods
        .iter()
        .find(|name| Methods::known().find(name).is_none())
    {
        return Err(Problem::new(format!("`{unknown}` is no method")).hint("name those of sweep.methods"));
    }
    let grid = experiment.grid().map_err(Problem::new)?;
    let (mut base, mut seen, mut kept) = (None, BTreeSet::new(), Vec::new());
    for run in plan.runs() {
        let folder = store.run(&run.id);
        let ResultFile::Valid(result) = folder.result(run) else {
            continue;
        };
        let Some(rows) = &result.measured.mask else {
            continue;
        };
        if base.is_none() {
            base = Origin::find(folder.path()).ok().map(|origin| origin.folder);
        }
        let mask = HeadMask::from_flags(rows.iter().flatten().map(|&digit| digit == 1).collect());
        let first = result.measured.rows.first();
        let variant = first.map_or(String::new(), |row| row.variant.clone());
        let is_asked = (options.methods.is_empty()
            || options.methods.iter().any(|name| name == run.method.name))
            && (options.k.is_empty() || options.k.contains(&mask.kept()));
        let mut is_new = || {
            seen.insert((
                run.method.name,
                variant.clone(),
                run.point.k,
                run.point.lambda.map(f64::to_bits),
            ))
        };
        if mask.total() != grid.total() || mask.kept() == mask.total() || !is_asked || !is_new() {
            continue;
        }
        kept.push(Candidate {
            run_id: run.id.to_string(),
            method: run.method.name.to_owned(),
            variant,
            seed: run.seed,
            mask,
        });
    }
    let Some(base) = base else {
        let problem = Problem::new(format!(
            "no run in {} is done and holds a whole model",
            root.display()
        ));
        return Err(problem.hint("a dense run has one: do the sweep first, with store.full = true"));
    };
    let network = Network::open(&base, &options.device)?;
    if options.random_masks {
        let numbers = match options.k.as_slice() {
            [] => &experiment.sweep.heads,
            asked => asked,
        };
        let below = numbers.iter().copied().filter(|&k| k < grid.total());
        let masks = random(options, &grid, &below.collect::<Vec<_>>())?;
        return Ok((network, masks));
    }
    if kept.is_empty() {
        let problem = Problem::new(format!(
            "no run in {} that was asked for has chosen heads",
            root.display()
        ));
        return Err(problem.hint("do the sweep first, or give --random-masks"));
    }
    Ok((network, kept))
}
