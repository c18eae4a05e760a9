//! A model of full shape in which removed heads are zeros: their contexts meet zeros in the output projection. It loads
//! wherever the whole model does, and is no faster.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufWriter, Write};
use std::path::Path;

use bundle::weights::{Classifier, Plan, Source, Weights};
use bundle::{CONFIG_FILE, ModelConfig, WEIGHTS_FILE, write_config};
use files::{DraftFile, FileError};
use heads::{HeadGrid, HeadMask};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use crate::{ExportError, copy_text_files};

/// Headers are padded with spaces to a multiple of so many bytes.
const ALIGNED: usize = 8;

/// Writes the model in `folder` into `out`, a folder that exists, with zeros for every head that `mask` leaves out.
///
/// The model is a classifier or an encoder-decoder with all its heads; `mask` has a flag for each of them. In the output
/// projection of each attention module, `[width, heads x head width]`, the columns that read the context of a head that is
/// left out become zeros. All other numbers are the same bytes, of the same type; tensors have the names that their family
/// gives them, and those that the model does not use keep theirs. config.json is written anew, the files of the tokeniser are
/// copied. One tensor is held in memory at a time.
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
    let of_mask = |reason: String| ExportError::Mask {
        folder: folder.to_owned(),
        reason,
    };
    let grid = config.grid().map_err(|error| of_mask(error.to_string()))?;
    if grid.total() != mask.total() {
        return Err(of_mask(format!(
            "a mask of {} heads does not fit a model that has {}",
            mask.total(),
            grid.total()
        )));
    }
    let weights = Weights::of_folder(folder)?;
    let tensors = tensors(&config, &weights, folder)?;
    let closed = closed(&config, &grid, mask);
    write_weights(&tensors, &closed, &weights, &out.join(WEIGHTS_FILE))?;
    write_config(out, config.to_keys())?;
    copy_text_files(folder, out)?;
    Ok(())
}

/// A tensor that is to be written: its name, and that of the stored one.
struct Stored {
    name: String,
    stored: String,
    info: TensorInfo,
}

/// All tensors of the folder, those of the widest numbers first, so that each begins at a multiple of its numbers' width.
fn tensors(config: &ModelConfig, weights: &Weights, folder: &Path) -> Result<Vec<Stored>, ExportError> {
    let plan = match config {
        ModelConfig::Encoder(config) => Plan::encoder(config, weights, Classifier::AsStored)?,
        ModelConfig::Translation(config) => Plan::exact(&config.tensors(), weights)?,
    };
    if !plan.report.fresh.is_empty() {
        return Err(ExportError::NotWhole {
            folder: folder.to_owned(),
            names: plan.report.fresh,
        });
    }
    let mut names: Vec<(String, String)> = Vec::new();
    for spec in config.tensors() {
        if let Some(Source::Stored { name, .. }) = plan.source(&spec.name) {
            names.push((spec.name, name.clone()));
        }
    }
    let used: BTreeSet<String> = names.iter().map(|(_, stored)| stored.clone()).collect();
    let others = weights.names().filter(|name| !used.contains(*name));
    names.extend(others.map(|name| (name.to_owned(), name.to_owned())));
    let mut tensors: Vec<(String, String, Dtype, Vec<usize>)> = Vec::new();
    for (name, stored) in names {
        if let (Some(dtype), Some(shape)) = (weights.dtype(&stored), weights.shape(&stored)) {
            let shape = shape.to_vec();
            tensors.push((name, stored, dtype, shape));
        }
    }
    tensors.sort_by_key(|(_, _, dtype, _)| std::cmp::Reverse(dtype.bitsize()));
    let mut end = 0;
    let placed = tensors.into_iter().map(|(name, stored, dtype, shape)| {
        let begin = end;
        end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let data_offsets = (begin, end);
        let info = TensorInfo {
            dtype,
            shape,
            data_offsets,
        };
        Stored { name, stored, info }
    });
    Ok(placed.collect())
}

/// The heads of each output projection by its name: for each, whether it is left out.
fn closed(config: &ModelConfig, grid: &HeadGrid, mask: &HeadMask) -> BTreeMap<String, Vec<bool>> {
    let rows = grid.rows().iter().zip(grid.cut(mask.flags()));
    rows.map(|(row, kept)| {
        let closed = kept.iter().map(|kept| !kept).collect();
        (config.output_projection(row), closed)
    })
    .collect()
}

fn write_weights(
    tensors: &[Stored],
    closed: &BTreeMap<String, Vec<bool>>,
    weights: &Weights,
    path: &Path,
) -> Result<(), ExportError> {
    let header = header(tensors).map_err(FileError::writing(path))?;
    let file = DraftFile::new(path).map_err(FileError::writing(path))?;
    let mut file = BufWriter::new(file);
    file.write_all(&header).map_err(FileError::writing(path))?;
    for tensor in tensors {
        let mut bytes = weights.bytes(&tensor.stored)?;
        if let Some(closed) = closed.get(&tensor.name) {
            close(&mut bytes, closed, &tensor.info.shape);
        }
        file.write_all(&bytes).map_err(FileError::writing(path))?;
    }
    let file = file.into_inner().map_err(|error| error.into_error());
    file.and_then(DraftFile::publish)
        .map_err(FileError::writing(path))?;
    Ok(())
}

/// The header of a safetensors file behind its length.
fn header(tensors: &[Stored]) -> std::io::Result<Vec<u8>> {
    let infos = tensors
        .iter()
        .map(|tensor| (tensor.name.clone(), tensor.info.clone()));
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let metadata = Metadata::new(Some(format), infos.collect()).map_err(std::io::Error::other)?;
    let mut json = serde_json::to_vec(&metadata)?;
    json.resize(json.len().next_multiple_of(ALIGNED), b' ');
    let length = (json.len() as u64).to_le_bytes();
    Ok([&length[..], &json].concat())
}

/// Sets the columns of closed heads of a matrix `[width, heads x head width]` to zeros; of every type of floats, zero is
/// zero bytes.
fn close(bytes: &mut [u8], closed: &[bool], shape: &[usize]) {
    let rows = shape.first().copied().unwrap_or(0);
    let Some(of_row) = bytes.len().checked_div(rows) else {
        return;
    };
    let of_head = of_row / closed.len().max(1);
    for row in bytes.chunks_exact_mut(of_row.max(1)) {
        let heads = row.chunks_exact_mut(of_head.max(1));
        for (columns, _) in heads.zip(closed).filter(|(_, closed)| **closed) {
            columns.fill(0);
        }
    }
}
