//! `predictions.<split>.csv`: each sentence with its reference and its translation, to read and to test by sentence.

use std::path::Path;

use methods::ExecuteError;
use records::{TranslationPrediction, write_predictions};

use super::corpora::Split;

/// Writes the translations of one or more variants of one split, in words.
pub(super) fn write(
    folder: &Path,
    split: &str,
    corpus: &Split,
    translations: &[(String, Vec<String>)],
) -> Result<(), ExecuteError> {
    let rows: Vec<TranslationPrediction<'_>> = translations
        .iter()
        .flat_map(|(variant, lines)| {
            let texts = corpus.sources.iter().zip(&corpus.references).zip(lines);
            let texts = texts.enumerate();
            texts.map(
                move |(example, ((source, reference), line))| TranslationPrediction {
                    variant: variant.into(),
                    example,
                    source: source.into(),
                    reference: reference.into(),
                    translation: line.into(),
                },
            )
        })
        .collect();
    Ok(write_predictions(folder, split, &rows)?)
}
