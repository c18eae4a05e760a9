//! Characters that the font of the figures does not have, and the words that they stand in.

use std::collections::BTreeSet;

use super::font::Font;

/// Characters that a warning lists, at most.
const LISTED: usize = 8;

/// What was to be drawn and could not be.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    characters: Vec<char>,
    words: BTreeSet<String>,
}

impl Missing {
    /// Looks through a text that is drawn.
    pub(super) fn look(&mut self, font: Font, text: &str) {
        for word in text.split_whitespace() {
            let before = self.characters.len();
            let mut lacking = word.chars().filter(|&character| !font.has(character)).peekable();
            if lacking.peek().is_none() {
                continue;
            }
            self.words
                .insert(word.trim_matches([',', ':', ';', '(', ')', '`']).to_owned());
            for character in lacking {
                if !self.characters.contains(&character) {
                    self.characters.push(character);
                }
            }
            self.characters[before..].sort_unstable();
        }
    }

    /// What a reader of the figures should know; none where nothing is missing.
    pub(crate) fn warning(&self) -> Option<String> {
        if self.characters.is_empty() {
            return None;
        }
        let mut listed: Vec<String> = self.characters.iter().take(LISTED).map(|&c| named(c)).collect();
        if let Some(more @ 1..) = self.characters.len().checked_sub(LISTED) {
            listed.push(format!("and {more} more"));
        }
        let words: Vec<String> = self.words.iter().map(|word| format!("`{word}`")).collect();
        Some(format!(
            "the font of the figures has no {} as in {}: a box stands for each in the PNG files; the SVG files keep them",
            listed.join(", "),
            words.join(", ")
        ))
    }
}

/// `中 (U+4E2D)`; without itself where it would not be seen, or would sit on its neighbour.
fn named(character: char) -> String {
    let code = format!("U+{:04X}", u32::from(character));
    let is_seen = !character.is_control()
        && !matches!(character, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..);
    if is_seen {
        format!("{character} ({code})")
    } else {
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(texts: &[&str]) -> Option<String> {
        let mut missing = Missing::default();
        for text in texts {
            missing.look(Font::regular(20.0), text);
            // Each figure has the text once more, in another weight.
            missing.look(Font::semibold(20.0), text);
        }
        missing.warning()
    }

    #[test]
    fn what_the_font_has_is_nothing_to_warn_of() {
        assert_eq!(warning(&["Größe, Ελλάδα, Москва — 95 % “x” … ≥ 3 €", ""]), None);
    }

    #[test]
    fn characters_and_words_are_named_once() {
        assert_eq!(
            warning(&["Accuracy — demo-中文, corpus: 语料", "demo-中文"]).unwrap(),
            "the font of the figures has no 中 (U+4E2D), 文 (U+6587), 料 (U+6599), 语 (U+8BED) as in `demo-中文`, `语料`: a \
             box stands for each in the PNG files; the SVG files keep them"
        );
    }

    #[test]
    fn what_cannot_be_seen_has_its_number_only() {
        let text = warning(&["a\u{301}x 👩\u{200d}💻"]).unwrap();
        assert!(
            text.contains("no U+0301, U+200D, 👩 (U+1F469), 💻 (U+1F4BB) as in"),
            "{text}"
        );
    }

    #[test]
    fn a_long_list_is_cut() {
        let text = warning(&["一二三四五六七八九十"]).unwrap();
        assert!(
            text.contains(", and 2 more as in `一二三四五六七八九十`"),
            "{text}"
        );
    }
}
