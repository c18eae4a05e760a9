//! The labels of the demo corpus against every model of up to three individuals, by a checker that shares nothing with
//! the generator: it reads the texts and tries all extents of the words.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::collections::BTreeMap;

use data::demo::{NliSize, nli};
use data::{Corpus, NLI_LABELS};

/// Child and parent. Children of one parent exclude each other; parents in capitals are no words.
const PARENTS: &str = "animal THING, person THING, dog animal, cat animal, bird animal, poodle dog, beagle dog, \
    siamese cat, tabby cat, parrot bird, eagle bird, child person, worker person, boy child, girl child, \
    doctor worker, nurse worker, teacher worker, moving STATE, resting STATE, walking moving, running moving, \
    climbing moving, sleeping resting, sitting resting, holding touching, pushing touching, chasing following, \
    big SIZE, small SIZE, black COLOUR, white COLOUR, brown COLOUR, happy MOOD, sad MOOD, house building, \
    school building, kitchen house, bedroom house, classroom school, gym school, playground park";
const SYNONYMS: [(&str, &str); 2] = [("large", "big"), ("little", "small")];

struct Meanings(BTreeMap<&'static str, &'static str>);

impl Meanings {
    fn new() -> Self {
        Self(
            PARENTS
                .split(", ")
                .map(|pair| pair.split_once(' ').unwrap())
                .collect(),
        )
    }

    /// The word and all that it is a kind of.
    fn chain<'a>(&'a self, word: &'a str) -> Vec<&'a str> {
        let mut chain = vec![
            SYNONYMS
                .iter()
                .find(|(from, _)| *from == word)
                .map_or(word, |(_, to)| to),
        ];
        while let Some(parent) = self.0.get(chain[chain.len() - 1]) {
            chain.push(parent);
        }
        chain
    }

    fn is_a(&self, word: &str, general: &str) -> bool {
        self.chain(word).contains(&self.chain(general)[0])
    }

    fn exclude(&self, first: &str, second: &str) -> bool {
        self.chain(first).iter().any(|above_first| {
            self.chain(second).iter().any(|above_second| {
                let parents = (self.0.get(above_first), self.0.get(above_second));
                above_first != above_second && parents.0.is_some() && parents.0 == parents.1
            })
        })
    }

    /// Every way to be or not to be each of the words, as bits.
    fn kinds(&self, words: &[&str]) -> Vec<u32> {
        let is_possible = |kind: &u32| {
            let is = |index: usize| kind >> index & 1 == 1;
            (0..words.len()).filter(|a| is(*a)).all(|a| {
                (0..words.len()).all(|b| match is(b) {
                    true => !self.exclude(words[a], words[b]),
                    false => !self.is_a(words[a], words[b]),
                })
            })
        };
        (0..1 << words.len()).filter(is_possible).collect()
    }
}

#[derive(Debug, Default)]
struct Sentence<'a> {
    /// `every`, `some`, `no`, or a name.
    first: &'a str,
    phrase: Vec<&'a str>,
    negated: bool,
    verb: &'a str,
    object: Option<(&'a str, &'a str)>,
    place: Option<&'a str>,
}

impl<'a> Sentence<'a> {
    fn parse(text: &'a str) -> Self {
        let (subject, predicate) = text.split_once(" is ").unwrap();
        let (first, phrase) = subject.split_once(' ').unwrap_or((subject, ""));
        let (event, place) = match predicate.split_once(" in the ") {
            Some((event, place)) => (event, Some(place)),
            None => (predicate, None),
        };
        let (negated, event) = match event.strip_prefix("not ") {
            Some(event) => (true, event),
            None => (false, event),
        };
        let (verb, object) = event.split_once(' ').unwrap_or((event, ""));
        Self {
            first,
            phrase: phrase.split_whitespace().collect(),
            negated,
            verb,
            object: object.split_once(' '),
            place,
        }
    }

    fn is_named(&self) -> bool {
        !["every", "some", "no"].contains(&self.first)
    }
}

/// A set of individuals, as bits.
type Extent = u32;

struct Pair<'a> {
    sentences: [Sentence<'a>; 2],
    words: Vec<&'a str>,
    kinds: Vec<u32>,
    /// Both verbs, if they have objects: an individual can do these to another, as bits.
    deeds: Vec<u32>,
}

/// Whether the hypothesis was seen to be false, and true, where the premise is true.
type Seen = [bool; 2];

impl<'a> Pair<'a> {
    fn new(meanings: &Meanings, premise: &'a str, hypothesis: &'a str) -> Self {
        let sentences = [premise, hypothesis].map(Sentence::parse);
        let mut words = Vec::new();
        for sentence in &sentences {
            words.extend(&sentence.phrase);
            words.extend(sentence.place);
            words.push(sentence.object.map_or(sentence.verb, |(_, noun)| noun));
        }
        words.sort_unstable();
        words.dedup();
        Self {
            kinds: meanings.kinds(&words),
            deeds: meanings.kinds(&[sentences[0].verb, sentences[1].verb]),
            sentences,
            words,
        }
    }

    /// Tries the models of `size` individuals until both truths of the hypothesis are seen.
    fn search(&self, size: usize) -> Seen {
        let mut seen = [false; 2];
        self.extend(size, &mut Vec::new(), &mut seen);
        seen
    }

    /// Individuals are interchangeable, so that their kinds can be taken in order.
    fn extend(&self, size: usize, individuals: &mut Vec<usize>, seen: &mut Seen) {
        if individuals.len() == size {
            self.check_nouns(individuals, seen);
            return;
        }
        for kind in individuals.last().copied().unwrap_or(0)..self.kinds.len() {
            individuals.push(kind);
            self.extend(size, individuals, seen);
            individuals.pop();
            if *seen == [true; 2] {
                return;
            }
        }
    }

