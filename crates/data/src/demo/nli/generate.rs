//! Draws hypotheses, and for each one premise of each label.

use std::collections::HashSet;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::edit::{Site, edit, percent, sites};
use super::held_out::HeldOut;
use super::inference::{Label, is_open, label};
use super::lexicon::{Category, Word};
use super::sentence::{NounPhrase, Object, Predicate, Quantifier, Sentence, Subject};

/// Premises drawn for a hypothesis before it is given up.
const TRIES: usize = 60;
/// Hypotheses given up in a row before there are taken to be no more.
const GIVE_UP: usize = 1_000;

/// A premise, a hypothesis and how they go together.
pub(super) type Pair = (Sentence, Sentence, Label);

/// Which hypotheses and which word pairs a part of the corpus has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Matched,
    Mismatched,
}

/// Makes the parts of one corpus; no pair is in two of them, or twice in one.
pub(super) struct Generator {
    rng: ChaCha8Rng,
    held_out: HeldOut,
    seen: HashSet<(Sentence, Sentence)>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            held_out: HeldOut::draw(&mut rng),
            rng,
            seen: HashSet::new(),
        }
    }

    /// So many hypotheses with a pair for each label, or fewer if there are not so many, in random order: the shortest
    /// ones are used up as time goes by, so that the first are not like the last.
    pub(super) fn triples(&mut self, part: Part, count: usize) -> Vec<[Pair; 3]> {
        let mut triples = Vec::new();
        let mut given_up = 0;
        while triples.len() < count && given_up < GIVE_UP {
            let hypothesis = draw_hypothesis(&mut self.rng);
            if hypothesis.has_held_out_template() != (part == Part::Mismatched) {
                continue;
            }
            match self.draw_premises(part, &hypothesis) {
                Some(premises) => {
                    given_up = 0;
                    self.seen.extend(premises.map(|premise| (premise, hypothesis)));
                    triples.push(Label::ALL.map(|label| (premises[label as usize], hypothesis, label)));
                }
                None => given_up += 1,
            }
        }
        triples.shuffle(&mut self.rng);
        triples
    }

    /// The pairs of these hypotheses in random order.
    pub(super) fn shuffled(&mut self, triples: Vec<[Pair; 3]>) -> Vec<Pair> {
        let mut pairs = triples.into_flattened();
        pairs.shuffle(&mut self.rng);
        pairs
    }

    /// One premise for each label, all with the same number of edits, so that neither the hypothesis nor the number of
    /// edits tells the label.
    fn draw_premises(&mut self, part: Part, hypothesis: &Sentence) -> Option<[Sentence; 3]> {
        let edits = match self.rng.random_range(0..10) {
            0..6 => 1,
            6..9 => 2,
            _ => 3,
        };
        let sites = sites(hypothesis, &mut self.rng);
        let mut premises = [None; 3];
        for _ in 0..TRIES {
            let Some(premise) = self.draw_premise(part, hypothesis, &sites, edits) else {
                continue;
            };
            let label = label(&premise, hypothesis);
            let place = &mut premises[label as usize];
            if place.is_none()
                && !self.seen.contains(&(premise, *hypothesis))
                && (label != Label::Neutral || is_open(&premise, hypothesis))
            {
                *place = Some(premise);
            }
            if let [Some(contradiction), Some(entailment), Some(neutral)] = premises {
                return Some([contradiction, entailment, neutral]);
            }
        }
        None
    }

    fn draw_premise(
        &mut self,
        part: Part,
        hypothesis: &Sentence,
        sites: &[Site],
        edits: usize,
    ) -> Option<Sentence> {
        let Self { rng, held_out, .. } = self;
        let mismatched = part == Part::Mismatched;
        let mut sites = sites.to_vec();
        let mut premise = *hypothesis;
        for _ in 0..edits {
            let site = *sites.choose(rng)?;
            sites.retain(|other| *other != site);
            premise = edit(premise, site, rng, |old, new| {
                held_out.contains(old, new) == mismatched
            })?;
        }
        (mismatched || !premise.has_held_out_template()).then_some(premise)
    }
}

fn draw_hypothesis(rng: &mut ChaCha8Rng) -> Sentence {
    let subject = if percent(35, rng) {
        Subject::Named {
            name: draw_word(Category::Name, rng),
            negated: percent(50, rng),
        }
    } else {
        Subject::Quantified {
            quantifier: match rng.random_range(0..5) {
                0 | 1 => Quantifier::Every,
                2 | 3 => Quantifier::Some,
                _ => Quantifier::No,
            },
            phrase: NounPhrase {
                adjective: percent(40, rng).then(|| draw_word(Category::Adjective, rng)),
                noun: draw_word(Category::Noun, rng),
            },
        }
    };
    let (verb, object) = if percent(25, rng) {
        let object = Object {
            every: percent(40, rng),
            noun: draw_word(Category::Noun, rng),
        };
        (draw_word(Category::Transitive, rng), Some(object))
    } else {
        (draw_word(Category::Intransitive, rng), None)
    };
    Sentence {
        subject,
        predicate: Predicate {
            verb,
            object,
            place: percent(40, rng).then(|| draw_word(Category::Place, rng)),
        },
    }
}

fn draw_word(category: Category, rng: &mut ChaCha8Rng) -> Word {
    let words = category.words();
    words[rng.random_range(0..words.len())]
}
