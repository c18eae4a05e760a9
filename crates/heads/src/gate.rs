//! What a pruning method offers to the training loop.

use crate::UniformStream;

/// A method as the training loop sees it: N gate values out, N derivatives back.
///
/// Everything is float64 on the host. One update calls [`sample`](Self::sample), runs the model forwards and
/// backwards, calls [`pull_back`](Self::pull_back), and steps the values of each group of
/// [`parameters_mut`](Self::parameters_mut) along its gradient.
pub trait HeadGate {
    /// N, the number of heads.
    fn total(&self) -> usize;

    /// Sets what depends on the number of finished updates, such as a temperature.
    fn set_update(&mut self, update: u64);

    /// N gate values for the next forward pass, one draw for the whole batch.
    fn sample(&mut self, noise: &mut dyn UniformStream) -> &[f64];

    /// Takes dL/dgate of the last sample (length N) and sets the gradients of all groups to dL/dparameter, that of the
    /// [`penalty`](Self::penalty) included.
    ///
    /// # Errors
    /// [`GateError::Overflow`] when a derivative is not finite; all gradients are then zero.
    fn pull_back(&mut self, gate_gradient: &[f64]) -> Result<(), GateError>;

    /// One number a head, by which heads are ranked: the K largest are the final choice of K heads. Importances w, or
    /// log alpha; a method that learns nothing has none.
    fn importances(&self) -> &[f64];

    /// The learned parameters with their gradients of the last pull-back, in groups: always the same ones, of the same
    /// lengths, in the same order. There may be more or fewer parameters than heads.
    fn parameters(&self) -> Vec<ParameterGroup<'_>>;

    /// The groups of [`parameters`](Self::parameters), to be stepped.
    fn parameters_mut(&mut self) -> Vec<ParameterGroupMut<'_>>;

    /// What the method adds to the loss at the current parameters; 0 for methods of exact K.
    fn penalty(&self) -> f64 {
        0.0
    }

    /// Whether the parameters stay as they are from the update last set on, whatever their gradients: the choice is made,
    /// and only the weights go on learning under it.
    fn is_settled(&self) -> bool {
        false
    }

    /// The temperature of the last sample, for methods that have one.
    fn temperature(&self) -> Option<f64> {
        None
    }
}

/// Name of the group that has one parameter a head, the importances.
const IMPORTANCES: &str = "w";

/// Parameters of a gate that belong together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterGroup<'a> {
    /// What they are called in logs: a letter or a word, different from that of every other group.
    pub name: &'static str,
    /// The parameters.
    pub values: &'a [f64],
    /// dL/dparameter of the last pull-back, one for each of `values`.
    pub gradient: &'a [f64],
}

/// A [`ParameterGroup`] whose values can be changed.
#[derive(Debug, PartialEq)]
pub struct ParameterGroupMut<'a> {
    /// See [`ParameterGroup::name`].
    pub name: &'static str,
    /// The parameters.
    pub values: &'a mut [f64],
    /// dL/dparameter of the last pull-back, one for each of `values`.
    pub gradient: &'a [f64],
}

impl<'a> ParameterGroup<'a> {
    /// The group of a method whose parameters are the importances alone.
    pub fn importances(values: &'a [f64], gradient: &'a [f64]) -> Self {
        Self {
            name: IMPORTANCES,
            values,
            gradient,
        }
    }
}

impl<'a> ParameterGroupMut<'a> {
    /// The group of a method whose parameters are the importances alone.
    pub fn importances(values: &'a mut [f64], gradient: &'a [f64]) -> Self {
        Self {
            name: IMPORTANCES,
            values,
            gradient,
        }
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
    /// The model has no head, and so nothing to choose.
    #[error("a model without heads has nothing to choose from")]
    NoHeads,
    /// A temperature schedule that cannot be followed.
    #[error("temperatures must be finite and above 0: {start} -> {end}")]
    Temperature {
        /// Temperature at update 0.
        start: f64,
        /// Temperature from the cooldown on.
        end: f64,
    },
    /// The updates of a schedule that do not grow.
    #[error("a schedule goes from update {before} back to update {after}")]
    Order {
        /// Update of a knot.
        before: u64,
        /// Update of the knot after it.
        after: u64,
    },
}
