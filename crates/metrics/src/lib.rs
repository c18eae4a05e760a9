//! Accuracy, BLEU, intervals over seeds, rank correlation, and paired tests of two systems.

mod accuracy;
pub mod bleu;
mod interval;
mod rank;
pub mod significance;

pub use accuracy::{AccuracyError, accuracy};
pub use interval::{Summary, summarise, t_quantile_975};
pub use rank::kendall_tau_b;
