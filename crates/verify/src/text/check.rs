//! One check of a recording of text tools at work on whole files.

use serde::Deserialize;

use super::score::RecordedScore;

/// One check; which fields it has depends on `op`.
#[derive(Deserialize)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) op: String,
    pub(super) inputs: Vec<String>,
    pub(super) lang: Option<String>,
    pub(super) lines: Option<usize>,
    pub(super) sha256: Option<String>,
    pub(super) sha256_one_at_a_time: Option<String>,
    pub(super) rows_that_differ: Option<usize>,
    pub(super) lines_equal_to_input: Option<usize>,
    pub(super) kept: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) english_shifted_by: Option<usize>,
    pub(super) ratio: Option<f64>,
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    pub(super) merges: Option<usize>,
    pub(super) hypothesis: Option<String>,
    pub(super) on: Option<String>,
    pub(super) tokenize: Option<String>,
    pub(super) smooth_method: Option<String>,
    pub(super) segments: Option<usize>,
    #[serde(flatten)]
    pub(super) score: Option<RecordedScore>,
}
