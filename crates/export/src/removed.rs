//! A model without some of its heads: smaller tensors, and the heads that are gone in its config.json.

use std::collections::BTreeMap;
use std::path::Path;

use bundle::{CONFIG_FILE, ModelConfig};
use heads::HeadMask;

use crate::pieces::{Pieces, rows};
use crate::{ExportError, stored};

/// Writes the model in `folder` into `out`, another folder that exists, without the heads that `mask` leaves out.
///
/// The model is a classifier or an encoder-decoder, whole or without heads that were removed before; `mask` has a flag for each
/// head that it has. Of the weights `[heads x head width, width]` of query, key and value, of their biases
/// `[heads x head width]`, and of the columns of the output projection `[width, heads x head width]`, those of the heads that
/// are kept remain; of a module without heads, the bias of the output. All numbers are the same bytes, of the same type;
/// tensors have the names that their family gives them, and those that the model does not use keep theirs unless they are of a
/// module without heads. config.json names the heads that are gone, numbered as before any was removed; what says how text
/// becomes ids is copied. One tensor is held in memory at a time.
///
/// # Errors
/// [`ExportError::NotWhole`], [`ExportError::Mask`], a folder that cannot be read, and what cannot be written.
pub fn write(folder: &Path, mask: &HeadMask, out: &Path) -> Result<(), ExportError> {
    let config = ModelConfig::read(&folder.join(CONFIG_FILE))?;
    let grid = stored::grid(folder, &config, mask)?;
    let left = config.pruned(mask).map_err(ExportError::of_mask(folder))?;
    let mut pieces = BTreeMap::new();
    for (row, kept) in rows(&grid, mask) {
        for layer in config.projections(row) {
            for part in ["weight", "bias"] {
                pieces.insert(format!("{layer}.{part}"), Pieces { kept, axis: 0 });
            }
        }
        pieces.insert(config.output_projection(row), Pieces { kept, axis: 1 });
    }
    let change = |name: &str, shape: &[usize], bytes: &mut Vec<u8>| {
        if let Some(pieces) = pieces.get(name) {
            keep(bytes, pieces, shape);
        }
    };
    stored::write(folder, [&config, &left], change, out)
}

/// Leaves the pieces of heads that are kept, one behind the other.
fn keep(bytes: &mut Vec<u8>, pieces: &Pieces<'_>, shape: &[usize]) {
    if let Some((kept, length)) = pieces.of(bytes.len(), shape) {
        let mut end = 0;
        for (number, _) in kept.enumerate().filter(|(_, kept)| *kept) {
            let begin = number * length;
            bytes.copy_within(begin..begin + length, end);
            end += length;
        }
        bytes.truncate(end);
    }
}
