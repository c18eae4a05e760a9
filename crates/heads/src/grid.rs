//! Which attention heads a model has: rows of heads, each row with its kind and its layer.

use std::fmt;
use std::str::FromStr;

/// Kind of attention that a row of heads belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKind {
    /// Self-attention of an encoder layer.
    EncoderSelf,
    /// Attention of a decoder layer over the encoder's output.
    EncoderDecoder,
    /// Masked self-attention of a decoder layer.
    DecoderSelf,
}

impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EncoderSelf => "encoder-self",
            Self::EncoderDecoder => "encoder-decoder",
            Self::DecoderSelf => "decoder-self",
        })
    }
}

/// A word that names no kind of attention.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of attention (known: encoder-self, encoder-decoder, decoder-self)")]
pub struct UnknownKind(String);

impl FromStr for RowKind {
    type Err = UnknownKind;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        [Self::EncoderSelf, Self::EncoderDecoder, Self::DecoderSelf]
            .into_iter()
            .find(|kind| kind.to_string() == word)
            .ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// One attention module: a row of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeadRow {
    /// Kind of attention.
    pub kind: RowKind,
    /// Layer within its kind, from 0.
    pub layer: usize,
}

/// The grid of all heads of a model, `rows x heads`; flat index = row * heads + head.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeadGrid {
    rows: Vec<HeadRow>,
    heads: usize,
}

/// Why a grid was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// No rows, or rows without heads.
    #[error("a grid of {rows} rows with {heads} heads each has no head")]
    Empty {
        /// Rows asked for.
        rows: usize,
        /// Heads per row asked for.
        heads: usize,
    },
}

impl HeadGrid {
    /// A grid of the given rows, `heads` heads in each.
    pub fn new(rows: Vec<HeadRow>, heads: usize) -> Result<Self, GridError> {
        if rows.is_empty() || heads == 0 {
            return Err(GridError::Empty {
                rows: rows.len(),
                heads,
            });
        }
        Ok(Self { rows, heads })
    }

    /// The grid of an encoder: one self-attention row a layer (BERT-base: 12 x 12 = 144).
    pub fn encoder(layers: usize, heads: usize) -> Result<Self, GridError> {
        let rows = (0..layers)
            .map(|layer| HeadRow {
                kind: RowKind::EncoderSelf,
                layer,
            })
            .collect();
        Self::new(rows, heads)
    }

    /// The rows in order.
    pub fn rows(&self) -> &[HeadRow] {
        &self.rows
    }

    /// Heads in each row.
    pub fn heads_per_row(&self) -> usize {
        self.heads
    }

    /// N, the number of heads in all.
    pub fn total(&self) -> usize {
        self.rows.len() * self.heads
    }

    /// Bound of the Xavier-uniform start of the importances, sqrt(6 / (rows + heads)): the matrix
    /// of importances is initialised as a weight matrix of that shape.
    pub fn xavier_bound(&self) -> f64 {
        (6.0 / (self.rows.len() + self.heads) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in [
            RowKind::EncoderSelf,
            RowKind::EncoderDecoder,
            RowKind::DecoderSelf,
        ] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let error = "decoder".parse::<RowKind>().unwrap_err();
        assert!(error.to_string().starts_with("`decoder` is no kind of attention"));
    }

    #[test]
    fn bert_base_has_144_heads_and_starts_within_one_half() {
        let grid = HeadGrid::encoder(12, 12).unwrap();
        assert_eq!(grid.total(), 144);
        assert_eq!(grid.xavier_bound(), 0.5);
        assert_eq!(
            grid.rows()[11],
            HeadRow {
                kind: RowKind::EncoderSelf,
                layer: 11
            }
        );
    }

    #[test]
    fn a_grid_without_heads_is_refused() {
        assert_eq!(
            HeadGrid::encoder(0, 4),
            Err(GridError::Empty { rows: 0, heads: 4 })
        );
        assert_eq!(
            HeadGrid::encoder(3, 0),
            Err(GridError::Empty { rows: 3, heads: 0 })
        );
    }
}
