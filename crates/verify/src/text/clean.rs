//! Recorded decisions of clean-corpus-n.perl on sentence pairs.

use data::moses::{Bars, Cleaner};
use serde::Deserialize;

use super::Found;
use super::exact::{Exact, text_difference, value_difference};

#[derive(Deserialize)]
pub(super) struct Row {
    id: String,
    ratio: f64,
    min: usize,
    max: usize,
    /// A pair by itself, as it is treated in a file without bars in its first line.
    #[serde(flatten)]
    pair: Option<Pair>,
    /// A whole file.
    #[serde(default)]
    file: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    src: String,
    tgt: String,
    keep: bool,
    src_out: Option<String>,
    tgt_out: Option<String>,
    reason: Option<String>,
}

pub(super) fn check(rows: &[Row]) -> Found {
    let mut exact = Exact::default();
    for row in rows {
        let cleaner = Cleaner {
            ratio: row.ratio,
            min: row.min,
            max: row.max,
            bars: row
                .file
                .first()
                .map_or(Bars::Delete, |first| Bars::of_corpus(&first.src, &first.tgt)),
        };
        if row.pair.is_none() && row.file.is_empty() {
            exact.case(Some(format!("{}: holds no pair", row.id)));
        }
        for pair in row.pair.iter().chain(&row.file) {
            exact.case(pair.difference(&row.id, cleaner));
        }
    }
    vec![("pairs kept or dropped, and why".into(), exact.verdict())]
}

impl Pair {
    fn difference(&self, place: &str, cleaner: Cleaner) -> Option<String> {
        let ours = cleaner.check(&self.src, &self.tgt);
        let kept = value_difference(&format!("{place} keep"), &ours.is_ok(), &self.keep);
        kept.or_else(|| match ours {
            Ok((source, target)) => {
                let (recorded_source, recorded_target) = (self.src_out.as_deref(), self.tgt_out.as_deref());
                text_difference(place, &source, recorded_source.unwrap_or_default())
                    .or_else(|| text_difference(place, &target, recorded_target.unwrap_or_default()))
            }
            Err(reason) => {
                let recorded = self.reason.as_deref().unwrap_or_default();
                text_difference(&format!("{place} reason"), &reason.to_string(), recorded)
            }
        })
    }
}
