//! The straight-through estimator: the K largest importances are open, their derivatives are those of the gates.

use heads::{
    GateError, HeadGate, HeadGrid, HeadMask, ParameterGroup, ParameterGroupMut, UniformStream, finite_or_zero,
};

use crate::start;

/// The straight-through estimator of Bengio et al. (2013) for exactly K heads, as Li et al. (2021) compare with: the
/// gates are the top K of the importances w, and dL/dw = dL/dgate. No noise, no temperature.
///
/// The released program looks up the importance of rank K + 1 and opens what is above it. So it crashes for K = N,
/// and opens fewer than K heads where importances tie at the cut. This gate does neither: exactly K heads are open,
/// among equals those of the lowest index.
#[derive(Debug, Clone)]
pub struct StraightThrough {
    importances: Vec<f64>,
    gates: Vec<f64>,
    gradient: Vec<f64>,
    k: usize,
}

impl StraightThrough {
    /// A gate that keeps `k` heads and starts from the given importances.
    ///
    /// # Errors
    /// [`GateError::Count`] unless `k` is between 1 and the number of importances.
    pub fn new(importances: Vec<f64>, k: usize) -> Result<Self, GateError> {
        let n = importances.len();
        if k == 0 || k > n {
            return Err(GateError::Count { k, n });
        }
        Ok(Self {
            gates: vec![0.0; n],
            gradient: vec![0.0; n],
            importances,
            k,
        })
    }

    /// A gate whose importances start Xavier-uniform over the grid, as a weight matrix of that shape would: one draw
    /// a head, as the gate of differentiable subset pruning starts.
    ///
    /// # Errors
    /// [`GateError::Count`] unless `k` is between 1 and the number of heads.
    pub fn xavier(grid: &HeadGrid, k: usize, noise: &mut dyn UniformStream) -> Result<Self, GateError> {
        Self::new(start::uniform(grid.total(), grid.xavier_bound(), noise), k)
    }
}

impl HeadGate for StraightThrough {
    fn total(&self) -> usize {
        self.importances.len()
    }

    fn set_update(&mut self, _: u64) {}

    /// Draws nothing. Importances that are not numbers have no top K: every gate is then NaN, and so is the loss.
    fn sample(&mut self, _: &mut dyn UniformStream) -> &[f64] {
        match HeadMask::top_k(&self.importances, self.k) {
            Ok(mask) => self.gates = mask.gates(),
            Err(_) => self.gates.fill(f64::NAN),
        }
        &self.gates
    }

    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        debug_assert!(gate_gradient.len() == self.gradient.len());
        self.gradient.copy_from_slice(gate_gradient);
        finite_or_zero(&mut self.gradient)
    }

    fn importances(&self) -> &[f64] {
        &self.importances
    }

    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        vec![ParameterGroup::importances(&self.importances, &self.gradient)]
    }

    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        vec![ParameterGroupMut::importances(
            &mut self.importances,
            &self.gradient,
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::Constant;
    use heads::SeededUniform;
    use proptest::prelude::*;

    #[test]
    fn the_largest_are_open_and_derivatives_pass_unchanged() {
        let mut gate = StraightThrough::new(vec![0.25, -1.0, 0.5, 0.25], 2).unwrap();
        assert_eq!(gate.sample(&mut Constant(0.5)), [1.0, 0.0, 1.0, 0.0]);
        gate.pull_back(&[0.5, -2.0, 0.0, 3.0]).unwrap();
        assert_eq!(gate.gradient, [0.5, -2.0, 0.0, 3.0]);
        gate.importances[1] = 1.0;
        assert_eq!(gate.sample(&mut Constant(0.5)), [0.0, 1.0, 1.0, 0.0]);
        assert_eq!(gate.temperature(), None);
        assert_eq!(gate.penalty(), 0.0);
    }

    #[test]
    fn all_heads_may_be_kept() {
        let mut gate = StraightThrough::new(vec![0.5, -0.5], 2).unwrap();
        assert_eq!(gate.sample(&mut Constant(0.5)), [1.0, 1.0]);
    }

    #[test]
    fn the_start_is_xavier_uniform_over_the_grid() {
        // sqrt(6 / (12 + 12)) = 1/2, so that draws of 0 and 3/4 give -1/2 and 1/4.
        let grid = HeadGrid::encoder(12, 12).unwrap();
        for (draw, start) in [(0.0, -0.5), (0.75, 0.25)] {
            let gate = StraightThrough::xavier(&grid, 12, &mut Constant(draw)).unwrap();
            assert_eq!(gate.importances(), [start; 144]);
        }
    }

    #[test]
    fn no_noise_is_drawn() {
        let mut gate = StraightThrough::new(vec![0.5, -0.5], 1).unwrap();
        let (mut used, mut fresh) = (SeededUniform::at_update(1, 0), SeededUniform::at_update(1, 0));
        gate.sample(&mut used);
        let (mut left, mut right) = ([0.0], [0.0]);
        used.fill(&mut left);
        fresh.fill(&mut right);
        assert_eq!(left, right);
    }

    #[test]
    fn k_outside_the_grid_is_refused() {
        for k in [0, 5] {
            let refused = StraightThrough::new(vec![0.0; 4], k).err();
            assert_eq!(refused, Some(GateError::Count { k, n: 4 }));
        }
    }

    #[test]
    fn what_is_not_finite_is_seen() {
        let mut gate = StraightThrough::new(vec![0.5, f64::NAN, 1.0], 1).unwrap();
        assert!(gate.sample(&mut Constant(0.5)).iter().all(|g| g.is_nan()));
        gate.pull_back(&[1.0, 1.0, 1.0]).unwrap();
        for bad in [f64::NAN, f64::INFINITY] {
            let refused = gate.pull_back(&[1.0, 1.0, bad]);
            assert_eq!(refused, Err(GateError::Overflow { head: 2 }));
            assert_eq!(gate.gradient, [0.0; 3]);
        }
    }

    proptest! {
        #[test]
        fn exactly_k_are_open_also_on_ties(
            importances in prop::collection::vec(-2i8..2, 1..160), cut in 0.0f64..1.0,
        ) {
            let importances: Vec<f64> = importances.into_iter().map(f64::from).collect();
            let k = 1 + (cut * importances.len() as f64) as usize;
            let mut gate = StraightThrough::new(importances.clone(), k).unwrap();
            let gates = gate.sample(&mut Constant(0.5));
            prop_assert!(gates.iter().all(|&g| g == 0.0 || g == 1.0));
            prop_assert_eq!(gates.iter().sum::<f64>(), k as f64);
            let smallest_open = gates.iter().zip(&importances).filter(|&(&g, _)| g == 1.0).map(|(_, &w)| w)
                .fold(f64::INFINITY, f64::min);
            let largest_closed = gates.iter().zip(&importances).filter(|&(&g, _)| g == 0.0).map(|(_, &w)| w)
                .fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(smallest_open >= largest_closed);
        }
    }
}
