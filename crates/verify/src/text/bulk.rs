//! Recorded digests and scores of whole files of the data packs.

use metrics::bleu::{BleuOptions, corpus_bleu};
use serde::Deserialize;

use super::Found;
use super::bulk_text::{self, Output};
use super::check::Check;
use super::exact::{Exact, text_difference, value_difference};
use super::packs::{PackError, Packs, or_skipped};
use super::score::{smoothing, tokenize};
use crate::digest::sha256;
use crate::tally::Tally;
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
pub(super) struct File {
    checks: Vec<Check>,
}

/// An outcome for each operation, in the order of the file.
pub(super) fn check(file: &File, packs: &Packs) -> Result<Found, VerifyError> {
    let mut operations: Vec<&str> = Vec::new();
    for check in &file.checks {
        if !operations.contains(&check.op.as_str()) {
            operations.push(&check.op);
        }
    }
    operations
        .into_iter()
        .map(|operation| {
            let checks: Vec<&Check> = file.checks.iter().filter(|check| check.op == operation).collect();
            let verdict = if operation == "bleu" {
                or_skipped(check_scores(&checks, packs))?
            } else {
                or_skipped(check_texts(&checks, packs))?
            };
            let rule = if operation == "wordpiece" {
                ", cut one token at a time"
            } else {
                ""
            };
            Ok((format!("whole files: {operation}{rule}"), verdict))
        })
        .collect()
}

fn check_texts(checks: &[&Check], packs: &Packs) -> Result<Verdict, PackError> {
    let mut exact = Exact::default();
    for check in checks {
        let Some(output) = bulk_text::output(check, packs)? else {
            return Ok(Verdict::NotYetSupported);
        };
        exact.case(check.difference(&output));
    }
    Ok(exact.verdict())
}

fn check_scores(checks: &[&Check], packs: &Packs) -> Result<Verdict, PackError> {
    let mut tally = Tally::default();
    for check in checks {
        tally.case();
        let place = check.place();
        let (hypotheses, references) = bulk_text::translations(check, packs)?;
        let options = check.options(packs)?;
        let segments = references.len();
        tally.equal(&format!("{place} segments"), &Some(segments), &check.segments);
        let ours = corpus_bleu(&hypotheses, &references, &options);
        match &check.score {
            Some(score) => score.compare(&mut tally, &place, ours),
            None => tally.differs(format!("{place}: records no score")),
        }
    }
    Ok(tally.verdict())
}

impl Check {
    /// What the check is called in a message.
    fn place(&self) -> String {
        format!("{} of {}", self.id, self.inputs.join(" and "))
    }

    /// A field that the operation needs.
    pub(super) fn field<'a, T>(
        &self,
        name: &str,
        field: &'a Option<T>,
        packs: &Packs,
    ) -> Result<&'a T, VerifyError> {
        let missing = || packs.malformed(format!("{}: {} needs `{name}`", self.id, self.op));
        field.as_ref().ok_or_else(missing)
    }

    fn options(&self, packs: &Packs) -> Result<BleuOptions, VerifyError> {
        let tokenizer = self.field("tokenize", &self.tokenize, packs)?;
        let method = self.field("smooth_method", &self.smooth_method, packs)?;
        let unknown = |name: &str| packs.malformed(format!("{}: `{name}` is not built", self.id));
        Ok(BleuOptions {
            tokenize: tokenize(tokenizer).ok_or_else(|| unknown(tokenizer))?,
            smooth: smoothing(method, None).ok_or_else(|| unknown(method))?,
            ..Default::default()
        })
    }

    fn difference(&self, output: &Output) -> Option<String> {
        let place = self.place();
        let lines = &output.lines;
        let mut text = lines.join("\n");
        if !lines.is_empty() {
            text.push('\n');
        }
        let count = |name: &str, ours: usize, recorded: Option<usize>| {
            recorded.and_then(|recorded| value_difference(&format!("{place} {name}"), &ours, &recorded))
        };
        let digest = sha256(text);
        count("lines", lines.len(), self.lines)
            .or_else(|| count("kept", lines.len(), self.kept))
            .or_else(|| count("lines_equal_to_input", output.as_input, self.lines_equal_to_input))
            .or_else(|| {
                let place = format!("{place} sha256");
                self.digests()
                    .find_map(|recorded| text_difference(&place, &digest, recorded))
            })
    }

    /// The digests that ours must be: of two rules of cutting that of the one that we follow, and where no row differs
    /// that of the other too.
    fn digests(&self) -> impl Iterator<Item = &str> {
        let both = self.sha256_one_at_a_time.is_none() || self.rows_that_differ == Some(0);
        let digest = self.sha256.as_deref().filter(|_| both);
        self.sha256_one_at_a_time.as_deref().into_iter().chain(digest)
    }
}
