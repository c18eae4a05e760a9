//! `predictions.<split>.csv`: each sentence with its reference and its translation, to read and to test by sentence.

use std::path::Path;

use sweep::ExecuteError;
use sweep::store::write_atomically;

use super::corpora::Split;

/// Writes the translations of one or more variants of one split, in words.
pub(super) fn write(
    folder: &Path,
    split: &str,
    corpus: &Split,
    translations: &[(String, Vec<String>)],
) -> Result<(), ExecuteError> {
    let path = folder.join(format!("predictions.{split}.csv"));
    let render = || -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["variant", "example", "source", "reference", "translation"])?;
        for (variant, lines) in translations {
            let texts = corpus.sources.iter().zip(&corpus.references).zip(lines);
            for (example, ((source, reference), line)) in texts.enumerate() {
                writer.write_record([variant, &example.to_string(), source, reference, line])?;
            }
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    };
    let bytes = render().map_err(ExecuteError::new)?;
    write_atomically(&path, &bytes).map_err(ExecuteError::from)
}
