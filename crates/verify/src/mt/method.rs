//! Which method a recorded training ran, and the gate that runs it here.

use baselines::{HardConcrete, HardConcreteGate, L0Penalty, PenaltyScale, StraightThrough};
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{GateError, HeadGate, HeadGrid, ParameterGroup, ParameterGroupMut, UniformStream};
use serde::Deserialize;

/// Method of a recorded training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Dense,
    SubsetPruning,
    StraightThrough,
    HardConcrete,
}

/// `settings` of a recorded training.
#[derive(Deserialize)]
pub(super) struct Settings {
    pub(super) label_smoothing: f64,
    #[serde(rename = "K")]
    pub(super) k: Option<usize>,
    tau_initial: Option<f64>,
    tau_final: Option<f64>,
    cooldown: Option<u64>,
    l0_penalty: Option<f64>,
}

impl Method {
    /// The method that the kind of a recording says.
    pub(super) fn of_kind(kind: &str) -> Option<Self> {
        match kind {
            "dense" => Some(Self::Dense),
            "dsp_joint" | "dsp_pipelined" => Some(Self::SubsetPruning),
            "ste_joint" => Some(Self::StraightThrough),
            "voita" => Some(Self::HardConcrete),
            _ => None,
        }
    }

    /// Whether importances w are learned, which a forced run sets.
    pub(super) fn has_importances(self) -> bool {
        matches!(self, Self::SubsetPruning | Self::StraightThrough)
    }

    /// What the recordings call the parameters of the gate; none without gates.
    pub(super) fn parameters(self) -> Option<&'static str> {
        match self {
            Self::Dense => None,
            Self::SubsetPruning | Self::StraightThrough => Some("w"),
            Self::HardConcrete => Some("log_a"),
        }
    }

    /// The gate that starts from the given parameters; none without gates.
    pub(super) fn gate(
        self,
        settings: &Settings,
        start: Vec<f64>,
        grid: &HeadGrid,
    ) -> Result<Option<Box<dyn HeadGate>>, String> {
        let k = || settings.k.ok_or("settings lack K");
        let refused = |error: GateError| error.to_string();
        Ok(Some(match self {
            Self::Dense => return Ok(None),
            Self::SubsetPruning => {
                let (Some(first), Some(last), Some(cooldown)) =
                    (settings.tau_initial, settings.tau_final, settings.cooldown)
                else {
                    return Err("settings lack tau_initial, tau_final or cooldown".into());
                };
                let schedule = TemperatureSchedule::new(first, last, cooldown).map_err(refused)?;
                Box::new(SubsetGate::new(start, k()?, schedule).map_err(refused)?)
            }
            Self::StraightThrough => Box::new(StraightThrough::new(start, k()?).map_err(refused)?),
            Self::HardConcrete => {
                let penalty = L0Penalty {
                    lambda: settings.l0_penalty.ok_or("settings lack l0_penalty")?,
                    scale: PenaltyScale::Sum,
                };
                let rows = grid.rows().len();
                Box::new(HardConcreteGate::new(
                    start,
                    rows,
                    HardConcrete::default(),
                    penalty,
                ))
            }
        }))
    }
}

/// A gate of one parameter a head that are set to recorded ones before every update.
pub(super) struct Forced {
    pub(super) gate: Box<dyn HeadGate>,
    /// The parameters of all updates after one another.
    pub(super) recorded: Vec<f64>,
}

impl HeadGate for Forced {
    fn total(&self) -> usize {
        self.gate.total()
    }

    fn set_update(&mut self, update: u64) {
        let n = self.total();
        if let Some(recorded) = self.recorded.chunks_exact(n).nth(update as usize) {
            for group in self.gate.parameters_mut() {
                group.values.copy_from_slice(recorded);
            }
        }
        self.gate.set_update(update);
    }

    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64] {
        self.gate.sample(noise)
    }

    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        self.gate.pull_back(gate_gradient)
    }

    fn importances(&self) -> &[f64] {
        self.gate.importances()
    }

    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        self.gate.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        self.gate.parameters_mut()
    }

    fn penalty(&self) -> f64 {
        self.gate.penalty()
    }

    fn temperature(&self) -> Option<f64> {
        self.gate.temperature()
    }
}
