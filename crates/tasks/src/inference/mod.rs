//! Models of folders as their users ask them: new texts in, answers out, nothing of an experiment.

mod classifier;
mod masks;
mod network;
mod timing;
mod translator;

use std::path::Path;

use heads::{HeadGrid, HeadMask};
use methods::ExecuteError;
use models::{Removal, TensorOptions};
use records::MASK_FILE;

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

/// Which heads of the model of a folder are there.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'a> {
    /// All, or where a mask stands beside the model, those of the mask.
    AsFound,
    /// All that the model has.
    All,
    /// These.
    Mask(&'a HeadMask),
}

impl Kept<'_> {
    /// What is to be removed of the model of a folder.
    fn removal(self, folder: &Path, grid: &HeadGrid) -> Result<Option<Removal>, ExecuteError> {
        let of_mask = |mask: &HeadMask| Removal::of_mask(grid, mask).map(Some).map_err(ExecuteError::new);
        let path = folder.join(MASK_FILE);
        match self {
            Self::Mask(mask) => of_mask(mask),
            Self::AsFound if path.is_file() => of_mask(&read_head_mask(&path, grid)?),
            Self::AsFound | Self::All => Ok(None),
        }
    }
}
