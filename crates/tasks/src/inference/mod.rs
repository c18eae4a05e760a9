//! Models of folders as their users ask them: new texts in, answers out, nothing of an experiment.

mod classifier;
mod masks;
mod network;
mod timing;
mod translator;

use std::path::Path;

use heads::HeadGrid;
use methods::ExecuteError;
use models::{Removal, TensorOptions};
use records::MASK_FILE;

pub use self::classifier::{Answer, Classifier, Kept};
pub use self::masks::read_head_mask;
pub use self::network::{Answering, Deviation, Inputs, Network};
pub use self::timing::{Pass, Timing, by_turns};
pub use self::translator::{Input, SearchOptions, Translator};

/// How a model of a folder computes on a device of this name: in single precision, without padding.
fn options_on(device: &str) -> Result<TensorOptions, ExecuteError> {
    let device = models::open_device(device).map_err(ExecuteError::caused_by)?;
    Ok(TensorOptions::single(device).packed())
}

/// What of a model stands beside its weights as heads that were not kept: the folder of a run has the whole model that was
/// trained, and the mask under which it was.
fn removal_beside(folder: &Path, grid: &HeadGrid) -> Result<Option<Removal>, ExecuteError> {
    let path = folder.join(MASK_FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let mask = read_head_mask(&path, grid)?;
    Removal::of_mask(grid, &mask).map(Some).map_err(ExecuteError::new)
}
