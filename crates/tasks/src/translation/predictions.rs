//! `predictions.<split>.csv`: each sentence with its reference and its translation, to read and to test by sentence.

use records::TranslationPrediction;

use super::corpora::Split;

/// The translations of one variant of a split, in words.
pub(super) fn rows<'a>(
    corpus: &'a Split,
    variant: &'a str,
    translations: &'a [String],
) -> impl Iterator<Item = TranslationPrediction<'a>> {
    let texts = corpus.sources.iter().zip(&corpus.references).zip(translations);
    texts.enumerate().map(
        move |(example, ((source, reference), line))| TranslationPrediction {
            variant: variant.into(),
            example,
            source: source.into(),
            reference: reference.into(),
            translation: line.into(),
        },
    )
}
