//! Natural logic: the relation between two sentences that differ in a few places, and the label it gives.

use super::lexicon::Word;
use super::models::has_model;
use super::relation::{
    COMPLEMENT, EVERY_RESTRICTOR, EVERY_SCOPE, INTERSECTION, NO, Projection, Relations, SOME,
};
use super::sentence::{NounPhrase, Predicate, Quantifier, Sentence, Subject};

/// What a premise says about a hypothesis; the number is the index into [`crate::NLI_LABELS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Contradiction,
    Entailment,
    Neutral,
}

impl Label {
    pub(super) const ALL: [Self; 3] = [Self::Contradiction, Self::Entailment, Self::Neutral];
}

/// The label by natural logic: neutral where it proves neither entailment nor contradiction.
///
/// It may also be unable to decide, so that such a pair is neutral only if [`is_open`].
pub(super) fn label(premise: &Sentence, hypothesis: &Sentence) -> Label {
    let relations = relate(premise, hypothesis);
    if relations.is_within(Relations::EQUIVALENCE | Relations::FORWARD) {
        Label::Entailment
    } else if relations.is_within(Relations::NEGATION | Relations::ALTERNATION) {
        Label::Contradiction
    } else {
        Label::Neutral
    }
}

/// Whether the hypothesis is true in one model of the premise, and false in another.
pub(super) fn is_open(premise: &Sentence, hypothesis: &Sentence) -> bool {
    has_model(premise, hypothesis, true) && has_model(premise, hypothesis, false)
}

/// What may hold between two sentences. Differences are joined inside the noun phrase and inside the predicate, then
/// in the sentence; sentences of unlike build are not compared.
fn relate(premise: &Sentence, hypothesis: &Sentence) -> Relations {
    let predicates = relate_predicates(&premise.predicate, &hypothesis.predicate);
    match (premise.subject, hypothesis.subject) {
        (
            Subject::Quantified {
                quantifier: from,
                phrase,
            },
            Subject::Quantified {
                quantifier: to,
                phrase: other,
            },
        ) => {
            let phrases = relate_noun_phrases(&phrase, &other);
            join_in_every_order::<3>(|step, done| {
                let quantifier = if done & 1 == 0 { from } else { to };
                match step {
                    0 => relate_quantifiers(from, to),
                    1 => phrases.project(restrictor(quantifier)),
                    _ => predicates.project(scope(quantifier)),
                }
            })
        }
        (
            Subject::Named { name, negated: from },
            Subject::Named {
                name: other,
                negated: to,
            },
        ) => join_in_every_order::<3>(|step, done| {
            let negated = if done & 1 == 0 { from } else { to };
            match step {
                0 if from == to => Relations::EQUIVALENCE,
                0 => Relations::NEGATION,
                1 => name.relation(other),
                _ if negated => predicates.project(&COMPLEMENT),
                _ => predicates,
            }
        }),
        _ => Relations::ANY,
    }
}

fn relate_noun_phrases(premise: &NounPhrase, hypothesis: &NounPhrase) -> Relations {
    join_in_every_order::<2>(|step, done| {
        let adjective = if done & 1 == 0 {
            premise.adjective
        } else {
            hypothesis.adjective
        };
        match step {
            0 => relate_modifiers(premise.adjective, hypothesis.adjective),
            _ => modified(premise.noun.relation(hypothesis.noun), adjective),
        }
    })
}

fn relate_predicates(premise: &Predicate, hypothesis: &Predicate) -> Relations {
    join_in_every_order::<4>(|step, done| {
        let side = |place: usize| {
            if done >> place & 1 == 0 {
                premise
            } else {
                hypothesis
            }
        };
        let place = side(0).place;
        let within_object = |relations: Relations, projections: [&Projection; 2]| match side(1).object {
            None => relations,
            Some(object) => relations.project(projections[usize::from(object.every)]),
        };
        match (step, premise.object, hypothesis.object) {
            (0, ..) => relate_modifiers(premise.place, hypothesis.place),
            (1, Some(from), Some(to)) => modified(
                match (from.every, to.every) {
                    (true, false) => Relations::FORWARD,
                    (false, true) => Relations::REVERSE,
                    _ => Relations::EQUIVALENCE,
                },
                place,
            ),
            (2, Some(from), Some(to)) => {
                let nouns = from.noun.relation(to.noun);
                modified(within_object(nouns, [&SOME, &EVERY_RESTRICTOR]), place)
            }
            (3, Some(_), Some(_)) | (3, None, None) => {
                let verbs = premise.verb.relation(hypothesis.verb);
                modified(within_object(verbs, [&SOME, &EVERY_SCOPE]), place)
            }
            (_, None, None) => Relations::EQUIVALENCE,
            _ => Relations::ANY,
        }
    })
}

