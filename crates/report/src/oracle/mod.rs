//! What every subset of heads is worth for each seed: the oracle.csv of a sweep, refused unless it is whole.

mod best;
mod chosen;
mod ranks;
mod shapley;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use baselines::EXACT_SHAPLEY_LIMIT;
use records::{RecordError, SeededSubset, TUNING, read_seeded_subsets};

use crate::ReportError;
use crate::curves::split_order;

pub use best::{BEST_COLUMNS, BestSubset};
pub use chosen::{CHOSEN_COLUMNS, Chosen};
pub use ranks::{RANK_COLUMNS, RankCorrelation};
pub use shapley::{INTERACTION_COLUMNS, Interaction, SHAPLEY_COLUMNS, ShapleyValue};

/// The metric by which subsets are told apart on the tuning split.
const LOSS: &str = "loss";

/// A number that every subset has: a metric on a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub split: String,
    pub metric: String,
}

impl Column {
    /// Whether it is of the split by which choices are made.
    pub fn is_tuning(&self) -> bool {
        self.split == TUNING
    }

    /// What a subset of this value is worth: the more, the better.
    pub fn worth(&self, value: f64) -> f64 {
        if self.metric == LOSS { -value } else { value }
    }
}

/// Every subset of `n` heads of each seed's dense model. A subset is a number whose bit i is head i.
#[derive(Debug, Clone, PartialEq)]
pub struct Oracle {
    path: PathBuf,
    pub(crate) n: usize,
    /// The tuning split first, the others as in figures, each metric of a split by its name.
    pub(crate) columns: Vec<Column>,
    /// The loss on the tuning split.
    tuning_loss: usize,
    /// By seed.
    pub(crate) seeds: Vec<OfSeed>,
}

/// The subsets of one seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OfSeed {
    pub seed: u64,
    /// For each column the value of each subset.
    pub values: Vec<Vec<f64>>,
    /// For each number of heads the subset of least loss on the tuning split, that of the lowest number among equals.
    pub best: Vec<usize>,
}

impl Oracle {
    /// Reads an oracle.csv.
    ///
    /// # Errors
    /// The file cannot be read, a line is impossible, masks have different lengths or more than 16 heads, a seed lacks a
    /// subset or has one twice, has other splits or metrics than the first, or has no loss on the tuning split; the error
    /// names the file and what is missing.
    pub fn read(path: &Path) -> Result<Self, ReportError> {
        let rows = read_seeded_subsets(path)?;
        Self::new(path, &rows)
            .map_err(|reason| content(path, reason))
            .map_err(ReportError::from)
    }

    fn new(path: &Path, rows: &[SeededSubset]) -> Result<Self, String> {
        let n = rows.first().ok_or("it has no line below its header")?.mask.len();
        if n == 0 || n > EXACT_SHAPLEY_LIMIT {
            return Err(format!(
                "its masks have {n} heads; 1 to {EXACT_SHAPLEY_LIMIT} can be read"
            ));
        }
        let mut seeds: BTreeMap<u64, Found<'_>> = BTreeMap::new();
        for row in rows {
            let SeededSubset { seed, mask, .. } = row;
            let subset = number(mask)
                .filter(|_| mask.len() == n)
                .ok_or_else(|| format!("seed {seed}: mask `{mask}` is not of {n} heads as the first"))?;
            let column = (row.split != TUNING, split_order(&row.split), row.metric.as_str());
            let of_column = seeds.entry(*seed).or_default().entry(column);
            let values = of_column.or_insert_with(|| vec![None; 1 << n]);
            if values[subset].replace(row.value).is_some() {
                let of = name(*seed, &row.split, &row.metric);
                return Err(format!("{of}: subset `{mask}` stands twice"));
            }
        }
        let keys: BTreeSet<_> = seeds.values().flat_map(BTreeMap::keys).copied().collect();
        let columns = keys.iter().map(|(_, (_, split), metric)| Column {
            split: (*split).to_owned(),
            metric: (*metric).to_owned(),
        });
        let columns: Vec<Column> = columns.collect();
        let tuning_loss = columns
            .iter()
            .position(|column| column.is_tuning() && column.metric == LOSS)
            .ok_or_else(|| format!("no seed has the {LOSS} on the split `{TUNING}`"))?;
        let seeds = seeds
            .into_iter()
            .map(|(seed, found)| of_seed(seed, found, &keys, n, tuning_loss))
            .collect::<Result<_, String>>()?;
        Ok(Self {
            path: path.to_owned(),
            n,
            columns,
            tuning_loss,
            seeds,
        })
    }

