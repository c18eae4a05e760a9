//! What a run measured: its rows, the heads it kept, and what a reader of the numbers should know.

use serde::{Deserialize, Serialize};

/// What one run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Attention heads of the whole model (N).
    pub n_heads: usize,
    /// Parameters of the whole model.
    pub params_before: u64,
    /// Updates of the weights in this run, those of the run it started from not included.
    pub train_updates: usize,
    /// The values measured.
    pub rows: Vec<Row>,
    /// Kept heads, one row of 0 and 1 for each row of the model's head grid.
    pub mask: Option<Vec<Vec<u8>>>,
    /// What the rows of the mask are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Module>,
    /// Distance between the last importance kept and the first one dropped.
    pub margin: Option<f64>,
    /// One number a head by which the method ranks heads, in the flat order of the grid: importances, or the scores of the
    /// whole model where heads are removed step by step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<f64>>,
    /// Examples that passed the model in this run and in all that it starts from, to train, to score heads or to choose,
    /// forwards only or backwards too; those of measurements do not count. None where an earlier program counted none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_examples: Option<u64>,
    /// What a reader of the numbers should know.
    pub warnings: Vec<String>,
}

/// An attention module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Kind of attention, such as `encoder-self`.
    pub kind: String,
    /// Layer within its kind, from 0.
    pub layer: usize,
}

/// Split of the rows that tell of a training, not of an evaluation.
pub const TRAINING: &str = "training";
/// What stands before the factor in the variant of a method that has a penalty instead of a number of heads.
pub const LAMBDA: &str = "lambda=";
/// Variant of rows under a forced number of heads of such a method; behind a space `lambda=` and the factor.
pub const FORCED: &str = "forced";

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which of several of the method, such as `draw-1`; empty where there is one.
    pub variant: String,
    /// Heads to keep.
    pub k_target: usize,
    /// Heads kept.
    pub k_actual: usize,
    /// Evaluated part of the data.
    pub split: String,
    /// Name of the measure.
    pub metric: String,
    /// The value.
    pub value: f64,
    /// Examples it is taken over.
    pub n_examples: usize,
    /// How it was computed, where the measure has settings.
    pub signature: String,
    /// Parameters once the heads not kept are removed.
    pub params_after: u64,
    /// Multiply-adds of the whole model for an example, mean over the split; none where they were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macs_before: Option<u64>,
    /// The same once the heads not kept are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macs_after: Option<u64>,
}

impl Measured {
    /// Of a stage, which measures nothing.
    pub fn prepared(n_heads: usize) -> Self {
        Self {
            n_heads,
            params_before: 0,
            train_updates: 0,
            rows: Vec::new(),
            mask: None,
            modules: Vec::new(),
            margin: None,
            scores: None,
            cost_examples: None,
            warnings: Vec::new(),
        }
    }

    /// What makes these values meaningless, if anything does; `measures` says whether there must be any.
    pub fn check(&self, measures: bool) -> Result<(), String> {
        if measures && self.rows.is_empty() {
            return Err("the run measured nothing".to_owned());
        }
        for row in &self.rows {
            let Row {
                split,
                metric,
                value,
                k_target,
                k_actual,
                ..
            } = row;
            if !value.is_finite() {
                return Err(format!(
                    "the {metric} on {split} is {value}; the training diverged"
                ));
            }
            if k_target.max(k_actual) > &self.n_heads {
                let n_heads = self.n_heads;
                return Err(format!(
                    "{k_actual} of {n_heads} heads kept where {k_target} were asked for"
                ));
            }
        }
        match self.margin {
            Some(margin) if !margin.is_finite() => Err(format!("the margin of the importances is {margin}")),
            _ => Ok(()),
        }
    }

    /// The first measure in a few words; where there are several variants, their mean.
    pub fn headline(&self) -> String {
        let Some(first) = self.rows.first() else {
            return "ready for the runs that start from it".to_owned();
        };
        let same = |row: &&Row| {
            (&row.split, &row.metric, row.k_target) == (&first.split, &first.metric, first.k_target)
        };
        let values: Vec<f64> = self.rows.iter().filter(same).map(|row| row.value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let of = if values.len() > 1 {
            format!(", mean of {}", values.len())
        } else {
            String::new()
        };
        format!("{} {} {mean:.3}{of}", first.split, first.metric)
    }
}
