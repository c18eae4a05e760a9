//! How a premise is made from a hypothesis: the places to change, and what may stand there instead.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::lexicon::{Category, Word};
use super::sentence::{Quantifier, Sentence, Subject};

/// A place in a sentence that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    Quantifier,
    Adjective,
    Noun,
    Not,
    Name,
    Verb,
    ObjectDeterminer,
    ObjectNoun,
    Place,
}

const QUANTIFIED: &[Site] = &[
    Site::Quantifier,
    Site::Quantifier,
    Site::Quantifier,
    Site::Quantifier,
    Site::Adjective,
    Site::Adjective,
    Site::Noun,
    Site::Verb,
    Site::Place,
    Site::Place,
];
const NAMED: &[Site] = &[
    Site::Not,
    Site::Not,
    Site::Not,
    Site::Verb,
    Site::Place,
    Site::Place,
];
const OBJECT: &[Site] = &[Site::ObjectDeterminer, Site::ObjectNoun];

/// Percentage of the hypotheses about a name whose premises may be about another.
const OTHER_NAME: u32 = 30;

/// The sites of a hypothesis, each as often as its weight.
pub(super) fn sites(hypothesis: &Sentence, rng: &mut ChaCha8Rng) -> Vec<Site> {
    let mut sites = match hypothesis.subject {
        Subject::Quantified { .. } => QUANTIFIED.to_vec(),
        Subject::Named { .. } => NAMED.to_vec(),
    };
    if hypothesis.predicate.object.is_some() {
        sites.extend(OBJECT);
    }
    if matches!(hypothesis.subject, Subject::Named { .. }) && percent(OTHER_NAME, rng) {
        sites.push(Site::Name);
    }
    sites
}

/// True in `percentage` of 100 cases.
pub(super) fn percent(percentage: u32, rng: &mut ChaCha8Rng) -> bool {
    rng.random_range(0..100) < percentage
}

/// The sentence with another word, determiner or negation at `site`, or with a modifier more or less. None if the site
/// is not there, or no word may replace the old one.
pub(super) fn edit(
    mut sentence: Sentence,
    site: Site,
    rng: &mut ChaCha8Rng,
    may_replace: impl Fn(Word, Word) -> bool,
) -> Option<Sentence> {
    let replace = |word: &mut Word, rng: &mut ChaCha8Rng| {
        *word = draw_other(*word, rng, &may_replace)?;
        Some(())
    };
    let predicate = &mut sentence.predicate;
    match (site, &mut sentence.subject) {
        (Site::Quantifier, Subject::Quantified { quantifier, .. }) => {
            let others: Vec<_> = Quantifier::ALL
                .into_iter()
                .filter(|other| other != quantifier)
                .collect();
            *quantifier = *others.choose(rng)?;
        }
        (Site::Adjective, Subject::Quantified { phrase, .. }) => {
            edit_modifier(&mut phrase.adjective, Category::Adjective, rng, replace)?;
        }
        (Site::Noun, Subject::Quantified { phrase, .. }) => replace(&mut phrase.noun, rng)?,
        (Site::Not, Subject::Named { negated, .. }) => *negated = !*negated,
        (Site::Name, Subject::Named { name, .. }) => replace(name, rng)?,
        (Site::Verb, _) => replace(&mut predicate.verb, rng)?,
        (Site::ObjectDeterminer, _) => {
            let object = predicate.object.as_mut()?;
            object.every = !object.every;
        }
        (Site::ObjectNoun, _) => replace(&mut predicate.object.as_mut()?.noun, rng)?,
        (Site::Place, _) => edit_modifier(&mut predicate.place, Category::Place, rng, replace)?,
        _ => return None,
    }
    Some(sentence)
}

/// Adds a modifier, or removes or replaces the one that is there.
fn edit_modifier(
    modifier: &mut Option<Word>,
    category: Category,
    rng: &mut ChaCha8Rng,
    replace: impl Fn(&mut Word, &mut ChaCha8Rng) -> Option<()>,
) -> Option<()> {
    match modifier {
        None => *modifier = Some(*category.words().choose(rng)?),
        Some(_) if percent(50, rng) => *modifier = None,
        Some(word) => replace(word, rng)?,
    }
    Some(())
}

/// Half are kin, a quarter siblings that exclude the word, a quarter any word of the category. Words that
/// may not replace it are left out before the draw, or few mismatched pairs would have a replaced word.
fn draw_other(word: Word, rng: &mut ChaCha8Rng, may_replace: impl Fn(Word, Word) -> bool) -> Option<Word> {
    let draw = |words: &'static [Word], rng: &mut ChaCha8Rng| {
        let others = || {
            words
                .iter()
                .copied()
                .filter(|other| *other != word && may_replace(word, *other))
        };
        let count = others().count();
        (count > 0).then(|| others().nth(rng.random_range(0..count)))?
    };
    let near = match rng.random_range(0..4) {
        0 | 1 => draw(word.kin(), rng),
        2 => draw(word.siblings(), rng),
        _ => None,
    };
    near.or_else(|| draw(word.category().words(), rng))
}
