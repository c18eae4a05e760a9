//! Recorded BLEU scores of corpora and of their segments: those of sacreBLEU, multi-bleu.perl and fairseq.

use metrics::bleu::{
    Bleu, BleuOptions, SegmentStats, Smooth, Tokenize, corpus_bleu, fairseq_bleu, segment_stats,
    sentence_bleu, token_bleu,
};
use serde::Deserialize;

use super::Found;
use super::exact::{Exact, text_difference};
use super::score::{RecordedScore, number, smoothing, tokenize};
use crate::Verdict;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Corpus {
    id: String,
    n: usize,
    sys: Vec<String>,
    #[serde(rename = "ref")]
    reference: Vec<String>,
    results: Vec<Scored>,
    token_bleu: TokenScored,
    fairseq: RecordedScore,
    /// Only of small corpora.
    sentence: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Scored {
    tokenize: String,
    smooth_method: String,
    smooth_value: Option<f64>,
    lowercase: bool,
    effective_order: bool,
    #[serde(flatten)]
    score: RecordedScore,
    signature: String,
    signature_short: String,
    text: String,
}

#[derive(Deserialize)]
struct TokenScored {
    #[serde(flatten)]
    score: RecordedScore,
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

pub(super) fn check(corpora: &[Corpus]) -> Found {
    vec![
        ("corpus scores as sacreBLEU".into(), check_corpora(corpora)),
        ("sentence scores as sacreBLEU".into(), check_sentences(corpora)),
        ("scores of tokens, unsmoothed".into(), check_tokens(corpora)),
        ("lines of multi-bleu.perl".into(), check_printed(corpora)),
        ("scores as fairseq".into(), check_fairseq(corpora)),
    ]
}

fn check_corpora(corpora: &[Corpus]) -> Verdict {
    let mut tally = Tally::default();
    for corpus in corpora {
        let size = (corpus.n, corpus.n);
        let ours = (corpus.sys.len(), corpus.reference.len());
        tally.equal(&format!("{} segments", corpus.id), &ours, &size);
        for recorded in &corpus.results {
            tally.case();
            recorded.compare(&mut tally, corpus);
        }
    }
    tally.verdict()
}

impl Scored {
    fn compare(&self, tally: &mut Tally, corpus: &Corpus) {
        let place = format!("{} {}", corpus.id, self.signature_short);
        let Some(options) = self.options() else {
            return tally.differs(format!("{place}: a tokeniser or a smoothing that is not built"));
        };
        let ours = corpus_bleu(&corpus.sys, &corpus.reference, &options);
        if let Ok(ours) = &ours {
            tally.equal(&format!("{place} text"), &ours.text(), &self.text);
        }
        self.score.compare(tally, &place, ours);
        for (ours, recorded) in [
            (options.signature(), &self.signature),
            (options.signature_short(), &self.signature_short),
        ] {
            let place = format!("{place} signature");
            tally.equal(&place, &choices(&ours), &choices(recorded));
        }
    }

    fn options(&self) -> Option<BleuOptions> {
        Some(BleuOptions {
            tokenize: tokenize(&self.tokenize)?,
            smooth: smoothing(&self.smooth_method, self.smooth_value)?,
            lowercase: self.lowercase,
            effective_order: self.effective_order,
        })
    }
}

/// A signature without the version at its end, which names the program.
fn choices(signature: &str) -> Option<&str> {
    signature.rsplit_once('|').map(|(choices, _)| choices)
}

fn check_sentences(corpora: &[Corpus]) -> Verdict {
    let mut tally = Tally::default();
    for corpus in corpora {
        let Some(sentences) = &corpus.sentence else {
            continue;
        };
        tally.equal(&format!("{} sentences", corpus.id), &sentences.len(), &corpus.n);
        let pairs = corpus.sys.iter().zip(&corpus.reference);
        for ((recorded, (hypothesis, reference)), number) in sentences.iter().zip(pairs).zip(1..) {
            tally.case();
            let place = format!("{} segment {number}", corpus.id);
            recorded.compare(&mut tally, &place, hypothesis, reference);
        }
    }
    tally.verdict()
}

impl Sentence {
    fn compare(&self, tally: &mut Tally, place: &str, hypothesis: &str, reference: &str) {
        let with = |tokenize, smooth, effective_order| BleuOptions {
            tokenize,
            smooth,
            lowercase: false,
            effective_order,
        };
        let floor = Smooth::Floor(Smooth::FLOOR);
        let usual = with(Tokenize::V13a, Smooth::Exp, true);
        for (field, score, options) in [
            ("exp_eff", self.exp_eff, usual),
            ("exp", self.exp, with(Tokenize::V13a, Smooth::Exp, false)),
            ("floor_eff", self.floor_eff, with(Tokenize::V13a, floor, true)),
            (
                "none_eff",
                self.none_eff,
                with(Tokenize::V13a, Smooth::None, true),
            ),
            (
                "exp_eff_none_tok",
                self.exp_eff_none_tok,
                with(Tokenize::None, Smooth::Exp, true),
            ),
            (
                "exp_eff_intl",
                self.exp_eff_intl,
                with(Tokenize::Intl, Smooth::Exp, true),
            ),
        ] {
            let place = format!("{place} {field}");
            match sentence_bleu(hypothesis, reference, &options) {
                Ok(ours) => number(tally, &place, ours.score, score),
                Err(error) => tally.differs(format!("{place}: {error}")),
            }
        }
        let recorded = SegmentStats {
            counts: self.counts,
            totals: self.totals,
            sys_len: self.sys_len,
            ref_len: self.ref_len,
        };
        let ours = segment_stats(hypothesis, reference, &usual);
        tally.equal(place, &ours, &recorded);
        let bp = Bleu::from_stats(ours, &usual).bp;
        number(tally, &format!("{place} bp"), bp, self.bp);
    }
}

fn check_tokens(corpora: &[Corpus]) -> Verdict {
    let mut tally = Tally::default();
    for corpus in corpora {
        tally.case();
        let ours = token_bleu(&corpus.sys, &corpus.reference);
        corpus.token_bleu.score.compare(&mut tally, &corpus.id, ours);
    }
    tally.verdict()
}

fn check_fairseq(corpora: &[Corpus]) -> Verdict {
    let mut tally = Tally::default();
    for corpus in corpora {
        tally.case();
        let ours = fairseq_bleu(&corpus.sys, &corpus.reference);
        corpus.fairseq.compare(&mut tally, &corpus.id, ours);
    }
    tally.verdict()
}

/// The lines that the script printed, where the recording says that they agree with the score of the tokens: the script
/// gives up where a side has no words, and splits texts at ASCII white space alone.
fn check_printed(corpora: &[Corpus]) -> Verdict {
    let mut exact = Exact::default();
    for corpus in corpora {
        let (place, recorded) = (&corpus.id, &corpus.token_bleu);
        let ours = match token_bleu(&corpus.sys, &corpus.reference) {
            Ok(ours) => ours,
            Err(error) => {
                exact.case(Some(format!("{place}: {error}")));
                continue;
            }
        };
        match (recorded.multi_bleu_check.as_str(), &recorded.multi_bleu) {
            ("agree", Some(line)) => exact.case(text_difference(place, &multi_bleu(&ours), line)),
            ("differ", Some(line)) if *line != multi_bleu(&ours) => {}
            (check, None) if check.starts_with("script_exit_") && ours.sys_len.min(ours.ref_len) == 0 => {}
            (check, line) => exact.case(Some(format!("{place}: {line:?} is said to {check:?}"))),
        }
    }
    exact.verdict()
}

/// The line that multi-bleu.perl prints.
fn multi_bleu(bleu: &Bleu) -> String {
    let [one, two, three, four] = bleu.precisions;
    format!(
        "BLEU = {:.2}, {one:.1}/{two:.1}/{three:.1}/{four:.1} (BP={:.3}, ratio={:.3}, hyp_len={}, ref_len={})",
        bleu.score,
        bleu.bp,
        f64::from(bleu.sys_len) / f64::from(bleu.ref_len),
        bleu.sys_len,
        bleu.ref_len
    )
}
