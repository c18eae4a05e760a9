//! Makes the texts whose digests and scores are recorded from whole files of the data packs.

use std::iter::repeat_n;

use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::moses::{Bars, Cleaner, Detokenizer, Language, lowercase};
use data::{EncodedCorpus, Format, read_corpus};

use super::check::Check;
use super::packs::{PackError, Packs};
use crate::VerifyError;

/// What an operation made.
pub(super) struct Output {
    pub(super) lines: Vec<String>,
    /// Lines that are as they were.
    pub(super) as_input: usize,
}

/// What the check's operation makes of its inputs; `None` where it is not known.
pub(super) fn output(check: &Check, packs: &Packs) -> Result<Option<Output>, PackError> {
    let lines = match check.op.as_str() {
        "clean" => clean(check, packs)?,
        "learn_bpe" => learn(check, packs)?,
        "wordpiece" => wordpiece(check, packs)?,
        _ => return changed(check, packs),
    };
    Ok(Some(Output { lines, as_input: 0 }))
}

/// The operations that change every line by itself.
fn changed(check: &Check, packs: &Packs) -> Result<Option<Output>, PackError> {
    let language = || -> Result<Language, PackError> {
        let code = check.field("lang", &check.lang, packs)?;
        Ok(packs.language(code)?)
    };
    let tokenizer = || packs.tokenizer(language()?);
    let detokenizer = || language().map(Detokenizer::new);
    let mut change: Box<dyn FnMut(&str) -> String> = match check.op.as_str() {
        "tokenize" => {
            let tokenizer = tokenizer()?;
            Box::new(move |line| tokenizer.tokenize(line))
        }
        "tokenize+lower" => {
            let tokenizer = tokenizer()?;
            Box::new(move |line| lowercase(&tokenizer.tokenize(line)))
        }
        "tokenize+lower+bpe" => {
            let tokenizer = tokenizer()?;
            let mut segmenter = Segmenter::new(&packs.merges()?, SEPARATOR);
            Box::new(move |line| segmenter.segment_line(&lowercase(&tokenizer.tokenize(line))))
        }
        "tokenize+detokenize" => {
            let (tokenizer, detokenizer) = (tokenizer()?, detokenizer()?);
            Box::new(move |line| detokenizer.detokenize(&tokenizer.tokenize(line)))
        }
        "undo_bpe+detokenize" => {
            let detokenizer = detokenizer()?;
            Box::new(move |line| detokenizer.detokenize(&undo(line, SEPARATOR)))
        }
        _ => return Ok(None),
    };
    let input = packs.lines(first_input(check, packs)?)?;
    let lines: Vec<String> = input.iter().map(|line| change(line)).collect();
    let as_input = lines.iter().zip(&input).filter(|(after, before)| after == before);
    let as_input = as_input.count();
    Ok(Some(Output { lines, as_input }))
}

/// The numbers, from 1, of the pairs of lines that are kept.
fn clean(check: &Check, packs: &Packs) -> Result<Vec<String>, PackError> {
    let [german, english] = check.inputs.as_slice() else {
        let reason = format!("clean needs two inputs, not {}", check.inputs.len());
        return Err(packs.malformed(reason).into());
    };
    let german = tokenised(german, packs)?;
    let mut english = tokenised(english, packs)?;
    let shift = *check.field("english_shifted_by", &check.english_shifted_by, packs)?;
    let (Some(first), Some(_)) = (german.first(), english.get(shift)) else {
        return Ok(Vec::new());
    };
    english.rotate_left(shift);
    let cleaner = Cleaner {
        ratio: *check.field("ratio", &check.ratio, packs)?,
        min: *check.field("min", &check.min, packs)?,
        max: *check.field("max", &check.max, packs)?,
        bars: Bars::of_corpus(first, &english[0]),
    };
    let pairs = german.iter().zip(&english).zip(1..);
    Ok(pairs
        .filter(|((german, english), _)| cleaner.check(german, english).is_ok())
        .map(|(_, number)| i32::to_string(&number))
        .collect())
}

/// The smallest count that subword-nmt merges, by default.
const MIN_FREQUENCY: u64 = 2;

