//! The steps from raw lines to segmented ones, each on all cores and with the lines in their order.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bpe::Segmenter;
use crate::moses::{Bars, Buffers, Cleaner, Dropped, Tokenizer, lowercase};

/// Lines that one core takes at a time.
const CHUNK: usize = 512;

/// Both sides of a parallel text: source, target.
pub(super) type Sides = [Vec<String>; 2];

/// Training pairs that were dropped, each for the first reason that applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DroppedPairs {
    /// A side has no words.
    pub empty: usize,
    /// A side has too many words.
    pub too_long: usize,
    /// A side has too many words for the other.
    pub ratio: usize,
    /// A word has more than 1,000 characters.
    pub long_word: usize,
}

impl DroppedPairs {
    /// Pairs dropped for whatever reason.
    pub fn total(&self) -> usize {
        self.empty + self.too_long + self.ratio + self.long_word
    }

    fn count(&mut self, reason: Dropped) {
        *match reason {
            // Lines shorter than one word are empty.
            Dropped::Empty | Dropped::TooShort => &mut self.empty,
            Dropped::TooLong => &mut self.too_long,
            Dropped::Ratio => &mut self.ratio,
            Dropped::LongWord => &mut self.long_word,
        } += 1;
    }
}

impl std::fmt::Display for DroppedPairs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "dropped: {} empty, {} too long, {} of unequal length, {} with a word too long",
            self.empty, self.too_long, self.ratio, self.long_word
        )
    }
}

/// Limits on the training pairs that are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    pub(super) max_words: usize,
    pub(super) ratio: f64,
}

pub(super) fn tokenize(lines: &[String], tokenizer: &Tokenizer) -> Vec<String> {
    in_chunks(lines, Buffers::default, |buffers, line| {
        tokenizer.tokenize_with(line, buffers).to_owned()
    })
}

