//! Two runs held against each other by their answers, and two sweeps side by side.

mod runs;
mod sweeps;

pub use self::runs::{RunsCompared, compare_runs};
pub use self::sweeps::{SIDE_BY_SIDE_COLUMNS, SideBySide, side_by_side, write_comparison};