    fn check_nouns(&self, individuals: &[usize], seen: &mut Seen) {
        let extent = |word: &str| -> Extent {
            let position = self.words.binary_search(&word).unwrap();
            let bits = individuals.iter().map(|kind| self.kinds[*kind] >> position & 1);
            bits.rev().fold(0, |extent, bit| extent << 1 | bit)
        };
        let size = individuals.len();
        let everyone: Extent = (1 << size) - 1;
        let intersection = |words: &[&str]| words.iter().fold(everyone, |all, word| all & extent(word));
        let phrases = [0, 1].map(|side| intersection(&self.sentences[side].phrase));
        let objects = [0, 1].map(|side| self.sentences[side].object.map(|(_, noun)| extent(noun)));
        let places = [0, 1].map(|side| self.sentences[side].place.map_or(everyone, extent));
        if phrases.contains(&0) || objects.contains(&Some(0)) {
            return;
        }
        let [Some(premise_object), Some(hypothesis_object)] = objects else {
            let predicates = [0, 1].map(|side| extent(self.sentences[side].verb) & places[side]);
            return self.check_predicates(size, phrases, predicates, seen);
        };
        // What one individual does to each of all only matters in whether it is in the predicates.
        let objects = [premise_object, hypothesis_object];
        let mut memberships = [false; 4];
        let rows = self.deeds.len().pow(size as u32);
        for row in 0..rows {
            let deed = |other: usize| self.deeds[row / self.deeds.len().pow(other as u32) % self.deeds.len()];
            let membership = [0, 1].map(|side| {
                let done = (0..size).fold(0, |done, other| done | (deed(other) >> side & 1) << other);
                match self.sentences[side].object {
                    Some(("every", _)) => objects[side] & !done == 0,
                    _ => objects[side] & done != 0,
                }
            });
            memberships[usize::from(membership[0]) + 2 * usize::from(membership[1])] = true;
        }
        let memberships: Vec<usize> = (0..4).filter(|membership| memberships[*membership]).collect();
        for choice in 0..memberships.len().pow(size as u32) {
            let predicates = [0, 1].map(|side| {
                let extent = (0..size).fold(0, |extent, individual| {
                    let digit = choice / memberships.len().pow(individual as u32) % memberships.len();
                    extent | ((memberships[digit] >> side & 1) as Extent) << individual
                });
                extent & places[side]
            });
            self.check_predicates(size, phrases, predicates, seen);
        }
    }

    fn check_predicates(&self, size: usize, phrases: [Extent; 2], predicates: [Extent; 2], seen: &mut Seen) {
        let same_name = self.sentences[0].first == self.sentences[1].first;
        let bearers = |side: usize| {
            if self.sentences[side].is_named() {
                0..size
            } else {
                0..1
            }
        };
        for first in bearers(0) {
            for second in bearers(1) {
                if same_name && first != second {
                    continue;
                }
                let [premise, hypothesis] = [(0, first), (1, second)].map(|(side, bearer)| {
                    let (phrase, predicate) = (phrases[side], predicates[side]);
                    match self.sentences[side].first {
                        "every" => phrase & !predicate == 0,
                        "some" => phrase & predicate != 0,
                        "no" => phrase & predicate == 0,
                        _ => (predicate >> bearer & 1 == 1) != self.sentences[side].negated,
                    }
                });
                if premise {
                    seen[usize::from(hypothesis)] = true;
                }
            }
        }
    }
}

/// What a label says about models of the premise.
fn expected(label: usize) -> Seen {
    match NLI_LABELS[label] {
        "contradiction" => [true, false],
        "entailment" => [false, true],
        _ => [true, true],
    }
}

fn check(corpus: &Corpus) {
    let meanings = Meanings::new();
    for example in &corpus.examples {
        let pair = Pair::new(&meanings, &example.text, example.pair.as_ref().unwrap());
        let expected = expected(example.label);
        let mut seen = [false; 2];
        // Four disjoint noun phrases need a fourth individual; else three are enough.
        for size in 2..=4 {
            if seen != [true; 2] && (size < 4 || seen != expected) {
                let more = pair.search(size);
                seen = [seen[0] | more[0], seen[1] | more[1]];
            }
        }
        assert_eq!(seen, expected, "{example:?}");
    }
}

#[test]
fn models_bear_out_every_label() {
    let demo = nli(5, NliSize::default());
    check(&demo.train);
    check(&demo.matched);
    check(&demo.mismatched);
}

#[test]
fn checker_finds_what_it_should() {
    let meanings = Meanings::new();
    let cases = [
        ("every dog is running", "some animal is moving", [false, true]),
        ("every dog is running", "every animal is moving", [true, true]),
        ("no dog is running", "every poodle is running", [true, false]),
        ("alice is not moving", "alice is walking", [true, false]),
        ("alice is not moving", "bob is walking", [true, true]),
        (
            "some dog is holding every cat",
            "some dog is touching a tabby",
            [false, true],
        ),
        (
            "some dog is holding every cat",
            "some dog is holding every animal",
            [true, true],
        ),
        (
            "some big dog is running in the park",
            "some large dog is moving in the forest",
            [true, true],
        ),
        (
            "no dog is chasing a cat",
            "some dog is chasing every cat",
            [true, false],
        ),
    ];
    for (premise, hypothesis, expected) in cases {
        let pair = Pair::new(&meanings, premise, hypothesis);
        assert_eq!(pair.search(3), expected, "{premise} / {hypothesis}");
    }
}
