//! Learning merges as subword-nmt does, with its books of pairs and its idea of where a pair stands in a word.

use std::collections::HashMap;
use std::mem;

use super::counts::PairCounts;
use super::{END_OF_WORD, EndOfWord, Merges, Pair, Units, words};

impl Merges {
    /// Learns at most `symbols` merges from the words of `lines`, which only spaces separate.
    ///
    /// Each step merges the pair of units that is counted most often, among equals the last in the order of code points,
    /// first by the first unit. It stops where that pair is counted less than `min_frequency` times, or never.
    ///
    /// Counts are those of subword-nmt, so that both learn the same. They are the true ones unless a unit of one spelling
    /// comes about in several ways, as where a text has `</w>` in it: a merge then counts neighbours of such units again.
    pub fn learn<L: AsRef<str>>(
        lines: impl IntoIterator<Item = L>,
        symbols: usize,
        min_frequency: u64,
    ) -> Self {
        let min_frequency = i64::try_from(min_frequency).unwrap_or(i64::MAX);
        let (mut learner, mut counts) = Learner::new(&count_words(lines));
        let mut pairs = Vec::new();
        while pairs.len() < symbols
            && let Some(best) = counts.take_most_frequent(pairs.len(), &learner.units)
            && best.count >= min_frequency
        {
            let changes = learner.merge(best.pair);
            counts.change(changes, &learner.units);
            counts.clear(best.pair);
            if pairs.len().is_multiple_of(STRIKE_EVERY) {
                counts.strike();
            }
            pairs.push((best.first.as_ref().into(), best.second.as_ref().into()));
        }
        Self {
            pairs,
            end: EndOfWord::Attached,
        }
    }
}

/// Merges after which the books are gone through, the first one included.
const STRIKE_EVERY: usize = 100;

pub(super) fn count_words<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> HashMap<Box<str>, i64> {
    let mut counts: HashMap<Box<str>, i64> = HashMap::new();
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
    count: i64,
    /// Whether a character of it is white space to Python.
    has_space: bool,
}

struct Learner {
    units: Units,
    words: Vec<Word>,
    /// In which words a pair is thought to stand, and how often. A word is not looked at where that is under one.
    places: HashMap<Pair, HashMap<u32, i32>>,
}

impl Learner {
    fn new(counts: &HashMap<Box<str>, i64>) -> (Self, PairCounts) {
        let mut units = Units::default();
        let words: Vec<Word> = counts
            .iter()
            .map(|(word, &count)| Word {
                units: characters(word, &mut units),
                count,
                has_space: word.contains(is_space),
            })
            .collect();
        let mut learner = Self {
            units,
            words: Vec::new(),
            places: HashMap::new(),
        };
        let mut counts = HashMap::new();
        for (word, place) in words.iter().zip(0..) {
            for pair in word.units.windows(2) {
                learner.count((pair[0], pair[1]), place, 1, word.count, &mut counts);
            }
        }
        learner.words = words;
        let counts = PairCounts::new(counts, &learner.units);
        (learner, counts)
    }

    /// Joins the occurrences of `pair`, from the left of each word and without overlap; returns how counts change.
    fn merge(&mut self, pair: Pair) -> HashMap<Pair, i64> {
        let joined = self.units.join(pair);
        let places = mem::take(self.places.entry(pair).or_default());
        let mut changes = HashMap::new();
        for (place, _) in places.into_iter().filter(|(_, times)| *times > 0) {
            let word = &self.words[place as usize];
            let count = word.count;
            let new = if word.has_space {
                join_in_text(&word.units, pair, &mut self.units)
            } else {
                join(&word.units, pair, joined)
            };
            let old = mem::replace(&mut self.words[place as usize].units, new.clone());
            self.count_off(&old, pair, (place, count), &mut changes);
            self.count_new(&new, joined, (place, count), &mut changes);
        }
        changes
    }

