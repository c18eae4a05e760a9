//! The international tokeniser of the NIST script `mteval-v14`.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::space::{space_after, space_before, space_round};

/// Puts white space between the tokens of a text. Its ends have no neighbours, so a full stop after a number stays
/// there at the end of a text.
pub(super) fn apply(text: &str) -> String {
    let text = space_after(
        text,
        |before| !is(before, GeneralCategoryGroup::Number),
        is_punctuation,
    );
    let text = space_before(&text, is_punctuation, |after| {
        !is(after, GeneralCategoryGroup::Number)
    });
    space_round(&text, |character| is(character, GeneralCategoryGroup::Symbol))
}

fn is(character: char, group: GeneralCategoryGroup) -> bool {
    character.general_category_group() == group
}

fn is_punctuation(character: char) -> bool {
    is(character, GeneralCategoryGroup::Punctuation)
}

#[cfg(test)]
mod tests {
    use super::super::{BleuOptions, Tokenize, tokenise};

    #[test]
    fn follows_the_script() {
        let options = BleuOptions {
            tokenize: Tokenize::Intl,
            ..BleuOptions::default()
        };
        let cases = [
            (
                "Well, it's 3.5% (or 1,000.5).",
                "Well , it ' s 3.5 % ( or 1,000.5 ) .",
            ),
            ("in 1990.", "in 1990."),
            ("in 1990. \u{3000}", "in 1990."),
            ("in 1990. So", "in 1990 . So"),
            ("well-known 3-4", "well - known 3-4"),
            ("«a» – b…", "« a » – b …"),
            ("a+b=5€", "a + b = 5 €"),
            ("². Ⅷ.", "² . Ⅷ."),
        ];
        for (text, tokens) in cases {
            assert_eq!(tokenise(text, &options), tokens, "{text:?}");
        }
    }
}
