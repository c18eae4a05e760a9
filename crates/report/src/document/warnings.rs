//! What runs say of their own numbers: one line for each method and kind of warning, with the runs that it is true of.

use std::collections::{BTreeMap, BTreeSet};

use records::{RunId, WarningRow};

use crate::artefact::Stored;
use crate::figure::curve_name;
use crate::run_name::{Named, curves_of_names, named};

/// The lines; none where no run has a warning, or the sweep has no warnings.csv.
pub(super) fn lines(sweep: &Stored) -> Vec<String> {
    let curves = curves_of_names(&sweep.results);
    let mut kinds: Vec<Kind> = Vec::new();
    for row in sweep.warnings.iter().flatten() {
        let id = RunId::new(row.run_id.as_str());
        let (stem, setting) = match named(&id) {
            Some(Named { stem, setting, .. }) => (stem, setting),
            None => (row.method.as_str(), String::new()),
        };
        let parts = parts(&row.warning);
        let place = kinds
            .iter()
            .position(|kind| kind.stem == stem && kind.words() == words(&parts))
            .unwrap_or_else(|| {
                kinds.push(Kind::of(stem, &parts));
                kinds.len() - 1
            });
        kinds[place].add(row, setting, &parts);
    }
    let line = |kind: &Kind| {
        let curve = curves.get(&kind.stem);
        let name = curve.map_or_else(
            || kind.stem.clone(),
            |(method, variant)| curve_name(method, variant),
        );
        format!("{name}{}: {}", kind.runs(sweep), kind.text())
    };
    kinds.iter().map(line).collect()
}

/// Warnings of one method that differ in their numbers alone.
struct Kind {
    stem: String,
    parts: Vec<Part>,
    /// By number of heads and factor: what the runs were set to, and the runs.
    settings: BTreeMap<(Option<u32>, u64), (String, BTreeSet<String>)>,
}

/// A piece of a warning: words, or the smallest and the largest of the numbers that stand there.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Words(String),
    Number { least: String, greatest: String },
}

impl Part {
    fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            Self::Number { .. } => None,
        }
    }
}

impl Kind {
    fn of(stem: &str, parts: &[Part]) -> Self {
        Self {
            stem: stem.to_owned(),
            parts: parts.to_vec(),
            settings: BTreeMap::new(),
        }
    }

    fn words(&self) -> Vec<Option<&str>> {
        words(&self.parts)
    }

    fn add(&mut self, row: &WarningRow, setting: String, parts: &[Part]) {
        for (own, other) in self.parts.iter_mut().zip(parts) {
            if let (Part::Number { least, greatest }, Part::Number { least: number, .. }) = (own, other) {
                if value(number) < value(least) {
                    least.clone_from(number);
                }
                if value(number) > value(greatest) {
                    greatest.clone_from(number);
                }
            }
        }
        // No factor is negative, so that their bits order as they do.
        let place = (row.k, row.lambda.map_or(0, f64::to_bits));
        let runs = self.settings.entry(place).or_default();
        runs.0 = setting;
        runs.1.insert(row.run_id.clone());
    }

    /// ` (K=1: 4 of 5 runs, K=2: 5 of 5)`.
    fn runs(&self, sweep: &Stored) -> String {
        let of_setting = |(setting, runs): &(String, BTreeSet<String>)| {
            let alike =
                |id: &&RunId| named(id).is_some_and(|run| run.stem == self.stem && run.setting == *setting);
            // A damaged results.csv may lack runs that warnings.csv has.
            let all = sweep.there.iter().filter(alike).count().max(runs.len());
            let noun = if all == 1 { "run" } else { "runs" };
            let name = if setting.is_empty() {
                String::new()
            } else {
                format!("{setting}: ")
            };
            format!("{name}{} of {all} {noun}", runs.len())
        };
        let settings: Vec<String> = self.settings.values().map(of_setting).collect();
        format!(" ({})", settings.join(", "))
    }

    fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Words(words) => words.clone(),
            Part::Number { least, greatest } if least == greatest => least.clone(),
            Part::Number { least, greatest } => format!("{least} to {greatest}"),
        };
        self.parts.iter().map(part).collect()
    }
}

/// The words of a warning, none in the place of a number.
fn words(parts: &[Part]) -> Vec<Option<&str>> {
    parts.iter().map(Part::words).collect()
}

/// A warning in words and numbers.
fn parts(warning: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = warning;
    while let Some(first) = rest.chars().next() {
        let follows_a_word = words.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = number(rest);
        if length == 0 || follows_a_word {
            words.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if !words.is_empty() {
            parts.push(Part::Words(std::mem::take(&mut words)));
        }
        let (text, after) = rest.split_at(length);
        parts.push(Part::Number {
            least: text.to_owned(),
            greatest: text.to_owned(),
        });
        rest = after;
    }
    if !words.is_empty() {
        parts.push(Part::Words(words));
    }
    parts
}

/// Bytes of the number that a text begins with, such as `12`, `0.05` or `1.500e-2`; 0 where it begins with none.
fn number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    if length == 0 {
        return 0;
    }
    if let Some(fraction) = text[length..].strip_prefix('.') {
        match digits(fraction) {
            0 => return length,
            more => length += 1 + more,
        }
    }
    if let Some(exponent) = text[length..].strip_prefix('e') {
        let sign = usize::from(exponent.starts_with(['-', '+']));
        match digits(&exponent[sign..]) {
            0 => {}
            more => length += 1 + sign + more,
        }
    }
    length
}

/// What a number in a text is worth.
fn value(number: &str) -> f64 {
    number.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_and_names_with_digits_are_not() {
        let text = |warning: &str| {
            let shown = |part: &Part| match part {
                Part::Words(words) => words.clone(),
                Part::Number { least, .. } => format!("<{least}>"),
            };
            parts(warning).iter().map(shown).collect::<String>()
        };
        assert_eq!(
            text("differ by 0.05 only: 3 of 12, lambda = 1.500e-2; float64, k1. End 7."),
            "differ by <0.05> only: <3> of <12>, lambda = <1.500e-2>; float64, k1. End <7>."
        );
        assert_eq!(text("2 epochs, 3e and 4.x"), "<2> epochs, <3>e and <4>.x");
        assert_eq!(text("Größe 5"), "Größe <5>");
    }
}