/// Words joined by single spaces, for text that no tokeniser has put into this form.
pub(super) fn squeeze(lines: &[String]) -> Vec<String> {
    in_chunks(
        lines,
        || (),
        |(), line| line.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

pub(super) fn lower(lines: &[String]) -> Vec<String> {
    in_chunks(lines, || (), |(), line| lowercase(line))
}

pub(super) fn segment(lines: &[String], segmenter: &Segmenter) -> Vec<String> {
    in_chunks(lines, || segmenter.clone(), Segmenter::segment_line)
}

/// The pairs within the limits, and how many are not.
pub(super) fn clean(sides: &Sides, limits: Limits) -> (Sides, DroppedPairs) {
    let cleaner = Cleaner {
        ratio: limits.ratio,
        min: 1,
        max: limits.max_words,
        // The tokeniser leaves none; what it has not touched loses nothing here either.
        bars: Bars::Keep,
    };
    let checked: Vec<_> = sides[0]
        .par_iter()
        .zip(&sides[1])
        .map(|(source, target)| cleaner.check(source, target))
        .collect();
    let mut kept = Sides::default();
    let mut dropped = DroppedPairs::default();
    for pair in checked {
        match pair {
            Ok((source, target)) => {
                kept[0].push(source);
                kept[1].push(target);
            }
            Err(reason) => dropped.count(reason),
        }
    }
    (kept, dropped)
}

/// Every `every`th pair, counted from 1, and the others.
pub(super) fn take_every(sides: Sides, every: usize) -> (Sides, Sides) {
    let mut taken = Sides::default();
    let mut rest = Sides::default();
    for (side, lines) in sides.into_iter().enumerate() {
        for (line, number) in lines.into_iter().zip(1_usize..) {
            let part = if number.is_multiple_of(every) {
                &mut taken
            } else {
                &mut rest
            };
            part[side].push(line);
        }
    }
    (taken, rest)
}

/// The place of the first line without words on either side.
pub(super) fn first_empty(lines: &[String]) -> Option<usize> {
    lines
        .iter()
        .position(|line| line.split_whitespace().next().is_none())
}

/// The place of the first line with a word that undoing a segmentation would run into the next, and that word.
pub(super) fn first_unit(lines: &[String], separator: &str) -> Option<(usize, String)> {
    lines.iter().enumerate().find_map(|(place, line)| {
        let unit = line.split_whitespace().find(|word| word.ends_with(separator))?;
        Some((place, unit.to_owned()))
    })
}

/// The first unit of a text of which a tenth of the lines have words cut in two. A tokeniser takes separators apart, so that
/// a few which are text do no harm.
pub(super) fn first_of_segmented(lines: &[String], separator: &str) -> Option<(usize, String)> {
    let unit = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let joint = words.windows(2).find(|pair| {
            let stem = pair[0].strip_suffix(separator).unwrap_or_default();
            stem.ends_with(char::is_alphanumeric) && pair[1].starts_with(char::is_alphanumeric)
        })?;
        Some(joint[0].to_owned())
    };
    let mut units = lines
        .iter()
        .enumerate()
        .filter_map(|(place, line)| Some((place, unit(line)?)));
    let first = units.next()?;
    ((1 + units.count()) * 10 >= lines.len()).then_some(first)
}

fn in_chunks<State>(
    lines: &[String],
    state: impl Fn() -> State + Sync + Send,
    change: impl Fn(&mut State, &str) -> String + Sync + Send,
) -> Vec<String> {
    lines
        .par_chunks(CHUNK)
        .map_init(state, |state, chunk| {
            chunk.iter().map(|line| change(state, line)).collect::<Vec<_>>()
        })
        .flatten_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bpe::{Merges, SEPARATOR, undo};
    use crate::moses::{Language, Prefixes};

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|&line| line.into()).collect()
    }

    #[test]
    fn reasons_are_told_apart() {
        let limits = Limits {
            max_words: 4,
            ratio: 1.5,
        };
        let long_word = "w".repeat(1001);
        let source = lines(&["a b", "a b", "a b c d e", "a b", " a  b ", &long_word, "a|b"]);
        let target = lines(&["a b c d", "", "a b c d e", "a b c", "c", "a", "|"]);
        let (kept, dropped) = clean(&[source, target], limits);
        assert_eq!(kept, [lines(&["a b", "a|b"]), lines(&["a b c", "|"])]);
        let expected = DroppedPairs {
            empty: 1,
            too_long: 1,
            ratio: 2,
            long_word: 1,
        };
        assert_eq!(dropped, expected);
        assert_eq!(dropped.total(), 5);
    }

    #[test]
    fn every_third_pair_is_counted_from_1() {
        let numbers = |from: usize| (from..from + 8).map(|number| number.to_string()).collect();
        let (taken, rest) = take_every([numbers(1), numbers(11)], 3);
        assert_eq!(taken, [lines(&["3", "6"]), lines(&["13", "16"])]);
        assert_eq!(rest[1], lines(&["11", "12", "14", "15", "17", "18"]));
    }

    #[test]
    fn blank_lines_and_units_are_found() {
        assert_eq!(first_empty(&lines(&["a", " \u{a0}\t", ""])), Some(1));
        assert_eq!(first_empty(&lines(&["a"])), None);
        let text = lines(&["@@ a@b @@", "lo@@ wer up@@"]);
        assert_eq!(first_unit(&text, SEPARATOR), Some((0, "@@".into())));
        assert_eq!(first_unit(&text[1..], SEPARATOR), Some((0, "lo@@".into())));
        assert_eq!(first_unit(&lines(&["@", "a@b @-@", "@@a"]), SEPARATOR), None);
    }

    #[test]
    fn segmented_text_is_told_from_text_with_a_separator_in_it() {
        let first = |text: &[&str]| first_of_segmented(&lines(text), SEPARATOR);
        assert_eq!(first(&["low er", "lo@@ wer up"]), Some((1, "lo@@".into())));
        assert_eq!(
            first(&[
                "a@@@ b",
                "@@ a",
                "@@@ @@@@ b",
                "mail@@",
                "a@@b c",
                "a@@ @-@ b",
                "@"
            ]),
            None
        );
        let mut many = vec!["plain text"; 19];
        many.push("some@@ thing");
        assert_eq!(first(&many), None);
        many[0] = "some@@ thing";
        assert_eq!(first(&many), Some((0, "some@@".into())));
        assert_eq!(first(&[]), None);
    }

    proptest! {
        #[test]
        fn chunks_change_no_line_and_no_order(seed in "[A-Za-z ,.]{0,20}", count in 0..3 * CHUNK) {
            let text: Vec<String> = (0..count).map(|number| format!("{number} {seed}.")).collect();
            let tokenizer = Tokenizer::new(Language::German, Prefixes::builtin(Language::German));
            let tokens = tokenize(&text, &tokenizer);
            let one_by_one: Vec<String> = text.iter().map(|line| tokenizer.tokenize(line)).collect();
            prop_assert_eq!(&tokens, &one_by_one);
            let lowered = lower(&tokens);
            let one_by_one: Vec<String> = tokens.iter().map(|line| lowercase(line)).collect();
            prop_assert_eq!(&lowered, &one_by_one);
            let segmenter = Segmenter::new(&Merges::learn(&lowered, 10, 2), SEPARATOR);
            let undone: Vec<String> =
                segment(&lowered, &segmenter).iter().map(|line| undo(line, SEPARATOR)).collect();
            prop_assert_eq!(&undone, &lowered);
        }
    }
}
