//! `predictions.<split>.csv`: what the model answered to each example, for tests that pair runs by example.

use data::EncodedCorpus;
use records::ClassPrediction;
use train::Evaluation;

/// The answers of one variant on a split.
pub(super) fn rows<'a>(
    corpus: &'a EncodedCorpus,
    variant: &'a str,
    evaluation: &'a Evaluation,
) -> impl Iterator<Item = ClassPrediction<'a>> {
    let name = |class: u32| corpus.label_names[class as usize].as_str().into();
    let answers = evaluation.predictions.iter().enumerate();
    answers.map(move |(example, prediction)| ClassPrediction {
        variant: variant.into(),
        example,
        label: name(corpus.label(example)),
        prediction: name(*prediction),
    })
}
