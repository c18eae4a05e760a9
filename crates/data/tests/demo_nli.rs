//! What the demo corpus promises besides true labels: balance, held-out parts, no short cut by the hypothesis, and the
//! same bytes for the same seed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests may"
)]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use data::demo::{DemoNli, NliSize, nli};
use data::{Corpus, Example, ModelTokenizer, NLI_LABELS};
use files::Sha256;

const SEEDS: std::ops::Range<u64> = 0..6;

fn parts(demo: &DemoNli) -> [&Corpus; 3] {
    [&demo.train, &demo.matched, &demo.mismatched]
}

fn hypothesis(example: &Example) -> &str {
    example.pair.as_ref().unwrap()
}

/// Quantifier, adjective, noun or name, `not`, verb, determiner and noun of the object, place; empty where missing.
fn fields(text: &str) -> [&str; 8] {
    let (subject, predicate) = text.split_once(" is ").unwrap();
    let (quantifier, adjective, noun) = match *subject.split(' ').collect::<Vec<_>>() {
        [name] => ("", "", name),
        [quantifier, noun] => (quantifier, "", noun),
        [quantifier, adjective, noun] => (quantifier, adjective, noun),
        _ => panic!("{text}"),
    };
    let (event, place) = predicate.split_once(" in the ").unwrap_or((predicate, ""));
    let (not, event) = event
        .strip_prefix("not ")
        .map_or(("", event), |event| ("not", event));
    let (verb, object) = event.split_once(' ').unwrap_or((event, ""));
    let (determiner, object) = object.split_once(' ').unwrap_or(("", ""));
    let determiner = if determiner == "an" { "a" } else { determiner };
    [quantifier, adjective, noun, not, verb, determiner, object, place]
}

fn edits(example: &Example) -> usize {
    let [premise, hypothesis] = [&example.text, hypothesis(example)].map(fields);
    (0..8)
        .filter(|field| premise[*field] != hypothesis[*field])
        .count()
}

/// Words that stand for each other, first the one that comes first in the alphabet.
fn replaced_words(example: &Example) -> impl Iterator<Item = [&str; 2]> {
    let [premise, hypothesis] = [&example.text, hypothesis(example)].map(fields);
    [1, 2, 4, 6, 7].into_iter().filter_map(move |field| {
        let mut words = [premise[field], hypothesis[field]];
        words.sort_unstable();
        (words[0] != words[1] && !words[0].is_empty()).then_some(words)
    })
}

fn has_held_out_template(text: &str) -> bool {
    let [quantifier, adjective, _, _, _, _, object, place] = fields(text);
    (quantifier.is_empty() || !adjective.is_empty()) && object.is_empty() && !place.is_empty()
}

/// Accuracy on `dev` of naive Bayes over the words of one text, learnt on `train`.
fn bag_of_words_accuracy(train: &Corpus, dev: &Corpus, text: impl Fn(&Example) -> &str) -> f64 {
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for example in &train.examples {
        for word in text(example).split(' ') {
            counts.entry(word).or_insert([1.0; 3])[example.label] += 1.0;
        }
    }
    let totals = [0, 1, 2].map(|label| counts.values().map(|count| count[label]).sum::<f64>());
    let score = |text: &str, label: usize| -> f64 {
        text.split(' ')
            .map(|word| (counts[word][label] / totals[label]).ln())
            .sum()
    };
    let right = dev.examples.iter().filter(|example| {
        let text = text(example);
        let best = (0..3).max_by(|a, b| score(text, *a).total_cmp(&score(text, *b)));
        best == Some(example.label)
    });
    right.count() as f64 / dev.examples.len() as f64
}

fn sha256(demo: &DemoNli) -> String {
    let mut hasher = Sha256::new();
    for part in parts(demo) {
        for example in &part.examples {
            hasher.update(format!(
                "{}\t{}\t{}\n",
                example.label,
                example.text,
                hypothesis(example)
            ));
        }
    }
    hasher.hex()
}

#[test]
fn every_seed_keeps_the_promises() {
    for seed in SEEDS {
        let demo = nli(seed, NliSize::default());
        assert_eq!(
            parts(&demo).map(|part| part.examples.len()),
            [20_001, 2_001, 2_001]
        );
        let mut pairs = HashSet::new();
        for part in parts(&demo) {
            assert_eq!(part.label_names, NLI_LABELS);
            let mut labels: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
            for example in &part.examples {
                assert!(pairs.insert((&example.text, hypothesis(example))), "{example:?}");
                labels.entry(hypothesis(example)).or_default()[example.label] += 1;
            }
            assert!(
                labels
                    .values()
                    .all(|counts| counts[0] == counts[1] && counts[1] == counts[2])
            );
        }
    }
}

