//! Natural language inference over a grammar of 75 words, labelled by natural logic (MacCartney & Manning, 2009).
//!
//! A hypothesis has one premise of each label, so that it alone says nothing about the label. The mismatched pairs
//! have hypotheses of a shape, and replace words by words, that the other pairs never show.

mod edit;
mod generate;
mod held_out;
mod inference;
mod lexicon;
mod models;
mod relation;
mod sentence;

use generate::{Generator, Pair, Part};
use lexicon::{FUNCTION_WORDS, Word};

use crate::{Corpus, Example, NLI_LABELS};

/// How many pairs to make. Numbers that are not divisible by three are rounded down: hypotheses come in threes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NliSize {
    /// Pairs to train on.
    pub train: usize,
    /// Pairs in each of the two development sets.
    pub dev: usize,
}

impl Default for NliSize {
    fn default() -> Self {
        Self {
            train: 20_001,
            dev: 2_001,
        }
    }
}

/// The parts of the demo corpus, and the pieces of its tokeniser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoNli {
    /// Pairs to train on.
    pub train: Corpus,
    /// Pairs like those to train on.
    pub matched: Corpus,
    /// Pairs with held-out shapes of hypotheses and held-out word pairs.
    pub mismatched: Corpus,
    /// Pairs like those to train on, to choose settings by.
    pub valid: Corpus,
    /// BERT's five special tokens, and then every word that any seed can give.
    pub vocabulary: Vec<String>,
}

/// Makes the corpus; the same seed gives the same bytes on every platform.
///
/// Each part is shuffled, and a third of it has each of [`NLI_LABELS`]. No pair is there twice, but training and
/// matched pairs share some hypotheses. A part is smaller than asked for only if the grammar has hardly any pairs
/// left: the mismatched end at some 230,000.
pub fn nli(seed: u64, size: NliSize) -> DemoNli {
    let mut generator = Generator::new(seed);
    let [train, dev] = [size.train, size.dev].map(|pairs| pairs / 3);
    let mismatched = generator.triples(Part::Mismatched, dev);
    let mut matched = generator.triples(Part::Matched, dev + train);
    let train = matched.split_off(dev.min(matched.len()));
    let [train, matched, mismatched] =
        [train, matched, mismatched].map(|triples| generator.shuffled(triples));
    // Last, so that the other parts are those of a corpus without it.
    let valid = generator.triples(Part::Matched, dev);
    let valid = generator.shuffled(valid);
    DemoNli {
        train: corpus("demo-nli train", train),
        matched: corpus("demo-nli matched", matched),
        mismatched: corpus("demo-nli mismatched", mismatched),
        valid: corpus("demo-nli valid", valid),
        vocabulary: vocabulary(),
    }
}

fn corpus(name: &str, pairs: Vec<Pair>) -> Corpus {
    let examples = pairs.into_iter().map(|(premise, hypothesis, label)| Example {
        text: premise.to_string(),
        pair: Some(hypothesis.to_string()),
        label: label as usize,
    });
    Corpus {
        name: name.into(),
        label_names: NLI_LABELS.map(String::from).to_vec(),
        examples: examples.collect(),
    }
}

fn vocabulary() -> Vec<String> {
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        .into_iter()
        .chain(FUNCTION_WORDS)
        .chain(Word::all().map(Word::text))
        .map(String::from)
        .collect()
}
