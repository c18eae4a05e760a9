//! `predictions.<split>.csv`: what the model answered to each example, for tests that pair runs by example.

use std::path::Path;

use data::EncodedCorpus;
use sweep::ExecuteError;
use sweep::store::write_atomically;
use train::Evaluation;

/// Writes the answers of one or more variants on one split.
pub(super) fn write(
    folder: &Path,
    split: &str,
    corpus: &EncodedCorpus,
    evaluations: &[(String, Evaluation)],
) -> Result<(), ExecuteError> {
    let mut text = String::from("variant,example,label,prediction\n");
    for (variant, evaluation) in evaluations {
        for (example, prediction) in evaluation.predictions.iter().enumerate() {
            let name = |class: u32| corpus.label_names[class as usize].as_str();
            text.push_str(&format!(
                "{variant},{example},{},{}\n",
                name(corpus.label(example)),
                name(*prediction)
            ));
        }
    }
    write_atomically(&folder.join(format!("predictions.{split}.csv")), text.as_bytes())
        .map_err(ExecuteError::from)
}
