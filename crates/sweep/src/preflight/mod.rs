//! What is known of a large sweep before its first run: what the runs do, what that costs on this device, and whether
//! memory and disk suffice.
//!
//! Three things make it up. The plan is rehearsed ([`rehearse`]): each method does its run with a task that trains nothing
//! and counts, so that a method needs to say nothing of its cost. A short process measures what the counted things take on
//! the device ([`Measurement`](records::costs::Measurement)). And a [`Forecast`] multiplies the two, with the times of finished runs where there are some.

mod counting;
mod forecast;
mod lines;
mod rehearsal;

pub use counting::Work;
pub use forecast::{Forecast, Given, Machine, Need, Share, Source, forecast};
pub use rehearsal::rehearse;
