//! A model of full shape in which removed heads are zeros: their contexts meet zeros in the output projection. It loads
//! wherever the whole model does, and is no faster.

use std::collections::BTreeMap;
use std::path::Path;

use bundle::{CONFIG_FILE, ModelConfig};
use heads::HeadMask;

use crate::pieces::{Pieces, rows};
use crate::{ExportError, stored};

/// Writes the model in `folder` into `out`, a folder that exists, with zeros for every head that `mask` leaves out.
///
/// The model is a classifier or an encoder-decoder with all its heads; `mask` has a flag for each of them. In the output
/// projection of each attention module, `[width, heads x head width]`, the columns that read the context of a head that is
/// left out become zeros. All other numbers are the same bytes, of the same type; tensors have the names that their family
/// gives them, and those that the model does not use keep theirs. config.json is written anew, what says how text becomes ids
/// is copied. One tensor is held in memory at a time.
///
/// # Errors
/// [`ExportError::LostHeads`], [`ExportError::NotWhole`], [`ExportError::Mask`], a folder that cannot be read, and what cannot
/// be written.
pub fn write(folder: &Path, mask: &HeadMask, out: &Path) -> Result<(), ExportError> {
    let config = ModelConfig::read(&folder.join(CONFIG_FILE))?;
    if !config.pruned_heads().is_empty() {
        return Err(ExportError::LostHeads {
            folder: folder.to_owned(),
            heads: config.pruned_heads().total(),
        });
    }
    let grid = stored::grid(folder, &config, mask)?;
    let columns: BTreeMap<String, Pieces<'_>> = rows(&grid, mask)
        .map(|(row, kept)| (config.output_projection(row), Pieces { kept, axis: 1 }))
        .collect();
    let change = |name: &str, shape: &[usize], bytes: &mut Vec<u8>| {
        if let Some(columns) = columns.get(name) {
            close(bytes, columns, shape);
        }
    };
    stored::write(folder, [&config, &config], change, out)
}

/// Sets the pieces of heads that are left out to zeros; of every type of floats, zero is zero bytes.
fn close(bytes: &mut [u8], pieces: &Pieces<'_>, shape: &[usize]) {
    if let Some((kept, length)) = pieces.of(bytes.len(), shape) {
        let pieces = bytes.chunks_exact_mut(length).zip(kept);
        for (piece, _) in pieces.filter(|(_, kept)| !kept) {
            piece.fill(0);
        }
    }
}
