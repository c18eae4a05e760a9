//! The names of the classes of natural language inference.

/// The classes of natural language inference in the order of GLUE and of the paper's program.
pub const NLI_LABELS: [&str; 3] = ["contradiction", "entailment", "neutral"];
