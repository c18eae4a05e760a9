//! `[generate]`: how translations are searched for.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;

/// How translations are searched for; the defaults are those of the paper's tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerateSection {
    /// Hypotheses kept for each sentence; 1 is greedy search.
    pub beam: usize,
    /// Most words of a translation: so many times the longest source sentence of the batch ...
    pub max_len_a: f64,
    /// ... and so many more.
    pub max_len_b: f64,
    /// Fewest words of a translation, its end symbol not counted.
    pub min_len: usize,
    /// Scores are divided by the length to this power: above 1 favours long translations.
    pub length_penalty: f64,
    /// Sentences translated together.
    pub batch: usize,
}

impl Default for GenerateSection {
    fn default() -> Self {
        Self {
            beam: 5,
            max_len_a: 0.0,
            max_len_b: 200.0,
            min_len: 1,
            length_penalty: 1.0,
            batch: 64,
        }
    }
}

impl GenerateSection {
    pub(crate) fn check(&self) -> Result<(), Finding> {
        Finding::at_least_one("generate.beam", self.beam)?;
        Finding::at_least_one("generate.batch", self.batch)?;
        Finding::not_negative("generate.max_len_a", self.max_len_a)?;
        Finding::not_negative("generate.max_len_b", self.max_len_b)?;
        if self.max_len_a == 0.0 && self.max_len_b < 1.0 {
            let message = format!("is {}, so that no translation has a word", self.max_len_b);
            return Err(Finding::new("generate.max_len_b", message));
        }
        if !self.length_penalty.is_finite() {
            return Err(Finding::range(
                "generate.length_penalty",
                self.length_penalty,
                "finite",
            ));
        }
        Ok(())
    }
}