fn learn(check: &Check, packs: &Packs) -> Result<Vec<String>, PackError> {
    let symbols = *check.field("merges", &check.merges, packs)?;
    let mut text = Vec::new();
    for input in &check.inputs {
        text.extend(tokenised(input, packs)?);
    }
    let merges = Merges::learn(&text, symbols, MIN_FREQUENCY);
    let pairs = merges.pairs().iter();
    Ok(pairs.map(|(first, second)| format!("{first} {second}")).collect())
}

/// Ids in decimal, a TAB, and how many of them have type 0.
fn wordpiece(check: &Check, packs: &Packs) -> Result<Vec<String>, PackError> {
    let tokenizer = packs.wordpiece()?;
    let path = packs.find(first_input(check, packs)?)?;
    let max_length = *check.field("max_length", &check.max_length, packs)?;
    let corpus = read_corpus(&path, Format::Auto, None)
        .map_err(|error| packs.broken(error))?
        .corpus;
    let encoded =
        EncodedCorpus::encode(&corpus, &tokenizer, max_length).map_err(|error| packs.broken(error))?;
    Ok((0..encoded.len())
        .map(|example| {
            let ids: Vec<String> = encoded.ids(example).iter().map(u32::to_string).collect();
            format!("{}\t{}", ids.join(" "), encoded.first_length(example))
        })
        .collect())
}

/// Hypotheses and references: the segmentation undone, the words of the hypotheses damaged, and both detokenised where
/// the score is of text.
pub(super) fn translations(check: &Check, packs: &Packs) -> Result<(Vec<String>, Vec<String>), PackError> {
    let input = first_input(check, packs)?;
    let unknown = |name: &str| packs.malformed(format!("bleu of `{name}` is not built"));
    let damage = check.field("hypothesis", &check.hypothesis, packs)?;
    let (every, times) = match damage.as_str() {
        "drop_every_5th" => (5, 0),
        "repeat_every_4th" => (4, 2),
        other => return Err(unknown(other).into()),
    };
    let on = check.field("on", &check.on, packs)?;
    let detokenizer = match on.as_str() {
        "tokenised text" => None,
        "detokenised text" => Some(Detokenizer::new(language_of(input, packs)?)),
        other => return Err(unknown(other).into()),
    };
    let shown = |words: String| match &detokenizer {
        Some(detokenizer) => detokenizer.detokenize(&words),
        None => words,
    };
    let lines = packs.lines(input)?;
    Ok(lines
        .iter()
        .map(|line| {
            let words = undo(line, SEPARATOR);
            (shown(damaged(&words, every, times)), shown(words))
        })
        .unzip())
}

/// The words of a line with every so manieth written so many times.
fn damaged(words: &str, every: usize, times: usize) -> String {
    let words: Vec<&str> = words
        .split(' ')
        .zip(1..)
        .flat_map(|(word, number)| repeat_n(word, if number % every == 0 { times } else { 1 }))
        .collect();
    words.join(" ")
}

/// A file, tokenised and lower-cased.
fn tokenised(input: &str, packs: &Packs) -> Result<Vec<String>, PackError> {
    let tokenizer = packs.tokenizer(language_of(input, packs)?)?;
    let lines = packs.lines(input)?;
    Ok(lines
        .iter()
        .map(|line| lowercase(&tokenizer.tokenize(line)))
        .collect())
}

/// The language that the ending of a file names, as in `val.de.gz`.
fn language_of(input: &str, packs: &Packs) -> Result<Language, VerifyError> {
    let name = input.trim_end_matches(".gz");
    packs.language(name.rsplit_once('.').map_or(name, |(_, code)| code))
}

fn first_input<'a>(check: &'a Check, packs: &Packs) -> Result<&'a str, VerifyError> {
    let first = check.inputs.first();
    first
        .map(String::as_str)
        .ok_or_else(|| packs.malformed(format!("{} names no input", check.op)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_dropped_and_repeated() {
        assert_eq!(damaged("a b c d e f", 5, 0), "a b c d f");
        assert_eq!(damaged("a b c d e", 4, 2), "a b c d d e");
        assert_eq!(damaged("", 5, 0), "");
    }
}
