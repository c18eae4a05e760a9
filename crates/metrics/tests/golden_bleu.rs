//! BLEU against the recorded scores, sentence scores and tokenised lines of sacreBLEU and fairseq.
//!
//! The recordings hold sentences of corpora that may not be copied, so they are found through HEADCOUNT_GOLDEN_TEXT (the
//! folder of `bleu.jsonl`, `bleu_tok.jsonl` and `bulk.json`), the corpora through HEADCOUNT_TEST_DATA.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests may"
)]

use std::fs;
use std::io::Read;
use std::iter::repeat_n;
use std::path::{Path, PathBuf};

use metrics::bleu::{
    Bleu, BleuOptions, SegmentStats, Smooth, Tokenize, corpus_bleu, fairseq_bleu, segment_stats,
    sentence_bleu, token_bleu, tokenise,
};
use serde::Deserialize;
use serde_json::Value;

/// The folder that a variable names, or a printed reason why the test ends here.
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {variable} is not set");
    }
    folder
}

/// The rows of a recording.
fn rows<T: for<'a> Deserialize<'a>>(path: &Path) -> Vec<T> {
    let lines = fs::read_to_string(path).unwrap();
    let rows: Vec<T> = lines
        .split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!rows.is_empty());
    rows
}

fn tokenizer(name: &str) -> Tokenize {
    [Tokenize::None, Tokenize::V13a, Tokenize::Intl]
        .into_iter()
        .find(|tokenizer| tokenizer.name() == name)
        .unwrap()
}

fn smoothing(method: &str, value: Option<f64>) -> Smooth {
    match method {
        "exp" => Smooth::Exp,
        "floor" => Smooth::Floor(value.unwrap_or(Smooth::FLOOR)),
        "none" => Smooth::None,
        "add-k" => Smooth::AddK(value.unwrap_or(Smooth::K)),
        _ => panic!("no smoothing {method}"),
    }
}

#[derive(Deserialize)]
struct Score {
    score: f64,
    counts: [f64; 4],
    totals: [f64; 4],
    precisions: [f64; 4],
    bp: f64,
    sys_len: u32,
    ref_len: u32,
}

fn near(ours: f64, recorded: f64) -> bool {
    (ours - recorded).abs() <= 1e-9 * recorded.abs().max(1.0)
}

impl Score {
    fn check(&self, ours: &Bleu, place: &str) {
        assert!(
            near(ours.score, self.score),
            "{place}: {} for {}",
            ours.score,
            self.score
        );
        assert_eq!(ours.counts, self.counts, "{place}");
        assert_eq!(ours.totals, self.totals, "{place}");
        for (ours, recorded) in ours.precisions.into_iter().zip(self.precisions) {
            assert!(near(ours, recorded), "{place}: {ours} for {recorded}");
        }
        assert!(near(ours.bp, self.bp), "{place}: {} for {}", ours.bp, self.bp);
        assert_eq!(
            (ours.sys_len, ours.ref_len),
            (self.sys_len, self.ref_len),
            "{place}"
        );
    }
}

#[derive(Deserialize)]
struct Scored {
    tokenize: String,
    smooth_method: String,
    smooth_value: Option<f64>,
    lowercase: bool,
    effective_order: bool,
    #[serde(flatten)]
    score: Score,
    signature: String,
    signature_short: String,
    text: String,
}

#[derive(Deserialize)]
struct TokenScored {
    #[serde(flatten)]
    score: Score,
    multi_bleu: Option<String>,
    multi_bleu_check: String,
}

#[derive(Deserialize)]
struct Sentence {
    exp_eff: f64,
    exp: f64,
    floor_eff: f64,
    none_eff: f64,
    exp_eff_none_tok: f64,
    exp_eff_intl: f64,
    counts: [u32; 4],
    totals: [u32; 4],
    bp: f64,
    sys_len: u32,
    ref_len: u32,
}

#[derive(Deserialize)]
struct Corpus {
    id: String,
    sys: Vec<String>,
    #[serde(rename = "ref")]
    reference: Vec<String>,
    results: Vec<Scored>,
    token_bleu: TokenScored,
    fairseq: Score,
    sentence: Option<Vec<Sentence>>,
}

