//! Parallel text from its raw form to the folder that training reads.
//!
//! The folder has `train`, `valid` and `test` of either language, segmented, a sentence a line; `codes`, the merges of
//! the segmentation; `dict.CODE.txt`, the dictionaries of the training text; and `prepared.toml`, the record of inputs,
//! rules, counts and digests by which a preparation is known again.

mod archive;
mod error;
mod folder;
mod iwslt14;
mod language;
mod parallel;
mod pipeline;
mod preparation;
mod record;
mod rules;
mod tagged;
mod text;

pub use error::PrepareError;
pub use folder::{CODES, dictionary_name};
pub use iwslt14::{Iwslt14Options, iwslt14, iwslt14_key};
pub use language::LanguageError;
pub use parallel::{Codes, ParallelFiles, ParallelOptions, parallel};
pub use preparation::{Outcome, Preparation};
pub use record::{Counts, PrefixLists, RECORD};
pub use rules::{FoundRules, TextRules, prefix_file};
pub use tagged::TagLines;
pub use text::DroppedPairs;

/// The version of the rules for the archive of IWSLT 2014: raised whenever it would give other files, be it by other steps
/// or by other built-in prefixes. It belongs in the key of everything that is made of a preparation.
pub const PREPARATION_VERSION: u32 = 1;
