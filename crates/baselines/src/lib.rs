//! The methods that differentiable subset pruning is compared with. Plain float64 on the host, no tensor library.

mod random;

pub use random::random_subset;