fn corpora() -> Option<Vec<Corpus>> {
    folder("HEADCOUNT_GOLDEN_TEXT").map(|golden| rows(&golden.join("bleu.jsonl")))
}

/// A signature without the version, which names the program.
fn choices(signature: &str) -> &str {
    signature.rsplit_once('|').unwrap().0
}

#[test]
fn corpora_get_the_recorded_scores() {
    let Some(corpora) = corpora() else { return };
    for corpus in &corpora {
        for recorded in &corpus.results {
            let options = BleuOptions {
                tokenize: tokenizer(&recorded.tokenize),
                smooth: smoothing(&recorded.smooth_method, recorded.smooth_value),
                lowercase: recorded.lowercase,
                effective_order: recorded.effective_order,
            };
            let place = format!("{} {}", corpus.id, recorded.signature);
            let ours = corpus_bleu(&corpus.sys, &corpus.reference, &options).unwrap();
            recorded.score.check(&ours, &place);
            assert_eq!(ours.text(), recorded.text, "{place}");
            assert_eq!(choices(&options.signature()), choices(&recorded.signature));
            assert_eq!(
                choices(&options.signature_short()),
                choices(&recorded.signature_short)
            );
        }
        assert!(!corpus.results.is_empty(), "{}", corpus.id);
    }
}

#[test]
fn tokens_get_the_scores_of_the_scripts() {
    let Some(corpora) = corpora() else { return };
    let mut printed = 0;
    for corpus in &corpora {
        let ours = token_bleu(&corpus.sys, &corpus.reference).unwrap();
        corpus.token_bleu.score.check(&ours, &corpus.id);
        if corpus.token_bleu.multi_bleu_check == "agree" {
            let [one, two, three, four] = ours.precisions;
            let line = format!(
                "BLEU = {:.2}, {one:.1}/{two:.1}/{three:.1}/{four:.1} (BP={:.3}, ratio={:.3}, hyp_len={}, ref_len={})",
                ours.score,
                ours.bp,
                f64::from(ours.sys_len) / f64::from(ours.ref_len),
                ours.sys_len,
                ours.ref_len
            );
            assert_eq!(
                Some(&line),
                corpus.token_bleu.multi_bleu.as_ref(),
                "{}",
                corpus.id
            );
            printed += 1;
        }
        let ours = fairseq_bleu(&corpus.sys, &corpus.reference).unwrap();
        corpus.fairseq.check(&ours, &format!("{} fairseq", corpus.id));
    }
    assert!(printed > 0);
}