/// The relation between two phrases that differ in an optional intersective modifier.
fn relate_modifiers(premise: Option<Word>, hypothesis: Option<Word>) -> Relations {
    match (premise, hypothesis) {
        (None, None) => Relations::EQUIVALENCE,
        (Some(_), None) => Relations::FORWARD,
        (None, Some(_)) => Relations::REVERSE,
        (Some(from), Some(to)) => from.relation(to).project(&INTERSECTION),
    }
}

fn modified(relations: Relations, modifier: Option<Word>) -> Relations {
    match modifier {
        None => relations,
        Some(_) => relations.project(&INTERSECTION),
    }
}

/// The square of opposition, where every noun phrase has an instance.
fn relate_quantifiers(premise: Quantifier, hypothesis: Quantifier) -> Relations {
    use Quantifier::{Every, No, Some};
    match (premise, hypothesis) {
        (Every, Some) => Relations::FORWARD,
        (Some, Every) => Relations::REVERSE,
        (Some, No) | (No, Some) => Relations::NEGATION,
        (Every, No) | (No, Every) => Relations::ALTERNATION,
        (Every, Every) | (Some, Some) | (No, No) => Relations::EQUIVALENCE,
    }
}

fn restrictor(quantifier: Quantifier) -> &'static Projection {
    match quantifier {
        Quantifier::Every => &EVERY_RESTRICTOR,
        Quantifier::Some => &SOME,
        Quantifier::No => &NO,
    }
}

fn scope(quantifier: Quantifier) -> &'static Projection {
    match quantifier {
        Quantifier::Every => &EVERY_SCOPE,
        Quantifier::Some => &SOME,
        Quantifier::No => &NO,
    }
}

/// What holds after `STEPS` changes, whichever comes first: each order gives a set that the relation is in, so it is
/// in all of them. `step` gets the number of a change and the set of those already made, as bits.
fn join_in_every_order<const STEPS: usize>(step: impl Fn(usize, usize) -> Relations) -> Relations {
    let changes = (0..STEPS)
        .filter(|change| step(*change, 0) != Relations::EQUIVALENCE)
        .fold(0, |changes, change| changes | 1 << change);
    let mut reached = [Relations::ANY; 16];
    reached[0] = Relations::EQUIVALENCE;
    for done in (1..=changes).filter(|done| done & changes == *done) {
        for last in (0..STEPS).filter(|change| done >> change & 1 == 1) {
            let before = done ^ 1 << last;
            reached[done] &= reached[before].join(step(last, before));
        }
    }
    reached[changes]
}

#[cfg(test)]
mod tests {
    use super::super::generate::{Generator, Part};
    use super::*;

    #[test]
    fn models_agree_with_natural_logic() {
        for seed in 0..5 {
            let mut generator = Generator::new(seed);
            let mut triples = generator.triples(Part::Mismatched, 667);
            triples.extend(generator.triples(Part::Matched, 7_334));
            let mut undecided = 0;
            for (premise, hypothesis, label) in triples.as_flattened() {
                let models = [true, false].map(|truth| has_model(premise, hypothesis, truth));
                let expected = match label {
                    Label::Contradiction => [false, true],
                    Label::Entailment => [true, false],
                    Label::Neutral => [true, true],
                };
                assert_eq!(models, expected, "{premise} / {hypothesis}");
                let neutral = Relations::REVERSE | Relations::COVER | Relations::INDEPENDENCE;
                let decided = *label != Label::Neutral || relate(premise, hypothesis).is_within(neutral);
                undecided += usize::from(!decided);
            }
            // About one pair in twenty needs the models.
            let share = undecided as f64 / (3 * triples.len()) as f64;
            assert!((0.03..0.08).contains(&share), "{share}");
        }
    }
}
