//! heads.csv: which heads of each attention module a run kept, one row a module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use files::FileError;
use heads::RowKind;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::measured::Module;
use crate::rows::{Lengths, line_error, read_rows, to_csv};
use crate::run_result::RunResult;

/// The columns of heads.csv, in order.
pub const HEADS_COLUMNS: [&str; 12] = [
    "method", "variant", "k_target", "k_actual", "n_heads", "seed", "run_id", "kind", "layer", "heads",
    "kept", "mask",
];

/// One attention module of one mask. A mask is named by method, variant, heads asked for and kept, seed and run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadsRow {
    /// The pruning method, as in results.csv.
    pub method: String,
    /// What sets this mask apart within its method, as in results.csv; may be empty.
    pub variant: String,
    /// Number of heads the run was asked to keep.
    pub k_target: u32,
    /// Number of heads it kept, in all modules together.
    pub k_actual: u32,
    /// Number of heads of the dense model.
    pub n_heads: u32,
    /// The run's seed.
    pub seed: u64,
    /// The run's id: its folder's name under `runs/`.
    pub run_id: String,
    /// Kind of attention, in the file as `encoder-self`, `encoder-decoder` or `decoder-self`.
    #[serde(with = "kind_name")]
    pub kind: RowKind,
    /// Layer within its kind, from 0.
    pub layer: u32,
    /// Number of heads of the module.
    pub heads: u32,
    /// How many of them are kept.
    pub kept: u32,
    /// Which: a digit a head, 1 for a head that is kept and 0 for one that is not.
    pub mask: String,
}

/// Every kind of attention, in the order of files and figures.
pub const KINDS: [RowKind; 3] = [
    RowKind::EncoderSelf,
    RowKind::EncoderDecoder,
    RowKind::DecoderSelf,
];

/// What one mask is named by.
pub type MaskKey<'a> = (&'a str, &'a str, u32, u32, u32, u64, &'a str);

impl HeadsRow {
    /// What the mask of this module is named by.
    pub fn mask_key(&self) -> MaskKey<'_> {
        (
            &self.method,
            &self.variant,
            self.k_target,
            self.k_actual,
            self.n_heads,
            self.seed,
            &self.run_id,
        )
    }

    /// What makes this row impossible by itself, if anything does.
    fn fault(&self) -> Option<String> {
        let Self {
            k_target,
            k_actual,
            n_heads,
            heads,
            kept,
            mask,
            ..
        } = self;
        let ones = mask.bytes().filter(|&digit| digit == b'1').count();
        if self.method.is_empty() || self.run_id.is_empty() {
            Some("method and run_id must not be empty".into())
        } else if *heads == 0 {
            Some("heads is 0".into())
        } else if k_actual > n_heads || k_target > n_heads {
            Some(format!("{} heads kept of {n_heads}", k_actual.max(k_target)))
        } else if let Some(other) = mask.chars().find(|digit| !matches!(digit, '0' | '1')) {
            Some(format!("mask: `{other}` is neither 0 nor 1"))
        } else if mask.len() != *heads as usize {
            Some(format!("mask: {} digits for {heads} heads", mask.len()))
        } else if ones != *kept as usize {
            Some(format!("kept is {kept}, and the mask keeps {ones}"))
        } else {
            None
        }
    }
}

/// Refuses rows that are impossible by themselves or together; the error names the run.
///
/// # Errors
/// The first row that is wrong.
pub fn check_modules(rows: &[HeadsRow]) -> Result<(), RecordError> {
    let alone = rows
        .iter()
        .enumerate()
        .find_map(|(i, row)| Some((i, row.fault()?)));
    match alone.or_else(|| fault_of_masks(rows.iter())) {
        None => Ok(()),
        Some((i, reason)) => Err(RecordError::Row {
            run_id: rows.get(i).map_or_else(String::new, |row| row.run_id.clone()),
            reason,
        }),
    }
}

