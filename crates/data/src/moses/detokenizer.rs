//! The detokeniser: tokens joined by spaces in, a line of text out.

use std::borrow::Cow;

use super::Language;
use super::characters::{is_cjk, is_currency, is_digit, is_letter};
use super::escapes::unescape;

/// The rule-based detokeniser of the Moses toolkit.
#[derive(Debug, Clone, Copy)]
pub struct Detokenizer {
    language: Language,
}

/// On which sides of a token there is a space, where its neighbours want one as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spaces {
    Both,
    /// None after it.
    Before,
    /// None before it.
    After,
}

impl Detokenizer {
    /// A detokeniser of `language`.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The text of a line of tokens.
    ///
    /// A line of only white space comes back as it is, and so does one that begins with `<` and ends with `>`, which is
    /// taken for mark-up; a single token `<>` is not.
    pub fn detokenize(&self, line: &str) -> String {
        let mut output = String::with_capacity(line.len());
        self.detokenize_into(line, &mut output);
        output
    }

    /// Appends the text of a line of tokens to `output`; see [`Self::detokenize`].
    pub fn detokenize_into(&self, line: &str, output: &mut String) {
        if line.chars().all(char::is_whitespace) || is_markup(line) {
            output.push_str(line);
            return;
        }
        let line = with_hyphens(line);
        let line = if line.contains('&') {
            Cow::Owned(unescape(&line))
        } else {
            line
        };

        let start = output.len();
        let mut quotes = Quotes::default();
        let mut previous = "";
        let mut space = true;
        for token in line.split(' ') {
            let spaces = self.spaces(token, previous, &mut quotes);
            if space && spaces != Spaces::After && output.len() > start && !output.ends_with(' ') {
                output.push(' ');
            }
            output.push_str(token);
            space = spaces != Spaces::Before;
            previous = token;
        }
        if output.len() > start && output.ends_with(' ') {
            output.pop();
        }
    }

    fn spaces<'line>(&self, token: &'line str, previous: &str, quotes: &mut Quotes<'line>) -> Spaces {
        let english = self.language == Language::English;
        if token.starts_with(is_cjk) {
            if previous.ends_with(is_cjk) {
                Spaces::After
            } else {
                Spaces::Both
            }
        } else if only(token, is_opening) {
            Spaces::Before
        } else if only(token, is_closing)
            || (english
                && continues_word(token)
                && previous.ends_with(|last| is_letter(last) || is_digit(last)))
        {
            Spaces::After
        } else if only(token, is_quote) {
            if english && token == "'" && previous.ends_with('s') && !quotes.is_open(token) {
                // The apostrophe of a plural's genitive.
                Spaces::After
            } else if quotes.turn(token) {
                Spaces::Before
            } else {
                Spaces::After
            }
        } else {
            Spaces::Both
        }
    }
}

/// The quotation marks that are open.
#[derive(Debug, Default)]
struct Quotes<'line> {
    open: Vec<&'line str>,
}

impl<'line> Quotes<'line> {
    fn is_open(&self, token: &str) -> bool {
        self.open.contains(&pair_of(token))
    }

    /// Counts `token`; true if it opens a quotation, false if it closes one.
    fn turn(&mut self, token: &'line str) -> bool {
        let pair = pair_of(token);
        match self.open.iter().position(|open| *open == pair) {
            Some(index) => {
                self.open.swap_remove(index);
                false
            }
            None => {
                self.open.push(pair);
                true
            }
        }
    }
}

/// What `token` forms pairs with: itself, and typographic double quotes all with the straight one.
fn pair_of(token: &str) -> &str {
    if only(token, |character| matches!(character, '„' | '“')) {
        "\""
    } else {
        token
    }
}

/// Whether `token` has characters and all are of a kind.
fn only(token: &str, kind: impl Fn(char) -> bool) -> bool {
    !token.is_empty() && token.chars().all(kind)
}

fn is_opening(character: char) -> bool {
    matches!(character, '(' | '[' | '{' | '¿' | '¡') || is_currency(character)
}

fn is_closing(character: char) -> bool {
    matches!(
        character,
        ',' | '.' | '?' | '!' | ':' | ';' | '\\' | '%' | '}' | ']' | ')'
    )
}

fn is_quote(character: char) -> bool {
    matches!(character, '\'' | '"' | '„' | '“' | '`')
}

/// An apostrophe and a letter: the end of a word such as `it 's`.
fn continues_word(token: &str) -> bool {
    token
        .strip_prefix('\'')
        .is_some_and(|rest| rest.starts_with(is_letter))
}

fn is_markup(line: &str) -> bool {
    line.strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .is_some_and(|between| !between.is_empty())
}

