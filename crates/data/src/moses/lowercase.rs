//! Lower-casing character by character.

/// `text` in lower case.
///
/// Every character has the same lower-case form wherever it stands: a capital sigma is never a final one.
pub fn lowercase(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    lowercase_into(text, &mut output);
    output
}

/// Appends `text` in lower case to `output`; see [`lowercase`].
pub fn lowercase_into(text: &str, output: &mut String) {
    if text.is_ascii() {
        let start = output.len();
        output.push_str(text);
        output[start..].make_ascii_lowercase();
    } else {
        output.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_lowered_one_by_one() {
        assert_eq!(lowercase("The OLD Mill"), "the old mill");
        assert_eq!(lowercase("ÜBER GRÖSSE \u{1e9e}"), "über grösse ß");
        assert_eq!(lowercase("ΛΟΓΟΣ"), "λογοσ");
        assert_eq!(lowercase("\u{130}zmir"), "i\u{307}zmir");
    }

    #[test]
    fn appending_leaves_what_is_there() {
        for (text, expected) in [("CD", "ABcd"), ("ÇD", "ABçd")] {
            let mut output = String::from("AB");
            lowercase_into(text, &mut output);
            assert_eq!(output, expected);
        }
    }
}
