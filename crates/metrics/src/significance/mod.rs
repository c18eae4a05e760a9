//! Is one system better than another? Paired tests over segments, over examples and over seeds.
//!
//! * Corpus scores such as BLEU: [`Paired::bootstrap`] (Koehn, 2004), [`Paired::randomisation`] (Riezler and Maxwell,
//!   2005) and, for a handful of segments, [`Paired::exact_randomisation`]. They work on any score that is a function
//!   of summed counts of segments: see [`Resampled`].
//! * Accuracy: the same tests with [`Accuracy`], or [`GroupedAccuracy`] where examples belong together; or
//!   [`Contingency::mcnemar`], which needs no draws.
//! * One number per seed: [`paired_t_test`], or [`welch_t_test`] where the seeds of the two do not belong together.
//! * Not worse by a margin: [`TTest::non_inferiority`]. How often a number was met: [`clopper_pearson`].
//! * Several comparisons at once: [`holm`], or the blunter [`bonferroni`], on their p-values.
//!
//! All tests are two-sided. Every result is a finite number: input without an answer is an error.

mod bootstrap;
mod draws;
mod error;
mod exact;
mod margin;
mod mcnemar;
mod multiple;
mod paired;
mod randomisation;
mod share;
mod statistic;
mod student;
mod t_test;
mod tally;

pub use bootstrap::{Bootstrap, ResampledScore};
pub use error::SignificanceError;
pub use exact::{EXACT_LIMIT, ExactRandomisation};
pub use margin::NonInferiority;
pub use mcnemar::{ChiSquared, Contingency, McNemar};
pub use multiple::{bonferroni, holm};
pub use paired::{Paired, Scores};
pub use randomisation::Randomisation;
pub use share::clopper_pearson;
pub use statistic::{Accuracy, BLEU_WIDTH, CorpusBleu, GroupedAccuracy, Resampled};
pub use student::{t_quantile, t_two_sided_p};
pub use t_test::{TTest, paired_t_test, welch_t_test};
pub use tally::{TIE, Tally};