#[test]
fn mismatched_is_held_out() {
    for seed in SEEDS {
        let demo = nli(seed, NliSize::default());
        let known = demo.train.examples.iter().chain(&demo.matched.examples);
        assert!(known.clone().all(|example| !has_held_out_template(&example.text)));
        assert!(
            known
                .clone()
                .all(|example| !has_held_out_template(hypothesis(example)))
        );
        let held_out = &demo.mismatched.examples;
        assert!(
            held_out
                .iter()
                .all(|example| has_held_out_template(hypothesis(example)))
        );
        let known: BTreeSet<[&str; 2]> = known.flat_map(replaced_words).collect();
        let held_out: BTreeSet<[&str; 2]> = held_out.iter().flat_map(replaced_words).collect();
        assert!(known.is_disjoint(&held_out));
        // Of 29; those of the least frequent words may not have been drawn.
        assert!((26..=29).contains(&held_out.len()), "{}", held_out.len());
    }
}

#[test]
fn statistics_hardly_depend_on_the_seed() {
    for seed in SEEDS {
        let demo = nli(seed, NliSize::default());
        for part in parts(&demo) {
            let examples = &part.examples;
            let mut with_edits = [0; 4];
            let mut tokens = Vec::new();
            for example in examples {
                with_edits[edits(example)] += 1;
                let words = |text: &str| text.split(' ').count();
                tokens.push(3 + words(&example.text) + words(hypothesis(example)));
            }
            let share = with_edits.map(|count| count as f64 / examples.len() as f64);
            let mean = tokens.iter().sum::<usize>() as f64 / tokens.len() as f64;
            let longest = tokens.iter().max().copied().unwrap();
            let expected = match part.name.as_str() {
                "demo-nli mismatched" => ([0.0, 0.81, 0.19, 0.005], 17.5, 19),
                _ => ([0.0, 0.67, 0.29, 0.035], 15.6, 23),
            };
            for (share, expected) in share.iter().zip(expected.0) {
                assert!((share - expected).abs() < 0.05, "{share} for {expected}");
            }
            assert!((mean - expected.1).abs() < 0.5, "{mean}");
            assert_eq!(longest, expected.2);
        }
    }
}

#[test]
fn hypotheses_alone_say_nothing() {
    for seed in SEEDS {
        let demo = nli(seed, NliSize::default());
        for dev in [&demo.matched, &demo.mismatched] {
            let by_hypothesis = bag_of_words_accuracy(&demo.train, dev, hypothesis);
            assert_eq!(by_hypothesis, 1.0 / 3.0);
            // Premises are chosen by label, and `no` contradicts most of what is asked about.
            let by_premise = bag_of_words_accuracy(&demo.train, dev, |example| &example.text);
            assert!((0.45..0.65).contains(&by_premise), "{by_premise}");
        }
    }
}

#[test]
fn every_word_is_in_the_vocabulary() {
    let demo = nli(1, NliSize::default());
    assert_eq!(demo.vocabulary.len(), 75);
    assert_eq!(
        demo.vocabulary[..7],
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "every", "some"]
    );
    let tokenizer = ModelTokenizer::from_vocabulary(&demo.vocabulary).unwrap();
    let mut used = BTreeSet::new();
    for example in parts(&demo).into_iter().flat_map(|part| &part.examples) {
        let encoded = tokenizer.encode(example, 128).unwrap();
        let words = example.text.split(' ').chain(hypothesis(example).split(' '));
        assert_eq!(encoded.input_ids.len(), words.count() + 3);
        used.extend(encoded.input_ids);
    }
    let never: Vec<u32> = (0..75).filter(|id| !used.contains(id)).collect();
    assert_eq!(never, [0, 1, 4]);
}

#[test]
fn seed_decides_every_byte() {
    let size = NliSize { train: 300, dev: 90 };
    let golden = "130e607df721c1b7af9768690c5a444932d9ea686b71ea18cc7aee27537a354d";
    assert_eq!(sha256(&nli(1, size)), golden);
    assert_ne!(nli(1, size), nli(2, size));
}

#[test]
fn sizes_are_rounded_down_to_whole_hypotheses() {
    for (train, dev, expected) in [(0, 0, [0, 0, 0]), (5, 2, [3, 0, 0]), (7, 10, [6, 9, 9])] {
        let demo = nli(1, NliSize { train, dev });
        assert_eq!(parts(&demo).map(|part| part.examples.len()), expected);
    }
}

#[test]
fn training_pairs_of_a_hypothesis_stand_apart() {
    let demo = nli(1, NliSize::default());
    let neighbours = demo.train.examples.windows(2);
    let together = neighbours
        .filter(|pair| hypothesis(&pair[0]) == hypothesis(&pair[1]))
        .count();
    assert!(together < 100, "{together}");
    assert_eq!(parts(&demo).map(|part| part.name.contains("demo")), [true; 3]);
}
