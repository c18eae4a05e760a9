//! SIMPLE (Ahmed et al. 2023, arXiv 2210.01941): an exact sample of K heads forwards, the derivative of the exact marginals
//! backwards; no temperature, and every update trains a subset of exactly K heads.

use baselines::SimpleGate;
use heads::{GateError, HeadGrid, UniformStream};

use crate::importances::{LearnedGate, RateSection};
use crate::method::Method;

/// SIMPLE.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Simple;

/// `[simple]`.
pub type SimpleSection = RateSection<Simple>;

impl LearnedGate for Simple {
    const SECTION: &'static str = "simple";
    const JOINT: &'static str = "simple-joint";
    const PIPELINED: &'static str = "simple-pipelined";
    type Gate = SimpleGate;

    fn start(grid: &HeadGrid, k: usize, noise: &mut dyn UniformStream) -> Result<SimpleGate, GateError> {
        SimpleGate::xavier(grid, k, noise)
    }
}

/// Weights and importances trained together.
pub(crate) static JOINT: Method = SimpleSection::JOINT;

/// Importances trained on the frozen dense model, dropout on.
pub(crate) static PIPELINED: Method = SimpleSection::PIPELINED;
