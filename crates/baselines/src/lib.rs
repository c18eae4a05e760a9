//! The methods that differentiable subset pruning is compared with, and Shapley values of heads. Plain float64 on the
//! host, no tensor library.

mod fisher;
mod fixed;
mod hard_concrete;
mod hard_concrete_gate;
mod importance;
mod permutation_shapley;
mod random;
mod shapley;
mod simple_gate;
mod start;
mod ste;
mod subset_distribution;

pub use fisher::FisherImportance;
pub use fixed::FixedMask;
pub use hard_concrete::{EvaluationGate, HardConcrete, L0Penalty, PenaltyScale};
pub use hard_concrete_gate::{HardConcreteGate, open_heads};
pub use importance::{
    HeadImportance, ImportanceVariant, UnknownImportance, lowest, normalised_scores, row_norms,
};
pub use permutation_shapley::{PermutationShapley, random_permutation};
pub use random::random_subset;
pub use shapley::{EXACT_SHAPLEY_LIMIT, ShapleyError, shapley_interactions, shapley_values};
pub use simple_gate::SimpleGate;
pub use ste::StraightThrough;
pub use subset_distribution::SubsetDistribution;