    /// Refuses to stand beside results of models of another number of heads.
    pub(crate) fn check_heads(&self, n_heads: u32) -> Result<(), ReportError> {
        if u32::try_from(self.n) == Ok(n_heads) {
            return Ok(());
        }
        Err(self.wrong(format!(
            "its masks have {} heads, results.csv is of {n_heads}",
            self.n
        )))
    }

    /// That something about the file is wrong.
    fn wrong(&self, reason: String) -> ReportError {
        content(&self.path, reason).into()
    }

    fn seed(&self, seed: u64) -> Option<&OfSeed> {
        self.seeds.iter().find(|of_seed| of_seed.seed == seed)
    }

    /// The subsets of `k` heads.
    pub(crate) fn of_size(&self, k: usize) -> impl Iterator<Item = usize> {
        (0..1_usize << self.n).filter(move |subset| subset.count_ones() as usize == k)
    }

    /// A subset as a digit a head, the first head first.
    fn digits(&self, subset: usize) -> String {
        digits(subset, self.n)
    }
}

/// A column by its place: whether it is reported, the split in the order of figures, the metric.
type Key<'a> = (bool, (usize, &'a str), &'a str);

/// The values of a seed as far as they were found.
type Found<'a> = BTreeMap<Key<'a>, Vec<Option<f64>>>;

fn of_seed<'a>(
    seed: u64,
    mut found: Found<'a>,
    keys: &BTreeSet<Key<'a>>,
    n: usize,
    tuning_loss: usize,
) -> Result<OfSeed, String> {
    let mut values = Vec::new();
    for key @ (_, (_, split), metric) in keys {
        let of_column = complete(found.remove(key).unwrap_or_default(), n);
        values.push(of_column.map_err(|reason| format!("{}: {reason}", name(seed, split, metric)))?);
    }
    let best = best_of_each(&values[tuning_loss], n);
    Ok(OfSeed { seed, values, best })
}

fn content(path: &Path, reason: String) -> RecordError {
    RecordError::Content {
        path: path.to_owned(),
        reason,
    }
}

fn name(seed: u64, split: &str, metric: &str) -> String {
    format!("seed {seed}, {metric} on {split}")
}

fn digits(subset: usize, n: usize) -> String {
    (0..n)
        .map(|head| if subset >> head & 1 == 1 { '1' } else { '0' })
        .collect()
}

/// The subset of a mask of at most 16 digits.
fn number(mask: &str) -> Option<usize> {
    let is_short = mask.len() <= EXACT_SHAPLEY_LIMIT;
    let bit = |(head, digit): (usize, u8)| usize::from(digit == b'1') << head;
    is_short.then(|| mask.bytes().enumerate().map(bit).sum())
}

/// The value of every subset of `n` heads, or which are missing.
fn complete(values: Vec<Option<f64>>, n: usize) -> Result<Vec<f64>, String> {
    let all = 1 << n;
    let found = values.iter().flatten().count();
    if found == 0 {
        return Err("it is missing, other seeds have it".to_owned());
    }
    match values.iter().position(Option::is_none) {
        None => Ok(values.into_iter().flatten().collect()),
        Some(first) => Err(format!(
            "{found} of {all} subsets; `{}` is the first that is missing",
            digits(first, n)
        )),
    }
}

