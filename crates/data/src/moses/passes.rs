//! The passes over a line that put spaces round commas and apostrophes.
//!
//! A pass goes from left to right, and a character that one match has looked at is not looked at again. That is why
//! most rules come as several passes, and why runs of commas or apostrophes end as they do.

use super::Language;
use super::characters::{is_letter, is_number};

/// What a neighbour of the mark must be; `None` where it does not matter and is not looked at.
type Neighbour = Option<fn(char) -> bool>;

/// Replaces a mark between two neighbours.
#[derive(Debug)]
pub(super) struct Pass {
    mark: char,
    left: Neighbour,
    right: Neighbour,
    replacement: &'static str,
}

const fn pass(mark: char, left: Neighbour, right: Neighbour, replacement: &'static str) -> Pass {
    Pass {
        mark,
        left,
        right,
        replacement,
    }
}

fn no_number(character: char) -> bool {
    !is_number(character)
}

fn no_letter(character: char) -> bool {
    !is_letter(character)
}

fn no_letter_or_number(character: char) -> bool {
    !is_letter(character) && !is_number(character)
}

fn small_s(character: char) -> bool {
    character == 's'
}

/// Commas are tokens of their own unless they stand between numbers.
pub(super) static COMMAS: [Pass; 2] = [
    pass(',', Some(no_number), None, " , "),
    pass(',', None, Some(no_number), " , "),
];

/// German: an apostrophe is a token of its own.
static GERMAN_APOSTROPHES: [Pass; 1] = [pass('\'', None, None, " ' ")];

/// English: an apostrophe goes with the letters that follow it if it continues a word (`can 't`, `dog 's`).
static ENGLISH_APOSTROPHES: [Pass; 5] = [
    pass('\'', Some(no_letter), Some(no_letter), " ' "),
    pass('\'', Some(no_letter_or_number), Some(is_letter), " ' "),
    pass('\'', Some(is_letter), Some(no_letter), " ' "),
    pass('\'', Some(is_letter), Some(is_letter), " '"),
    pass('\'', Some(is_number), Some(small_s), " '"),
];

/// The passes for the apostrophes of a language.
pub(super) fn apostrophes(language: Language) -> &'static [Pass] {
    match language {
        Language::German => &GERMAN_APOSTROPHES,
        Language::English => &ENGLISH_APOSTROPHES,
    }
}

impl Pass {
    /// Writes `text` with its marks replaced to `output`, or leaves that empty and returns false if no mark fits.
    pub(super) fn run(&self, text: &str, output: &mut String) -> bool {
        output.clear();
        // What earlier matches have not looked at begins here.
        let mut fresh = 0;
        let mut from = 0;
        while let Some(distance) = text[from..].find(self.mark) {
            let mark = from + distance;
            from = mark + self.mark.len_utf8();
            let before = text[fresh..mark].chars().next_back();
            let after = text[from..].chars().next();
            let fits = |neighbour: Neighbour, character: Option<char>| {
                neighbour.is_none_or(|fits| character.is_some_and(fits))
            };
            if fits(self.left, before) && fits(self.right, after) {
                output.push_str(&text[fresh..mark]);
                output.push_str(self.replacement);
                if let (Some(_), Some(after)) = (self.right, after) {
                    output.push(after);
                    from += after.len_utf8();
                }
                fresh = from;
            }
        }
        if fresh > 0 {
            output.push_str(&text[fresh..]);
        }
        fresh > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words after all passes.
    fn words(passes: &[Pass], text: &str) -> String {
        let mut text = text.to_owned();
        let mut output = String::new();
        for pass in passes {
            if pass.run(&text, &mut output) {
                text.clone_from(&output);
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn commas_between_numbers_stay() {
        assert_eq!(words(&COMMAS, "12,5"), "12,5");
        assert_eq!(words(&COMMAS, "²,\u{2167}"), "²,\u{2167}");
        assert_eq!(words(&COMMAS, "ja,5,ja"), "ja , 5 , ja");
        assert_eq!(words(&COMMAS, ",5"), ",5");
        assert_eq!(words(&COMMAS, "5,"), "5,");
    }

    #[test]
    fn a_comma_that_a_match_has_looked_at_stays_where_it_is() {
        assert_eq!(words(&COMMAS, "a,,2"), "a , ,2");
        assert_eq!(words(&COMMAS, "a,,,2"), "a , , , 2");
    }

    #[test]
    fn a_pass_without_a_match_writes_nothing() {
        let mut output = String::from("rest of the last line");
        assert!(!COMMAS[0].run("12,5", &mut output));
        assert_eq!(output, "");
    }

    #[test]
    fn english_apostrophes_follow_their_neighbours() {
        let english = |text| words(apostrophes(Language::English), text);
        assert_eq!(english("o'clock"), "o 'clock");
        assert_eq!(english("the 60's, 60'x"), "the 60 's, 60'x");
        assert_eq!(english("boys' 'n"), "boys ' ' n");
        assert_eq!(english("7'8"), "7 ' 8");
        assert_eq!(english("'em"), "'em");
        // The t between both was looked at together with the first.
        assert_eq!(english("n't've"), "n 't've");
    }

    #[test]
    fn german_apostrophes_stand_alone() {
        assert_eq!(words(apostrophes(Language::German), "'s gibt's"), "' s gibt ' s");
    }
}
