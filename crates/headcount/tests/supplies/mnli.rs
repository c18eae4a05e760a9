//! MNLI as GLUE's archive unpacks: tab-separated files with GLUE's columns, and the original release beside them.

use std::fs;
use std::path::Path;

use serde_json::json;

/// Training pairs, a third of each label.
pub(crate) const TRAIN_PAIRS: usize = 96;
/// Pairs of each dev set.
pub(crate) const DEV_PAIRS: usize = 18;

/// Columns of every file; those of labels follow.
const COLUMNS: [&str; 10] = [
    "index",
    "promptID",
    "pairID",
    "genre",
    "sentence1_binary_parse",
    "sentence2_binary_parse",
    "sentence1_parse",
    "sentence2_parse",
    "sentence1",
    "sentence2",
];

/// With what the real sentences have: quotation marks without a partner, accents, dashes, a space at the end.
const PREMISES: [&str; 6] = [
    "He said \"the new rights are nice enough",
    "The naïve café owner — a German — wouldn't pay $4.50 ",
    "uh i don't know i've never been there have you",
    "Fun for adults and children, isn't it?",
    "In 1949, its first store (on Oxford Street) was opened.",
    "'So it's true', she thought",
];

/// Of each label, in the order of [`LABELS`].
const HYPOTHESES: [&str; 3] = [
    "Everyone there likes it",
    "The owner was from Düsseldorf, \"of course\"",
    "Nobody has ever opened a store",
];

/// As the files name them.
pub(crate) const LABELS: [&str; 3] = ["entailment", "neutral", "contradiction"];

struct Pair {
    number: usize,
    premise: String,
    hypothesis: String,
    label: &'static str,
}

/// Writes the whole folder.
pub(crate) fn write(folder: &Path) {
    fs::create_dir_all(folder.join("original")).unwrap();
    let train = pairs(0, TRAIN_PAIRS);
    let [matched, mismatched] = [1000, 2000].map(|first| pairs(first, DEV_PAIRS));
    fs::write(folder.join("train.tsv"), tsv(&train, 1)).unwrap();
    for (name, dev) in [("matched", &matched), ("mismatched", &mismatched)] {
        fs::write(folder.join(format!("dev_{name}.tsv")), tsv(dev, 5)).unwrap();
        // Without labels, as GLUE keeps them to itself.
        fs::write(folder.join(format!("test_{name}.tsv")), unlabelled(dev)).unwrap();
    }
    for (part, pairs) in [
        ("train", &train),
        ("dev_matched", &matched),
        ("dev_mismatched", &mismatched),
    ] {
        let name = format!("original/multinli_1.0_{part}");
        let undecided = part.starts_with("dev");
        fs::write(folder.join(format!("{name}.jsonl")), jsonl(pairs, undecided)).unwrap();
        fs::write(folder.join(format!("{name}.txt")), txt(pairs)).unwrap();
    }
    fs::write(
        folder.join("README.txt"),
        "The Multi-Genre NLI Corpus: a stand-in for tests.\n",
    )
    .unwrap();
}

/// Every word of the sentences, for a vocabulary.
pub(crate) fn words() -> Vec<String> {
    let text = PREMISES.iter().chain(&HYPOTHESES);
    let mut words: Vec<String> = text
        .flat_map(|sentence| sentence.split(|c: char| !c.is_ascii_alphabetic()))
        .filter(|word| word.len() > 1)
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();
    words
}

fn pairs(first: usize, count: usize) -> Vec<Pair> {
    let pair = |number: usize| Pair {
        number: first + number,
        premise: format!("{} {}", first + number, PREMISES[number % PREMISES.len()]),
        hypothesis: HYPOTHESES[number % 3].to_owned(),
        label: LABELS[number % 3],
    };
    (0..count).map(pair).collect()
}

fn row(pair: &Pair) -> Vec<String> {
    let Pair {
        number,
        premise,
        hypothesis,
        label,
    } = pair;
    let parse = |sentence: &str| format!("(ROOT (S {} ))", sentence.trim());
    let binary = |sentence: &str| format!("( {} )", sentence.trim());
    vec![
        number.to_string(),
        (number + 31_193).to_string(),
        format!("{}{}", number + 31_193, &label[..1]),
        "government".to_owned(),
        binary(premise),
        binary(hypothesis),
        parse(premise),
        parse(hypothesis),
        premise.clone(),
        hypothesis.clone(),
    ]
}

/// A file with so many annotators; the gold label is the last column.
fn tsv(pairs: &[Pair], annotators: usize) -> String {
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).into();
    columns.extend((1..=annotators).map(|annotator| format!("label{annotator}")));
    columns.push("gold_label".to_owned());
    let mut text = columns.join("\t") + "\n";
    for pair in pairs {
        let mut fields = row(pair);
        fields.extend(std::iter::repeat_n(pair.label.to_owned(), annotators + 1));
        text += &(fields.join("\t") + "\n");
    }
    text
}

fn unlabelled(pairs: &[Pair]) -> String {
    let lines = pairs.iter().map(|pair| row(pair).join("\t") + "\n");
    COLUMNS.join("\t") + "\n" + &lines.collect::<String>()
}

/// With a pair on which the annotators did not agree, if `undecided`; GLUE leaves it out.
fn jsonl(pairs: &[Pair], undecided: bool) -> String {
    let record = |pair: &Pair, label: &str| {
        let fields = row(pair);
        let record = json!({
            "annotator_labels": [pair.label], "genre": fields[3], "gold_label": label, "pairID": fields[2],
            "promptID": fields[1], "sentence1": pair.premise, "sentence1_binary_parse": fields[4],
            "sentence1_parse": fields[6], "sentence2": pair.hypothesis, "sentence2_binary_parse": fields[5],
            "sentence2_parse": fields[7],
        });
        format!("{record}\n")
    };
    let mut lines: Vec<String> = pairs.iter().map(|pair| record(pair, pair.label)).collect();
    if undecided {
        lines.insert(1, record(&pairs[0], "-"));
    }
    lines.concat()
}

fn txt(pairs: &[Pair]) -> String {
    let columns = [
        "gold_label",
        "sentence1_binary_parse",
        "sentence2_binary_parse",
        "sentence1_parse",
        "sentence2_parse",
        "sentence1",
        "sentence2",
        "promptID",
        "pairID",
        "genre",
        "label1",
        "label2",
        "label3",
        "label4",
        "label5",
    ];
    let mut text = columns.join("\t") + "\n";
    for pair in pairs {
        let fields = row(pair);
        let mut line = vec![pair.label.to_owned()];
        line.extend([4, 5, 6, 7, 8, 9, 1, 2, 3].map(|at: usize| fields[at].clone()));
        line.push(pair.label.to_owned());
        line.extend(std::iter::repeat_n(String::new(), 4));
        text += &(line.join("\t") + "\n");
    }
    text
}
