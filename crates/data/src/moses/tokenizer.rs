//! The tokeniser: a line of text in, its tokens joined by spaces and escaped out.

use std::mem;

use super::characters::{is_digit, is_letter};
use super::escapes::escape_into;
use super::passes::{COMMAS, Pass, apostrophes};
use super::prefixes::Reach;
use super::{Language, Prefixes};

/// The rule-based tokeniser of the Moses toolkit, with escaping and without splitting at hyphens.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    language: Language,
    prefixes: Prefixes,
}

/// What a [`Tokenizer`] works in, kept from line to line so that nothing is allocated for each.
#[derive(Debug, Default)]
pub struct Buffers {
    text: String,
    spare: String,
    output: String,
}

impl Tokenizer {
    /// A tokeniser of `language` that knows its abbreviations by `prefixes`.
    pub fn new(language: Language, prefixes: Prefixes) -> Self {
        Self { language, prefixes }
    }

    /// The tokens of `line` joined by single spaces; a line of only white space comes back as it is.
    ///
    /// As in Moses, a line that ends in a full stop and an apostrophe within one word keeps a space at its end.
    pub fn tokenize(&self, line: &str) -> String {
        let mut buffers = Buffers::default();
        self.tokenize_with(line, &mut buffers);
        buffers.output
    }

    /// [`Self::tokenize`] without allocations, for many lines.
    pub fn tokenize_with<'buffers>(&self, line: &str, buffers: &'buffers mut Buffers) -> &'buffers str {
        buffers.output.clear();
        if line.chars().all(char::is_whitespace) {
            buffers.output.push_str(line);
            return &buffers.output;
        }
        set_apart(line, &mut buffers.text);
        buffers.run_all(',', &COMMAS);
        if buffers.text.ends_with(',') {
            // It follows a number, or it is a word already and a space more does nothing.
            buffers.text.insert(buffers.text.len() - 1, ' ');
        }
        buffers.run_all('\'', apostrophes(self.language));
        self.words_into(&buffers.text, &mut buffers.output);
        &buffers.output
    }

    /// Appends the words of `text` to `output`, their full stops split off where they end a sentence.
    fn words_into(&self, text: &str, output: &mut String) {
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            if !mem::take(&mut first) {
                output.push(' ');
            }
            let next = words.peek().copied();
            if let Some(stem) = word.strip_suffix('.')
                && !stem.is_empty()
                && !is_dots(word)
                && !self.keeps_full_stop(stem, next)
            {
                escape_into(stem, output);
                output.push_str(" .");
            } else if next.is_none()
                && let Some(stem) = word.strip_suffix(".'")
            {
                escape_into(stem, output);
                output.push_str(" . ");
                escape_into("'", output);
                output.push(' ');
            } else {
                escape_into(word, output);
            }
        }
    }

    /// Whether the full stop after `stem` belongs to it, with `next` the word that follows.
    fn keeps_full_stop(&self, stem: &str, next: Option<&str>) -> bool {
        let Some(next) = next.and_then(|next| next.chars().next()) else {
            return false;
        };
        if next.is_lowercase() || (stem.contains('.') && stem.chars().any(is_letter)) {
            return true;
        }
        match self.prefixes.reach(stem) {
            Some(Reach::Anywhere) => true,
            Some(Reach::BeforeNumber) => next.is_ascii_digit(),
            None => false,
        }
    }
}

impl Buffers {
    /// Runs the passes for `mark` over the text.
    fn run_all(&mut self, mark: char, passes: &[Pass]) {
        if !self.text.contains(mark) {
            return;
        }
        for pass in passes {
            if pass.run(&self.text, &mut self.spare) {
                mem::swap(&mut self.text, &mut self.spare);
            }
        }
    }
}

/// A run of full stops, which [`set_apart`] has made a word.
fn is_dots(word: &str) -> bool {
    word.starts_with("..")
}

