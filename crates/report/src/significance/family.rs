//! Which methods are compared with which, and which comparisons are adjusted together.

use std::collections::BTreeMap;

use records::Caption;

use super::Comparison;
use super::runs::{SeedTest, test_of_seeds};
use crate::cells::Cell;
use crate::effects::LEAST_GAP;
use crate::figure::{curve_rank, is_control_of, main_curves};

/// The method whose claims are tested.
const OURS: &str = "dsp-joint";
const DENSE: &str = "dense";
const RANDOM: &str = "random";

/// A system and what it is compared with.
#[derive(Debug, Clone)]
pub(super) struct Pair<'a> {
    pub family: String,
    pub system: &'a Cell<'a>,
    pub baseline: &'a Cell<'a>,
    /// Mean of random subsets and of the dense model, where both are there.
    gap: Option<(f64, f64)>,
}

impl Pair<'_> {
    /// The test of the seeds that both have.
    pub fn test(&self, margin: f64) -> SeedTest {
        let paired = self.system.paired(self.baseline);
        let values: Vec<(f64, f64)> = paired
            .into_iter()
            .map(|(_, ours, theirs)| (ours, theirs))
            .collect();
        test_of_seeds(&values, margin)
    }

    /// What all rows of the comparison share.
    pub fn blank(&self, margin: f64, caption: &Caption) -> Comparison {
        let Self { system, baseline, .. } = self;
        let gap_closed = self.gap.zip(system.mean()).and_then(|((random, dense), mean)| {
            // A gap of nothing is closed by nothing.
            (dense - random >= LEAST_GAP).then(|| (mean - random) / (dense - random))
        });
        Comparison {
            family: self.family.clone(),
            metric: system.measure.metric.to_owned(),
            split: system.split.to_owned(),
            k: system.setting.k_target().unwrap_or_default(),
            system: system.method.to_owned(),
            system_variant: system.variant.to_owned(),
            baseline: baseline.method.to_owned(),
            baseline_variant: baseline.variant.to_owned(),
            unit: "",
            test: "",
            n: 0,
            seed: None,
            estimate: 0.0,
            ci_low: None,
            ci_high: None,
            p: None,
            p_adjusted: None,
            margin,
            low: None,
            p_noninferior: None,
            p_noninferior_adjusted: None,
            verdict: None,
            note: String::new(),
            gap_closed,
            corpus: caption.corpus.clone().unwrap_or_default(),
        }
    }
}

/// The families of comparisons, each of a metric's figure: joint subset pruning against the others of the main figure and against
/// the rest; each method against the control that chooses heads by chance and treats the weights as it does; and each method
/// against the dense model.
pub(super) fn families<'a>(cells: &'a [Cell<'a>]) -> Vec<Vec<Pair<'a>>> {
    let mut families: BTreeMap<(usize, usize), Vec<Pair<'a>>> = BTreeMap::new();
    let stems: Vec<&str> = cells.iter().map(|cell| cell.measure.file_stem).collect();
    let order = |cell: &Cell<'_>| stems.iter().position(|stem| *stem == cell.measure.file_stem);
    // With the number of heads that every seed kept, which each cell is asked for by all others.
    let mut sorted: Vec<(&Cell<'_>, Option<u32>)> = cells.iter().map(|cell| (cell, cell.exact_k())).collect();
    sorted.sort_by_key(|(cell, _)| curve_rank(cell.method, cell.variant));
    for (system, k) in sorted.iter().copied().filter(|(cell, _)| cell.method != DENSE) {
        let Some(k) = k else { continue };
        let beside = || {
            sorted.iter().copied().filter(|(other, _)| {
                (other.measure.metric, other.split) == (system.measure.metric, system.split)
            })
        };
        let at_k = || {
            beside()
                .filter(|(other, kept)| *kept == Some(k) && !std::ptr::eq(*other, system))
                .map(|(other, _)| other)
        };
        let dense = beside().map(|(cell, _)| cell).find(|cell| cell.method == DENSE);
        let random = beside()
            .find(|(cell, kept)| cell.method == RANDOM && *kept == Some(k))
            .map(|(cell, _)| cell);
        let gap = random.and_then(Cell::mean).zip(dense.and_then(Cell::mean));
        let mut add = |question: usize, words: &str, baseline: &'a Cell<'a>| {
            if system.paired(baseline).is_empty() {
                return;
            }
            let pair = Pair {
                family: format!("{}: {words}", system.measure.file_stem),
                system,
                baseline,
                gap,
            };
            let place = order(system).unwrap_or_default();
            families.entry((place, question)).or_default().push(pair);
        };
        if system.method == OURS {
            let of_metric = sorted
                .iter()
                .map(|(cell, _)| cell)
                .filter(|cell| cell.measure == system.measure);
            let main = main_curves(of_metric.map(|cell| (cell.method, cell.variant)));
            for other in at_k().filter(|other| other.method != DENSE) {
                if main.contains(&(other.method, other.variant)) {
                    add(0, "dsp-joint against the others of the figure", other);
                } else {
                    add(1, "dsp-joint against methods of further figures", other);
                }
            }
        }
        let control = at_k()
            .find(|other| is_control_of((other.method, other.variant), (system.method, system.variant)));
        if let Some(control) = control {
            add(2, "choice of heads against chance", control);
        }
        if let Some(dense) = dense {
            add(3, "pruned against dense", dense);
        }
    }
    families.into_values().collect()
}
