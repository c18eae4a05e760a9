//! Gates that stay as they are: weights that learn under a mask chosen before.

use heads::{GateError, HeadGate, HeadMask, ParameterGroup, ParameterGroupMut, UniformStream};

/// The heads of a mask are open and the others closed, always; nothing of it is learned.
#[derive(Debug, Clone)]
pub struct FixedMask {
    gates: Vec<f64>,
}

impl FixedMask {
    /// Of a mask.
    pub fn new(mask: &HeadMask) -> Self {
        Self { gates: mask.gates() }
    }
}

impl HeadGate for FixedMask {
    fn total(&self) -> usize {
        self.gates.len()
    }

    fn set_update(&mut self, _: u64) {}

    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        &self.gates
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::Constant;

    #[test]
    fn the_gates_are_the_mask_at_every_update() {
        let mask = HeadMask::from_flags(vec![true, false, true]);
        let mut gate = FixedMask::new(&mask);
        for update in [0, 7] {
            gate.set_update(update);
            assert_eq!(gate.sample(&mut Constant(0.5)), [1.0, 0.0, 1.0]);
            gate.pull_back(&[1.0, f64::NAN, 3.0]).unwrap();
        }
        assert_eq!(gate.total(), 3);
        assert!(gate.parameters().is_empty() && gate.importances().is_empty());
    }
}
