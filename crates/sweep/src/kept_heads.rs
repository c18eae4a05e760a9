//! From the mask of a stored run to its lines of heads.csv.

use report::HeadsRow;

use crate::store::RunResult;

/// A line for each attention module of the mask; none where the run has none, or several.
pub(crate) fn heads_rows(result: &RunResult) -> Vec<HeadsRow> {
    let measured = &result.measured;
    let (Some(mask), Some(row)) = (&measured.mask, measured.rows.first()) else {
        return Vec::new();
    };
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of_module = |(module, flags): (&crate::store::Module, &Vec<u8>)| {
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
