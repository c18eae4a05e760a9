//! `order.json`: the order in which scores remove heads, found once, so that one path gives every number of heads.

use std::path::Path;

use files::FileError;
use heads::HeadMask;
use serde::{Deserialize, Serialize};

use crate::RecordError;

/// Version of `order.json`.
pub const ORDER_SCHEMA_VERSION: u32 = 1;
/// Its name in the folder of a stage.
pub const ORDER_FILE: &str = "order.json";

/// The order in which heads go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadOrder {
    schema_version: u32,
    /// Flat indices of all heads, the first to go first.
    pub removed: Vec<usize>,
    /// What the order follows from.
    pub steps: Vec<ScoredStep>,
}

/// One look at the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredStep {
    /// Heads kept before the step.
    pub kept: usize,
    /// One score a head, also of heads that are gone.
    pub scores: Vec<f64>,
}

impl HeadOrder {
    /// From the heads in the order in which they go.
    pub fn new(removed: Vec<usize>, steps: Vec<ScoredStep>) -> Self {
        Self {
            schema_version: ORDER_SCHEMA_VERSION,
            removed,
            steps,
        }
    }

    /// The `k` heads that go last.
    pub fn mask(&self, k: usize) -> HeadMask {
        let total = self.removed.len();
        let mut flags = vec![true; total];
        for &head in &self.removed[..total.saturating_sub(k)] {
            flags[head] = false;
        }
        HeadMask::from_flags(flags)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let text = serde_json::to_string(self).map_err(RecordError::format(path))? + "\n";
        Ok(files::store(path, text.as_bytes())?)
    }

    /// Reads the order of `total` heads.
    ///
    /// # Errors
    /// The file cannot be read or is no such order.
    pub fn read(path: &Path, total: usize) -> Result<Self, RecordError> {
        let text = std::fs::read(path).map_err(FileError::reading(path))?;
        let order: Self = serde_json::from_slice(&text).map_err(RecordError::content(path))?;
        let mut heads = order.removed.clone();
        heads.sort_unstable();
        if heads.iter().copied().ne(0..total) || order.schema_version != ORDER_SCHEMA_VERSION {
            return Err(RecordError::content(path)(format!(
                "it is no order of {total} heads"
            )));
        }
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(removed: &[usize]) -> HeadOrder {
        HeadOrder::new(removed.to_vec(), Vec::new())
    }

    #[test]
    fn masks_are_nested_and_have_exactly_k_heads() {
        let order = order(&[2, 0, 3, 1]);
        assert_eq!(order.mask(4), HeadMask::all(4));
        assert_eq!(order.mask(2).flags(), [false, true, false, true]);
        assert_eq!(order.mask(1).flags(), [false, true, false, false]);
        for k in 1..=4 {
            assert_eq!(order.mask(k).kept(), k);
        }
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ORDER_FILE);
        order(&[1, 0, 2]).write(&path).unwrap();
        assert_eq!(HeadOrder::read(&path, 3).unwrap(), order(&[1, 0, 2]));
        assert!(HeadOrder::read(&path, 4).is_err());
        order(&[1, 1, 2]).write(&path).unwrap();
        assert!(HeadOrder::read(&path, 3).is_err());
        std::fs::write(&path, "{").unwrap();
        let error = HeadOrder::read(&path, 3).unwrap_err().to_string();
        assert!(error.contains(ORDER_FILE), "{error}");
    }
}