#[test]
fn sentences_get_the_recorded_scores() {
    let Some(corpora) = corpora() else { return };
    let mut checked = 0;
    for corpus in &corpora {
        let Some(sentences) = &corpus.sentence else {
            continue;
        };
        assert_eq!(sentences.len(), corpus.sys.len(), "{}", corpus.id);
        for (at, recorded) in sentences.iter().enumerate() {
            let (hypothesis, reference) = (&corpus.sys[at], &corpus.reference[at]);
            let place = format!("{} segment {at}", corpus.id);
            let with = |tokenize, smooth, effective_order| BleuOptions {
                tokenize,
                smooth,
                lowercase: false,
                effective_order,
            };
            let floor = Smooth::Floor(Smooth::FLOOR);
            for (score, options) in [
                (recorded.exp_eff, with(Tokenize::V13a, Smooth::Exp, true)),
                (recorded.exp, with(Tokenize::V13a, Smooth::Exp, false)),
                (recorded.floor_eff, with(Tokenize::V13a, floor, true)),
                (recorded.none_eff, with(Tokenize::V13a, Smooth::None, true)),
                (recorded.exp_eff_none_tok, with(Tokenize::None, Smooth::Exp, true)),
                (recorded.exp_eff_intl, with(Tokenize::Intl, Smooth::Exp, true)),
            ] {
                let ours = sentence_bleu(hypothesis, reference, &options).unwrap().score;
                assert!(near(ours, score), "{place} {options:?}: {ours} for {score}");
            }
            let stats = SegmentStats {
                counts: recorded.counts,
                totals: recorded.totals,
                sys_len: recorded.sys_len,
                ref_len: recorded.ref_len,
            };
            let options = with(Tokenize::V13a, Smooth::Exp, true);
            assert_eq!(segment_stats(hypothesis, reference, &options), stats, "{place}");
            assert!(near(Bleu::from_stats(stats, &options).bp, recorded.bp), "{place}");
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[derive(Deserialize)]
struct Tokenised {
    id: String,
    text: String,
    #[serde(rename = "13a")]
    v13a: String,
    #[serde(rename = "13a_lc")]
    v13a_lower: String,
    intl: String,
    none: String,
}

#[test]
fn lines_get_the_recorded_tokens() {
    let Some(golden) = folder("HEADCOUNT_GOLDEN_TEXT") else {
        return;
    };
    for line in rows::<Tokenised>(&golden.join("bleu_tok.jsonl")) {
        for (tokenize, lowercase, recorded) in [
            (Tokenize::V13a, false, &line.v13a),
            (Tokenize::V13a, true, &line.v13a_lower),
            (Tokenize::Intl, false, &line.intl),
            (Tokenize::None, false, &line.none),
        ] {
            let options = BleuOptions {
                tokenize,
                lowercase,
                ..BleuOptions::default()
            };
            assert_eq!(
                &tokenise(&line.text, &options),
                recorded,
                "{} {}",
                line.id,
                tokenize.name()
            );
        }
    }
}

#[derive(Deserialize)]
struct Bulk {
    checks: Vec<Value>,
}

/// The words of a line with every fifth left out, or with every fourth written twice.
fn damaged(words: &str, damage: &str) -> String {
    let (every, times) = match damage {
        "drop_every_5th" => (5, 0),
        "repeat_every_4th" => (4, 2),
        _ => panic!("no damage {damage}"),
    };
    let words: Vec<&str> = words
        .split(' ')
        .enumerate()
        .flat_map(|(at, word)| repeat_n(word, if (at + 1) % every == 0 { times } else { 1 }))
        .collect();
    words.join(" ")
}

#[test]
fn a_whole_corpus_gets_the_recorded_score() {
    let (Some(golden), Some(packs)) = (folder("HEADCOUNT_GOLDEN_TEXT"), folder("HEADCOUNT_TEST_DATA")) else {
        return;
    };
    let bulk: Bulk = serde_json::from_slice(&fs::read(golden.join("bulk.json")).unwrap()).unwrap();
    let of_tokens = |check: &&Value| check["op"] == "bleu" && check["on"] == "tokenised text";
    let mut checked = 0;
    for check in bulk.checks.iter().filter(of_tokens) {
        let file = fs::File::open(packs.join(check["inputs"][0].as_str().unwrap())).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .unwrap();
        let text = text.replace("@@ ", "");
        let references: Vec<&str> = text.split_terminator('\n').collect();
        let damage = check["hypothesis"].as_str().unwrap();
        let hypotheses: Vec<String> = references.iter().map(|words| damaged(words, damage)).collect();
        assert_eq!(references.len() as u64, check["segments"].as_u64().unwrap());
        let options = BleuOptions {
            tokenize: tokenizer(check["tokenize"].as_str().unwrap()),
            smooth: smoothing(check["smooth_method"].as_str().unwrap(), None),
            ..BleuOptions::default()
        };
        let ours = corpus_bleu(&hypotheses, &references, &options).unwrap();
        let recorded = |field: &str| check[field].as_f64().unwrap();
        assert!(near(ours.score, recorded("score")), "{}", ours.score);
        assert!(near(ours.bp, recorded("bp")), "{}", ours.bp);
        let ours = serde_json::to_value(ours).unwrap();
        for field in ["counts", "totals", "sys_len", "ref_len"] {
            assert_eq!(ours[field], check[field], "{field}");
        }
        checked += 1;
    }
    assert!(checked > 0);
}
