//! Recorded lines after each tokeniser of sacreBLEU.

use metrics::bleu::{BleuOptions, Tokenize, tokenise};
use serde::Deserialize;

use super::Found;
use super::exact::{Exact, text_difference};

#[derive(Deserialize)]
pub(super) struct Line {
    id: String,
    text: String,
    #[serde(rename = "13a")]
    v13a: String,
    #[serde(rename = "13a_lc")]
    v13a_lower: String,
    intl: String,
    none: String,
}

type Recorded = fn(&Line) -> &str;

pub(super) fn check(lines: &[Line]) -> Found {
    let settings: [(&str, Tokenize, bool, Recorded); 4] = [
        ("13a", Tokenize::V13a, false, |line| &line.v13a),
        ("13a, lower case", Tokenize::V13a, true, |line| &line.v13a_lower),
        ("intl", Tokenize::Intl, false, |line| &line.intl),
        ("none", Tokenize::None, false, |line| &line.none),
    ];
    settings
        .into_iter()
        .map(|(name, tokenize, lowercase, recorded)| {
            let options = BleuOptions {
                tokenize,
                lowercase,
                ..BleuOptions::default()
            };
            let mut exact = Exact::default();
            for line in lines {
                let ours = tokenise(&line.text, &options);
                exact.case(text_difference(&line.id, &ours, recorded(line)));
            }
            (format!("tokens of {name}"), exact.verdict())
        })
        .collect()
}
