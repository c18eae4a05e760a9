//! The gate of SIMPLE: an exact random subset of K heads forwards, the derivative of its exact marginals backwards.

use heads::{
    GateError, HeadGate, HeadGrid, ParameterGroup, ParameterGroupMut, UniformStream, finite_or_zero,
};

use crate::{SubsetDistribution, start};

/// The gate of SIMPLE for exactly K heads (Ahmed, Zeng, Niepert and Van den Broeck 2023, arXiv 2210.01941): the gates
/// are an exact sample of [`SubsetDistribution`] with the importances w, and dL/dw is dL/dgate pulled back through the
/// marginals in place of the sample, so Cov(S) dL/dgate. No temperature.
///
/// The gradient is exact in expectation for a loss that is linear in the gates, and biased for others.
#[derive(Debug, Clone)]
pub struct SimpleGate {
    importances: Vec<f64>,
    distribution: SubsetDistribution,
    draws: Vec<f64>,
    gates: Vec<f64>,
    gradient: Vec<f64>,
}

impl SimpleGate {
    /// A gate that keeps `k` heads and starts from the given importances.
    ///
    /// # Errors
    /// [`GateError::Count`] unless `k` is between 1 and the number of importances.
    pub fn new(importances: Vec<f64>, k: usize) -> Result<Self, GateError> {
        let n = importances.len();
        Ok(Self {
            distribution: SubsetDistribution::new(n, k)?,
            draws: vec![0.0; n],
            gates: vec![0.0; n],
            gradient: vec![0.0; n],
            importances,
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

impl HeadGate for SimpleGate {
    fn total(&self) -> usize {
        self.importances.len()
    }

    fn set_update(&mut self, _: u64) {}

    /// Takes one draw a head. Importances that are not finite give no distribution: every gate is then NaN, and so is
    /// the loss.
    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64] {
        noise.fill(&mut self.draws);
        self.distribution.set(&self.importances);
        if self.importances.iter().all(|w| w.is_finite()) {
            self.gates = self.distribution.sample(&self.draws).gates();
        } else {
            self.gates.fill(f64::NAN);
        }
        &self.gates
    }

    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        self.distribution
            .covariance_product(gate_gradient, &mut self.gradient);
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
    fn one_of_two_heads_by_hand() {
        // Head 1 is open with probability e / (1 + e), and decided first.
        let mut gate = SimpleGate::new(vec![0.0, 1.0], 1).unwrap();
        let open = 0.731_058_578_630_004_9;
        assert_eq!(gate.sample(&mut Constant(0.731)), [0.0, 1.0]);
        assert_eq!(gate.sample(&mut Constant(0.732)), [1.0, 0.0]);
        gate.pull_back(&[3.0, 5.0]).unwrap();
        let want = open * (1.0 - open) * 2.0;
        assert!((gate.gradient[0] + want).abs() < 1e-15 && (gate.gradient[1] - want).abs() < 1e-15);
        gate.importances[0] = 800.0;
        assert_eq!(gate.sample(&mut Constant(0.0)), [1.0, 0.0]);
        assert_eq!(gate.temperature(), None);
        assert_eq!(gate.penalty(), 0.0);
    }

    #[test]
    fn all_heads_may_be_kept() {
        let mut gate = SimpleGate::new(vec![0.5, -0.5], 2).unwrap();
        assert_eq!(gate.sample(&mut Constant(0.5)), [1.0, 1.0]);
        gate.pull_back(&[1.0, -1.0]).unwrap();
        assert_eq!(gate.gradient, [0.0, 0.0]);
    }

    #[test]
    fn the_start_is_xavier_uniform_over_the_grid() {
        // sqrt(6 / (12 + 12)) = 1/2, so that draws of 0 and 3/4 give -1/2 and 1/4.
        let grid = HeadGrid::encoder(12, 12).unwrap();
        for (draw, start) in [(0.0, -0.5), (0.75, 0.25)] {
            let gate = SimpleGate::xavier(&grid, 12, &mut Constant(draw)).unwrap();
            assert_eq!(gate.importances(), [start; 144]);
        }
    }

    #[test]
    fn one_draw_a_head_is_taken_whatever_the_importances() {
        for start in [0.5, f64::NAN] {
            let mut gate = SimpleGate::new(vec![start, -0.5, 0.25], 1).unwrap();
            let (mut used, mut fresh) = (SeededUniform::at_update(1, 0), SeededUniform::at_update(1, 0));
            gate.sample(&mut used);
            let (mut next, mut all) = ([0.0], [0.0; 4]);
            used.fill(&mut next);
            fresh.fill(&mut all);
            assert_eq!(next[0], all[3]);
        }
    }

    #[test]
    fn k_outside_the_grid_is_refused() {
        for k in [0, 5] {
            let refused = SimpleGate::new(vec![0.0; 4], k).err();
            assert_eq!(refused, Some(GateError::Count { k, n: 4 }));
        }
    }

    #[test]
    fn what_is_not_finite_is_seen() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut gate = SimpleGate::new(vec![0.5, bad, 1.0], 1).unwrap();
            assert!(gate.sample(&mut Constant(0.5)).iter().all(|g| g.is_nan()));
            assert_eq!(
                gate.pull_back(&[1.0, 2.0, 1.0]),
                Err(GateError::Overflow { head: 0 })
            );
            assert_eq!(gate.gradient, [0.0; 3]);
            gate.importances[1] = 0.0;
            gate.sample(&mut Constant(0.5));
            gate.pull_back(&[1.0, 2.0, 1.0]).unwrap();
            assert!(gate.gradient[1] > 0.0);
            assert!(gate.pull_back(&[1.0, 1.0, bad]).is_err());
            assert_eq!(gate.gradient, [0.0; 3]);
        }
    }

    #[test]
    fn the_choice_settles_on_the_heads_that_lower_the_loss() {
        let mut gate = SimpleGate::new(vec![0.0; 6], 2).unwrap();
        let cost = [1.0, -1.0, 0.5, 0.25, -2.0, 0.0];
        for update in 0..500 {
            gate.sample(&mut SeededUniform::at_update(1, update));
            gate.pull_back(&cost).unwrap();
            for group in gate.parameters_mut() {
                for (w, g) in group.values.iter_mut().zip(group.gradient) {
                    *w -= g;
                }
            }
        }
        assert_eq!(gate.sample(&mut Constant(0.5)), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    }

    proptest! {
        #[test]
        fn exactly_k_are_open_also_on_ties(
            importances in prop::collection::vec(-2i8..2, 1..160), cut in 0.0f64..1.0, seed in any::<u64>(),
        ) {
            let importances: Vec<f64> = importances.into_iter().map(f64::from).collect();
            let k = 1 + (cut * importances.len() as f64) as usize;
            let mut gate = SimpleGate::new(importances, k).unwrap();
            let gates = gate.sample(&mut SeededUniform::at_update(seed, 0));
            prop_assert!(gates.iter().all(|&g| g == 0.0 || g == 1.0));
            prop_assert_eq!(gates.iter().sum::<f64>(), k as f64);
        }

        #[test]
        fn the_pull_back_is_the_derivative_of_the_expected_linear_loss(
            heads in prop::collection::vec((-3.0f64..3.0, -2.0f64..2.0), 2..20), cut in 0.0f64..1.0,
        ) {
            let (w, c): (Vec<f64>, Vec<f64>) = heads.into_iter().unzip();
            let k = 1 + (cut * w.len() as f64) as usize;
            let mut gate = SimpleGate::new(w.clone(), k).unwrap();
            gate.sample(&mut Constant(0.5));
            gate.pull_back(&c).unwrap();
            let mut distribution = SubsetDistribution::new(w.len(), k).unwrap();
            let h = 1e-5;
            for head in 0..w.len() {
                let mut expected = |by: f64| {
                    let mut moved = w.clone();
                    moved[head] += by;
                    distribution.set(&moved);
                    distribution.marginals().iter().zip(&c).map(|(p, c)| p * c).sum::<f64>()
                };
                let difference = (expected(h) - expected(-h)) / (2.0 * h);
                prop_assert!((difference - gate.gradient[head]).abs() < 1e-8);
            }
        }
    }
}
