//! Accuracy, BLEU and intervals over seeds.

mod accuracy;
pub mod bleu;
mod interval;

pub use accuracy::{AccuracyError, accuracy};
pub use interval::{Summary, summarise, t_quantile_975};
