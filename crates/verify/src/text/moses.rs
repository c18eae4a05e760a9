//! Recorded lines of the Moses scripts. Each tool gets the recorded output of the one before it, so that a fault shows
//! where it is.

use data::moses::{Buffers, Detokenizer, Language, lowercase};
use serde::Deserialize;

use super::Found;
use super::exact::{Exact, text_difference};
use super::packs::{PackError, Packs, or_skipped};
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
pub(super) struct Line {
    id: String,
    lang: String,
    input: String,
    detok: String,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    /// `input` is text, and `detok` is made of `tok`.
    Tok {
        tok: String,
        lower: String,
        detok_lower: String,
    },
    /// `input` is tokens, which `detok` is made of.
    Detok,
}

/// What sacremoses gives in place of the scripts (`sm_...`) is not ours to reproduce.
pub(super) fn check(lines: &[Line], packs: &Packs) -> Result<Found, VerifyError> {
    let mut found = Vec::new();
    for language in [Language::German, Language::English] {
        let verdict = or_skipped(check_tokens(lines, language, packs))?;
        found.push((format!("tokens of tokenizer.perl, {language}"), verdict));
    }
    found.push(("lower case of lowercase.perl".into(), check_lower(lines)));
    let detokenised = check_detokenised(lines, packs)?;
    found.push(("text of detokenizer.perl, not sacremoses".into(), detokenised));
    Ok(found)
}

fn check_tokens(lines: &[Line], language: Language, packs: &Packs) -> Result<Verdict, PackError> {
    let mut exact = Exact::default();
    let mut recorded = Vec::new();
    for line in lines {
        if let Kind::Tok { tok, .. } = &line.kind
            && packs.language(&line.lang)? == language
        {
            recorded.push((line, tok));
        }
    }
    if recorded.is_empty() {
        return Ok(exact.verdict());
    }
    let tokenizer = packs.tokenizer(language)?;
    let mut buffers = Buffers::default();
    for (line, tok) in recorded {
        let ours = tokenizer.tokenize_with(&line.input, &mut buffers);
        exact.case(text_difference(&line.id, ours, tok));
    }
    Ok(exact.verdict())
}

fn check_lower(lines: &[Line]) -> Verdict {
    let mut exact = Exact::default();
    for line in lines {
        if let Kind::Tok { tok, lower, .. } = &line.kind {
            exact.case(text_difference(&line.id, &lowercase(tok), lower));
        }
    }
    exact.verdict()
}

fn check_detokenised(lines: &[Line], packs: &Packs) -> Result<Verdict, VerifyError> {
    let mut exact = Exact::default();
    for line in lines {
        let detokenizer = Detokenizer::new(packs.language(&line.lang)?);
        let mut compare = |tokens: &str, recorded: &str| {
            exact.case(text_difference(
                &line.id,
                &detokenizer.detokenize(tokens),
                recorded,
            ));
        };
        match &line.kind {
            Kind::Tok {
                tok,
                lower,
                detok_lower,
            } => {
                compare(tok, &line.detok);
                compare(lower, detok_lower);
            }
            Kind::Detok => compare(&line.input, &line.detok),
        }
    }
    Ok(exact.verdict())
}