/// Joins the words that the hyphen mark ` @-@ ` has split. The ends of the line count as spaces.
fn with_hyphens(line: &str) -> Cow<'_, str> {
    if line.contains("@-@") {
        Cow::Owned(format!(" {line} ").replace(" @-@ ", "-"))
    } else {
        Cow::Borrowed(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Prefixes, Tokenizer};
    use super::*;

    fn german(line: &str) -> String {
        Detokenizer::new(Language::German).detokenize(line)
    }

    fn english(line: &str) -> String {
        Detokenizer::new(Language::English).detokenize(line)
    }

    #[test]
    fn blank_lines_and_markup_pass_through() {
        for line in ["", "  \t", "<p  , >", "< >"] {
            assert_eq!(german(line), line);
        }
        assert_eq!(german("&lt; ,  &gt;"), "<, >");
        assert_eq!(german("<> ,"), "<>,");
    }

    #[test]
    fn punctuation_clings_to_its_side() {
        assert_eq!(english("yes , ( 5 % of $ 3 ) ; no ?!"), "yes, (5% of $3); no?!");
        assert_eq!(english("¿ por qué ? £€ 4 ,x (a"), "¿por qué? £€4 ,x (a");
        assert_eq!(english("a &#91; b &#93; &amp; c"), "a [b] & c");
    }

    #[test]
    fn quotes_open_and_close_in_turn() {
        assert_eq!(
            german("er rief &quot; los &quot; und &quot; halt &quot; ."),
            "er rief \"los\" und \"halt\"."
        );
        assert_eq!(german("„ los “ und ` so `"), "„los“ und `so`");
        assert_eq!(german("&quot; los “ &apos; so &apos;"), "\"los“ 'so'");
        assert_eq!(
            german("&apos; a &apos;&apos; b &apos;&apos; c &apos;"),
            "'a ''b'' c'"
        );
    }

    #[test]
    fn english_apostrophes_continue_words() {
        assert_eq!(english("it &apos;s 60 &apos;s ) &apos;em"), "it's 60's) 'em");
        assert_eq!(german("it &apos;s"), "it 's");
        assert_eq!(english("cats &apos; toys &apos; paws"), "cats' toys' paws");
        assert_eq!(german("cats &apos; toys &apos; paws"), "cats 'toys' paws");
        // A quotation that is open is closed even after an s.
        assert_eq!(english("&apos; cats &apos; &apos; a &apos;"), "'cats' 'a'");
    }

    #[test]
    fn words_of_cjk_characters_join() {
        assert_eq!(english("木 かな 。 end 木"), "木かな。 end 木");
        assert_eq!(english("木x 木"), "木x 木");
    }

    #[test]
    fn hyphen_marks_join_also_at_the_ends() {
        assert_eq!(english("ten @-@ year plan @-@"), "ten-year plan-");
        assert_eq!(english("a @-@ @-@ b"), "a-@-@ b");
    }

    #[test]
    fn spaces_are_squeezed_and_other_white_space_stays() {
        assert_eq!(english("  two   kites "), "two kites");
        assert_eq!(english("end  ."), "end .");
        assert_eq!(english("(  x\u{a0}y"), "( x\u{a0}y");
    }

    #[test]
    fn appending_leaves_what_is_there() {
        let mut output = String::from("one ");
        Detokenizer::new(Language::English).detokenize_into(" two , ", &mut output);
        assert_eq!(output, "one two,");
    }

    proptest! {
        #[test]
        fn spaces_are_single(line in "[a's ,(&;@$\"-]{0,30}") {
            prop_assume!(!line.trim().is_empty());
            let text = english(&line);
            prop_assert_eq!(text.trim_matches(' '), text.as_str());
            prop_assert!(!text.contains("  "));
        }

        #[test]
        fn ordinary_sentences_come_back(
            words in prop::collection::vec("[A-Zÿ-ž]?[a-zäöüß]{2,7}|[1-9][0-9]{0,2}(,[0-9])?|[$€(\"]", 1..9),
            marks in prop::collection::vec("|,|;|:", 9),
            end in "[.?!]",
        ) {
            let mut sentence = String::new();
            let mut closing = String::new();
            for (word, mark) in words.iter().zip(&marks) {
                match word.as_str() {
                    "(" | "\"" if closing.is_empty() => {
                        closing.push_str(if word == "(" { ")" } else { "\"" });
                        sentence.push_str(word);
                    }
                    "(" | "\"" => {}
                    "$" | "€" => sentence.push_str(&format!("{word}5 ")),
                    _ => {
                        sentence.push_str(word);
                        sentence.push_str(&std::mem::take(&mut closing));
                        sentence.push_str(mark);
                        sentence.push(' ');
                    }
                }
            }
            let sentence = format!("{}end{end}{closing}", sentence);
            for language in [Language::German, Language::English] {
                let tokenizer = Tokenizer::new(language, Prefixes::builtin(language));
                let detokenizer = Detokenizer::new(language);
                let tokens = tokenizer.tokenize(&sentence);
                prop_assert_eq!(&detokenizer.detokenize(&tokens), &sentence);
                // Tokens are final: taken for text, they are cut no further.
                let plain = unescape(&tokens);
                prop_assert_eq!(tokenizer.tokenize(&plain), tokens);
            }
        }
    }
}
