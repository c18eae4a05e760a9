//! Corpora made from small grammars, so that everything runs without a download.

mod nli;
mod translation;

pub use nli::{DemoNli, NliSize, nli};
pub use translation::{TranslationDemo, TranslationSize, translation};
