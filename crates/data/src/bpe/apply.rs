//! Applying merges to lines, word by word with a memory for words, and undoing it.

use std::collections::HashMap;

use super::{END_OF_WORD, EndOfWord, Merges, Pair, Units, words};

/// A unit that is in no merge.
const UNKNOWN: u32 = u32::MAX;

/// A merge: its place among the merges, and the unit it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Merge {
    rank: u32,
    unit: u32,
}

/// A unit of the word at hand.
#[derive(Debug, Clone, Copy)]
struct Span {
    unit: u32,
    /// Where it ends in the word.
    end: usize,
    /// The merge that joins it to the next unit, if one does.
    merge: Option<Merge>,
}

/// Cuts words into units as merges say.
///
/// Remembers every word it has cut, so it grows with the vocabulary of the text. For several threads, clone it.
#[derive(Debug, Clone)]
pub struct Segmenter {
    units: Units,
    merges: HashMap<Pair, Merge>,
    end: EndOfWord,
    separator: String,
    segmented: HashMap<Box<str>, Box<str>>,
    spans: Vec<Span>,
}

impl Segmenter {
    /// A segmenter that ends each unit but the last of a word with `separator`, usually
    /// [`SEPARATOR`](super::SEPARATOR).
    pub fn new(merges: &Merges, separator: &str) -> Self {
        let mut units = Units::default();
        let mut table = HashMap::with_capacity(merges.pairs.len());
        for ((first, second), rank) in merges.pairs.iter().zip(0..) {
            let pair = (units.intern(first), units.intern(second));
            let unit = units.join(pair);
            table.entry(pair).or_insert(Merge { rank, unit });
        }
        Self {
            units,
            merges: table,
            end: merges.end,
            separator: separator.into(),
            segmented: HashMap::new(),
            spans: Vec::new(),
        }
    }

    /// The line with its words cut into units.
    ///
    /// Only spaces separate words; spaces at both ends of the line are kept, runs of spaces within it become one.
    pub fn segment_line(&mut self, line: &str) -> String {
        let blank = ['\r', '\n', ' '];
        let text = line.trim_start_matches(blank);
        let (before, _) = line.split_at(line.len() - text.len());
        let (_, after) = text.split_at(text.trim_end_matches(blank).len());
        let mut segmented = String::with_capacity(line.len() + line.len() / 2);
        segmented.push_str(before);
        for (place, word) in words(text).enumerate() {
            if place > 0 {
                segmented.push(' ');
            }
            if let Some(known) = self.segmented.get(word) {
                segmented.push_str(known);
            } else {
                let start = segmented.len();
                self.segment_word(word, &mut segmented);
                self.segmented.insert(word.into(), segmented[start..].into());
            }
        }
        segmented.push_str(after);
        segmented
    }

    fn segment_word(&mut self, word: &str, segmented: &mut String) {
        self.split_into_characters(word);
        // The merge learned first goes first; where it overlaps with itself, the left occurrence wins.
        while let Some(merge) = self
            .spans
            .iter()
            .filter_map(|span| span.merge)
            .min_by_key(|merge| merge.rank)
        {
            self.apply(merge);
        }
        let mut start = 0;
        for span in &self.spans {
            if span.end == start {
                // The mark of the end, still a unit of its own.
                break;
            }
            segmented.push_str(&word[start..span.end]);
            if span.end < word.len() {
                segmented.push_str(&self.separator);
                segmented.push(' ');
            }
            start = span.end;
        }
    }

    fn split_into_characters(&mut self, word: &str) {
        self.spans.clear();
        let mut last = String::new();
        for (start, character) in word.char_indices() {
            let end = start + character.len_utf8();
            let mut name = &word[start..end];
            if end == word.len() && self.end == EndOfWord::Attached {
                last.push_str(name);
                last.push_str(END_OF_WORD);
                name = &last;
            }
            self.spans.push(Span {
                unit: self.units.number(name).unwrap_or(UNKNOWN),
                end,
                merge: None,
            });
        }
        if self.end == EndOfWord::Unit {
            self.spans.push(Span {
                unit: self.units.number(END_OF_WORD).unwrap_or(UNKNOWN),
                end: word.len(),
                merge: None,
            });
        }
        for place in 0..self.spans.len() {
            self.spans[place].merge = self.merge_at(place);
        }
    }

    fn merge_at(&self, place: usize) -> Option<Merge> {
        let next = self.spans.get(place + 1)?;
        self.merges.get(&(self.spans[place].unit, next.unit)).copied()
    }

    fn apply(&mut self, merge: Merge) {
        let mut kept = 0;
        let mut next = 0;
        while next < self.spans.len() {
            let mut span = self.spans[next];
            if span.merge == Some(merge) {
                next += 1;
                span = Span {
                    unit: merge.unit,
                    ..self.spans[next]
                };
            }
            self.spans[kept] = span;
            kept += 1;
            next += 1;
        }
        self.spans.truncate(kept);
        for place in 0..kept {
            let next = self.spans.get(place + 1).map(|span| span.unit);
            if self.spans[place].unit == merge.unit || next == Some(merge.unit) {
                self.spans[place].merge = self.merge_at(place);
            }
        }
    }
}

