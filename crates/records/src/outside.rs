//! Scores of heads, or masks, of somebody else's method: a CSV file that a user hands over.

use std::path::Path;

use files::FileError;
use heads::{HeadGrid, HeadMask, MaskError, RowKind};
use serde::Deserialize;

use crate::RecordError;
use crate::rows::line_error;

/// What the file says.
#[derive(Debug, Clone, PartialEq)]
pub struct OutsideChoice {
    rows: Vec<Row>,
    /// Whether rows hold masks.
    masks: bool,
}

/// A line of the file; what it does not have is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Row {
    #[serde(skip)]
    line: u64,
    kind: Option<String>,
    layer: Option<usize>,
    head: Option<usize>,
    score: Option<f64>,
    k: Option<usize>,
    mask: Option<String>,
    seed: Option<u64>,
}

/// Why the file gives no choice of heads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct OutsideError {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// Columns of a file of scores; `kind` may be left out where all attention is that of an encoder, `seed` where the scores are
/// the same for every seed.
const OF_SCORES: [&str; 5] = ["kind", "layer", "head", "score", "seed"];
/// Columns of a file of masks.
const OF_MASKS: [&str; 3] = ["k", "mask", "seed"];

impl OutsideChoice {
    /// Reads the file: columns `layer`, `head`, `score` (the higher, the longer a head stays), or `k` and `mask` (a digit a
    /// head, 1 for a head kept, in the order of the layers); `kind` and `seed` may stand beside them.
    ///
    /// # Errors
    /// The file cannot be read, has other columns, or a line does not parse; the error names file and line.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let text = std::fs::read(path).map_err(FileError::reading(path))?;
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let header = reader.headers().map_err(RecordError::content(path))?.clone();
        let masks = header.iter().any(|column| column == "mask");
        let known: &[&str] = if masks { &OF_MASKS } else { &OF_SCORES };
        let needed: &[&str] = if masks {
            &["k", "mask"]
        } else {
            &["layer", "head", "score"]
        };
        let hint = "the columns are layer,head,score or k,mask, with kind and seed where they differ";
        let refused = |reason: String| RecordError::Line {
            path: path.to_owned(),
            line: 1,
            reason,
            hint: Some(hint.to_owned()),
        };
        if let Some(other) = header.iter().find(|column| !known.contains(column)) {
            return Err(refused(format!("column `{other}` is not known")));
        }
        if let Some(missing) = needed
            .iter()
            .find(|column| header.iter().all(|name| name != **column))
        {
            return Err(refused(format!("column `{missing}` is missing")));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(RecordError::content(path))?;
            let line = record.position().map_or(0, csv::Position::line);
            let row: Row = record
                .deserialize(Some(&header))
                .map_err(|error| line_error(path, line, error.to_string()))?;
            let row = Row { line, ..row };
            if let Some(score) = row.score.filter(|score| !score.is_finite()) {
                return Err(line_error(
                    path,
                    line,
                    format!("the score is {score}, not a finite number"),
                ));
            }
            let empty = if masks {
                row.k.is_none() || row.mask.is_none()
            } else {
                row.layer.is_none() || row.head.is_none() || row.score.is_none()
            };
            if empty {
                return Err(line_error(
                    path,
                    line,
                    format!("one of {} is empty", needed.join(", ")),
                ));
            }
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(refused("there is no line below the header".to_owned()));
        }
        Ok(Self { rows, masks })
    }

    /// Whether each line is a mask of its own; otherwise scores rank the heads.
    pub fn has_masks(&self) -> bool {
        self.masks
    }

    /// The score of each head of `grid` for a seed, in its flat order: that of the lines of the seed, or of those without one.
    ///
    /// # Errors
    /// A head has no score or two, or a line names one that is not there.
    pub fn scores(&self, grid: &HeadGrid, seed: u64) -> Result<Vec<f64>, OutsideError> {
        let mut found: Vec<Option<f64>> = vec![None; grid.total()];
        for row in self.of_seed(seed) {
            let refused = |reason| OutsideError {
                line: row.line,
                reason,
            };
            let kind = match &row.kind {
                Some(kind) => kind
                    .parse::<RowKind>()
                    .map_err(|error| refused(error.to_string()))?,
                None if grid.rows().iter().all(|row| row.kind == RowKind::EncoderSelf) => {
                    RowKind::EncoderSelf
                }
                None => {
                    return Err(refused(
                        "the model has attention of several kinds, and column `kind` is missing".into(),
                    ));
                }
            };
            let (layer, head) = (row.layer.unwrap_or_default(), row.head.unwrap_or_default());
            let module = grid
                .iter()
                .find(|(row, _)| (row.kind, row.layer) == (kind, layer));
            let place = module.and_then(|(_, heads)| heads.clone().nth(head));
            let Some(place) = place else {
                return Err(refused(format!(
                    "the model has no head {head} in {kind} attention of layer {layer}"
                )));
            };
            if found[place].replace(row.score.unwrap_or_default()).is_some() {
                return Err(refused(format!(
                    "head {head} of {kind} attention of layer {layer} stands a second time"
                )));
            }
        }
        if let Some(head) = found.iter().position(Option::is_none) {
            let reason = format!(
                "head {head} of the {} of the model has no score for seed {seed}",
                grid.total()
            );
            return Err(OutsideError {
                line: self.last_line(),
                reason,
            });
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The heads to keep of `grid`, `k` of them, for a seed.
    ///
    /// # Errors
    /// Those of [`scores`](Self::scores); there is no mask of that number, or it is of another model.
    pub fn mask(&self, grid: &HeadGrid, k: usize, seed: u64) -> Result<HeadMask, OutsideError> {
        if !self.masks {
            let scores = self.scores(grid, seed)?;
            let refused = |error: MaskError| OutsideError {
                line: self.last_line(),
                reason: error.to_string(),
            };
            return HeadMask::top_k(&scores, k).map_err(refused);
        }
        let mut of_k = self.of_seed(seed).filter(|row| row.k == Some(k));
        let Some(row) = of_k.next() else {
            let reason = format!("there is no mask of {k} heads for seed {seed}");
            return Err(OutsideError {
                line: self.last_line(),
                reason,
            });
        };
        if let Some(second) = of_k.next() {
            let reason = format!("a second mask of {k} heads for seed {seed}");
            return Err(OutsideError {
                line: second.line,
                reason,
            });
        }
        let digits = row.mask.as_deref().unwrap_or_default();
        let mask = HeadMask::from_digits(digits).filter(|mask| mask.total() == grid.total());
        match mask {
            Some(mask) if mask.kept() == k => Ok(mask),
            Some(mask) => Err(OutsideError {
                line: row.line,
                reason: format!("the mask keeps {} heads, and k is {k}", mask.kept()),
            }),
            None => Err(OutsideError {
                line: row.line,
                reason: format!(
                    "`{digits}` is no mask of {} heads: a digit a head, 0 or 1",
                    grid.total()
                ),
            }),
        }
    }

    /// The lines of a seed, or those without one where there are none of it.
    fn of_seed(&self, seed: u64) -> impl Iterator<Item = &Row> {
        let own = self.rows.iter().any(|row| row.seed == Some(seed));
        let wanted = own.then_some(seed);
        self.rows.iter().filter(move |row| row.seed == wanted)
    }

    fn last_line(&self) -> u64 {
        self.rows.last().map_or(1, |row| row.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OutsideChoice, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        std::fs::write(&path, text).unwrap();
        OutsideChoice::read(&path).map_err(|error| {
            let text = error.to_string();
            text.split_once("scores.csv:")
                .map_or(text.clone(), |(_, reason)| reason.to_owned())
        })
    }

    fn grid() -> HeadGrid {
        HeadGrid::encoder(2, 2).unwrap()
    }

    #[test]
    fn scores_are_found_in_any_order_and_each_seed_may_have_its_own() {
        let choice = read("layer,head,score\n1,1,4\n0,0,1\n1,0,3\n0,1,2\n").unwrap();
        assert_eq!(choice.scores(&grid(), 7), Ok(vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(choice.mask(&grid(), 2, 7).unwrap().digits(), "0011");
        let text =
            "layer,head,score,seed\n0,0,1,1\n0,1,2,1\n1,0,3,1\n1,1,4,1\n0,0,9,\n0,1,2,\n1,0,3,\n1,1,4,\n";
        let choice = read(text).unwrap();
        assert_eq!(choice.mask(&grid(), 1, 1).unwrap().digits(), "0001");
        assert_eq!(choice.mask(&grid(), 1, 2).unwrap().digits(), "1000");
    }

    #[test]
    fn masks_are_taken_as_they_are() {
        let choice = read("k,mask\n1,0100\n2,1001\n").unwrap();
        assert!(choice.has_masks());
        assert_eq!(choice.mask(&grid(), 2, 1).unwrap().digits(), "1001");
        let reason = |k| choice.mask(&grid(), k, 1).unwrap_err().to_string();
        assert_eq!(reason(3), "line 3: there is no mask of 3 heads for seed 1");
        let wrong = read("k,mask\n1,0110\n2,11\n").unwrap();
        let reason = |k| wrong.mask(&grid(), k, 1).unwrap_err().to_string();
        assert_eq!(reason(1), "line 2: the mask keeps 2 heads, and k is 1");
        assert_eq!(
            reason(2),
            "line 3: `11` is no mask of 4 heads: a digit a head, 0 or 1"
        );
    }

    #[test]
    fn what_is_not_all_heads_once_is_refused_with_its_line() {
        let reason = |text: &str| read(text).unwrap().scores(&grid(), 1).unwrap_err().to_string();
        let full = "layer,head,score\n0,0,1\n0,1,2\n1,0,3\n";
        assert_eq!(
            reason(full),
            "line 4: head 3 of the 4 of the model has no score for seed 1"
        );
        assert_eq!(
            reason(&format!("{full}1,0,4\n")),
            "line 5: head 0 of encoder-self attention of layer 1 stands a second time"
        );
        assert_eq!(
            reason(&format!("{full}2,0,4\n")),
            "line 5: the model has no head 0 in encoder-self attention of layer 2"
        );
        let kind = "kind,layer,head,score\nself,0,0,1\n";
        assert!(reason(kind).starts_with("line 2: `self` is no kind of attention"));
    }

    #[test]
    fn what_is_no_such_table_is_refused() {
        assert_eq!(
            read("layer,head,score,mark\n").unwrap_err(),
            "1: column `mark` is not known"
        );
        assert_eq!(
            read("layer,head\n0,0\n").unwrap_err(),
            "1: column `score` is missing"
        );
        assert_eq!(
            read("layer,head,score\n").unwrap_err(),
            "1: there is no line below the header"
        );
        assert_eq!(
            read("layer,head,score\n0,0,inf\n").unwrap_err(),
            "2: the score is inf, not a finite number"
        );
        assert!(
            read("layer,head,score\n0,zero,1\n")
                .unwrap_err()
                .starts_with("2: ")
        );
        assert_eq!(
            read("layer,head,score\n0,,1\n").unwrap_err(),
            "2: one of layer, head, score is empty"
        );
    }
}
