//! Stand-ins for what a recorded training drew: its noise, and gates that are always open.

use heads::{GateError, HeadGate, ParameterGroup, ParameterGroupMut, UniformStream};

/// Draws from a record.
pub(crate) struct Replay(pub(crate) Vec<f64>);

impl UniformStream for Replay {
    fn fill(&mut self, draws: &mut [f64]) {
        // A record of another length leaves NaN, which no comparison passes.
        draws.fill(f64::NAN);
        for (draw, recorded) in draws.iter_mut().zip(&self.0) {
            *draw = *recorded;
        }
    }
}

/// Every gate 1 and nothing to learn: dense training with the gates' derivatives looked at.
pub(crate) struct Open(pub(crate) Vec<f64>);

impl HeadGate for Open {
    fn total(&self) -> usize {
        self.0.len()
    }
    fn set_update(&mut self, _: u64) {}
    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        &self.0
    }
    fn pull_back(&mut self, _: &[f64]) -> Result<(), GateError> {
        Ok(())
    }
    fn importances(&self) -> &[f64] {
        &[]
    }
    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        Vec::new()
    }
    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        Vec::new()
    }
}
