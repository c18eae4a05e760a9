//! Models of folders as their users ask them: new texts in, answers out, nothing of an experiment.

mod classifier;
mod masks;
mod network;
mod timing;
mod translator;

use heads::{HeadGrid, HeadMask};
use methods::ExecuteError;
use models::{Removal, TensorOptions};

pub use self::classifier::{Answer, Classifier};
pub use self::masks::read_head_mask;
pub use self::network::{Answering, Deviation, Inputs, Network};
pub use self::timing::{Pass, Timing, by_turns};
pub use self::translator::{Input, SearchOptions, Translator};

/// How a model of a folder computes on a device of this name: in single precision, without padding.
fn options_on(device: &str) -> Result<TensorOptions, ExecuteError> {
    let device = models::open_device(device).map_err(ExecuteError::caused_by)?;
    Ok(TensorOptions::single(device).packed())
}

/// What is to be removed of a model of which `mask` says what stays; nothing without a mask.
fn removal(mask: Option<&HeadMask>, grid: &HeadGrid) -> Result<Option<Removal>, ExecuteError> {
    let removal = mask.map(|mask| Removal::of_mask(grid, mask));
    removal.transpose().map_err(ExecuteError::new)
}
