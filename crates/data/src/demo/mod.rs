//! Corpora made from small grammars, so that everything runs without a download.

mod nli;

pub use nli::{DemoNli, NliSize, nli};
