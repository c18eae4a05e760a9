//! The filters of text, scores, and token ids for measuring.

use damage::Files;

use crate::program::run;
use crate::{campaign, fixtures};

const TEXT: &str =
    "Der Hund , z.B. « hier » , sieht 12,5 % .\nDr. M\u{fc}ller's &apos;Haus&apos; @-@ 3.\n\n  a  b@@ c\r\n";

#[test]
fn filters() {
    let mut files = fixtures::translation();
    files.insert("text.txt".to_owned(), TEXT.as_bytes().to_vec());
    files.insert(
        "vocab.txt".to_owned(),
        fixtures::classification()["vocab.txt"].clone(),
    );
    let damaged = ["text", "codes", "prefixes", "vocab"];
    campaign("filters", &files, &damaged, 30).run(|folder| {
        [
            "text tokenize --lang de --prefixes prefixes/nonbreaking_prefix.de --lowercase",
            "text tokenize --lang en",
            "text detokenize --lang de",
            "text lowercase",
            "text bpe-learn --merges 9 --min-frequency 1",
            "text bpe-apply --codes codes",
            "text bpe-apply --undo",
            "text wordpiece --vocab vocab.txt",
        ]
        .iter()
        .try_for_each(|command| {
            let words: Vec<&str> = command.split(' ').collect();
            run(folder, &words, Some("text.txt")).map(drop)
        })
    });
}

#[test]
fn scores() {
    let text = "The dog sees a house .\nA cat , \u{201c}here\u{201d} .\n";
    let files = Files::from([
        ("ref.txt.gz".to_owned(), damage::packed(text.as_bytes())),
        ("hyp.txt".to_owned(), text.replace("dog", "cat").into_bytes()),
    ]);
    campaign("scores", &files, &[], 40).run(|folder| {
        [
            "score bleu --ref ref.txt.gz",
            "score bleu --ref ref.txt.gz --tokenize intl --smooth floor --sentence --format json",
            "score bleu --ref ref.txt.gz --tokenize none --smooth none --lowercase --format json",
        ]
        .iter()
        .try_for_each(|command| {
            let words: Vec<&str> = command.split(' ').collect();
            run(folder, &words, Some("hyp.txt")).map(drop)
        })
    });
}

#[test]
fn batches() {
    let bert =
        "{\"inputs\": [[2, 5, 3], [2, 6, 7, 3]], \"types\": [[0, 0, 0], [0, 0, 1, 1]], \"labels\": [0, 1]}\n";
    let mt = "{\"source\": [[5, 6, 2], [7, 2]], \"target\": [[5, 2], [6, 7, 2]]}\n";
    let files = Files::from([
        ("bert.jsonl".to_owned(), bert.repeat(2).into_bytes()),
        ("mt.jsonl".to_owned(), mt.repeat(2).into_bytes()),
    ]);
    campaign("batches", &files, &[], 30).run(|folder| {
        ["bert", "mt"].iter().try_for_each(|arch| {
            let command = format!(
                "bench step --arch {arch} --layers 1 --width 8 --heads 2 --ffn 8 --vocab 20 --length 8 --updates 1 --batches \
                 {arch}.jsonl --format json"
            );
            let words: Vec<&str> = command.split_whitespace().collect();
            run(folder, &words, None).map(drop)
        })
    });
}