/// What a character of the line is to [`set_apart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Part of a word, or decided later.
    Plain,
    FullStop,
    Space,
    /// A control character, which is deleted.
    Control,
    /// A token of its own.
    Symbol,
}

const ASCII_ROLES: [Role; 128] = {
    let mut roles = [Role::Symbol; 128];
    let mut code = 0;
    while code < 128 {
        roles[code] = match code as u8 {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'\'' | b'`' | b',' | b'-' => Role::Plain,
            b'.' => Role::FullStop,
            b' ' | b'\t'..=b'\r' => Role::Space,
            0..0x20 => Role::Control,
            _ => Role::Symbol,
        };
        code += 1;
    }
    roles
};

fn role(character: char) -> Role {
    match ASCII_ROLES.get(character as usize) {
        Some(role) => *role,
        None if is_letter(character) || is_digit(character) => Role::Plain,
        None if character.is_whitespace() => Role::Space,
        None => Role::Symbol,
    }
}

/// Writes `line` to `text` with white space squeezed and trimmed, control characters deleted, and spaces round symbols
/// and round runs of full stops.
fn set_apart(line: &str, text: &mut String) {
    text.clear();
    let mut full_stops = 0;
    // A space is due before the next character; at the start of the line it never is.
    let mut space = false;
    let mut started = false;
    let mut at = 0;
    while let Some(character) = line[at..].chars().next() {
        let start = at;
        at += character.len_utf8();
        let role = role(character);
        match role {
            Role::Control => continue,
            Role::Space => {
                push_full_stops(mem::take(&mut full_stops), text);
                space = started;
                continue;
            }
            Role::Plain | Role::FullStop | Role::Symbol => {}
        }
        started = true;
        if mem::take(&mut space) {
            text.push(' ');
        }
        if role == Role::FullStop {
            full_stops += 1;
            continue;
        }
        push_full_stops(mem::take(&mut full_stops), text);
        if role == Role::Symbol {
            text.push(' ');
            text.push(character);
            text.push(' ');
        } else {
            let ascii = line.as_bytes()[at..]
                .iter()
                .take_while(|byte| ASCII_ROLES.get(usize::from(**byte)) == Some(&Role::Plain));
            at += ascii.count();
            text.push_str(&line[start..at]);
        }
    }
    push_full_stops(full_stops, text);
}

