//! The score that fairseq's generate step reports, which differs from [`token_bleu`](super::token_bleu) at two places.
//!
//! The original finds equal n-grams by a hash and sometimes takes different ones for equal; here none are.

use super::counts::{SegmentStats, count_matches};
use super::options::BleuOptions;
use super::space::tokens;
use super::{Bleu, BleuError, sum_segments};

/// The word for what a vocabulary does not have.
const UNKNOWN: &str = "<unk>";
/// The mark that ends every segment.
const END: &str = "</s>";

/// What one segment of tokens between white space adds to a corpus.
///
/// A `<unk>` of the reference matches nothing, so a system gains nothing by writing it. End marks (`</s>`) are
/// not counted, but an empty segment is a lone end mark: its length is 1, and it matches another empty segment.
pub fn fairseq_segment_stats(hypothesis: &str, reference: &str) -> SegmentStats {
    let reference = content(reference);
    count_matches(
        content(hypothesis).into_iter(),
        reference
            .into_iter()
            .map(|token| (token != UNKNOWN).then_some(token)),
    )
}

/// The tokens without the end marks behind them, or one end mark if there are no others.
fn content(segment: &str) -> Vec<&str> {
    let mut content: Vec<&str> = tokens(segment).collect();
    while content.last() == Some(&END) {
        content.pop();
    }
    if content.is_empty() {
        content.push(END);
    }
    content
}

/// BLEU of tokenised text as fairseq's generate step computes it, without smoothing.
///
/// # Errors
/// The lists are empty or differ in length.
pub fn fairseq_bleu<H: AsRef<str>, R: AsRef<str>>(
    hypotheses: &[H],
    references: &[R],
) -> Result<Bleu, BleuError> {
    let sum = sum_segments(hypotheses, references, fairseq_segment_stats)?;
    Ok(Bleu::from_stats(sum, &BleuOptions::TOKENS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_of_the_reference_matches_nothing() {
        let stats = fairseq_segment_stats("a <unk> c", "a <unk> c");
        assert_eq!(stats.counts, [2, 0, 0, 0]);
        assert_eq!(stats.totals, [3, 2, 1, 0]);
    }

    #[test]
    fn an_empty_segment_is_one_end_mark() {
        let stats = fairseq_segment_stats("  ", "");
        assert_eq!((stats.counts, stats.totals), ([1, 0, 0, 0], [1, 0, 0, 0]));
        let stats = fairseq_segment_stats("", "a b");
        assert_eq!((stats.counts[0], stats.sys_len, stats.ref_len), (0, 1, 2));
        let stats = fairseq_segment_stats("a b </s>", "a b");
        assert_eq!((stats.counts[1], stats.sys_len), (1, 2));
    }
}
