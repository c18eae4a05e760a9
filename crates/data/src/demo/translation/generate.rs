//! Draws derivations and writes them out in both languages.

use std::collections::HashSet;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::grammar::{Clause, First, MainClause, NounPhrase, Sentence, Tense};
use super::lexicon::{ADJECTIVES, Adjective, Class, NOUNS, Noun, Number, Place, Time};
use super::verbs::{Conjunction, MODALS, REPORTS, VERBS, Verb};

/// German tokens of the longest sentence.
const LONGEST: usize = 22;

/// Pairs of a German sentence and its translation, no German one twice. They are shuffled, because the short ones are
/// used up as time goes by and the last ones are longer than the first.
pub(super) fn pairs(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = HashSet::new();
    let mut pairs = Vec::new();
    while pairs.len() < count {
        let sentence = draw_sentence(&mut rng);
        let german = sentence.german();
        if german.split(' ').count() <= LONGEST && seen.insert(german.clone()) {
            pairs.push((german, sentence.english()));
        }
    }
    pairs.shuffle(&mut rng);
    pairs
}

fn draw_sentence(rng: &mut ChaCha8Rng) -> Sentence {
    match rng.random_range(0..100) {
        0..60 => Sentence::Main(draw_main_clause(rng, |_| true)),
        60..85 => {
            let reporters = nouns(&[Class::Adult, Class::Child]);
            let reporter = draw_noun_phrase(rng, &reporters);
            let clause = draw_until(rng, draw_clause, |clause| clause.subject.noun != reporter.noun);
            Sentence::Reported {
                report: draw(rng, &REPORTS),
                reporter,
                clause,
            }
        }
        _ => draw_joined(rng),
    }
}

/// The times of both clauses go together, and they are about different things.
fn draw_joined(rng: &mut ChaCha8Rng) -> Sentence {
    let conjunction = *draw(rng, &Conjunction::ALL);
    let is_condition = conjunction == Conjunction::If;
    let main = draw_main_clause(rng, |tense| !is_condition || tense != Tense::Perfect);
    let subordinate = draw_until(rng, draw_clause, |clause| {
        let is_past = clause.tense == Tense::Perfect;
        let fits = match main.clause.tense {
            Tense::Perfect => is_past,
            _ => !(is_condition && is_past),
        };
        fits && clause.verb != main.clause.verb && clause.subject.noun != main.clause.subject.noun
    });
    Sentence::Joined {
        main,
        conjunction,
        subordinate,
    }
}

fn draw_main_clause(rng: &mut ChaCha8Rng, fits: impl Fn(Tense) -> bool) -> MainClause {
    let clause = draw_until(rng, draw_clause, |clause| fits(clause.tense));
    let first = if clause.time.is_some() && percent(rng, 50) {
        First::Time
    } else if clause.place.is_some() && percent(rng, 35) {
        First::Place
    } else if object_may_be_first(&clause) && percent(rng, 30) {
        First::Object
    } else {
        First::Subject
    };
    MainClause { clause, first }
}

/// Before a subject that is known, and only where it cannot be taken for the subject.
fn object_may_be_first(clause: &Clause) -> bool {
    let Clause { subject, object, .. } = clause;
    object.as_ref().is_some_and(|object| {
        subject.definite && !clause.negates_object() && (object.shows_case() || subject.shows_case())
    })
}

fn draw_clause(rng: &mut ChaCha8Rng) -> Clause {
    let verb = draw(rng, &VERBS);
    let tense = match rng.random_range(0..11) {
        0..5 => Tense::Present,
        5..8 => Tense::Perfect,
        _ => Tense::Modal(draw(rng, &MODALS)),
    };
    let negated = percent(rng, 20);
    let subject = draw_noun_phrase(rng, &nouns(verb.subjects));
    let mut objects = nouns(verb.objects);
    objects.retain(|noun| *noun != subject.noun);
    let object = (!objects.is_empty()).then(|| draw_noun_phrase(rng, &objects));
    let time = percent(rng, 40).then(|| draw_time(rng, tense, negated));
    let place = (verb.needs_place || percent(rng, 35))
        .then(|| draw_place(rng, verb, subject.noun, object.as_ref()))
        .flatten();
    Clause {
        subject,
        verb,
        object,
        tense,
        negated,
        time,
        place,
    }
}

fn draw_time(rng: &mut ChaCha8Rng, tense: Tense, negated: bool) -> Time {
    draw_until(
        rng,
        |rng| *draw(rng, &Time::ALL),
        |time| tense.goes_with(*time, negated),
    )
}

/// None if there is no place where all of them go together.
fn draw_place(
    rng: &mut ChaCha8Rng,
    verb: &Verb,
    subject: &Noun,
    object: Option<&NounPhrase>,
) -> Option<Place> {
    let places: Vec<Place> = verb
        .places
        .iter()
        .copied()
        .filter(|place| {
            subject.places.contains(place) && object.is_none_or(|object| object.noun.places.contains(place))
        })
        .collect();
    places.choose(rng).copied()
}

fn draw_noun_phrase(rng: &mut ChaCha8Rng, nouns: &[&'static Noun]) -> NounPhrase {
    let noun = *draw(rng, nouns);
    let number = if noun.plural.is_some() && percent(rng, 30) {
        Number::Plural
    } else {
        Number::Singular
    };
    let adjectives: Vec<&Adjective> = ADJECTIVES
        .iter()
        .filter(|adjective| adjective.classes.contains(&noun.class))
        .collect();
    NounPhrase {
        definite: percent(rng, 60),
        adjective: percent(rng, 35).then(|| *draw(rng, &adjectives)),
        modifier: percent(rng, 40).then(|| noun.modifiers.choose(rng)).flatten(),
        noun,
        number,
    }
}

fn nouns(classes: &[Class]) -> Vec<&'static Noun> {
    NOUNS
        .iter()
        .filter(|noun| classes.contains(&noun.class))
        .collect()
}

/// Of a list that is not empty.
fn draw<'a, T>(rng: &mut ChaCha8Rng, items: &'a [T]) -> &'a T {
    &items[rng.random_range(0..items.len())]
}

fn draw_until<T>(
    rng: &mut ChaCha8Rng,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> T,
    fits: impl Fn(&T) -> bool,
) -> T {
    loop {
        let drawn = draw(rng);
        if fits(&drawn) {
            return drawn;
        }
    }
}

/// True in `percentage` of 100 cases.
fn percent(rng: &mut ChaCha8Rng, percentage: u32) -> bool {
    rng.random_range(0..100) < percentage
}
