//! The tokeniser of the NIST script `mteval-v13a`.

use super::space::{space_after, space_before, space_round};

/// The entities that are undone, in this order: what an ampersand leaves may be undone by the next.
const ENTITIES: [(&str, &str); 4] = [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];

/// Puts white space between the tokens of a text.
pub(super) fn apply(text: &str) -> String {
    let mut text = text
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ");
    if text.contains('&') {
        for (entity, character) in ENTITIES {
            text = text.replace(entity, character);
        }
    }
    // The rules on neighbours hold at both ends as well.
    let text = format!(" {text} ");
    let text = space_round(&text, is_always_a_token);
    let text = space_after(&text, |before| !before.is_ascii_digit(), is_stop_or_comma);
    let text = space_before(&text, is_stop_or_comma, |after| !after.is_ascii_digit());
    space_after(&text, |before| before.is_ascii_digit(), |mark| mark == '-')
}

/// ASCII punctuation but for the apostrophe, the comma, the hyphen and the full stop; and the space.
fn is_always_a_token(character: char) -> bool {
    matches!(character, ' '..='&' | '('..='+' | '/' | ':'..='@' | '['..='`' | '{'..='~')
}

fn is_stop_or_comma(character: char) -> bool {
    matches!(character, '.' | ',')
}

#[cfg(test)]
mod tests {
    use super::super::{BleuOptions, tokenise};

    #[test]
    fn follows_the_script() {
        let cases = [
            (
                "Well, it's 3.5% (or 1,000.5).",
                "Well , it's 3.5 % ( or 1,000.5 ) .",
            ),
            ("in 1990.", "in 1990 ."),
            (".5 and 5.", ". 5 and 5 ."),
            ("3-4 is well-known", "3 - 4 is well-known"),
            ("a.b,c", "a . b , c"),
            ("x...", "x . . ."),
            ("1..2", "1 . . 2"),
            ("one<skipped> two-\nthree\nfour", "one twothree four"),
            ("&amp;lt; &apos; &quot;a&gt;", "< & apos ; \" a >"),
            ("«a» – b…", "«a» – b…"),
            (" \u{a0} ", ""),
        ];
        for (text, tokens) in cases {
            assert_eq!(tokenise(text, &BleuOptions::default()), tokens, "{text:?}");
        }
    }
}
