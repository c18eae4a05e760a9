//! Reproduces "Differentiable Subset Pruning of Transformer Heads" (TACL 2021): which attention heads of a transformer are
//! needed, and what accuracy or BLEU costs without the others.
//!
//! This crate is the command line: options are read at the edge, typed inside; stdout is data, stderr is messages and
//! progress. Everything else is in rooms below it, each a crate of its own, from below to above:
//!
//! | crate | what is in it |
//! | --- | --- |
//! | [`files`](../files/index.html) | files and folders whole or not there, digests, locks; the trait that gives an error its hint |
//! | [`heads`](../heads/index.html) | which heads a model has; masks; what a method offers to the training loop (`HeadGate`) |
//! | [`records`](../records/index.html) | every stored row and file, written and read: what another program may read of a sweep |
//! | [`kernels`](../kernels/index.html) | layers as functions of slices, forward and backward |
//! | [`metrics`](../metrics/index.html) | accuracy, BLEU, intervals over seeds, paired tests |
//! | [`dsp_gate`](../dsp_gate/index.html) | the paper's gate: Gumbel soft top-K, its pull-back, the temperature schedule |
//! | [`baselines`](../baselines/index.html) | what it is compared with: straight-through, hard concrete gates, importance scores |
//! | [`data`](../data/index.html) | corpora: readers, tokenisers, preparation, batches |
//! | [`bundle`](../bundle/index.html) | what a model folder says |
//! | [`experiment`](../experiment/index.html) | the experiment file: keys, presets, canonical form and hash |
//! | [`methods`](../methods/index.html) | the methods, one file each, and what they ask of a task |
//! | [`models`](../models/index.html) | gated attention, encoders, encoder-decoders; the devices |
//! | [`train`](../train/index.html) | one update, the loop, optimizers, checkpoints |
//! | [`tasks`](../tasks/index.html) | classification and translation: what a run is made of |
//! | [`sweep`](../sweep/index.html) | from an experiment to a graph of runs and their stored results |
//! | [`report`](../report/index.html) | tables and figures of a sweep |
//! | [`fetch`](../fetch/index.html) | downloads of corpora and models |
//! | [`verify`](../verify/index.html) | recorded vectors of the reference programs, recomputed |
//!
//! `docs/architecture.md` walks through them: one gate value, one batch, one number. Who adds a method begins at
//! [`methods::Method`], a task at [`tasks::Learning`], a table or figure at [`report`].

mod cli;
mod executor;
mod experiments;
mod fetched;
mod overrides;
mod places;
mod problem;
mod pruning;
mod reporting;
mod setup;
mod signals;
mod sweeping;
mod terminal;
mod trials;

pub use cli::run;
