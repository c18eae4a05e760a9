//! `headcount predict`: a classifier of a folder answers lines of text.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use bundle::ModelConfig;
use clap::Args;
use serde_json::json;
use tasks::inference::{Answer, Classifier};

use crate::cli::answering::Reading;
use crate::places::must_be_folder;
use crate::problem::{Problem, Result};
use crate::pruning::source::Origin;
use crate::terminal::{ALL_DONE, warn};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Model folder: whole, with heads removed, or of a run, whose mask is obeyed.
    model: PathBuf,
    /// One JSON object a line instead of a label: label, logits and probabilities by the names of the classes.
    #[arg(long)]
    probabilities: bool,
    /// Cut inputs to so many tokens [default: as many as the model has positions for].
    #[arg(long, value_name = "TOKENS")]
    max_length: Option<usize>,
    #[command(flatten)]
    reading: Reading,
}

/// A line: a text, or a premise and a hypothesis.
type Texts = (String, Option<String>);

pub(crate) fn predict(options: &Options) -> Result<u8> {
    must_be_folder("model", &options.model)?;
    options.reading.use_threads();
    let origin = Origin::find(&options.model)?;
    if let ModelConfig::Translation(_) = origin.config {
        let shown = options.model.display();
        let problem = Problem::new(format!(
            "{shown} is a translation model, and classifiers are asked here"
        ));
        return Err(problem.hint(format!("`headcount translate {shown}` translates lines")));
    }
    let classifier = Classifier::open(
        &origin.folder,
        origin.mask.as_ref(),
        options.max_length,
        &options.reading.device,
    )?;
    classifier.warnings().iter().for_each(|warning| warn(warning));
    let mut windows = options.reading.open()?;
    let mut out = BufWriter::new(stdout().lock());
    let mut pairs = None;
    loop {
        let window = windows.next(|line| parse(line, &mut pairs))?;
        if window.is_empty() {
            return Ok(ALL_DONE);
        }
        let texts = window
            .iter()
            .flatten()
            .map(|(text, pair)| (text.as_str(), pair.as_deref()));
        let mut answers = classifier.answer(&texts.collect::<Vec<_>>())?.into_iter();
        for line in &window {
            match line.as_ref().and_then(|_| answers.next()) {
                Some(answer) => writeln!(out, "{}", said(&classifier, &answer, options.probabilities)?)?,
                None => writeln!(out)?,
            }
        }
        out.flush()?;
    }
}

/// Two fields or one, as the first line has it.
fn parse(line: &str, pairs: &mut Option<bool>) -> Result<Texts, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    // A line that cannot be used decides nothing.
    let usual = match fields.len() {
        _ if line.trim().is_empty() => return Err("the line is blank".to_owned()),
        1 => *pairs.get_or_insert(false),
        2 => *pairs.get_or_insert(true),
        _ => pairs.unwrap_or(false),
    };
    let expected = if usual { 2 } else { 1 };
    match (fields.as_slice(), expected) {
        ([text], 1) => Ok(((*text).to_owned(), None)),
        ([premise, hypothesis], 2) => Ok(((*premise).to_owned(), Some((*hypothesis).to_owned()))),
        (fields, 1) if fields.len() > 2 => Err(format!(
            "{} fields; a line is a text, or a premise and a hypothesis with a tab between them",
            fields.len()
        )),
        (fields, expected) => Err(format!(
            "{} fields where the first good line has {expected}",
            fields.len()
        )),
    }
}

/// A line of output.
fn said(classifier: &Classifier, answer: &Answer, probabilities: bool) -> Result<String> {
    let labels = classifier.labels();
    let Some(class) = answer.class else {
        let problem = Problem::new("the scores of the model are not numbers");
        return Err(problem.hint("its weights are damaged, or its training diverged"));
    };
    if !probabilities {
        return Ok(labels[class].clone());
    }
    let by_name = |values: Vec<serde_json::Value>| -> serde_json::Map<_, _> {
        labels.iter().cloned().zip(values).collect()
    };
    Ok(json!({
        "label": labels[class],
        "logits": by_name(answer.logits.iter().map(|score| json!(score)).collect()),
        "probabilities": by_name(answer.probabilities().into_iter().map(|share| json!(share)).collect()),
    })
    .to_string())
}
