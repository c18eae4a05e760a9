//! Messages as people read them: they may quote what a damaged file holds.

use std::borrow::Cow;

/// Longest message; what is longer is cut in its middle.
const LONGEST: usize = 1500;
/// Characters of a longer one that are shown at its end.
const END: usize = 300;

/// A message in one line that a terminal takes for text: line feeds are spaces, other control characters are escaped, and
/// what is too long to be read is cut.
pub fn one_line(message: &str) -> Cow<'_, str> {
    let is_long = message.len() > LONGEST && message.chars().nth(LONGEST).is_some();
    if !is_long && !message.chars().any(char::is_control) {
        return Cow::Borrowed(message);
    }
    let message = message.trim_end();
    let mut line = String::new();
    let mut put = |part: &mut dyn Iterator<Item = char>| {
        for character in part {
            match character {
                '\n' => line.push(' '),
                '\t' => line.push('\t'),
                _ if character.is_control() => line.extend(character.escape_default()),
                _ => line.push(character),
            }
        }
    };
    if is_long {
        put(&mut message.chars().take(LONGEST - END));
        put(&mut " … ".chars());
        let end: Vec<char> = message.chars().rev().take(END).collect();
        put(&mut end.into_iter().rev());
    } else {
        put(&mut message.chars());
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_of_text() {
        assert!(matches!(one_line("x.tsv:1: é\u{2028}"), Cow::Borrowed(_)));
        assert_eq!(
            one_line("a `\u{1b}[31m\0`\r\nb\tc\n"),
            "a `\\u{1b}[31m\\u{0}`\\r b\tc"
        );
        let long = one_line(&format!("begin {} end", "é".repeat(20_000))).into_owned();
        assert_eq!(long.chars().count(), LONGEST + 3);
        assert!(long.starts_with("begin é") && long.contains("é … é") && long.ends_with("é end"));
        assert_eq!(one_line(&"x".repeat(LONGEST)).len(), LONGEST);
    }
}
