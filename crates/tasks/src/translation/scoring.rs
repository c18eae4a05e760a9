//! What translations are worth: tokenised BLEU as the paper has it, and sacreBLEU of detokenised text.

use data::moses::{Detokenizer, Language};
use methods::ExecuteError;
use metrics::bleu::{Bleu, BleuOptions, corpus_bleu, fairseq_bleu};

use super::corpora::Split;
use crate::learning::{Score, Scores};

/// Both measures of the translations of a split into `language`.
pub(super) fn scores(translations: &[String], split: &Split, language: &str) -> Result<Scores, ExecuteError> {
    let language: Language = language.parse().map_err(ExecuteError::new)?;
    let detokenizer = Detokenizer::new(language);
    let text =
        |lines: &[String]| -> Vec<String> { lines.iter().map(|line| detokenizer.detokenize(line)).collect() };
    let options = BleuOptions::default();
    let sacre: Bleu =
        corpus_bleu(&text(translations), &text(&split.references), &options).map_err(ExecuteError::new)?;
    Ok(Scores {
        examples: translations.len(),
        measures: vec![
            Score {
                metric: "bleu",
                value: tokenised_bleu(translations, split)?,
                signature: format!("{}|unk:never-matches", BleuOptions::TOKENS.signature()),
            },
            Score {
                metric: "sacrebleu",
                value: sacre.score,
                signature: format!("{}|detok:moses-{language}", options.signature()),
            },
        ],
    })
}

/// BLEU of tokens, unsmoothed, in which an unknown word of a reference matches nothing: what fairseq's generate step
/// computes with the segmentation undone.
pub(super) fn tokenised_bleu(translations: &[String], split: &Split) -> Result<f64, ExecuteError> {
    fairseq_bleu(translations, &split.known_references)
        .map(|bleu| bleu.score)
        .map_err(ExecuteError::new)
}
