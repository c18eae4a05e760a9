//! The gate of differentiable subset pruning: importances w, relaxed to exactly K heads at each forward pass.

use heads::{
    GateError, HeadGate, HeadGrid, HeadMask, ParameterGroup, ParameterGroupMut, UniformStream, finite_or_zero,
};

use crate::{SoftTopK, TemperatureSchedule};

/// The paper's gate. w are raw log-weights; the noise has unit scale and is drawn once per forward pass.
///
/// It may settle: from some update on the K largest importances are open and the others closed, without noise, and the
/// importances stay as they are, so that the weights learn under the subset that is tested. The paper's does not.
#[derive(Debug, Clone)]
pub struct SubsetGate {
    k: usize,
    importances: Vec<f64>,
    gradient: Vec<f64>,
    draws: Vec<f64>,
    schedule: TemperatureSchedule,
    tau: f64,
    choice: SoftTopK,
    /// The update from which it is settled.
    settles_at: Option<u64>,
    /// Gates of the settled choice.
    settled: Option<Vec<f64>>,
}

impl SubsetGate {
    /// A gate that keeps `k` heads and starts from the given importances.
    pub fn new(importances: Vec<f64>, k: usize, schedule: TemperatureSchedule) -> Result<Self, GateError> {
        let n = importances.len();
        if k == 0 || k > n {
            return Err(GateError::Count { k, n });
        }
        Ok(Self {
            gradient: vec![0.0; n],
            draws: vec![0.0; n],
            tau: schedule.at(0),
            choice: SoftTopK::new(n, k),
            k,
            importances,
            schedule,
            settles_at: None,
            settled: None,
        })
    }

    /// The same gate, settled from `update` on.
    #[must_use]
    pub fn settling_at(self, update: u64) -> Self {
        Self {
            settles_at: Some(update),
            ..self
        }
    }

    /// A gate whose importances start Xavier-uniform over the grid, as a weight matrix of that shape would.
    pub fn xavier(
        grid: &HeadGrid,
        k: usize,
        schedule: TemperatureSchedule,
        noise: &mut dyn UniformStream,
    ) -> Result<Self, GateError> {
        let bound = grid.xavier_bound();
        let mut importances = vec![0.0; grid.total()];
        noise.fill(&mut importances);
        for w in &mut importances {
            *w = (2.0 * *w - 1.0) * bound;
        }
        Self::new(importances, k, schedule)
    }
}

impl HeadGate for SubsetGate {
    fn total(&self) -> usize {
        self.importances.len()
    }

    fn set_update(&mut self, update: u64) {
        self.tau = self.schedule.at(update);
        let is_settled = self.settles_at.is_some_and(|at| update >= at);
        // The importances do not move any more: whoever goes on from a checkpoint finds the same choice.
        self.settled = is_settled.then(|| match HeadMask::top_k(&self.importances, self.k) {
            Ok(mask) => mask.gates(),
            // Importances that are no numbers choose nothing; the loss shows it.
            Err(_) => vec![f64::NAN; self.importances.len()],
        });
    }

    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64] {
        match &self.settled {
            Some(gates) => gates,
            None => {
                noise.fill(&mut self.draws);
                self.choice.forward(&self.importances, &self.draws, self.tau)
            }
        }
    }

    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        if self.settled.is_some() {
            self.gradient.fill(0.0);
            return Ok(());
        }
        self.choice.pull_back(gate_gradient, &mut self.gradient);
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

    fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    fn temperature(&self) -> Option<f64> {
        Some(self.tau)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heads::SeededUniform;

    #[test]
    fn it_anneals_samples_and_pulls_back() {
        let grid = HeadGrid::encoder(3, 4).unwrap();
        let schedule = TemperatureSchedule::new(1000.0, 1e-8, 10).unwrap();
        let mut gate = SubsetGate::xavier(&grid, 5, schedule, &mut SeededUniform::at_update(1, 0)).unwrap();
        assert!(gate.importances().iter().all(|w| w.abs() <= grid.xavier_bound()));
        gate.set_update(10);
        let gates = gate.sample(&mut SeededUniform::at_update(2, 10)).to_vec();
        assert_eq!(gates.iter().filter(|&&g| g == 1.0).count(), 5);
        assert_eq!(gates.iter().filter(|&&g| g == 0.0).count(), 7);
        gate.set_update(0);
        gate.sample(&mut SeededUniform::at_update(2, 0));
        gate.pull_back(&[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
            .unwrap();
        assert!(gate.gradient[1] > 0.0);
    }

    #[test]
    fn a_settled_gate_is_the_mask_that_is_tested_and_learns_nothing() {
        let schedule = TemperatureSchedule::constant(1.0).unwrap();
        let importances = vec![0.5, -1.0, 2.0, 0.25];
        let mut gate = SubsetGate::new(importances.clone(), 2, schedule)
            .unwrap()
            .settling_at(10);
        gate.set_update(9);
        assert!(!gate.is_settled());
        let soft = gate.sample(&mut SeededUniform::at_update(1, 9)).to_vec();
        assert!(soft.iter().any(|g| *g != 0.0 && *g != 1.0));
        gate.pull_back(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!(gate.gradient.iter().any(|g| *g != 0.0));
        for update in [10, 11] {
            gate.set_update(update);
            assert!(gate.is_settled());
            let hard = gate.sample(&mut SeededUniform::at_update(1, update)).to_vec();
            assert_eq!(hard, HeadMask::top_k(&importances, 2).unwrap().gates());
            gate.pull_back(&[1.0, 2.0, 3.0, 4.0]).unwrap();
            assert_eq!(gate.gradient, [0.0; 4]);
        }
        gate.set_update(3);
        assert!(!gate.is_settled());
    }

    #[test]
    fn an_overflow_is_reported_and_leaves_no_gradient() {
        let schedule = TemperatureSchedule::constant(1e-8).unwrap();
        let mut gate = SubsetGate::new(vec![0.5; 144], 72, schedule).unwrap();
        struct Half;
        impl UniformStream for Half {
            fn fill(&mut self, draws: &mut [f64]) {
                draws.fill(0.5);
            }
        }
        let gates = gate.sample(&mut Half).to_vec();
        assert!(gates.iter().all(|g| (g - 0.5).abs() < 1e-12));
        let c: Vec<f64> = (0..144).map(|i| f64::from(i % 3)).collect();
        assert!(matches!(gate.pull_back(&c), Err(GateError::Overflow { .. })));
        assert!(gate.gradient.iter().all(|&g| g == 0.0));
    }

    #[test]
    fn k_outside_the_grid_is_refused() {
        let schedule = TemperatureSchedule::constant(1.0).unwrap();
        for k in [0, 5] {
            let refused = SubsetGate::new(vec![0.0; 4], k, schedule.clone()).err();
            assert_eq!(refused, Some(GateError::Count { k, n: 4 }));
        }
    }
}
