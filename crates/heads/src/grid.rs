//! Which attention heads a model has: rows of heads, each row with its kind, its layer and its number of heads.

use std::fmt;
use std::ops::Range;
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
    /// Number of heads; 0 where all were removed.
    pub heads: usize,
}

impl HeadRow {
    /// Whether both stand for the module of the same kind and layer, whatever heads they have.
    fn same_module(&self, other: &Self) -> bool {
        (self.kind, self.layer) == (other.kind, other.layer)
    }
}

/// The heads of a model: rows, each with a number of heads of its own. Flat indices count the heads of row 0, then
/// those of row 1, and so on.
///
/// A row may have no head, and so may the grid: a model from which every head was removed still computes. A gate has
/// something to choose from only where there is at least one head, and is refused otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HeadGrid {
    rows: Vec<HeadRow>,
    /// Flat index of the first head of each row, and last the number of heads in all.
    starts: Vec<usize>,
}

/// Why a grid was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// No attention module at all.
    #[error("a grid without rows stands for no model")]
    NoRows,
    /// The rows are not those of the model.
    #[error("the rows of heads are not the attention modules of the model")]
    OtherRows,
    /// A row has heads that the model never had.
    #[error("{kind} attention of layer {layer} has {heads} heads, more than the {most} of the model")]
    MoreHeads {
        /// Kind of the row.
        kind: RowKind,
        /// Its layer.
        layer: usize,
        /// Heads asked for.
        heads: usize,
        /// Heads of that row in the model.
        most: usize,
    },
}

impl HeadGrid {
    /// A grid of the given rows.
    ///
    /// # Errors
    /// [`GridError::NoRows`] where there are none.
    pub fn new(rows: Vec<HeadRow>) -> Result<Self, GridError> {
        if rows.is_empty() {
            return Err(GridError::NoRows);
        }
        let mut total = 0;
        let ends = rows.iter().map(|row| {
            total += row.heads;
            total
        });
        let starts = [0].into_iter().chain(ends).collect();
        Ok(Self { rows, starts })
    }

    /// The grid of an encoder: one self-attention row a layer (BERT-base: 12 x 12 = 144).
    ///
    /// # Errors
    /// [`GridError::NoRows`] for an encoder without layers.
    pub fn encoder(layers: usize, heads: usize) -> Result<Self, GridError> {
        let row = |layer| HeadRow {
            kind: RowKind::EncoderSelf,
            layer,
            heads,
        };
        Self::new((0..layers).map(row).collect())
    }

    /// The rows in order.
    pub fn rows(&self) -> &[HeadRow] {
        &self.rows
    }

    /// N, the number of heads in all.
    pub fn total(&self) -> usize {
        self.starts[self.rows.len()]
    }

    /// Flat indices of the heads of row number `row`.
    ///
    /// # Panics
    /// If there are not so many rows.
    pub fn range(&self, row: usize) -> Range<usize> {
        self.starts[row]..self.starts[row + 1]
    }

    /// Number of the row of the head of flat index `head`; none behind the last head.
    pub fn row_of(&self, head: usize) -> Option<usize> {
        // Rows without heads begin where the row of the head does; it is the last of them.
        let row = self.starts.partition_point(|&start| start <= head) - 1;
        (row < self.rows.len()).then_some(row)
    }

    /// Each row with the flat indices of its heads.
    pub fn iter(&self) -> impl Iterator<Item = (&HeadRow, Range<usize>)> {
        self.rows.iter().zip(self.ranges())
    }

    /// `values`, one a head, row by row.
    ///
    /// # Panics
    /// If there is not one value for each head.
    pub fn cut<'a, T>(&'a self, values: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        assert_eq!(values.len(), self.total(), "one value for each head");
        self.ranges().map(|range| &values[range])
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Bound of the Xavier-uniform start of the importances, sqrt(6 / (rows + heads)): the matrix of importances is
    /// initialised as a weight matrix of that shape. Where rows differ, the matrix is as wide as the widest.
    pub fn xavier_bound(&self) -> f64 {
        let widest = self.rows.iter().map(|row| row.heads).max().unwrap_or(0);
        (6.0 / (self.rows.len() + widest) as f64).sqrt()
    }

    /// Whether this is the grid `full` after heads were removed from it: the same modules in the same order, none with
    /// more heads.
    ///
    /// # Errors
    /// [`GridError::OtherRows`], or [`GridError::MoreHeads`] of the first such row.
    pub fn check_within(&self, full: &Self) -> Result<(), GridError> {
        let mut pairs = self.rows.iter().zip(&full.rows);
        if self.rows.len() != full.rows.len() || !pairs.clone().all(|(one, other)| one.same_module(other)) {
            return Err(GridError::OtherRows);
        }
        match pairs.find(|(row, full)| row.heads > full.heads) {
            None => Ok(()),
            Some((row, full)) => Err(GridError::MoreHeads {
                kind: row.kind,
                layer: row.layer,
                heads: row.heads,
                most: full.heads,
            }),
        }
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
                layer: 11,
                heads: 12
            }
        );
    }

    fn uneven(heads: &[usize]) -> HeadGrid {
        let row = |(layer, &heads)| HeadRow {
            kind: RowKind::EncoderSelf,
            layer,
            heads,
        };
        HeadGrid::new(heads.iter().enumerate().map(row).collect()).unwrap()
    }

    #[test]
    fn rows_of_different_lengths_share_the_flat_indices() {
        let grid = uneven(&[2, 0, 3, 0]);
        assert_eq!(grid.total(), 5);
        let ranges: Vec<Range<usize>> = grid.iter().map(|(_, range)| range).collect();
        assert_eq!(ranges, [0..2, 2..2, 2..5, 5..5]);
        assert_eq!(grid.range(2), 2..5);
        let rows: Vec<Option<usize>> = (0..6).map(|head| grid.row_of(head)).collect();
        assert_eq!(rows, [Some(0), Some(0), Some(2), Some(2), Some(2), None]);
        let cut: Vec<&[u8]> = grid.cut(&[1, 2, 3, 4, 5]).collect();
        assert_eq!(cut, [&[1, 2][..], &[], &[3, 4, 5], &[]]);
        // 4 rows, the widest of 3.
        assert_eq!(grid.xavier_bound(), (6.0_f64 / 7.0).sqrt());
    }

    #[test]
    fn a_model_may_have_lost_every_head_but_not_its_rows() {
        assert_eq!(HeadGrid::encoder(0, 4), Err(GridError::NoRows));
        let grid = HeadGrid::encoder(3, 0).unwrap();
        assert_eq!((grid.total(), grid.row_of(0)), (0, None));
        assert!(grid.xavier_bound().is_finite());
    }

    #[test]
    fn heads_are_removed_from_the_rows_that_there_are() {
        let full = HeadGrid::encoder(2, 3).unwrap();
        for heads in [[3, 3], [1, 0], [0, 0]] {
            assert_eq!(uneven(&heads).check_within(&full), Ok(()));
        }
        assert_eq!(uneven(&[3]).check_within(&full), Err(GridError::OtherRows));
        let error = uneven(&[1, 4]).check_within(&full).unwrap_err();
        assert_eq!(
            error.to_string(),
            "encoder-self attention of layer 1 has 4 heads, more than the 3 of the model"
        );
    }
}
