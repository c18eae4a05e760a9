//! What a run was set to: runs of one setting make one point, whatever number of heads each kept.

use records::LAMBDA;

/// The variant of curves whose values are means over several draws of each seed.
pub const MEAN_OF_DRAWS: &str = "mean of draws";

/// A number of heads or a penalty factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    /// A number of heads to keep.
    Heads(u32),
    /// The bits of a penalty factor, which order as the factors do: none is negative.
    Lambda(u64),
}

impl Setting {
    /// The curve that a run's variant belongs to, and the factor where the variant names one, else the number of heads
    /// asked for.
    pub fn of(variant: &str, k_target: u32) -> (&str, Self) {
        let factor = variant
            .strip_prefix(LAMBDA)
            .and_then(|factor| factor.parse::<f64>().ok())
            .filter(|factor| factor.is_finite() && factor.is_sign_positive());
        match factor {
            Some(factor) => ("", Self::Lambda(factor.to_bits())),
            None if is_draw(variant) => (MEAN_OF_DRAWS, Self::Heads(k_target)),
            None => (variant, Self::Heads(k_target)),
        }
    }

    pub fn k_target(self) -> Option<u32> {
        match self {
            Self::Heads(k) => Some(k),
            Self::Lambda(_) => None,
        }
    }

    /// `lambda=0.0015`; nothing where heads were asked for.
    pub fn label(self) -> String {
        match self {
            Self::Heads(_) => String::new(),
            Self::Lambda(bits) => format!("{LAMBDA}{}", f64::from_bits(bits)),
        }
    }
}

/// Whether a variant is one draw of several, `draw-1`, `draw-2` and so on, and no method of its own.
fn is_draw(variant: &str) -> bool {
    variant
        .strip_prefix("draw-")
        .is_some_and(|number| number.parse::<u32>().is_ok())
}