fn push_full_stops(count: usize, text: &mut String) {
    match count {
        0 => {}
        1 => text.push('.'),
        _ => {
            text.push(' ');
            text.extend(std::iter::repeat_n('.', count));
            text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::escapes::unescape;
    use super::*;

    fn german(line: &str) -> String {
        Tokenizer::new(Language::German, Prefixes::builtin(Language::German)).tokenize(line)
    }

    fn english(line: &str) -> String {
        Tokenizer::new(Language::English, Prefixes::builtin(Language::English)).tokenize(line)
    }

    #[test]
    fn blank_lines_pass_through() {
        for line in ["", " ", "\t \u{3000}"] {
            assert_eq!(german(line), line);
        }
    }

    #[test]
    fn white_space_is_squeezed_and_control_characters_go() {
        assert_eq!(english("\u{a0} red \t\u{2003} kite\u{85}up "), "red kite up");
        assert_eq!(english("ki\u{3}te \u{1f} up\u{0}"), "kite up");
        assert_eq!(english("up.\u{4}. we go"), "up .. we go");
        assert_eq!(english("\u{1}"), "");
    }

    #[test]
    fn symbols_stand_apart() {
        assert_eq!(german("(rot/grün)=50%!"), "( rot / grün ) = 50 % !");
        assert_eq!(german("a-b `c` 5² \u{2167} ٣"), "a-b `c` 5 ² \u{2167} ٣");
        assert_eq!(german("„gut“–ja…"), "„ gut “ – ja …");
    }

    #[test]
    fn runs_of_full_stops_are_words_with_a_capital() {
        assert_eq!(english("well...then"), "well ... then");
        assert_eq!(english("it is. .. over"), "it is . .. over");
        assert_eq!(english("wait....'"), "wait .... &apos;");
        assert_eq!(english("..,5"), ".. , 5");
        assert_eq!(english(". . ."), ". . .");
    }

    #[test]
    fn commas_stand_apart_outside_numbers() {
        assert_eq!(german("rot,grün, 1,5 und 7,"), "rot , grün , 1,5 und 7 ,");
        assert_eq!(german(","), ",");
        assert_eq!(german("ja,,"), "ja , ,");
    }

    #[test]
    fn apostrophes_follow_the_language() {
        assert_eq!(english("the cat's toy"), "the cat &apos;s toy");
        assert_eq!(german("wie's geht"), "wie &apos; s geht");
        assert_eq!(english("it's"), "it &apos;s");
    }

    #[test]
    fn full_stops_go_unless_something_speaks_against_it() {
        assert_eq!(english("Rain. Wind."), "Rain . Wind .");
        assert_eq!(english("by rain. or wind."), "by rain. or wind .");
        assert_eq!(english("at 7 a.m. Monday"), "at 7 a.m. Monday");
        assert_eq!(english("from 1.2. On"), "from 1.2 . On");
        assert_eq!(english("Dr. Vane, the Dr."), "Dr. Vane , the Dr .");
        assert_eq!(english("No. 9, No. Never No. ９"), "No. 9 , No . Never No . ９");
        assert_eq!(german("am 3. Mai"), "am 3. Mai");
        assert_eq!(german("Kap. \u{e4}rgert"), "Kap. ärgert");
    }

    #[test]
    fn the_last_apostrophe_takes_its_full_stop_along() {
        assert_eq!(english("say 'go.'"), "say &apos; go . &apos; ");
        assert_eq!(english("so .'"), "so  . &apos; ");
        assert_eq!(german("sag 'los.'"), "sag &apos; los . &apos;");
    }

    /// [`set_apart`] rule by rule, as the original describes them.
    fn set_apart_in_steps(line: &str) -> String {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = squeeze(line)
            .chars()
            .filter(|character| *character >= ' ')
            .collect();
        let mut spread = String::new();
        for character in squeeze(&text).chars() {
            if is_letter(character) || is_digit(character) || " .'`,-".contains(character) {
                spread.push(character);
            } else {
                spread.extend([' ', character, ' ']);
            }
        }
        let mut output = String::new();
        let mut rest = spread.as_str();
        while let Some(at) = rest.find("..") {
            let end = rest[at..]
                .find(|character| character != '.')
                .map_or(rest.len(), |length| at + length);
            output.push_str(&format!("{} {} ", &rest[..at], &rest[at..end]));
            rest = &rest[end..];
        }
        output + rest
    }

    fn visible(text: &str) -> String {
        text.chars()
            .filter(|character| !character.is_whitespace() && *character >= ' ')
            .collect()
    }

    const DIFFICULT: &str = "[a-cS 0-2.,'`&<é²٣\t\u{1}\u{a0}$-]{0,24}";

    proptest! {
        #[test]
        fn the_single_pass_is_the_steps(line in prop_oneof![DIFFICULT, "\\PC{0,24}"]) {
            let mut text = String::from("of the line before");
            set_apart(&line, &mut text);
            prop_assert_eq!(text, set_apart_in_steps(&line));
        }

        #[test]
        fn nothing_visible_is_lost(line in prop_oneof![DIFFICULT, "\\PC{0,24}"]) {
            for tokens in [german(&line), english(&line)] {
                prop_assert_eq!(visible(&unescape(&tokens)), visible(&line));
            }
        }

        #[test]
        fn buffers_do_not_remember(lines in prop::collection::vec(DIFFICULT, 1..6)) {
            let tokenizer = Tokenizer::new(Language::English, Prefixes::builtin(Language::English));
            let mut buffers = Buffers::default();
            for line in &lines {
                prop_assert_eq!(tokenizer.tokenize_with(line, &mut buffers), tokenizer.tokenize(line));
            }
        }
    }
}
