//! The section `[store]`: which models the runs leave in their folders.

use serde::{Deserialize, Serialize};

/// Which models the runs leave in their folders. It changes no number, and so no name of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreSection {
    /// The whole model of every run that trains weights. Where this is off, it is stored only of runs that others of the
    /// experiment start from.
    pub full: bool,
    /// The model without the heads that were not kept, in the folder `removed` of every run that chose heads.
    pub removed: bool,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            full: true,
            removed: true,
        }
    }
}
