//! Which sentence pairs of a parallel corpus are fit for training.

/// What happens to vertical bars, which separate the factors of a word in Moses corpora.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bars {
    /// They are deleted.
    #[default]
    Delete,
    /// They stay, since the words of this corpus have factors.
    Keep,
}

impl Bars {
    /// What a whole corpus gets: its bars stay in every line if there is one in its first pair of lines.
    pub fn of_corpus(first_source: &str, first_target: &str) -> Self {
        if first_source.contains('|') || first_target.contains('|') {
            Self::Keep
        } else {
            Self::Delete
        }
    }
}

/// Keeps sentence pairs that are neither too long nor too short and whose lengths agree. Lengths are in words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cleaner {
    /// The largest quotient of the two lengths, either by the other, that is kept.
    pub ratio: f64,
    /// The smallest length that is kept.
    pub min: usize,
    /// The largest length that is kept.
    pub max: usize,
    /// What happens to vertical bars.
    pub bars: Bars,
}

/// Why a sentence pair was dropped: the first reason that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Dropped {
    /// A side has no words.
    #[error("empty")]
    Empty,
    /// A side has more words than the largest length.
    #[error("too long")]
    TooLong,
    /// A side has fewer words than the smallest length.
    #[error("too short")]
    TooShort,
    /// A side has too many words for the other.
    #[error("ratio")]
    Ratio,
    /// A word (with bars kept, a factor) has more than 1,000 characters.
    #[error("long word")]
    LongWord,
}

/// The longest word that is kept, in characters; word aligners fail on longer ones.
const LONGEST_WORD: usize = 1000;

impl Cleaner {
    /// Both sides as they go into the clean corpus: bars treated, white space squeezed to single spaces and trimmed.
    ///
    /// # Errors
    /// The reason why the pair is dropped.
    pub fn check(&self, source: &str, target: &str) -> Result<(String, String), Dropped> {
        let (source, source_length) = self.squeezed(source);
        let (target, target_length) = self.squeezed(target);
        let (shorter, longer) = (source_length.min(target_length), source_length.max(target_length));
        if shorter == 0 {
            Err(Dropped::Empty)
        } else if longer > self.max {
            Err(Dropped::TooLong)
        } else if shorter < self.min {
            Err(Dropped::TooShort)
        } else if longer as f64 / shorter as f64 > self.ratio {
            Err(Dropped::Ratio)
        } else if has_long_word(&source) || has_long_word(&target) {
            Err(Dropped::LongWord)
        } else {
            Ok((source, target))
        }
    }

    /// The words of a line joined by single spaces, and their number.
    fn squeezed(&self, line: &str) -> (String, usize) {
        let without_bars = match self.bars {
            Bars::Delete if line.contains('|') => Some(line.replace('|', "")),
            Bars::Delete | Bars::Keep => None,
        };
        let line = without_bars.as_deref().unwrap_or(line);
        let mut squeezed = String::with_capacity(line.len());
        let mut words = 0;
        for word in line.split_whitespace() {
            if words > 0 {
                squeezed.push(' ');
            }
            squeezed.push_str(word);
            words += 1;
        }
        (squeezed, words)
    }
}

fn has_long_word(line: &str) -> bool {
    line.len() > LONGEST_WORD
        && line
            .split([' ', '|'])
            .any(|word| word.chars().count() > LONGEST_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEANER: Cleaner = Cleaner {
        ratio: 2.0,
        min: 2,
        max: 6,
        bars: Bars::Delete,
    };

    fn words(count: usize) -> String {
        vec!["word"; count].join(" ")
    }

    fn lengths(source: usize, target: usize) -> Option<Dropped> {
        CLEANER.check(&words(source), &words(target)).err()
    }

    #[test]
    fn limits_themselves_are_kept() {
        for (source, target) in [(2, 2), (6, 6), (2, 4), (6, 3)] {
            assert_eq!(lengths(source, target), None, "{source} {target}");
        }
    }

    #[test]
    fn the_first_reason_counts_for_either_side() {
        for (a, b, reason) in [
            (0, 7, Dropped::Empty),
            (1, 7, Dropped::TooLong),
            (1, 3, Dropped::TooShort),
            (2, 5, Dropped::Ratio),
        ] {
            assert_eq!(lengths(a, b), Some(reason));
            assert_eq!(lengths(b, a), Some(reason));
        }
    }

    #[test]
    fn words_are_measured_in_characters() {
        let word = |length| format!("{} end", "ö".repeat(length));
        assert!(CLEANER.check("one two", &word(1000)).is_ok());
        assert_eq!(CLEANER.check("one two", &word(1001)), Err(Dropped::LongWord));
        assert_eq!(CLEANER.check(&word(1001), "one two"), Err(Dropped::LongWord));
    }

    #[test]
    fn bars_go_before_words_are_counted() {
        let kept = CLEANER.check("| wind |\u{a0}mill\t||", " a|b  c ").unwrap();
        assert_eq!(kept, ("wind mill".into(), "ab c".into()));
        assert_eq!(CLEANER.check("||", "a b"), Err(Dropped::Empty));
    }

    #[test]
    fn bars_of_a_factored_corpus_stay() {
        assert_eq!(Bars::of_corpus("plain", "text"), Bars::Delete);
        assert_eq!(Bars::of_corpus("plain", "text|noun"), Bars::Keep);
        assert_eq!(Bars::of_corpus("plain|adj", "text"), Bars::Keep);
        let cleaner = Cleaner {
            bars: Bars::Keep,
            ..CLEANER
        };
        let kept = cleaner.check("wind|noun  mill|noun", "a | b").unwrap();
        assert_eq!(kept, ("wind|noun mill|noun".into(), "a | b".into()));
    }

    #[test]
    fn reasons_have_names() {
        assert_eq!(Dropped::LongWord.to_string(), "long word");
        assert_eq!(Dropped::TooShort.to_string(), "too short");
    }
}
