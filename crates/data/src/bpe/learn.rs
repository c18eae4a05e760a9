//! Learning merges: pair counts that every merge brings up to date, and a queue of the pairs by count.

use std::collections::{BinaryHeap, HashMap};
use std::mem;
use std::sync::Arc;

use super::{END_OF_WORD, Merges, Pair, Units, words};

impl Merges {
    /// Learns at most `symbols` merges from the words of `lines`, which only spaces separate.
    ///
    /// Each step merges the pair of units that is most frequent in the text, among equally frequent ones the last in
    /// the order of code points, first by the first unit. It stops where that pair occurs less than `min_frequency`
    /// times. These are the choices of subword-nmt, so that both learn the same.
    pub fn learn<L: AsRef<str>>(
        lines: impl IntoIterator<Item = L>,
        symbols: usize,
        min_frequency: u64,
    ) -> Self {
        let mut learner = Learner::new(&count_words(lines));
        let mut pairs = Vec::new();
        while pairs.len() < symbols
            && let Some(best) = learner.take_most_frequent(min_frequency)
        {
            pairs.push((best.first.as_ref().into(), best.second.as_ref().into()));
            learner.merge(best.pair);
        }
        Self { pairs }
    }
}

fn count_words<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> HashMap<Box<str>, u64> {
    let mut counts: HashMap<Box<str>, u64> = HashMap::new();
    for line in lines {
        for word in words(line.as_ref()) {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(word.into(), 1);
                }
            }
        }
    }
    counts
}

/// A word of the text, as it is segmented by now.
struct Word {
    units: Vec<u32>,
    count: u64,
}

#[derive(Default)]
struct Occurrences {
    /// How often the pair stands in the text; overlapping occurrences count.
    count: u64,
    /// Where it stands, or has stood: merges take pairs away from words and leave this list alone.
    words: Vec<usize>,
}

/// A pair in the queue. The order of the fields is that of the choice.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    count: u64,
    first: Arc<str>,
    second: Arc<str>,
    pair: Pair,
}

struct Learner {
    units: Units,
    words: Vec<Word>,
    pairs: HashMap<Pair, Occurrences>,
    /// Every pair at its count or, as a count that falls is not entered anew, at a higher one.
    queue: BinaryHeap<Candidate>,
}

impl Learner {
    fn new(counts: &HashMap<Box<str>, u64>) -> Self {
        let mut units = Units::default();
        let words: Vec<Word> = counts
            .iter()
            .map(|(word, &count)| Word {
                units: characters(word, &mut units),
                count,
            })
            .collect();
        let mut pairs: HashMap<Pair, Occurrences> = HashMap::new();
        for (place, word) in words.iter().enumerate() {
            for pair in neighbours(&word.units) {
                let occurrences = pairs.entry(pair).or_default();
                occurrences.count += word.count;
                if occurrences.words.last() != Some(&place) {
                    occurrences.words.push(place);
                }
            }
        }
        let queue = pairs
            .iter()
            .map(|(&pair, occurrences)| candidate(&units, pair, occurrences.count))
            .collect();
        Self {
            units,
            words,
            pairs,
            queue,
        }
    }

    /// The pair to merge next, unless none is as frequent as `min_frequency`.
    fn take_most_frequent(&mut self, min_frequency: u64) -> Option<Candidate> {
        while let Some(mut candidate) = self.queue.pop() {
            let Some(occurrences) = self.pairs.get(&candidate.pair) else {
                continue;
            };
            if occurrences.count == candidate.count {
                return (candidate.count >= min_frequency).then_some(candidate);
            }
            if occurrences.count < candidate.count {
                candidate.count = occurrences.count;
                self.queue.push(candidate);
            }
        }
        None
    }

    /// Joins every occurrence of `pair`, from the left of each word and without overlap.
    fn merge(&mut self, pair: Pair) {
        let joined = self.units.join(pair);
        let places = self
            .pairs
            .get_mut(&pair)
            .map_or_else(Vec::new, |occurrences| mem::take(&mut occurrences.words));
        let mut changes: HashMap<Pair, i64> = HashMap::new();
        for place in places {
            let word = &mut self.words[place];
            if !neighbours(&word.units).any(|other| other == pair) {
                continue;
            }
            let count = word.count.cast_signed();
            for old in neighbours(&word.units) {
                *changes.entry(old).or_default() -= count;
            }
            join(&mut word.units, pair, joined);
            for new in neighbours(&word.units) {
                *changes.entry(new).or_default() += count;
                if new.0 == joined || new.1 == joined {
                    let words = &mut self.pairs.entry(new).or_default().words;
                    if words.last() != Some(&place) {
                        words.push(place);
                    }
                }
            }
        }
        for (pair, change) in changes {
            let occurrences = self.pairs.entry(pair).or_default();
            occurrences.count = occurrences.count.saturating_add_signed(change);
            let count = occurrences.count;
            if count == 0 {
                self.pairs.remove(&pair);
            } else if change > 0 {
                self.queue.push(candidate(&self.units, pair, count));
            }
        }
    }
}

