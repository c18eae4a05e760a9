//! The straight-through estimator: the K largest importances forwards, the identity backwards.

use baselines::StraightThrough;
use heads::{GateError, HeadGrid, UniformStream};

use crate::importances::{LearnedGate, RateSection};
use crate::method::Method;

/// The straight-through estimator.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ste;

/// `[ste]`.
pub type SteSection = RateSection<Ste>;

impl LearnedGate for Ste {
    const SECTION: &'static str = "ste";
    const JOINT: &'static str = "ste-joint";
    const PIPELINED: &'static str = "ste-pipelined";
    type Gate = StraightThrough;

    fn start(grid: &HeadGrid, k: usize, noise: &mut dyn UniformStream) -> Result<StraightThrough, GateError> {
        StraightThrough::xavier(grid, k, noise)
    }
}

/// Weights and importances trained together.
pub(crate) static JOINT: Method = SteSection::JOINT;

/// Importances trained on the frozen dense model, dropout on.
pub(crate) static PIPELINED: Method = SteSection::PIPELINED;
