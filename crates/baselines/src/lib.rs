//! The methods that differentiable subset pruning is compared with. Plain float64 on the host, no tensor library.

mod fisher;
mod hard_concrete;
mod hard_concrete_gate;
mod importance;
mod random;
mod simple_gate;
mod start;
mod ste;
mod subset_distribution;

pub use fisher::FisherImportance;
pub use hard_concrete::{EvaluationGate, HardConcrete, L0Penalty, PenaltyScale};
pub use hard_concrete_gate::{HardConcreteGate, open_heads};
pub use importance::{
    HeadImportance, ImportanceVariant, UnknownImportance, lowest, normalised_scores, row_norms,
};
pub use random::random_subset;
pub use simple_gate::SimpleGate;
pub use ste::StraightThrough;
pub use subset_distribution::SubsetDistribution;
