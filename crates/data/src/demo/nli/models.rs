//! Whether a premise and a hypothesis, or its negation, can be true together, decided exactly.
//!
//! A pair tells individuals apart by six properties: being in the subject, in the object, and in the predicate of
//! premise and hypothesis. These 64 kinds of individuals are the bits of a `u64`. Word meanings and universal claims
//! (`no dog is ..`) rule kinds out; the model that has two individuals of every other kind makes all existential
//! claims true that any model makes true, for another individual of a kind that may occur never spoils one: whom it
//! holds or chases is free.

use super::lexicon::{Category, Word};
use super::relation::Relations;
use super::sentence::{Predicate, Quantifier, Sentence, Subject};

/// The kinds that have a property in the premise, and in the hypothesis.
const IN_SUBJECT: [u64; 2] = [0xAAAA_AAAA_AAAA_AAAA, 0xCCCC_CCCC_CCCC_CCCC];
const IN_OBJECT: [u64; 2] = [0xF0F0_F0F0_F0F0_F0F0, 0xFF00_FF00_FF00_FF00];
const IN_PREDICATE: [u64; 2] = [0xFFFF_0000_FFFF_0000, 0xFFFF_FFFF_0000_0000];
const ALL: u64 = u64::MAX;

/// Whether some model, where every noun phrase of both has an instance, makes `premise` true, and `hypothesis` as true
/// as `truth` says.
pub(super) fn has_model(premise: &Sentence, hypothesis: &Sentence, truth: bool) -> bool {
    let sentences = [premise, hypothesis];
    let mut excluded = 0;
    let mut demanded = [ALL; 6];
    for side in 0..2 {
        if sentences[side].predicate.object.is_some() {
            demanded[side] = IN_OBJECT[side];
        }
        let claimed = side == 0 || truth;
        match sentences[side].subject {
            Subject::Named { negated, .. } => {
                demanded[2 + side] = property(IN_PREDICATE[side], claimed != negated);
            }
            Subject::Quantified { quantifier, .. } => {
                demanded[2 + side] = IN_SUBJECT[side];
                let quantified =
                    IN_SUBJECT[side] & property(IN_PREDICATE[side], quantifier != Quantifier::Every);
                // `some` claims that there is one, the others that there is none, and a negation the reverse.
                if claimed == (quantifier == Quantifier::Some) {
                    demanded[4 + side] = quantified;
                } else {
                    excluded |= quantified;
                }
            }
        }
    }
    if let (Subject::Named { name, .. }, Subject::Named { name: other, .. }) =
        (premise.subject, hypothesis.subject)
        && name == other
    {
        demanded[2] &= demanded[3];
    }

    let mut kinds = !excluded & nominal_kinds(sentences);
    loop {
        let possible = kinds & predicate_kinds(sentences.map(|sentence| &sentence.predicate), kinds);
        if possible == kinds {
            return demanded.into_iter().all(|demand| demand & kinds != 0);
        }
        kinds = possible;
    }
}

fn property(kinds: u64, holds: bool) -> u64 {
    if holds { kinds } else { !kinds }
}

/// Which truth values in premise and hypothesis go together: bit `p + 2 * h` of four.
type Facts = u8;

fn facts_of_words(premise: Option<Word>, hypothesis: Option<Word>) -> Facts {
    match (premise, hypothesis) {
        (None, None) => 0b1000,
        (None, Some(_)) => 0b1010,
        (Some(_), None) => 0b1100,
        (Some(from), Some(to)) => match from.relation(to) {
            Relations::EQUIVALENCE => 0b1001,
            Relations::FORWARD => 0b1101,
            Relations::REVERSE => 0b1011,
            Relations::ALTERNATION => 0b0111,
            _ => 0b1111,
        },
    }
}

fn members(facts: Facts) -> impl Iterator<Item = usize> {
    (0..4).filter(move |fact| facts >> fact & 1 == 1)
}

/// The kinds that the meanings of nouns and adjectives leave: an individual is of one of the nouns, or of none.
fn nominal_kinds(sentences: [&Sentence; 2]) -> u64 {
    let phrases = sentences.map(|sentence| match sentence.subject {
        Subject::Quantified { phrase, .. } => Some(phrase),
        Subject::Named { .. } => None,
    });
    let subjects = phrases.map(|phrase| phrase.map(|phrase| phrase.noun));
    let objects = sentences.map(|sentence| sentence.predicate.object.map(|object| object.noun));
    let [premise, hypothesis] = phrases.map(|phrase| phrase.and_then(|phrase| phrase.adjective));
    let adjectives = facts_of_words(premise, hypothesis);

    let nouns = Category::Noun.words().iter().copied().map(Some).chain([None]);
    let mut kinds = 0;
    for noun in nouns {
        let fact = |words: [Option<Word>; 2]| {
            let [premise, hypothesis] = words.map(|word| usize::from(is_a(noun, word)));
            premise | hypothesis << 1
        };
        let (subject, object) = (fact(subjects), fact(objects));
        for adjective in members(adjectives) {
            // The same kinds with every fact about the predicates.
            kinds |= 0x0001_0001_0001_0001 << (subject & adjective | object << 2);
        }
    }
    kinds
}

fn is_a(noun: Option<Word>, word: Option<Word>) -> bool {
    match (noun, word) {
        (Some(noun), Some(word)) => noun
            .relation(word)
            .is_within(Relations::EQUIVALENCE | Relations::FORWARD),
        _ => false,
    }
}

/// The kinds that the meanings of verbs and places leave, if `kinds` are the individuals to hold or chase.
fn predicate_kinds(predicates: [&Predicate; 2], kinds: u64) -> u64 {
    let [premise, hypothesis] = predicates;
    let places = facts_of_words(premise.place, hypothesis.place);
    let verbs = facts_of_words(Some(premise.verb), Some(hypothesis.verb));
    let mut remaining = 0;
    for verb in (0..4).filter(|fact| is_possible(*fact, verbs, predicates, kinds)) {
        for place in members(places) {
            remaining |= 0xFFFF << (16 * (verb & place));
        }
    }
    remaining
}

/// Whether an individual can be such that verb with object is as true in premise and hypothesis as `fact` says.
fn is_possible(fact: usize, verbs: Facts, predicates: [&Predicate; 2], kinds: u64) -> bool {
    let [Some(premise), Some(hypothesis)] = predicates.map(|predicate| predicate.object) else {
        return verbs >> fact & 1 == 1;
    };
    let every = [premise.every, hypothesis.every];
    let holds = |fact: usize, side: usize| fact >> side & 1 == 1;
    // As for subjects: `a` demands one that is held, `every` allows none that is not held, and a negation the reverse.
    let demands = [0, 1].map(|side| holds(fact, side) != every[side]);
    let mut met = demands.map(|demanded| !demanded);
    for group in 1..4 {
        let there = (0..2).fold(kinds, |kinds, side| {
            kinds & property(IN_OBJECT[side], holds(group, side))
        });
        if there == 0 {
            continue;
        }
        let mut may_be_there = false;
        for verb in members(verbs) {
            let bears = [0, 1].map(|side| holds(group, side) && holds(verb, side) != every[side]);
            if (0..2).all(|side| demands[side] || !bears[side]) {
                may_be_there = true;
                met = [met[0] | bears[0], met[1] | bears[1]];
            }
        }
        if !may_be_there {
            return false;
        }
    }
    met == [true; 2]
}
