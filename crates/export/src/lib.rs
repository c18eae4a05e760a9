//! Models for other programs: ONNX files, folders without removed heads, folders of full shape in which they are zeros, the
//! README.md of what was written, and a loader for transformers. Nothing here knows a tensor library.

mod error;
pub mod onnx;
mod pieces;
mod readme;
pub mod removed;
mod stored;
mod text;
pub mod zeroed;

pub use error::ExportError;
pub use readme::{Format, README_FILE, readme};
pub use text::copy_text_files;

/// Name of the loader beside a classifier that has lost heads.
pub const LOADER_FILE: &str = "load_removed.py";

/// Python that loads a classifier that has lost heads with transformers 5, which no longer knows of removed heads.
pub const LOADER: &str = include_str!("load_removed.py");
