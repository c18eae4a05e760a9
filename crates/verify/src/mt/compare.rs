//! Tolerances of the set's README.

use models::Precision;

use super::method::Method;

/// Attention key biases: softmax does not see them, and what the optimizer makes of their rounding noise says nothing.
pub(super) fn is_key_bias(name: &str) -> bool {
    name.ends_with("k_proj.bias")
}

/// Tolerances of the forward pass and its gradients.
pub(super) struct ForwardTolerances {
    /// Scores, states, losses of single words.
    pub(super) states: f64,
    /// Sums of losses.
    pub(super) sums: f64,
}

pub(super) fn forward(precision: Precision) -> ForwardTolerances {
    match precision {
        Precision::Single => ForwardTolerances {
            states: 1e-4,
            sums: 1e-3,
        },
        Precision::Double => ForwardTolerances {
            states: 1e-9,
            sums: 1e-9,
        },
    }
}

/// Tolerance of the derivative of a summed loss.
pub(super) fn gradient(precision: Precision, recorded: f64) -> f64 {
    match precision {
        Precision::Single => 2e-4 + 1e-5 * recorded.abs(),
        Precision::Double => 1e-8,
    }
}

/// Largest relative error of a rate or a temperature.
pub(super) const RATE: f64 = 1e-9;

/// Tolerance of gates from recorded importances and draws, and of importances from recorded gradients.
pub(super) const GATES_ALONE: f64 = 1e-6;
/// See [`GATES_ALONE`].
pub(super) const STEP_ALONE: f64 = 1e-9;

/// Tolerances of one run over all updates.
pub(super) struct RunTolerances {
    /// Loss per word.
    pub(super) loss: f64,
    /// Gradient of the summed loss with respect to the gates; none where rounding is amplified too far to say.
    pub(super) gate_gradient: Option<f64>,
    /// Gradient of the importances, relative to the largest of its update; none where the README names none.
    pub(super) importance_gradient: Option<f64>,
    /// Norm of all gradients, relative.
    pub(super) norm: f64,
    pub(super) gates: f64,
    pub(super) importances: f64,
    pub(super) weights: f64,
}

/// A run in which nothing is set. The README names no tolerance for the gates of methods without noise: a gate follows
/// its log alpha with a slope below 1.
pub(super) fn free(precision: Precision, method: Method) -> RunTolerances {
    match (precision, method) {
        (Precision::Single, Method::SubsetPruning) => RunTolerances {
            loss: 1e-4,
            gate_gradient: None,
            importance_gradient: None,
            norm: 1e-3,
            gates: 1e-3,
            importances: 3e-3,
            weights: 1e-3,
        },
        (Precision::Double, Method::SubsetPruning) => RunTolerances {
            loss: 1e-6,
            gate_gradient: None,
            importance_gradient: None,
            norm: 1e-6,
            gates: 1e-6,
            importances: 1e-6,
            weights: 1e-6,
        },
        (Precision::Single, _) => RunTolerances {
            loss: 1e-4,
            gate_gradient: Some(1e-2),
            importance_gradient: None,
            norm: 1e-3,
            gates: 5e-4,
            importances: 5e-4,
            weights: 1e-3,
        },
        (Precision::Double, _) => RunTolerances {
            loss: 1e-9,
            gate_gradient: Some(1e-7),
            importance_gradient: None,
            norm: 1e-7,
            gates: 1e-7,
            importances: 1e-7,
            weights: 1e-7,
        },
    }
}

/// A run in which the importances are set before every update.
pub(super) const FORCED: RunTolerances = RunTolerances {
    loss: 5e-5,
    gate_gradient: Some(2e-3),
    importance_gradient: Some(2e-3),
    norm: 1e-3,
    gates: GATES_ALONE,
    importances: 0.0,
    weights: 1e-3,
};
