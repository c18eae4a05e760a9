//! Where an element of a job array stands.

use super::jobs::JobId;

/// A run in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The job array.
    pub job: JobId,
    /// Index in the array, counted from 1.
    pub index: usize,
    /// Where it stands.
    pub state: ElementState,
}

/// Where an element of a job array stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementState {
    /// It waits.
    Pending {
        /// For what, in SLURM's words.
        reason: String,
    },
    /// It has a node.
    Running {
        /// Name of the node.
        node: String,
    },
}
