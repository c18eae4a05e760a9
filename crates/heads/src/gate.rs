//! What a pruning method offers to the training loop.

use crate::{HeadMask, MaskError, UniformStream};

/// A method as the training loop sees it: N gate values out, N derivatives back.
///
/// Everything is float64 on the host. One update calls [`sample`](Self::sample), runs the model forwards and
/// backwards, calls [`pull_back`](Self::pull_back), and steps [`parameters_mut`](Self::parameters_mut) along
/// [`gradient`](Self::gradient).
pub trait HeadGate {
    /// N, the number of heads.
    fn total(&self) -> usize;

    /// Sets what depends on the number of finished updates, such as a temperature.
    fn set_update(&mut self, update: u64);

    /// N gate values for the next forward pass, one draw for the whole batch.
    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64];

    /// Takes dL/dgate of the last sample (length N) and sets [`gradient`](Self::gradient) to dL/dparameter, that of
    /// the [`penalty`](Self::penalty) included.
    ///
    /// # Errors
    /// [`GateError::Overflow`] when the derivative is not finite; the gradient is then all zero.
    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError>;

    /// The learned parameters, one a head: importances w, or log alpha.
    fn parameters(&self) -> &[f64];

    /// The learned parameters, to be stepped.
    fn parameters_mut(&mut self) -> &mut [f64];

    /// dL/dparameter of the last pull-back.
    fn gradient(&self) -> &[f64];

    /// What the method adds to the loss at the current parameters; 0 for methods of exact K.
    fn penalty(&self) -> f64 {
        0.0
    }

    /// The temperature of the last sample, for methods that have one.
    fn temperature(&self) -> Option<f64> {
        None
    }

    /// The final choice of `k` heads, without noise.
    fn mask(&self, k: usize) -> Result<HeadMask, MaskError> {
        HeadMask::top_k(self.parameters(), k)
    }
}

/// The end of a pull-back: a gradient that is not finite becomes all zero, so that nothing is moved along it.
///
/// # Errors
/// [`GateError::Overflow`] names the first head whose derivative is not finite.
pub fn finite_or_zero(gradient: &mut [f64]) -> Result<(), GateError> {
    match gradient.iter().position(|g| !g.is_finite()) {
        None => Ok(()),
        Some(head) => {
            gradient.fill(0.0);
            Err(GateError::Overflow { head })
        }
    }
}

/// What can go wrong inside a gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// The derivative of the gates left the range of float64.
    #[error("the derivative of the gates with respect to importance {head} is not finite")]
    Overflow {
        /// Flat index of the first such head.
        head: usize,
    },
    /// K is 0 or above N.
    #[error("K = {k} is not between 1 and the {n} heads there are")]
    Count {
        /// Heads to keep.
        k: usize,
        /// Heads there are.
        n: usize,
    },
    /// A temperature schedule that cannot be followed.
    #[error("temperatures must be finite and above 0: {start} -> {end}")]
    Temperature {
        /// Temperature at update 0.
        start: f64,
        /// Temperature from the cooldown on.
        end: f64,
    },
}
