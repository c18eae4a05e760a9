//! Tolerances of the set's README.

use models::Precision;

use super::method::Method;
use super::recording::Step;
use crate::numbers::largest;
use crate::pull_back::PullBack;

/// Attention key biases: softmax does not see them, and what the optimizer makes of their rounding noise says nothing.
pub(super) fn is_key_bias(name: &str) -> bool {
    name.ends_with("key.bias")
}

/// Tolerance of w in float64 where the reference rounds the gradient of w to float32: what Adam makes of the rounding
/// where the gradients before were small.
const ROUNDED_STEPS: f64 = 1e-5;

/// Largest relative error of rounding to float32.
const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;

/// Tolerance of a recorded field of one update against the float64 recording, by the README: for float32
/// `1e-8 + 2e-5 max|ref| + 20 spread`; for float64 1e-9, for importances and their gradient 1e-8. The float64 recording
/// of the straight-through estimator has the gradients of gates and w rounded to float32. What rounding alone may move in
/// a pull-back comes on top.
pub(super) fn step_tolerance(
    precision: Precision,
    method: Method,
    field: &str,
    recorded: &[f64],
    spread: f64,
) -> f64 {
    let largest = largest(recorded);
    match (precision, method, field) {
        (Precision::Single, ..) => 1e-8 + 2e-5 * largest + 20.0 * spread,
        (Precision::Double, Method::StraightThrough, "gate_grad" | "w_grad") => 1e-9 + ROUNDING * largest,
        (Precision::Double, Method::StraightThrough, "w") => ROUNDED_STEPS,
        (Precision::Double, _, "w" | "w_grad" | "log_a" | "log_a_grad") => 1e-8,
        (Precision::Double, ..) => 1e-9,
    }
}

/// What is added to [`step_tolerance`] of a field where `pulled` was pulled back through the relaxed top-K: rounding of
/// the pull-back, of the norm that it is in, and of the factor that clips by that norm.
pub(super) fn rounding(pulled: &PullBack, field: &str, step: &Step) -> f64 {
    match field {
        "w_grad" => pulled.rounding(),
        "grad_norm" => pulled.rounding_of_norm(),
        "clip_coef" if step.clip_coef < 1.0 => step.clip_coef * pulled.rounding_of_norm() / step.grad_norm,
        _ => 0.0,
    }
}

/// Tolerance of a final number: for float32 `20 spread + 2e-5 |ref|`, for float64 1e-8, apart from a w of rounded steps
/// as in [`step_tolerance`].
pub(super) fn final_tolerance(
    precision: Precision,
    method: Method,
    field: &str,
    recorded: f64,
    spread: f64,
) -> f64 {
    match (precision, method, field) {
        (Precision::Single, ..) => 20.0 * spread + 2e-5 * recorded.abs(),
        (Precision::Double, Method::StraightThrough, "w") => ROUNDED_STEPS,
        (Precision::Double, ..) => 1e-8,
    }
}
