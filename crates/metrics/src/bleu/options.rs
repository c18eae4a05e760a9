//! The choices that decide what a BLEU score means; the defaults are sacreBLEU's.

use super::BleuError;

/// How a text is cut into tokens. What a tokeniser leaves is always split at white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tokenize {
    /// The text is tokenised already.
    None,
    /// The tokeniser of the NIST script `mteval-v13a`, made for English.
    #[default]
    V13a,
    /// The international tokeniser of `mteval-v14`: any punctuation and symbol of Unicode.
    Intl,
}

impl Tokenize {
    /// The name in a signature.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::V13a => "13a",
            Self::Intl => "intl",
        }
    }
}

/// What becomes of a precision without a match, which would make the whole score 0 (Chen and Cherry, 2014).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Smooth {
    /// The k-th order without a match counts as 1 / 2^k matches.
    #[default]
    Exp,
    /// An order without a match counts as this many matches, usually [`Smooth::FLOOR`].
    Floor(f64),
    /// It stays 0.
    None,
    /// This number, usually [`Smooth::K`], is added to the matches and the n-grams of all orders from 2 on.
    AddK(f64),
}

impl Smooth {
    /// The usual value of [`Smooth::Floor`].
    pub const FLOOR: f64 = 0.1;
    /// The usual value of [`Smooth::AddK`].
    pub const K: f64 = 1.0;
}

/// How to score.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BleuOptions {
    /// How a text is cut into tokens.
    pub tokenize: Tokenize,
    /// What becomes of a precision without a match.
    pub smooth: Smooth,
    /// Lower-case both sides first, by the full mapping of Unicode.
    pub lowercase: bool,
    /// Take the mean over the orders that the hypotheses have n-grams of, not always over four.
    pub effective_order: bool,
}

impl BleuOptions {
    /// Text that is tokenised already, scored without smoothing.
    pub const TOKENS: Self = Self {
        tokenize: Tokenize::None,
        smooth: Smooth::None,
        lowercase: false,
        effective_order: false,
    };

    /// Refuses a smoothing value that has no meaning.
    pub(super) fn check(&self) -> Result<(), BleuError> {
        match self.smooth {
            Smooth::Floor(value) | Smooth::AddK(value) if !value.is_finite() || value < 0.0 => {
                Err(BleuError::SmoothValue(value))
            }
            _ => Ok(()),
        }
    }
}