/// The line with its units put together again: every `separator` before a space or at the end of the line goes, and
/// the space with it.
///
/// A word that itself ends in `separator` runs into the next one.
pub fn undo(line: &str, separator: &str) -> String {
    let whole = line.replace(&format!("{separator} "), "");
    match whole.strip_suffix(separator) {
        Some(whole) => whole.into(),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::SEPARATOR;
    use super::*;

    fn of(end: EndOfWord, pairs: &[(&str, &str)]) -> Segmenter {
        let pairs = pairs
            .iter()
            .map(|(first, second)| ((*first).into(), (*second).into()))
            .collect();
        Segmenter::new(&Merges { pairs, end }, SEPARATOR)
    }

    fn segmenter(pairs: &[(&str, &str)]) -> Segmenter {
        of(EndOfWord::Attached, pairs)
    }

    #[test]
    fn the_merge_learned_first_goes_first() {
        let line = "abc";
        assert_eq!(
            segmenter(&[("b", "c</w>"), ("a", "b")]).segment_line(line),
            "a@@ bc"
        );
        assert_eq!(
            segmenter(&[("a", "b"), ("b", "c</w>")]).segment_line(line),
            "ab@@ c"
        );
        // Of a merge that is listed twice the first place counts.
        let twice = [("a", "b"), ("b", "c</w>"), ("a", "b")];
        assert_eq!(segmenter(&twice).segment_line(line), "ab@@ c");
    }

    #[test]
    fn overlapping_occurrences_are_merged_from_the_left() {
        let mut segmenter = segmenter(&[("a", "a"), ("aa", "a</w>")]);
        assert_eq!(
            segmenter.segment_line("aaaab aaa aa a"),
            "aa@@ aa@@ b aaa a@@ a a"
        );
    }

    #[test]
    fn the_end_of_a_word_is_told_from_its_middle() {
        let mut segmenter = segmenter(&[("a", "b</w>")]);
        assert_eq!(segmenter.segment_line("ab abc"), "ab a@@ b@@ c");
        // A word that spells the mark has no end in its middle.
        assert_eq!(segmenter.segment_line("</w>"), "<@@ /@@ w@@ >");
    }

    #[test]
    fn in_the_old_way_the_end_is_a_unit_of_its_own() {
        let mut segmenter = of(
            EndOfWord::Unit,
            &[("b", "</w>"), ("c", "b</w>"), ("/", "w"), ("</w>", "</w>")],
        );
        assert_eq!(segmenter.segment_line("ab acb b cba"), "a@@ b a@@ cb b c@@ b@@ a");
        // A word that spells the mark has its letters all the same.
        assert_eq!(segmenter.segment_line("x</w>"), "x@@ <@@ /w@@ >");
        let mut segmenter = of(
            EndOfWord::Unit,
            &[
                ("<", "/"),
                ("</", "w"),
                ("</w", ">"),
                ("</w>", "</w>"),
                ("x", "</w></w>"),
            ],
        );
        assert_eq!(segmenter.segment_line("x</w> </w>x"), "x</w> </w>@@ x");
    }

    #[test]
    fn spaces_at_the_ends_stay_and_inner_runs_shrink() {
        let mut segmenter = segmenter(&[]);
        assert_eq!(segmenter.segment_line("  ab  c\t "), "  a@@ b c@@ \t ");
        assert_eq!(segmenter.segment_line("   "), "   ");
        assert_eq!(segmenter.segment_line(""), "");
    }

    #[test]
    fn the_separator_is_the_callers() {
        let merges = Merges::learn([""; 0], 1, 2);
        assert_eq!(Segmenter::new(&merges, "~").segment_line("abc"), "a~ b~ c");
        assert_eq!(undo("a~ b~ c~", "~"), "abc");
    }

    #[test]
    fn undoing_also_ends_a_broken_off_word() {
        assert_eq!(undo("lo@@ wer a@@", SEPARATOR), "lower a");
        assert_eq!(undo("the @@@ @ sign", SEPARATOR), "the @@ sign");
    }

    proptest! {
        #[test]
        fn undoing_gives_the_line_back(
            text in prop::collection::vec("[a-cé]{1,8}( [a-c]{1,5}){0,5}", 1..6),
            line in "[a-dé]{1,8}( [a-d]{1,5}){0,5}",
        ) {
            let merges = Merges::learn(&text, 20, 1);
            let mut segmenter = Segmenter::new(&merges, SEPARATOR);
            let segmented = segmenter.segment_line(&line);
            prop_assert_eq!(undo(&segmented, SEPARATOR), line.as_str());
            // From memory the same.
            prop_assert_eq!(segmenter.segment_line(&line), segmented);
        }
    }
}
