//! Recomputes vectors recorded from the reference programs and says how far ours are from them.
//!
//! A recorded file is recognised by what it says of itself, not by its name, so that other recordings of the same
//! form can be checked. Each README beside the recordings states the formulas and the tolerances followed here.

mod bert;
mod digest;
mod error;
mod gates;
mod mt;
mod numbers;
mod outcome;
mod pull_back;
mod replay;
mod sources;
mod tally;
mod tensors;
mod text;
mod walk;

pub use error::VerifyError;
pub use outcome::{Outcome, Verdict, table};
pub use sources::Sources;
pub use walk::{verify, verify_with};