    /// Counts off the neighbours of each occurrence of `pair` in a word before the merge.
    fn count_off(
        &mut self,
        old: &[u32],
        (first, second): Pair,
        (place, count): (u32, i64),
        changes: &mut HashMap<Pair, i64>,
    ) {
        let mut at = 0;
        while at + 1 < old.len() {
            if old[at] != first || old[at + 1] != second {
                at += 1;
                continue;
            }
            if at > 0 {
                self.count((old[at - 1], first), place, -1, -count, changes);
            }
            // Between two occurrences in a row the later one counts off the pair.
            let another_follows = old.get(at + 2) == Some(&first) && old.get(at + 3) == Some(&second);
            if let Some(&next) = old.get(at + 2)
                && !another_follows
            {
                self.count((second, next), place, -1, -count, changes);
            }
            at += 2;
        }
    }

    /// Counts the neighbours of each unit `joined` in a word after the merge, also of those that stood there before.
    fn count_new(
        &mut self,
        new: &[u32],
        joined: u32,
        (place, count): (u32, i64),
        changes: &mut HashMap<Pair, i64>,
    ) {
        for at in (0..new.len()).filter(|&at| new[at] == joined) {
            if at > 0 {
                self.count((new[at - 1], joined), place, 1, count, changes);
            }
            // Of two in a row the later one counts the pair.
            if let Some(&next) = new.get(at + 1)
                && next != joined
            {
                self.count((joined, next), place, 1, count, changes);
            }
        }
    }

    fn count(&mut self, pair: Pair, place: u32, times: i32, count: i64, changes: &mut HashMap<Pair, i64>) {
        *changes.entry(pair).or_default() += count;
        *self.places.entry(pair).or_default().entry(place).or_default() += times;
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

fn join(units: &[u32], (first, second): Pair, joined: u32) -> Vec<u32> {
    let mut new = Vec::with_capacity(units.len());
    let mut next = 0;
    while next < units.len() {
        let together = units[next] == first && units.get(next + 1) == Some(&second);
        new.push(if together { joined } else { units[next] });
        next += 1 + usize::from(together);
    }
    new
}

/// [`join`] for a word with white space in it. subword-nmt joins by a regular expression on the units written with
/// spaces between them, to which a unit also begins and ends where there is white space within it.
fn join_in_text(units: &[u32], (first, second): Pair, numbers: &mut Units) -> Vec<u32> {
    let names: Vec<&str> = units.iter().map(|&unit| numbers.name(unit).as_ref()).collect();
    let text = names.join(" ");
    let (first, second) = (numbers.name(first), numbers.name(second));
    let (pattern, joined) = (format!("{first} {second}"), format!("{first}{second}"));
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    let mut from = 0;
    while let Some(distance) = text[from..].find(&pattern) {
        let (start, end) = (from + distance, from + distance + pattern.len());
        let begins = text[..start].chars().next_back().is_none_or(is_space);
        let ends = text[end..].chars().next().is_none_or(is_space);
        if begins && ends {
            replaced.push_str(&text[done..start]);
            replaced.push_str(&joined);
            (done, from) = (end, end);
        } else {
            from = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
    }
    replaced.push_str(&text[done..]);
    replaced.split(' ').map(|name| numbers.intern(name)).collect()
}

/// White space to a regular expression of Python.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain::learn_plainly;
    use super::*;

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

    #[test]
    fn no_frequency_asked_for_ends_where_nothing_is_left_to_merge() {
        assert_eq!(Merges::learn(["ab abc"], 50, 0), Merges::learn(["ab abc"], 50, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_queue_learns_what_the_plain_procedure_learns(
            lines in prop::collection::vec(
                "(([abc<]{1,6}|[ab]{1,9}|</w>|[ab]</w>[ab]|a[\u{a0}\t]{1,2}[ab]{1,3}|@@@?)( |  )?){0,7}",
                1..9,
            ),
            symbols in 0usize..240,
            min_frequency in 1u64..4,
        ) {
            let learned = Merges::learn(&lines, symbols, min_frequency);
            prop_assert_eq!(learned.pairs(), learn_plainly(&lines, symbols, min_frequency));
        }
    }
}
