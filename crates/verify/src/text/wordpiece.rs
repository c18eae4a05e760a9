//! Recorded WordPiece ids of texts and pairs, whole and cut to a length.

use std::iter::repeat_n;

use data::{Example, ModelTokenizer};
use serde::Deserialize;

use super::Found;
use super::exact::{Exact, list_difference, value_difference};
use super::packs::{PackError, Packs, or_skipped};
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
pub(super) struct Row {
    id: String,
    text: String,
    pair: Option<String>,
    tokens: Vec<String>,
    ids: Vec<u32>,
    types: Vec<u8>,
    /// What a lower-casing with the rule of the final sigma gives, which is as good.
    final_sigma_ids: Option<Vec<u32>>,
    n_first: usize,
    n_second: Option<usize>,
    ids_32: Vec<u32>,
    types_32: Vec<u8>,
    ids_128: Vec<u32>,
    types_128: Vec<u8>,
    kept_32: Option<Kept>,
    kept_128: Option<Kept>,
    kept_32_one_at_a_time: Option<Kept>,
    kept_128_one_at_a_time: Option<Kept>,
}

/// How many pieces remain of the two texts of a pair.
type Kept = (usize, usize);

/// Ids and types.
type Encoded = (Vec<u32>, Vec<u8>);

/// Any length above that of the longest text.
const WHOLE: usize = usize::MAX;

/// A row with what the tokeniser made of it.
struct Tokenised<'a> {
    row: &'a Row,
    tokenizer: &'a ModelTokenizer,
    whole: Encoded,
    /// As the tokeniser cuts it to 32 and to 128.
    cuts: [Encoded; 2],
}

type Difference = fn(&Tokenised<'_>) -> Option<String>;

pub(super) fn check(rows: &[Row], packs: &Packs) -> Result<Found, VerifyError> {
    let parts: [(&str, Difference); 3] = [
        ("tokens, ids and types", |row| row.whole_difference()),
        ("cut to 32 and 128, one token at a time", |row| {
            row.one_at_a_time_difference()
        }),
        ("cut to 32 and 128, as much of each text as recorded", |row| {
            row.cut_difference()
        }),
    ];
    parts
        .into_iter()
        .map(|(what, difference)| {
            let verdict = or_skipped(check_rows(rows, packs, difference))?;
            Ok((what.to_owned(), verdict))
        })
        .collect()
}

fn check_rows(rows: &[Row], packs: &Packs, difference: Difference) -> Result<Verdict, PackError> {
    let tokenizer = packs.wordpiece()?;
    let mut exact = Exact::default();
    for row in rows {
        let example = Example {
            text: row.text.clone(),
            pair: row.pair.clone(),
            label: 0,
        };
        let encoded = |max_length| {
            let encoded = tokenizer.encode(&example, max_length);
            let encoded = encoded.map_err(|error| packs.broken(error))?;
            Ok::<_, PackError>((encoded.input_ids, encoded.token_type_ids))
        };
        exact.case(difference(&Tokenised {
            row,
            tokenizer: &tokenizer,
            whole: encoded(WHOLE)?,
            cuts: [encoded(32)?, encoded(128)?],
        }));
    }
    Ok(exact.verdict())
}

impl Tokenised<'_> {
    fn whole_difference(&self) -> Option<String> {
        let row = self.row;
        let ids = &self.whole.0;
        if row.final_sigma_ids.as_ref() == Some(ids) {
            return None;
        }
        let tokens: Vec<&str> = ids
            .iter()
            .map(|&id| self.tokenizer.vocabulary()[id as usize].as_str())
            .collect();
        let recorded: Vec<&str> = row.tokens.iter().map(String::as_str).collect();
        let (first, second) = self.lengths();
        let second = row.pair.is_some().then_some(second);
        list_difference(&format!("{} tokens", row.id), &tokens, &recorded)
            .or_else(|| self.difference("", &self.whole, (&row.ids, &row.types)))
            .or_else(|| value_difference(&format!("{} n_first", row.id), &first, &row.n_first))
            .or_else(|| value_difference(&format!("{} n_second", row.id), &second, &row.n_second))
    }

    /// The tokeniser's own cut, against the whole row with as much of each text as this rule keeps of it.
    fn one_at_a_time_difference(&self) -> Option<String> {
        let [to_32, to_128] = &self.cuts;
        [
            (32, self.row.kept_32_one_at_a_time, to_32),
            (128, self.row.kept_128_one_at_a_time, to_128),
        ]
        .into_iter()
        .find_map(|(max_length, kept, ours)| match self.cut(max_length, kept) {
            Ok((ids, types)) => self.difference(&format!(" to {max_length}"), ours, (&ids, &types)),
            Err(reason) => Some(reason),
        })
    }

    /// The cut that is recorded as ids, which another rule made where it differs from the one above: our pieces, as many
    /// of each text as are recorded.
    fn cut_difference(&self) -> Option<String> {
        let row = self.row;
        if row.final_sigma_ids.as_ref() == Some(&self.whole.0) {
            return None;
        }
        [
            (32, row.kept_32, &row.ids_32, &row.types_32),
            (128, row.kept_128, &row.ids_128, &row.types_128),
        ]
        .into_iter()
        .find_map(
            |(max_length, kept, ids, types)| match self.cut(max_length, kept) {
                Ok(ours) => self.difference(&format!(" to {max_length}"), &ours, (ids, types)),
                Err(reason) => Some(reason),
            },
        )
    }

    fn difference(&self, cut: &str, ours: &Encoded, recorded: (&[u32], &[u8])) -> Option<String> {
        let id = &self.row.id;
        list_difference(&format!("{id}{cut} ids"), &ours.0, recorded.0)
            .or_else(|| list_difference(&format!("{id}{cut} types"), &ours.1, recorded.1))
    }

    /// Pieces of the two texts without special ones.
    fn lengths(&self) -> Kept {
        let second = self.whole.1.iter().filter(|&&kind| kind == 1).count();
        // [CLS] and [SEP] around the first text, [SEP] after the second.
        (self.whole.1.len() - second - 2, second.saturating_sub(1))
    }

    /// The whole with only the beginnings of its texts: of a pair as much as is given, of a single text what fits.
    /// It cannot be more than there is.
    fn cut(&self, max_length: usize, kept: Option<Kept>) -> Result<Encoded, String> {
        let ids = &self.whole.0;
        let (first, second) = self.lengths();
        let separator = ids[first + 1];
        let (kept_first, kept_second) = kept.unwrap_or((first.min(max_length.saturating_sub(2)), 0));
        if kept_first > first || kept_second > second {
            return Err(format!(
                "{} to {max_length}: keeps {kept_first} and {kept_second} of {first} and {second} pieces",
                self.row.id
            ));
        }
        let mut cut = ids[..=kept_first].to_vec();
        cut.push(separator);
        let mut types = vec![0; cut.len()];
        if self.row.pair.is_some() {
            let start = first + 2;
            cut.extend(&ids[start..start + kept_second]);
            cut.push(separator);
            types.extend(repeat_n(1, cut.len() - types.len()));
        }
        Ok((cut, types))
    }
}
