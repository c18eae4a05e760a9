//! The names of runs: which curve a run of the plan belongs to, and what it was set to.

use std::collections::BTreeMap;

use records::{FORCED, ResultRow, RunId};

use crate::setting::Setting;

/// A run of the plan by its name: method and variant, what it was set to, and its seed.
pub(crate) struct Named<'a> {
    pub stem: &'a str,
    /// `K=3`, `lambda=0.01`, or nothing.
    pub setting: String,
    /// The number of heads, where it was set to one.
    pub k: Option<u32>,
    pub seed: u64,
}

/// `michel-token-abs-k06-s1-1648c9d5` and the like; none of another form.
pub(crate) fn named(id: &RunId) -> Option<Named<'_>> {
    let (rest, seed) = id.without_key().rsplit_once("-s")?;
    let seed = seed.parse().ok()?;
    let set = rest.rsplit_once('-').and_then(|(stem, last)| {
        let k = last.strip_prefix('k').and_then(|k| k.parse::<u32>().ok());
        let factor = last.strip_prefix('l').filter(|l| l.parse::<f64>().is_ok());
        let setting = k.map(|k| format!("K={k}"));
        Some((
            stem,
            setting.or_else(|| factor.map(|l| format!("lambda={l}")))?,
            k,
        ))
    });
    let (stem, setting, k) = set.unwrap_or((rest, String::new(), None));
    Some(Named {
        stem,
        setting,
        k,
        seed,
    })
}

/// Method and variant of the curve that the runs of each name make.
pub(crate) fn curves_of_names(results: &[ResultRow]) -> BTreeMap<String, (String, String)> {
    let mut curves = BTreeMap::new();
    // Rows under a forced number are further curves of the same runs.
    let own = results.iter().filter(|row| !row.variant.starts_with(FORCED));
    for row in own {
        let id = RunId::new(row.run_id.as_str());
        if let Some(run) = named(&id) {
            let (variant, _) = Setting::of(&row.variant, row.k_target);
            curves
                .entry(run.stem.to_owned())
                .or_insert_with(|| (row.method.clone(), variant.to_owned()));
        }
    }
    curves
}
