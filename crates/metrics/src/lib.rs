//! Accuracy, BLEU, intervals over seeds, and paired tests of two systems.

mod accuracy;
pub mod bleu;
mod interval;
pub mod significance;

pub use accuracy::{AccuracyError, accuracy};
pub use interval::{Summary, summarise, t_quantile_975};
