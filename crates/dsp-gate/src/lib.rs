//! Differentiable subset pruning: Gumbel soft top-K, its pull-back, the temperature schedule, and the gate.
//!
//! Li, Cotterell, Sachan, "Differentiable Subset Pruning of Transformer Heads", TACL 9 (2021), section 3; the
//! relaxation of top-K is that of Xie and Ermon (2019). Plain float64 on the host, no tensor library.

mod gate;
mod soft_topk;
mod temperature;

pub use gate::SubsetGate;
pub use soft_topk::SoftTopK;
pub use temperature::TemperatureSchedule;