/// For each number of heads the subset of least loss.
fn best_of_each(losses: &[f64], n: usize) -> Vec<usize> {
    let mut best: Vec<Option<(f64, usize)>> = vec![None; n + 1];
    for (subset, &loss) in losses.iter().enumerate() {
        let of_size = &mut best[subset.count_ones() as usize];
        if of_size.is_none_or(|(least, _)| loss < least) {
            *of_size = Some((loss, subset));
        }
    }
    best.into_iter().flatten().map(|(_, subset)| subset).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One line of seed 1 for each value, in the order of the subsets.
    pub(crate) fn rows(seed: u64, split: &str, metric: &str, values: &[f64]) -> Vec<SeededSubset> {
        let n = values.len().ilog2() as usize;
        let row = |(subset, &value): (usize, &f64)| SeededSubset {
            seed,
            mask: digits(subset, n),
            k: subset.count_ones() as usize,
            split: split.to_owned(),
            metric: metric.to_owned(),
            value,
        };
        values.iter().enumerate().map(row).collect()
    }

    pub(crate) fn oracle(rows: &[SeededSubset]) -> Result<Oracle, String> {
        Oracle::new(Path::new("oracle.csv"), rows)
    }

    #[test]
    fn columns_begin_with_the_tuning_split_and_values_are_found_by_subset() {
        let lines = [
            rows(2, "mismatched", "loss", &[1.0, 2.0, 3.0, 4.0]),
            rows(2, "matched", "loss", &[5.0, 6.0, 7.0, 8.0]),
            rows(2, "matched", "accuracy", &[0.1, 0.2, 0.3, 0.4]),
            rows(2, TUNING, "loss", &[9.0, 2.0, 2.0, 3.0]),
        ]
        .concat();
        let mut turned = lines.clone();
        turned.reverse();
        let oracle = oracle(&lines).unwrap();
        assert_eq!(super::tests::oracle(&turned).unwrap(), oracle);
        let columns: Vec<(&str, &str)> = oracle
            .columns
            .iter()
            .map(|column| (column.split.as_str(), column.metric.as_str()))
            .collect();
        let expected = [
            (TUNING, "loss"),
            ("matched", "accuracy"),
            ("matched", "loss"),
            ("mismatched", "loss"),
        ];
        assert_eq!(columns, expected);
        let of_seed = oracle.seed(2).unwrap();
        assert_eq!(of_seed.values[1], [0.1, 0.2, 0.3, 0.4]);
        // Of two heads alone that lose the same, the first.
        assert_eq!(of_seed.best, [0b00, 0b01, 0b11]);
        assert_eq!((oracle.digits(0b01), number("01")), ("10".to_owned(), Some(0b10)));
        assert_eq!(oracle.of_size(1).collect::<Vec<usize>>(), [0b01, 0b10]);
        assert_eq!(
            oracle.check_heads(3).unwrap_err().to_string(),
            "oracle.csv: its masks have 2 heads, results.csv is of 3"
        );
    }

    #[test]
    fn what_is_not_whole_is_refused_and_says_what_is_missing() {
        let tuning = rows(1, TUNING, "loss", &[4.0, 3.0, 2.0, 1.0]);
        let more = |rows: &[SeededSubset]| [tuning.as_slice(), rows].concat();
        let matched = rows(1, "matched", "loss", &[4.0, 3.0, 2.0, 1.0]);
        let longer = rows(2, TUNING, "loss", &[0.0; 8]);
        let one_of_17 = SeededSubset {
            mask: "0".repeat(17),
            k: 0,
            ..tuning[0].clone()
        };
        for (lines, reason) in [
            (Vec::new(), "it has no line below its header"),
            (
                more(&matched[..2]),
                "seed 1, loss on matched: 2 of 4 subsets; `01` is the first that is missing",
            ),
            (
                more(&tuning[2..3]),
                "seed 1, loss on tuning: subset `01` stands twice",
            ),
            (
                more(&rows(2, "matched", "loss", &[0.0; 4])),
                "seed 1, loss on matched: it is missing, other seeds have it",
            ),
            (more(&longer), "seed 2: mask `000` is not of 2 heads as the first"),
            (matched.clone(), "no seed has the loss on the split `tuning`"),
            (vec![one_of_17], "its masks have 17 heads; 1 to 16 can be read"),
        ] {
            assert_eq!(oracle(&lines).unwrap_err(), reason);
        }
    }
}
