//! Hard concrete gates of all heads under an L0 penalty, as the training loop sees them.

use heads::{
    GateError, HeadGate, HeadGrid, HeadMask, ParameterGroup, ParameterGroupMut, UniformStream, finite_or_zero,
};

use crate::{EvaluationGate, HardConcrete, L0Penalty, PenaltyScale, start};

/// Stochastic gates under an L0 penalty (Voita et al. 2019). The parameters are log alpha, one a head.
///
/// The number of heads that stay open is not given but comes out of the factor of the penalty;
/// [`HeadMask::top_k`] forces a number by taking the largest log alpha. The temperature is a constant, not a
/// schedule, and is not reported as the temperature of a sample.
#[derive(Debug, Clone)]
pub struct HardConcreteGate {
    log_alpha: Vec<f64>,
    gates: Vec<f64>,
    /// dgate / dlog alpha of the last sample.
    slopes: Vec<f64>,
    gradient: Vec<f64>,
    shape: HardConcrete,
    /// Factor of each head's open probability in the loss.
    weight: f64,
}

impl HardConcreteGate {
    /// Gates that start from the given log alpha, in a grid of `rows` rows (at least 1; only a penalty averaged over
    /// rows depends on it).
    pub fn new(log_alpha: Vec<f64>, rows: usize, shape: HardConcrete, penalty: L0Penalty) -> Self {
        let n = log_alpha.len();
        let weight = match penalty.scale {
            PenaltyScale::Sum => penalty.lambda,
            PenaltyScale::MeanOverRows => penalty.lambda / rows as f64,
        };
        Self {
            gates: vec![0.0; n],
            slopes: vec![0.0; n],
            gradient: vec![0.0; n],
            log_alpha,
            shape,
            weight,
        }
    }

    /// Gates whose log alpha start Xavier-uniform per attention module, as a weight matrix of one row would: uniform
    /// in [-b, b) with b = sqrt(6 / (1 + heads of the row)), one draw a head.
    ///
    /// # Errors
    /// [`GateError::NoHeads`] of a grid without heads.
    pub fn xavier(
        grid: &HeadGrid,
        shape: HardConcrete,
        penalty: L0Penalty,
        noise: &mut dyn UniformStream,
    ) -> Result<Self, GateError> {
        if grid.total() == 0 {
            return Err(GateError::NoHeads);
        }
        // All draws at once: another division of the stream could draw other numbers.
        let mut log_alpha = vec![0.0; grid.total()];
        noise.fill(&mut log_alpha);
        for (row, range) in grid.iter() {
            let bound = (6.0 / (1 + row.heads) as f64).sqrt();
            start::spread(&mut log_alpha[range], bound);
        }
        Ok(Self::new(log_alpha, grid.rows().len(), shape, penalty))
    }

    /// The heads whose evaluation gate is above 1/2; see [`open_heads`].
    pub fn open_heads(&self) -> HeadMask {
        open_heads(&self.log_alpha, &self.shape)
    }
}

/// The heads whose evaluation gate is above 1/2, however many those are.
///
/// Under a stretch that is symmetric about 1/2, both evaluation gates give the same up to rounding: log alpha above 0.
/// At a log alpha of exactly 0 rounding decides; with the default constants float64 calls such a head open. One that
/// is NaN counts as closed: [`HeadMask::top_k`] would refuse it, and a training does not get so far
/// ([`GateError::Overflow`]).
pub fn open_heads(log_alpha: &[f64], shape: &HardConcrete) -> HeadMask {
    let gates: Vec<f64> = log_alpha
        .iter()
        .map(|&log_alpha| shape.evaluation_gate(log_alpha, EvaluationGate::WithoutTemperature))
        .collect();
    HeadMask::above(&gates, 0.5)
}

impl HeadGate for HardConcreteGate {
    fn total(&self) -> usize {
        self.log_alpha.len()
    }

