//! Exported models against transformers and onnxruntime, which `HEADCOUNT_PYTHON` names a Python with; and what an export
//! keeps and refuses, which needs none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod made;
mod originals;
mod refused;
mod removed;
mod text;
mod zeroed;
