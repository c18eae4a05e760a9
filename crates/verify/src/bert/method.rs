//! Which method a recorded training ran, and the gate that runs it here.

use baselines::{HardConcrete, HardConcreteGate, L0Penalty, PenaltyScale, StraightThrough};
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{GateError, HeadGate, HeadGrid};

use super::recording::{Hyper, TrajectoryFile};
use crate::numbers::flat;
use crate::replay::Open;

/// Method of a recorded training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Dense,
    SubsetPruning,
    StraightThrough,
    HardConcrete,
}

impl Method {
    /// The method that the name of a recorded run says.
    pub(super) fn of_run(run: &str) -> Option<Self> {
        match run {
            "dense" => Some(Self::Dense),
            "joint_dsp" | "pipelined_dsp" => Some(Self::SubsetPruning),
            "joint_ste" => Some(Self::StraightThrough),
            "joint_voita" => Some(Self::HardConcrete),
            _ => None,
        }
    }

    /// What the recordings call the parameters of the gate and their gradient.
    pub(super) fn importances(self) -> (&'static str, &'static str) {
        match self {
            Self::HardConcrete => ("log_a", "log_a_grad"),
            Self::Dense | Self::SubsetPruning | Self::StraightThrough => ("w", "w_grad"),
        }
    }

    /// The gate as it starts; what the recording must name and lacks is an error.
    pub(super) fn gate(self, file: &TrajectoryFile, grid: &HeadGrid) -> Result<Box<dyn HeadGate>, String> {
        let start = || {
            file.initial
                .importances
                .as_deref()
                .map(flat)
                .filter(|start| start.len() == grid.total())
                .ok_or_else(|| {
                    format!(
                        "initial has no {} of {} heads",
                        self.importances().0,
                        grid.total()
                    )
                })
        };
        let hyper = &file.hyper;
        let k = || hyper.k.ok_or("hyper lacks K");
        let refused = |error: GateError| error.to_string();
        Ok(match self {
            Self::Dense => Box::new(Open(vec![1.0; grid.total()])),
            Self::SubsetPruning => {
                let (Some(first), Some(last), Some(cooldown)) =
                    (hyper.tau_initial, hyper.tau_final, hyper.cooldown)
                else {
                    return Err("hyper lacks tau_initial, tau_final or cooldown".into());
                };
                let schedule = TemperatureSchedule::new(first, last, cooldown).map_err(refused)?;
                Box::new(SubsetGate::new(start()?, k()?, schedule).map_err(refused)?)
            }
            Self::StraightThrough => Box::new(StraightThrough::new(start()?, k()?).map_err(refused)?),
            Self::HardConcrete => {
                let penalty = L0Penalty {
                    lambda: hyper.l0_penalty.ok_or("hyper lacks l0_penalty")?,
                    scale: PenaltyScale::Sum,
                };
                let rows = grid.rows().len();
                Box::new(HardConcreteGate::new(
                    start()?,
                    rows,
                    hard_concrete(hyper)?,
                    penalty,
                ))
            }
        })
    }
}

/// The distribution of hard concrete gates that the recording names.
pub(super) fn hard_concrete(hyper: &Hyper) -> Result<HardConcrete, String> {
    let (Some((low, high)), Some(temperature), Some(epsilon)) =
        (hyper.stretch, hyper.temperature, hyper.noise_epsilon)
    else {
        return Err("hyper lacks stretch, temperature or noise_epsilon".into());
    };
    Ok(HardConcrete {
        temperature,
        low,
        high,
        epsilon,
    })
}
