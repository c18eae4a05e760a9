//! White space as Python has it, and spaces round marks: what tokenisers are made of.

/// What Python splits a text at: the white space of Unicode and the four separators U+001C to U+001F.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// The words between white space.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|token| !token.is_empty())
}

/// Puts spaces round every character of a kind.
pub(super) fn space_round(text: &str, mark: impl Fn(char) -> bool) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 2);
    for character in text.chars() {
        if mark(character) {
            spaced.extend([' ', character, ' ']);
        } else {
            spaced.push(character);
        }
    }
    spaced
}

/// Puts spaces round every mark that follows a character of a kind.
///
/// Pairs are found from left to right without overlap: a mark that ended one pair starts no other.
pub(super) fn space_after(text: &str, before: impl Fn(char) -> bool, mark: impl Fn(char) -> bool) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 2);
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        spaced.push(first);
        if before(first)
            && let Some(second) = characters.next_if(|next| mark(*next))
        {
            spaced.extend([' ', second, ' ']);
        }
    }
    spaced
}

/// Puts spaces round every mark that comes before a character of a kind, in pairs as [`space_after`] finds them.
pub(super) fn space_before(text: &str, mark: impl Fn(char) -> bool, after: impl Fn(char) -> bool) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 2);
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        if mark(first)
            && let Some(second) = characters.next_if(|next| after(*next))
        {
            spaced.extend([' ', first, ' ', second]);
        } else {
            spaced.push(first);
        }
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_do_not_overlap() {
        let (mark, other) = (|c| c == '.', |c: char| c != '5');
        assert_eq!(space_after("a...", other, mark), "a . . . ");
        assert_eq!(space_after("5...", other, mark), "5. . .");
        assert_eq!(space_before("...a", mark, other), " . . . a");
        assert_eq!(space_before("..a5.5", mark, other), " . .a5.5");
        assert_eq!(space_round("a.b", mark), "a . b");
    }

    #[test]
    fn white_space_is_that_of_python() {
        let text = "\u{a0}one\u{1c}two\u{2028} three\u{200b}four\u{3000}";
        assert_eq!(
            tokens(text).collect::<Vec<_>>(),
            ["one", "two", "three\u{200b}four"]
        );
    }
}