/// The characters of a word as units, the last with the mark of the end.
fn characters(word: &str, units: &mut Units) -> Vec<u32> {
    let last = word
        .char_indices()
        .next_back()
        .map_or(0, |(position, _)| position);
    let (inner, last) = word.split_at(last);
    let mut buffer = [0; 4];
    let mut numbers: Vec<u32> = inner
        .chars()
        .map(|character| units.intern(character.encode_utf8(&mut buffer)))
        .collect();
    numbers.push(units.intern(&format!("{last}{END_OF_WORD}")));
    numbers
}

fn neighbours(units: &[u32]) -> impl Iterator<Item = Pair> {
    units.windows(2).map(|pair| (pair[0], pair[1]))
}

fn candidate(units: &Units, pair: Pair, count: u64) -> Candidate {
    Candidate {
        count,
        first: Arc::clone(units.name(pair.0)),
        second: Arc::clone(units.name(pair.1)),
        pair,
    }
}

fn join(units: &mut Vec<u32>, (first, second): Pair, joined: u32) {
    let mut kept = 0;
    let mut next = 0;
    while next < units.len() {
        let together = units[next] == first && units.get(next + 1) == Some(&second);
        units[kept] = if together { joined } else { units[next] };
        kept += 1;
        next += 1 + usize::from(together);
    }
    units.truncate(kept);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The definition: count all pairs anew before each merge.
    fn learn_by_recounting(lines: &[String], symbols: usize, min_frequency: u64) -> Vec<(String, String)> {
        let mut segmented: Vec<(Vec<String>, u64)> = count_words(lines)
            .into_iter()
            .map(|(word, count)| {
                let mut units: Vec<String> = word.chars().map(String::from).collect();
                units.last_mut().unwrap().push_str(END_OF_WORD);
                (units, count)
            })
            .collect();
        let mut merges = Vec::new();
        while merges.len() < symbols {
            let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
            for (units, count) in &segmented {
                for pair in units.windows(2) {
                    *counts.entry((pair[0].clone(), pair[1].clone())).or_default() += count;
                }
            }
            let best = counts
                .into_iter()
                .max_by_key(|(pair, count)| (*count, pair.clone()));
            let Some((best, _)) = best.filter(|(_, count)| *count >= min_frequency) else {
                break;
            };
            for (units, _) in &mut segmented {
                let mut merged: Vec<String> = Vec::new();
                let mut open = false;
                for unit in units.drain(..) {
                    if open && merged.last() == Some(&best.0) && unit == best.1 {
                        merged.last_mut().unwrap().push_str(&unit);
                        open = false;
                    } else {
                        merged.push(unit);
                        open = true;
                    }
                }
                *units = merged;
            }
            merges.push(best);
        }
        merges
    }

    #[test]
    fn among_equally_frequent_pairs_the_last_by_code_points_is_merged() {
        // U+FF5E sorts after U+1F600 by UTF-16 units, before it by code points.
        let merges = Merges::learn(["ab ab \u{ff5e}b \u{ff5e}b \u{1f600}b \u{1f600}b"], 1, 2);
        assert_eq!(merges.pairs(), [("\u{1f600}".into(), "b</w>".into())]);
        let merges = Merges::learn(["ac ab ad ab ad"], 10, 2);
        assert_eq!(
            merges.pairs(),
            [("a".into(), "d</w>".into()), ("a".into(), "b</w>".into())]
        );
    }

    #[test]
    fn only_spaces_separate_words() {
        let merges = Merges::learn([" a\tb  a\tb \r\n"], 10, 2);
        assert_eq!(
            merges.pairs(),
            [("a".into(), "\t".into()), ("a\t".into(), "b</w>".into())]
        );
    }

    #[test]
    fn a_text_without_pairs_gives_no_merges() {
        assert!(Merges::learn(["a b c", "", "  "], 5, 1).pairs().is_empty());
        assert!(Merges::learn([""; 0], 5, 0).pairs().is_empty());
    }

    proptest! {
        #[test]
        fn updating_the_counts_learns_what_recounting_learns(
            lines in prop::collection::vec("[abc<]{1,6}( [ab]{1,9}){0,4}( </w>)?", 1..8),
            symbols in 0usize..30,
            min_frequency in 1u64..4,
        ) {
            let learned = Merges::learn(&lines, symbols, min_frequency);
            prop_assert_eq!(learned.pairs(), learn_by_recounting(&lines, symbols, min_frequency));
        }
    }
}