/// The first row that shows a mask to be wrong, and why: a module stands twice, or the modules together do not have
/// the heads that the mask has.
fn fault_of_masks<'a>(rows: impl Iterator<Item = &'a HeadsRow>) -> Option<(usize, String)> {
    let mut masks: BTreeMap<MaskKey<'_>, Vec<(usize, &HeadsRow)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (i, row) in rows.enumerate() {
        let (kind, layer) = (row.kind, row.layer);
        if !seen.insert((row.mask_key(), kind, layer)) {
            return Some((i, format!("{kind} attention of layer {layer} stands twice")));
        }
        masks.entry(row.mask_key()).or_default().push((i, row));
    }
    let wrong = |modules: &Vec<(usize, &HeadsRow)>| {
        let &(last, row) = modules.last()?;
        let sum =
            |get: fn(&HeadsRow) -> u32| -> u64 { modules.iter().map(|(_, row)| u64::from(get(row))).sum() };
        let (heads, kept) = (sum(|row| row.heads), sum(|row| row.kept));
        if heads != u64::from(row.n_heads) {
            let reason = format!(
                "the modules of the mask have {heads} heads, n_heads is {}",
                row.n_heads
            );
            Some((last, reason))
        } else if kept != u64::from(row.k_actual) {
            let reason = format!(
                "the modules of the mask keep {kept} heads, k_actual is {}",
                row.k_actual
            );
            Some((last, reason))
        } else {
            None
        }
    };
    masks.values().filter_map(wrong).min()
}

/// Reads a heads.csv.
///
/// # Errors
/// The file cannot be read, its header is not [`HEADS_COLUMNS`], a line does not parse or contradicts itself, or the
/// lines of one mask are not the whole mask; the error names file and line.
pub fn read_heads(path: &Path) -> Result<Vec<HeadsRow>, RecordError> {
    let rows = read_rows(path, &HEADS_COLUMNS, Lengths::Names, HeadsRow::fault)?;
    if let Some((i, reason)) = fault_of_masks(rows.iter().map(|(_, row)| row)) {
        let line = rows.get(i).map_or(1, |(line, _)| *line);
        return Err(line_error(path, line, reason));
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Writes `rows` to `path` atomically, sorted by method, variant, target K, seed, heads kept, run, kind and layer, so
/// that the bytes depend on the set of rows only.
///
/// # Errors
/// A row is impossible (its mask has another number of digits than the module has heads), the rows of one mask are not
/// the whole mask, or the file cannot be written.
pub fn write_heads(path: &Path, rows: &[HeadsRow]) -> Result<(), RecordError> {
    check_modules(rows)?;
    let mut sorted: Vec<&HeadsRow> = rows.iter().collect();
    sorted.sort_by_key(|row| {
        (
            (&row.method, &row.variant, row.k_target, row.seed, row.k_actual),
            (row.n_heads, &row.run_id, row.kind, row.layer),
        )
    });
    let bytes = to_csv(&HEADS_COLUMNS, &sorted).map_err(FileError::writing(path))?;
    Ok(files::write(path, &bytes).map_err(FileError::writing(path))?)
}

/// A line for each attention module of the mask; none where the run has none, or several.
pub fn heads_rows(result: &RunResult) -> Vec<HeadsRow> {
    let measured = &result.measured;
    let (Some(mask), Some(row)) = (&measured.mask, measured.rows.first()) else {
        return Vec::new();
    };
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of_module = |(module, flags): (&Module, &Vec<u8>)| {
        // What this program does not know by name has been written by another.
        let kind = module.kind.parse().ok()?;
        Some(HeadsRow {
            method: result.run.method.clone(),
            variant: row.variant.clone(),
            k_target: count(row.k_target),
            k_actual: count(row.k_actual),
            n_heads: count(measured.n_heads),
            seed: result.run.seed,
            run_id: result.run.id.to_string(),
            kind,
            layer: count(module.layer),
            heads: count(flags.len()),
            kept: flags.iter().map(|&flag| u32::from(flag)).sum(),
            mask: flags
                .iter()
                .map(|flag| if *flag == 0 { '0' } else { '1' })
                .collect(),
        })
    };
    measured.modules.iter().zip(mask).filter_map(of_module).collect()
}

/// A kind of attention by its name.
pub mod kind_name {
    use heads::RowKind;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::KINDS;

    /// Writes the name.
    ///
    /// # Errors
    /// The writer's own.
    pub fn serialize<S: Serializer>(kind: &RowKind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(kind)
    }

    /// Reads the name.
    ///
    /// # Errors
    /// It names no kind.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RowKind, D::Error> {
        let name = String::deserialize(deserializer)?;
        KINDS
            .into_iter()
            .find(|kind| kind.to_string() == name)
            .ok_or_else(|| {
                let known = KINDS.map(|kind| kind.to_string()).join(", ");
                D::Error::custom(format!("kind: `{name}` is none of {known}"))
            })
    }
}
