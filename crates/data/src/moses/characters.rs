//! The Unicode properties that the rules ask for.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Property Alphabetic.
pub(super) fn is_letter(character: char) -> bool {
    character.is_alphabetic()
}

/// Category N: decimal digits, letter-like numbers such as Roman numerals, and the rest such as superscripts.
pub(super) fn is_number(character: char) -> bool {
    character.is_numeric()
}

/// Category Nd.
pub(super) fn is_digit(character: char) -> bool {
    // The look-up of a category is slow and hardly any character outside ASCII is a number.
    character.is_ascii_digit()
        || (character.is_numeric() && character.general_category() == GeneralCategory::DecimalNumber)
}

/// Category Sc.
pub(super) fn is_currency(character: char) -> bool {
    if character.is_ascii() {
        character == '$'
    } else {
        character.general_category() == GeneralCategory::CurrencySymbol
    }
}

/// A character of the Chinese, Japanese or Korean scripts, which are written without spaces.
pub(super) fn is_cjk(character: char) -> bool {
    matches!(
        character,
        '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{a840}'..='\u{a87f}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff65}'..='\u{ffdc}'
            | '\u{20000}'..='\u{2ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_decimal_and_numbers_are_all() {
        for (character, digit, number) in [
            ('7', true, true),
            ('\u{0667}', true, true),
            ('\u{b2}', false, true),
            ('\u{2167}', false, true),
            ('x', false, false),
        ] {
            assert_eq!(is_digit(character), digit, "{character}");
            assert_eq!(is_number(character), number, "{character}");
        }
    }

    #[test]
    fn currency_signs_are_no_other_symbols() {
        assert!(['$', '€', '£', '\u{20bf}'].into_iter().all(is_currency));
        assert!(!['+', '%', '°', 'E'].into_iter().any(is_currency));
    }

    #[test]
    fn kana_and_hangul_are_cjk() {
        assert!(['木', 'か', '한', '。', '\u{20000}'].into_iter().all(is_cjk));
        assert!(!['k', 'ж', '\u{ffe0}', '\u{2e7f}'].into_iter().any(is_cjk));
    }
}
