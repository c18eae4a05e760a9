//! BLEU (Papineni et al., 2002) of a translation against one reference, corpus-wide or by sentence.
//!
//! A score is made in two steps. [`segment_stats`] reduces each pair of sentences to ten numbers; [`Bleu::from_stats`]
//! makes a score of their sum. Whoever keeps the numbers of each segment can score any selection of segments without
//! looking at a text again.

mod counts;
mod fairseq;
mod options;
mod score;
mod signature;
mod space;
mod tokenize;
mod tokenize_13a;
mod tokenize_intl;

pub use counts::{ORDER, SegmentStats};
pub use fairseq::{fairseq_bleu, fairseq_segment_stats};
pub use options::{BleuOptions, Smooth, Tokenize};
pub use score::Bleu;
pub use tokenize::tokenise;

use counts::count_matches;
use tokenize::prepare;

/// Why a score could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BleuError {
    /// There is nothing to score.
    #[error("BLEU of no segments is undefined")]
    Empty,
    /// The two lists do not belong together.
    #[error("{hypotheses} hypotheses for {references} references")]
    LengthMismatch {
        /// Number of hypotheses.
        hypotheses: usize,
        /// Number of references.
        references: usize,
    },
    /// A smoothing value that could make a precision negative or not a number.
    #[error("the smoothing value must be a finite number that is not negative, not {0}")]
    SmoothValue(f64),
}

/// What one segment adds to a corpus: its n-grams, its matches and the two lengths in tokens.
pub fn segment_stats(hypothesis: &str, reference: &str, options: &BleuOptions) -> SegmentStats {
    let hypothesis = prepare(hypothesis, options);
    let reference = prepare(reference, options);
    count_matches(space::tokens(&hypothesis), space::tokens(&reference).map(Some))
}

/// BLEU of a whole corpus: segment i of `hypotheses` against segment i of `references`.
///
/// # Errors
/// The lists are empty or differ in length, or the smoothing value is negative or not finite.
pub fn corpus_bleu<H: AsRef<str>, R: AsRef<str>>(
    hypotheses: &[H],
    references: &[R],
    options: &BleuOptions,
) -> Result<Bleu, BleuError> {
    options.check()?;
    let sum = sum_segments(hypotheses, references, |hypothesis, reference| {
        segment_stats(hypothesis, reference, options)
    })?;
    Ok(Bleu::from_stats(sum, options))
}

/// BLEU of one segment; usually wanted with [`BleuOptions::effective_order`], as short sentences have no 4-grams.
///
/// # Errors
/// The smoothing value is negative or not finite.
pub fn sentence_bleu(hypothesis: &str, reference: &str, options: &BleuOptions) -> Result<Bleu, BleuError> {
    corpus_bleu(&[hypothesis], &[reference], options)
}

/// BLEU of text that is tokenised already: tokens between white space, no smoothing, as `multi-bleu.perl` scores it.
///
/// # Errors
/// The lists are empty or differ in length.
pub fn token_bleu<H: AsRef<str>, R: AsRef<str>>(
    hypotheses: &[H],
    references: &[R],
) -> Result<Bleu, BleuError> {
    corpus_bleu(hypotheses, references, &BleuOptions::TOKENS)
}

/// The sum of the statistics of all segments.
fn sum_segments<H: AsRef<str>, R: AsRef<str>>(
    hypotheses: &[H],
    references: &[R],
    stats: impl Fn(&str, &str) -> SegmentStats,
) -> Result<SegmentStats, BleuError> {
    if hypotheses.len() != references.len() {
        return Err(BleuError::LengthMismatch {
            hypotheses: hypotheses.len(),
            references: references.len(),
        });
    }
    if hypotheses.is_empty() {
        return Err(BleuError::Empty);
    }
    Ok(hypotheses
        .iter()
        .zip(references)
        .map(|(hypothesis, reference)| stats(hypothesis.as_ref(), reference.as_ref()))
        .sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_has_no_score() {
        let options = BleuOptions::default();
        let error = corpus_bleu(&["a", "b"], &["a"], &options).unwrap_err();
        assert_eq!(error.to_string(), "2 hypotheses for 1 references");
        let nothing: [&str; 0] = [];
        assert_eq!(corpus_bleu(&nothing, &nothing, &options), Err(BleuError::Empty));
        assert_eq!(fairseq_bleu(&nothing, &nothing), Err(BleuError::Empty));
        for value in [-0.1, f64::INFINITY] {
            for smooth in [Smooth::Floor(value), Smooth::AddK(value)] {
                let options = BleuOptions { smooth, ..options };
                assert_eq!(
                    sentence_bleu("a", "a", &options),
                    Err(BleuError::SmoothValue(value))
                );
            }
        }
    }

    #[test]
    fn lower_casing_takes_the_final_form_of_sigma() {
        let options = BleuOptions {
            lowercase: true,
            ..BleuOptions::default()
        };
        let stats = segment_stats("ΟΔΟΣ ΣΑΣ", "οδος σας", &options);
        assert_eq!(stats.counts, [2, 1, 0, 0]);
        assert_eq!(
            segment_stats("ΟΔΟΣ", "οδοσ", &options).counts,
            [0; ORDER],
            "a medial sigma at the end is another word"
        );
    }

    #[test]
    fn a_corpus_is_the_sum_of_its_segments() {
        let hypotheses = ["the cat sat on the mat .", "no ."];
        let references = ["the cat is on the mat .", "no , thanks ."];
        let bleu = token_bleu(&hypotheses, &references).unwrap();
        assert_eq!(bleu.counts, [8.0, 4.0, 2.0, 1.0]);
        assert_eq!(bleu.totals, [9.0, 7.0, 5.0, 4.0]);
        assert_eq!((bleu.sys_len, bleu.ref_len), (9, 11));
        let expected =
            100.0 * (1.0_f64 - 11.0 / 9.0).exp() * (8.0 / 9.0 * 4.0 / 7.0 * 2.0 / 5.0 * 0.25_f64).powf(0.25);
        assert!((bleu.score - expected).abs() < 1e-10, "{}", bleu.score);
    }
}
