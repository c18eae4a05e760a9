//! `predictions.<split>.csv`: what the model answered to each example, for tests that pair runs by example.

use std::path::Path;

use data::EncodedCorpus;
use methods::ExecuteError;
use records::{ClassPrediction, write_predictions};
use train::Evaluation;

/// Writes the answers of one or more variants on one split.
pub(super) fn write(
    folder: &Path,
    split: &str,
    corpus: &EncodedCorpus,
    evaluations: &[(String, Evaluation)],
) -> Result<(), ExecuteError> {
    let rows: Vec<ClassPrediction<'_>> = evaluations
        .iter()
        .flat_map(|(variant, evaluation)| {
            let name = |class: u32| corpus.label_names[class as usize].as_str().into();
            let answers = evaluation.predictions.iter().enumerate();
            answers.map(move |(example, prediction)| ClassPrediction {
                variant: variant.into(),
                example,
                label: name(corpus.label(example)),
                prediction: name(*prediction),
            })
        })
        .collect();
    Ok(write_predictions(folder, split, &rows)?)
}
