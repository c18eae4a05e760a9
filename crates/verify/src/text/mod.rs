//! Recordings of text tools: BLEU and tests of significance, the Moses tools, byte pair encoding and WordPiece, each kind
//! with its own check.

mod bleu;
mod bleu_tokens;
mod bpe;
mod bulk;
mod bulk_text;
mod check;
mod clean;
mod exact;
mod moses;
mod packs;
mod score;
mod significance;
mod wordpiece;

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::sources::Sources;
use crate::{Verdict, VerifyError};
use packs::Packs;

type Found = Vec<(String, Verdict)>;

/// Checks a file with one object a line; `None` where its kind is not known. The first line tells the kind.
pub(crate) fn check_rows(
    content: &str,
    path: &Path,
    sources: &Sources,
) -> Result<Option<Found>, VerifyError> {
    let Some(first) = lines(content).next() else {
        return Ok(None);
    };
    let first: Value = parse_row(first, 1, path)?;
    let has = |keys: &[&str]| keys.iter().all(|key| first.get(key).is_some());
    let packs = Packs::new(sources, path);
    let found = if has(&["sys", "ref", "results"]) {
        bleu::check(&parse_rows(content, path)?)
    } else if has(&["text", "13a", "intl"]) {
        bleu_tokens::check(&parse_rows(content, path)?)
    } else if has(&["lang", "input", "detok"]) {
        moses::check(&parse_rows(content, path)?, &packs)?
    } else if has(&["text", "ids", "types"]) {
        wordpiece::check(&parse_rows(content, path)?, &packs)?
    } else if has(&["ratio", "min", "max"]) {
        clean::check(&parse_rows(content, path)?)
    } else {
        return Ok(None);
    };
    with_cases(found, path).map(Some)
}

/// Checks a file that is one object; `None` where its kind is not known.
pub(crate) fn check_object(
    value: &Value,
    content: &str,
    path: &Path,
    sources: &Sources,
) -> Result<Option<Found>, VerifyError> {
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
    let packs = Packs::new(sources, path);
    let found = if has(&["learn", "apply"]) {
        bpe::check(&parse(content, path)?, &packs)?
    } else if has(&["checks"]) {
        bulk::check(&parse(content, path)?, &packs)?
    } else if has(&["fixed_draws", "mcnemar"]) {
        significance::check(&parse(content, path)?)
    } else {
        return Ok(None);
    };
    with_cases(found, path).map(Some)
}

/// The outcomes that have a case; a recording without any says nothing of us.
fn with_cases(mut found: Found, path: &Path) -> Result<Found, VerifyError> {
    found.retain(|(_, verdict)| {
        !matches!(
            verdict,
            Verdict::Compared {
                cases: 0,
                failure: None,
                ..
            }
        )
    });
    if found.is_empty() {
        return Err(VerifyError::malformed(path, "holds no recorded cases"));
    }
    Ok(found)
}

/// Lines end in LF and in nothing else: the texts in them hold other characters that may pass for line ends.
fn lines(content: &str) -> impl Iterator<Item = &str> {
    content.split_terminator('\n')
}

fn parse_rows<T: DeserializeOwned>(content: &str, path: &Path) -> Result<Vec<T>, VerifyError> {
    lines(content)
        .zip(1..)
        .map(|(line, number)| parse_row(line, number, path))
        .collect()
}

fn parse_row<T: DeserializeOwned>(line: &str, number: usize, path: &Path) -> Result<T, VerifyError> {
    serde_json::from_str(line).map_err(|error| {
        // The message counts lines within the row.
        let (said, column) = (error.to_string(), error.column());
        let within = format!(" at line {} column {column}", error.line());
        let said = said.strip_suffix(&within).unwrap_or(&said);
        VerifyError::malformed(path, format!("line {number}, column {column}: {said}"))
    })
}

fn parse<T: DeserializeOwned>(content: &str, path: &Path) -> Result<T, VerifyError> {
    serde_json::from_str(content).map_err(|error| VerifyError::malformed(path, error))
}