    fn set_update(&mut self, _: u64) {}

    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64] {
        noise.fill(&mut self.gates);
        for ((gate, slope), &log_alpha) in self.gates.iter_mut().zip(&mut self.slopes).zip(&self.log_alpha) {
            let noise = self.shape.noise(*gate);
            *gate = self.shape.train_gate(log_alpha, noise);
            *slope = self.shape.train_slope(log_alpha, noise);
        }
        &self.gates
    }

    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError> {
        debug_assert!(gate_gradient.len() == self.gradient.len());
        let slopes = self.slopes.iter().zip(&self.log_alpha);
        for ((out, &gate_gradient), (&slope, &log_alpha)) in
            self.gradient.iter_mut().zip(gate_gradient).zip(slopes)
        {
            *out = slope * gate_gradient + self.weight * self.shape.open_slope(log_alpha);
        }
        finite_or_zero(&mut self.gradient)
    }

    fn importances(&self) -> &[f64] {
        &self.log_alpha
    }

    fn parameters(&self) -> Vec<ParameterGroup<'_>> {
        vec![ParameterGroup::importances(&self.log_alpha, &self.gradient)]
    }

    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>> {
        vec![ParameterGroupMut::importances(
            &mut self.log_alpha,
            &self.gradient,
        )]
    }

    fn penalty(&self) -> f64 {
        let open: f64 = self
            .log_alpha
            .iter()
            .map(|&log_alpha| self.shape.open_probability(log_alpha))
            .sum();
        self.weight * open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::start::Constant;
    use heads::{HeadRow, RowKind, SeededUniform};
    use proptest::prelude::*;

    const SUM: L0Penalty = L0Penalty {
        lambda: 0.5,
        scale: PenaltyScale::Sum,
    };
    const MEAN: L0Penalty = L0Penalty {
        lambda: 0.5,
        scale: PenaltyScale::MeanOverRows,
    };

    /// Draws from a list.
    struct Draws(Vec<f64>);

    impl UniformStream for Draws {
        fn fill(&mut self, draws: &mut [f64]) {
            draws.copy_from_slice(&self.0);
        }
    }

    #[test]
    fn a_head_at_0_under_the_middle_draw() {
        // P_open at 0 is 1 / (1 + 11^-0.33).
        let open = 0.688_111_565_115_977_8;
        for (penalty, rows, weight) in [(SUM, 2, 0.5), (MEAN, 2, 0.25), (MEAN, 1, 0.5)] {
            let mut gate = HardConcreteGate::new(vec![0.0; 4], rows, HardConcrete::default(), penalty);
            assert!((gate.penalty() - weight * 4.0 * open).abs() < 1e-13);
            let gates = gate.sample(&mut Constant(0.5));
            assert!(gates.iter().all(|g| (g - 0.5).abs() < 1e-13));
            gate.pull_back(&[0.0, 1.0, -2.0, 0.0]).unwrap();
            for (&got, upstream) in gate.gradient.iter().zip([0.0, 1.0, -2.0, 0.0]) {
                let want = upstream * 1.2 / (4.0 * 0.33) + weight * open * (1.0 - open);
                assert!((got - want).abs() < 1e-12, "{got} {want}");
            }
        }
    }

    #[test]
    fn the_start_is_xavier_uniform_per_row() {
        // sqrt(6 / (1 + 5)) = 1, whatever the number of rows.
        for rows in [1, 7] {
            let grid = HeadGrid::encoder(rows, 5).unwrap();
            for (draw, start) in [(0.0, -1.0), (0.75, 0.5)] {
                let gate = HardConcreteGate::xavier(&grid, HardConcrete::default(), SUM, &mut Constant(draw))
                    .unwrap();
                assert_eq!(gate.importances(), vec![start; 5 * rows]);
            }
        }
        let grid = HeadGrid::encoder(4, 5).unwrap();
        let averaged =
            HardConcreteGate::xavier(&grid, HardConcrete::default(), MEAN, &mut Constant(0.6)).unwrap();
        let summed =
            HardConcreteGate::xavier(&grid, HardConcrete::default(), SUM, &mut Constant(0.6)).unwrap();
        assert!((4.0 * averaged.penalty() - summed.penalty()).abs() < 1e-12);
    }

    #[test]
    fn rows_start_by_their_own_numbers_of_heads() {
        let row = |layer, heads| HeadRow {
            kind: RowKind::EncoderSelf,
            layer,
            heads,
        };
        let grid = HeadGrid::new(vec![row(0, 2), row(1, 0), row(2, 5)]).unwrap();
        let gate = HardConcreteGate::xavier(&grid, HardConcrete::default(), SUM, &mut Constant(0.0)).unwrap();
        let [narrow, wide] = [-(2.0_f64.sqrt()), -1.0];
        assert_eq!(gate.importances(), [narrow, narrow, wide, wide, wide, wide, wide]);
        let none = HeadGrid::encoder(2, 0).unwrap();
        let refused = HardConcreteGate::xavier(&none, HardConcrete::default(), SUM, &mut Constant(0.5));
        assert_eq!(refused.err(), Some(GateError::NoHeads));
    }

    #[test]
    fn open_heads_are_those_above_0_and_a_number_of_heads_can_be_forced() {
        let log_alpha = vec![-0.1, 3.0, 0.2, -5.0, 2.9];
        let gate = HardConcreteGate::new(log_alpha.clone(), 1, HardConcrete::default(), SUM);
        assert_eq!(gate.open_heads().flags(), [false, true, true, false, true]);
        // The evaluation gates of heads 1 and 4 are both exactly 1; log alpha still tells them apart.
        assert_eq!(
            HeadMask::top_k(gate.importances(), 1).unwrap().flags(),
            [false, true, false, false, false]
        );
        assert_eq!(
            HeadMask::top_k(gate.importances(), 4).unwrap().flags(),
            [true, true, true, false, true]
        );
        assert_eq!(gate.temperature(), None);
    }

    #[test]
    fn the_penalty_alone_closes_heads() {
        let mut gate = HardConcreteGate::new(vec![1.0; 6], 2, HardConcrete::default(), SUM);
        let before = gate.penalty();
        for update in 0..200 {
            gate.sample(&mut SeededUniform::at_update(1, update));
            gate.pull_back(&[0.0; 6]).unwrap();
            for group in gate.parameters_mut() {
                for (a, g) in group.values.iter_mut().zip(group.gradient) {
                    *a -= g;
                }
            }
        }
        assert!(gate.penalty() < before);
        assert_eq!(gate.open_heads().kept(), 0);
    }

    #[test]
    fn an_overflow_is_reported_and_leaves_no_gradient() {
        let mut gate = HardConcreteGate::new(vec![0.0, 0.0, f64::NAN], 1, HardConcrete::default(), SUM);
        gate.sample(&mut Constant(0.5));
        assert_eq!(
            gate.pull_back(&[0.0, 0.0, 0.0]),
            Err(GateError::Overflow { head: 2 })
        );
        assert_eq!(gate.gradient, [0.0; 3]);
        assert_eq!(
            gate.pull_back(&[0.0, f64::INFINITY, 0.0]),
            Err(GateError::Overflow { head: 1 })
        );
        assert!(gate.penalty().is_nan());
        assert!(HeadMask::top_k(gate.importances(), 1).is_err());
        assert!(!gate.open_heads().flags()[2]);
    }

    proptest! {
        #[test]
        fn the_pull_back_is_the_derivative_of_loss_and_penalty(
            heads in prop::collection::vec((-3.0f64..3.0, 0.0f64..1.0, -2.0f64..2.0), 6),
            lambda in 0.0f64..2.0, averaged in any::<bool>(),
        ) {
            let shape = HardConcrete::default();
            let scale = if averaged { PenaltyScale::MeanOverRows } else { PenaltyScale::Sum };
            let log_alpha: Vec<f64> = heads.iter().map(|head| head.0).collect();
            let mut draws = Draws(heads.iter().map(|head| head.1).collect());
            let upstream: Vec<f64> = heads.iter().map(|head| head.2).collect();
            let at = |log_alpha: Vec<f64>| HardConcreteGate::new(log_alpha, 3, shape, L0Penalty { lambda, scale });
            let mut loss = |log_alpha: Vec<f64>| {
                let mut gate = at(log_alpha);
                let gates = gate.sample(&mut draws).to_vec();
                let loss = gates.iter().zip(&upstream).map(|(g, c)| g * c).sum::<f64>() + gate.penalty();
                (gates, loss)
            };
            let h = 1e-6;
            for head in 0..6 {
                let moved = |by: f64| {
                    let mut moved = log_alpha.clone();
                    moved[head] += by;
                    moved
                };
                let (lower_gates, lower) = loss(moved(-h));
                let (upper_gates, upper) = loss(moved(h));
                let clipped = |gate: f64| gate == 0.0 || gate == 1.0;
                // At a kink of the clip there is no derivative to compare with.
                if clipped(lower_gates[head]) == clipped(upper_gates[head]) {
                    let mut gate = at(log_alpha.clone());
                    gate.sample(&mut Draws(heads.iter().map(|head| head.1).collect()));
                    gate.pull_back(&upstream).unwrap();
                    let difference = (upper - lower) / (2.0 * h);
                    prop_assert!((difference - gate.gradient[head]).abs() < 1e-7);
                }
            }
        }
    }
}
