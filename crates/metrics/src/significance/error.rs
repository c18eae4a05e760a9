//! Why a test has no result.

/// Why a test has no result.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SignificanceError {
    /// The two lists do not belong together.
    #[error("the baseline has {baseline} values and the system {system}: they cannot be paired")]
    LengthMismatch {
        /// Length of the list of the baseline.
        baseline: usize,
        /// Length of the list of the system.
        system: usize,
    },
    /// There is nothing, or not enough, to compare.
    #[error("the test needs {needed} or more values of each system, not {found}")]
    TooFew {
        /// Segments, examples or seeds that the test needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// More assignments than can be gone through one by one.
    #[error("exact randomisation takes at most {limit} segments, not {found}: use the approximate one")]
    TooMany {
        /// The most segments there may be.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// A count that could leave its range when segments are drawn repeatedly.
    #[error("{count} in segment {segment}, drawn {segments} times, is more than {limit}")]
    TooLarge {
        /// The count.
        count: i64,
        /// The segment, from 0.
        segment: usize,
        /// Number of segments.
        segments: usize,
        /// The largest sum that the score takes.
        limit: i64,
    },
    /// No trials were asked for.
    #[error("a test by draws needs at least one trial")]
    NoTrials,
    /// A given draw does not fit the segments.
    #[error("draw {trial} has {found} entries for {segments} segments")]
    DrawLength {
        /// The draw, from 0.
        trial: usize,
        /// Entries of the draw.
        found: usize,
        /// Number of segments.
        segments: usize,
    },
    /// A given draw names a segment that does not exist.
    #[error("draw {trial} takes segment {index} of {segments}, counted from 0")]
    DrawIndex {
        /// The draw, from 0.
        trial: usize,
        /// What it takes.
        index: usize,
        /// Number of segments.
        segments: usize,
    },
    /// A value, or a score, that is infinite or not a number.
    #[error("value {index} is {value}, not a finite number")]
    NotFinite {
        /// Which value, from 0; of scores, the trial.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Values so large that their squares are not finite.
    #[error("the values are too large for their variance to be a finite number")]
    Overflow,
    /// The values do not vary, but differ between the systems, so that their spread says nothing of chance.
    #[error("the systems differ by {difference} without any spread: a t test is undefined")]
    NoSpread {
        /// Mean of the system minus mean of the baseline.
        difference: f64,
    },
    /// Not a probability.
    #[error("probability {index} is {value}, which is not in {range}")]
    Probability {
        /// Which one, from 0.
        index: usize,
        /// The value.
        value: f64,
        /// Where it must lie.
        range: &'static str,
    },
    /// A quantile that is hardly a number any more.
    #[error("the quantile of {probability} with {degrees_of_freedom} degrees of freedom is too large")]
    Quantile {
        /// The probability.
        probability: f64,
        /// The degrees of freedom.
        degrees_of_freedom: f64,
    },
    /// Worse by less than nothing.
    #[error("a margin is a finite number that is not negative, not {0}")]
    Margin(f64),
    /// Degrees of freedom that no distribution has.
    #[error("degrees of freedom must be a positive finite number, not {0}")]
    DegreesOfFreedom(f64),
}

/// Refuses infinities and what is not a number.
pub(super) fn check_finite(values: impl IntoIterator<Item = f64>) -> Result<(), SignificanceError> {
    match values
        .into_iter()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        Some((index, value)) => Err(SignificanceError::NotFinite { index, value }),
        None => Ok(()),
    }
}
