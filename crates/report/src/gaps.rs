//! Gaps of curves: numbers of heads that a method was to have and has no run of, at which its line breaks.

use std::collections::{BTreeMap, BTreeSet};

use records::{ResultRow, RunId};

use crate::curves::CurvePoint;
use crate::figure::DENSE;
use crate::run_name::{curves_of_names, named};

/// The numbers of heads that each curve lacks, by method and variant.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gaps {
    missing: BTreeMap<(String, String), BTreeSet<u32>>,
}

impl Gaps {
    /// What the curves of `points` lack of the runs in plan.json; where it names none for a curve (there is no plan, or numbers
    /// are forced on runs of factors), of the heads in the settings of experiment.toml. Without either nothing is known to lack.
    pub fn new(
        points: &[CurvePoint],
        results: &[ResultRow],
        planned: &[RunId],
        settings: &BTreeMap<String, String>,
    ) -> Self {
        let names = curves_of_names(results);
        let mut wanted: BTreeMap<(String, String), BTreeSet<u32>> = BTreeMap::new();
        for run in planned.iter().filter_map(named) {
            if let Some((curve, k)) = names.get(run.stem).zip(run.k) {
                wanted.entry(curve.clone()).or_default().insert(k);
            }
        }
        let mut there: BTreeMap<(String, String), BTreeSet<u32>> = BTreeMap::new();
        // What a penalty leaves was asked of no one, and of dense no number is.
        let pruned = points.iter().filter(|point| point.method != DENSE);
        for (point, k) in pruned.filter_map(|point| Some((point, point.k_target?))) {
            let curve = (point.method.clone(), point.variant.clone());
            there.entry(curve).or_default().insert(k);
        }
        let missing = there.into_iter().filter_map(|(curve, there)| {
            let wanted = wanted.remove(&curve).or_else(|| asked(&curve.0, settings))?;
            let missing: BTreeSet<u32> = wanted.difference(&there).copied().collect();
            (!missing.is_empty()).then_some((curve, missing))
        });
        Self {
            missing: missing.collect(),
        }
    }

    /// Each curve that lacks numbers of heads, with these.
    pub fn of_curves(&self) -> impl Iterator<Item = (&str, &str, &BTreeSet<u32>)> {
        let missing = self.missing.iter();
        missing.map(|((method, variant), ks)| (method.as_str(), variant.as_str(), ks))
    }

    /// What stands at the numbers of heads `k` of one curve, from few to many, in the pieces that its line has.
    pub fn pieces<T: Clone>(
        &self,
        (method, variant): (&str, &str),
        of: &[T],
        k: fn(&T) -> f64,
    ) -> Vec<Vec<T>> {
        let missing = self.missing.get(&(method.to_owned(), variant.to_owned()));
        let joins = |a: &T, b: &T| {
            let is_between = |lacking: &u32| k(a) < f64::from(*lacking) && f64::from(*lacking) < k(b);
            !missing.is_some_and(|missing| missing.iter().any(is_between))
        };
        of.chunk_by(joins).map(<[T]>::to_vec).collect()
    }
}

/// The numbers of heads that experiment.toml asks of a method.
fn asked(method: &str, settings: &BTreeMap<String, String>) -> Option<BTreeSet<u32>> {
    let own = settings.get(&format!("sweep.heads_of.{method}"));
    let listed = own.or_else(|| settings.get("sweep.heads"))?;
    let numbers = listed.trim_matches(['[', ']']).split(',');
    numbers.map(|number| number.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(missing: &[u32]) -> Gaps {
        let curve = ("dsp-joint".to_owned(), String::new());
        Gaps {
            missing: [(curve, missing.iter().copied().collect())].into(),
        }
    }

    #[test]
    fn a_line_breaks_between_the_numbers_beside_a_missing_one() {
        let pieces = |gaps: &Gaps, method: &str| gaps.pieces((method, ""), &[1.0, 3.0, 5.7, 9.0], |k| *k);
        assert_eq!(pieces(&of(&[2]), "dsp-joint"), [vec![1.0], vec![3.0, 5.7, 9.0]]);
        assert_eq!(
            pieces(&of(&[4, 6]), "dsp-joint"),
            [vec![1.0, 3.0], vec![5.7], vec![9.0]]
        );
        // Before the first and after the last there is no line.
        let whole = [vec![1.0, 3.0, 5.7, 9.0]];
        assert_eq!(pieces(&of(&[12]), "dsp-joint"), whole);
        assert_eq!(pieces(&of(&[2]), "ste-joint"), whole);
        assert!(of(&[2]).pieces(("dsp-joint", ""), &[], |k| *k).is_empty());
    }

    #[test]
    fn an_experiment_asks_of_each_method_its_own_numbers() {
        let settings = BTreeMap::from([
            ("sweep.heads".to_owned(), "[1, 3, 6]".to_owned()),
            ("sweep.heads_of.voita".to_owned(), "[]".to_owned()),
            ("sweep.heads_of.fisher".to_owned(), "[12]".to_owned()),
        ]);
        assert_eq!(asked("random", &settings), Some([1, 3, 6].into()));
        assert_eq!(asked("fisher", &settings), Some([12].into()));
        // What is no list of numbers says nothing.
        assert_eq!(asked("voita", &settings), None);
        assert_eq!(asked("random", &BTreeMap::new()), None);
    }
}
