//! German to English translation by a synchronous grammar: one derivation is written out in both languages.
//!
//! German puts the verb second or last, tears separable verbs apart and marks case on articles and adjectives; English
//! keeps one order of words. An object stands first only where a case shows, so that a German sentence has one
//! translation.

mod english;
mod generate;
mod german;
mod grammar;
mod lexicon;
mod verbs;

/// How many pairs to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TranslationSize {
    /// Pairs to train on.
    pub train: usize,
    /// Pairs to choose settings by.
    pub valid: usize,
    /// Pairs to report on.
    pub test: usize,
}

impl Default for TranslationSize {
    fn default() -> Self {
        Self {
            train: 20_000,
            valid: 500,
            test: 1_000,
        }
    }
}

/// The three parts of the demo corpus as pairs of a German sentence and its English translation.
///
/// All text is in lower case, with a space between tokens; the first half of a compound ends in `@@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslationDemo {
    /// Pairs to train on.
    pub train: Vec<(String, String)>,
    /// Pairs to choose settings by.
    pub valid: Vec<(String, String)>,
    /// Pairs to report on.
    pub test: Vec<(String, String)>,
}

/// Makes the corpus; the same seed gives the same bytes on every platform.
///
/// No German sentence is there twice, in one part or in two, and none is longer than 22 tokens. All parts are drawn
/// together and then shuffled, so that they do not differ in length.
pub fn translation(seed: u64, size: TranslationSize) -> TranslationDemo {
    let TranslationSize { train, valid, test } = size;
    let mut pairs = generate::pairs(seed, train + valid + test).into_iter();
    let mut part = |size| pairs.by_ref().take(size).collect();
    TranslationDemo {
        train: part(train),
        valid: part(valid),
        test: part(test),
    }
}
