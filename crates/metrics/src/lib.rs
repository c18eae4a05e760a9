//! Accuracy and intervals over seeds.

mod accuracy;
mod interval;

pub use accuracy::{AccuracyError, accuracy};
pub use interval::{Summary, summarise, t_quantile_975};
