//! The escapes of characters that mean something in the files of the Moses decoder.

/// Each character with its escape; the same set in both directions.
const ESCAPES: [(char, &str); 8] = [
    ('&', "&amp;"),
    ('|', "&#124;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('\'', "&apos;"),
    ('"', "&quot;"),
    ('[', "&#91;"),
    (']', "&#93;"),
];

/// Escapes of older versions of the decoder, still found in corpora.
const OLD_ESCAPES: [(char, &str); 3] = [('|', "&bar;"), ('[', "&bra;"), (']', "&ket;")];

/// For each byte the escape, empty for a byte that stands for itself.
const BY_BYTE: [&str; 256] = {
    let mut by_byte = [""; 256];
    let mut index = 0;
    while index < ESCAPES.len() {
        by_byte[ESCAPES[index].0 as usize] = ESCAPES[index].1;
        index += 1;
    }
    by_byte
};

/// Appends `text` with its special characters escaped.
pub(super) fn escape_into(text: &str, output: &mut String) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = BY_BYTE[usize::from(byte)];
        if !escape.is_empty() {
            output.push_str(&text[done..at]);
            output.push_str(escape);
            done = at + 1;
        }
    }
    output.push_str(&text[done..]);
}

/// `text` with its escapes undone, each once: `&amp;lt;` becomes `&lt;`.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = ESCAPES
            .iter()
            .chain(&OLD_ESCAPES)
            .find(|(_, escape)| rest.starts_with(escape));
        let (character, escape) = known.copied().unwrap_or(('&', "&"));
        plain.push(character);
        rest = &rest[escape.len()..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escape(text: &str) -> String {
        let mut output = String::new();
        escape_into(text, &mut output);
        output
    }

    #[test]
    fn every_special_character_is_escaped_once() {
        assert_eq!(
            escape("R&D|<ü>'\"[1]"),
            "R&amp;D&#124;&lt;ü&gt;&apos;&quot;&#91;1&#93;"
        );
        assert_eq!(escape("&lt;"), "&amp;lt;");
    }

    #[test]
    fn old_escapes_are_undone_and_unknown_ones_stay() {
        assert_eq!(unescape("&bra;&bar;&ket;"), "[|]");
        assert_eq!(
            unescape("&auml; & &amp;amp; &am&#124;p;"),
            "&auml; & &amp; &am|p;"
        );
    }

    proptest! {
        #[test]
        fn escaping_is_undone(text in "[a&|<>'\"\\[\\];lt#ß]{0,20}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['|', '<', '>', '\'', '"', '[', ']']));
            prop_assert_eq!(unescape(&escaped), text);
        }
    }
}
