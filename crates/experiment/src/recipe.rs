//! Presets of the switches in which the released program and the papers differ.

use serde::{Deserialize, Serialize};

use crate::task::TaskName;

/// Preset of switches. It fills in keys that neither the file nor `--set` names, nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// What the authors' program does.
    #[default]
    Released,
    /// What the papers describe, where they differ from that program and say so.
    Paper,
}

/// One key in which the presets differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Dotted key.
    pub key: &'static str,
    /// The task it holds for; none for all.
    pub task: Option<TaskName>,
    /// Value in the released program, as TOML.
    pub released: &'static str,
    /// Value in the papers, as TOML.
    pub paper: &'static str,
    /// What it decides, and where the two values come from.
    pub reason: &'static str,
}

/// The keys in which the presets differ, but for those of methods. Where a paper is silent there is no switch here but a
/// key of its own: `dsp.schedule`, `train.clip_gates`, `michel.counted`, `voita.mask`.
pub(crate) const SWITCHES: [Switch; 1] = [Switch {
    key: "select.gate",
    task: None,
    released: "\"sampled\"",
    paper: "\"hard\"",
    reason: "gates of dev evaluations, where the best model is kept: a fresh noisy sample, or the mask that is tested",
}];

impl Recipe {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Paper => "paper",
        }
    }
}
