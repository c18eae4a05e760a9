//! A model folder written again with other heads: its tensors listed, placed, and changed one after the other, the rest of
//! the folder beside them.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufWriter, Write};
use std::path::Path;

use bundle::weights::{Classifier, Plan, Source, Weights, WithoutHeads};
use bundle::{ModelConfig, WEIGHTS_FILE, write_config};
use files::{DraftFile, FileError};
use heads::{HeadGrid, HeadMask};
use safetensors::tensor::{Metadata, TensorInfo};

use crate::{ExportError, copy_text_files};

/// Headers are padded with spaces to a multiple of so many bytes.
const ALIGNED: usize = 8;

/// The heads of the model in `folder`, for each of which `mask` has a flag.
///
/// # Errors
/// [`ExportError::Mask`] for one of another number of heads.
pub(crate) fn grid(folder: &Path, config: &ModelConfig, mask: &HeadMask) -> Result<HeadGrid, ExportError> {
    let of_mask = ExportError::of_mask(folder);
    let grid = config.grid().map_err(|error| of_mask(error.to_string()))?;
    if grid.total() != mask.total() {
        return Err(of_mask(format!(
            "a mask of {} heads does not fit a model that has {}",
            mask.total(),
            grid.total()
        )));
    }
    Ok(grid)
}

/// Writes the model `config` of `folder` into `out` as the model `left`, which has the same heads or some of them.
///
/// `change` is called with the name of each tensor, its stored shape, and its stored bytes, which it makes those of the shape
/// that `left` lists. Stored tensors that the model does not use keep their names and bytes, unless they are of attention
/// modules of which `left` has no head. config.json is that of `left`; what says how text becomes ids is copied. One tensor is
/// held in memory at a time.
///
/// # Errors
/// [`ExportError::NotWhole`], a folder that cannot be read, and what cannot be written.
pub(crate) fn write(
    folder: &Path,
    [config, left]: [&ModelConfig; 2],
    change: impl Fn(&str, &[usize], &mut Vec<u8>),
    out: &Path,
) -> Result<(), ExportError> {
    let weights = Weights::of_folder(folder)?;
    let plan = match config {
        ModelConfig::Encoder(config) => Plan::encoder(config, &weights, Classifier::AsStored)?,
        ModelConfig::Translation(config) => Plan::exact(&config.tensors(), &weights)?,
    };
    if !plan.report.fresh.is_empty() {
        return Err(ExportError::NotWhole {
            folder: folder.to_owned(),
            names: plan.report.fresh,
        });
    }
    let tensors = placed(listed(&plan, &weights, left));
    write_weights(&tensors, &weights, change, &out.join(WEIGHTS_FILE))?;
    write_config(out, left.to_keys())?;
    copy_text_files(folder, out)?;
    Ok(())
}

/// A tensor that is to be written: its name, and that of the stored one.
struct Stored {
    name: String,
    stored: String,
    info: TensorInfo,
}

/// All tensors of the model that is left, then those that it does not use; they begin nowhere yet.
fn listed(plan: &Plan, weights: &Weights, left: &ModelConfig) -> Vec<Stored> {
    let mut names: Vec<(String, String, Vec<usize>)> = Vec::new();
    for spec in left.tensors() {
        if let Some(Source::Stored { name, .. }) = plan.source(&spec.name) {
            names.push((spec.name, name.clone(), spec.shape));
        }
    }
    let used: BTreeSet<String> = names.iter().map(|(_, stored, _)| stored.clone()).collect();
    let without_heads = WithoutHeads::of(left);
    for name in weights.names() {
        if let Some(shape) = weights.shape(name)
            && !used.contains(name)
            && !without_heads.has(name)
        {
            names.push((name.to_owned(), name.to_owned(), shape.to_vec()));
        }
    }
    let tensors = names.into_iter().filter_map(|(name, stored, shape)| {
        let info = TensorInfo {
            dtype: weights.dtype(&stored)?,
            shape,
            data_offsets: (0, 0),
        };
        Some(Stored { name, stored, info })
    });
    tensors.collect()
}

/// The same tensors one behind the other, those of the widest numbers first, so that each begins at a multiple of its
/// numbers' width.
fn placed(mut tensors: Vec<Stored>) -> Vec<Stored> {
    tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.info.dtype.bitsize()));
    let mut end = 0;
    for tensor in &mut tensors {
        let info = &mut tensor.info;
        let begin = end;
        end += info.shape.iter().product::<usize>() * info.dtype.bitsize() / 8;
        info.data_offsets = (begin, end);
    }
    tensors
}

fn write_weights(
    tensors: &[Stored],
    weights: &Weights,
    change: impl Fn(&str, &[usize], &mut Vec<u8>),
    path: &Path,
) -> Result<(), ExportError> {
    let header = header(tensors).map_err(FileError::writing(path))?;
    let file = DraftFile::new(path).map_err(FileError::writing(path))?;
    let mut file = BufWriter::new(file);
    file.write_all(&header).map_err(FileError::writing(path))?;
    for tensor in tensors {
        let mut bytes = weights.bytes(&tensor.stored)?;
        let shape = weights.shape(&tensor.stored).unwrap_or_default();
        change(&tensor.name, shape, &mut bytes);
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
