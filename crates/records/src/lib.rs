//! Every stored row and file in one place, written and read: results, the heads kept, their scores, predictions, masks,
//! choices, costs, provenance. What another room wants to know of a run, it reads here.

mod caption;
mod choices;
pub mod costs;
mod error;
mod failure;
mod groups;
mod heads;
mod json;
mod latency;
mod looks;
mod mask;
mod measured;
mod outside;
mod planned;
mod predictions;
mod provenance;
mod published;
mod results;
mod rows;
mod run_id;
mod run_result;
mod scores;
pub mod stored_files;
mod subsets;
mod training_log;
mod warnings;

pub use self::caption::Caption;
pub use self::choices::{HeadOrder, ORDER_FILE, ORDER_SCHEMA_VERSION, ScoredStep};
pub use self::error::RecordError;
pub use self::failure::Failure;
pub use self::groups::{GROUP_COLUMNS, GROUPS_FILE, GroupRow, read_groups, write_groups};
pub use self::heads::{
    HEADS_COLUMNS, HeadsRow, KINDS, MaskKey, check_modules, heads_rows, kind_name, read_heads, write_heads,
};
pub use self::latency::{
    LATENCY_COLUMNS, LATENCY_FILE, LatencyKind, LatencyRow, read_latency, write_latency,
};
pub use self::looks::{Look, read_looks, write_looks};
pub use self::mask::{MASK_FILE, MASK_SCHEMA_VERSION, read_mask, write_mask};
pub use self::measured::{FORCED, LAMBDA, Measured, Module, Row, TRAINING};
pub use self::outside::{OutsideChoice, OutsideError};
pub use self::planned::{read_planned, read_settings};
pub use self::predictions::{
    ClassPrediction, Prediction, PredictionsWriter, TranslationPrediction, predictions_file, read_predictions,
};
pub use self::provenance::{Provenance, Recorder, Setup, peak_memory_mib, read_provenance, write_provenance};
pub use self::published::{PUBLISHED_COLUMNS, PublishedRow, published_rows};
pub use self::results::{RESULT_COLUMNS, ROW_SCHEMA_VERSION, ResultRow, read_results, write_results};
pub use self::rows::{LONGEST_NAME, to_csv};
pub use self::run_id::{RunId, RunKey};
pub use self::run_result::{RESULT_SCHEMA_VERSION, ResultFile, RunIdentity, RunResult, cost_of, read_run};
pub use self::scores::{SCORE_COLUMNS, SCORES_FILE, ScoreRow, read_scores, score_rows, write_scores};
pub use self::stored_files::{DAMAGED_RESULT, REMOVED_FOLDER, RESULT_FILE, StoredFile, StoredFiles};
pub use self::subsets::{
    ORACLE_FILE, SUBSET_COLUMNS, SeededSubset, SubsetRow, TUNING, read_seeded_subsets, read_subsets,
    write_seeded_subsets, write_subsets,
};
pub use self::training_log::{
    GATES_FILE, GateLog, LoggedUpdate, METRICS_FILE, read_gate_log, read_training_log,
};
pub use self::warnings::{
    WARNING_COLUMNS, WARNINGS_FILE, WarningRow, read_warnings, warning_rows, write_warnings,
};
