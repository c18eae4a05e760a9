//! What the oracle says: Shapley values and interactions of heads, the best subsets, the masks and scores of methods held
//! against them, and the cloud of all subsets.

use records::to_csv;

use crate::ReportError;
use crate::artefact::{Artefact, Made, OracleOf, Stored};
use crate::figure::OracleFigure;
use crate::oracle::{BEST_COLUMNS, CHOSEN_COLUMNS, INTERACTION_COLUMNS, RANK_COLUMNS, SHAPLEY_COLUMNS};

/// A table of the oracle.
pub(super) enum Table {
    /// shapley.csv.
    Shapley,
    /// shapley_interactions.csv.
    Interactions,
    /// oracle_best.csv.
    Best,
    /// oracle_methods.csv.
    Methods,
    /// rank_correlations.csv, where methods have left scores.
    Ranks,
}

impl Artefact for Table {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let Some(OracleOf {
            oracle,
            chosen,
            scores,
        }) = &sweep.oracle
        else {
            return Ok(Vec::new());
        };
        match self {
            Self::Shapley => {
                let rows = oracle.shapley_values()?;
                Made::csv("shapley.csv", to_csv(&SHAPLEY_COLUMNS, &rows))
            }
            Self::Interactions => {
                let rows = oracle.interactions()?;
                Made::csv("shapley_interactions.csv", to_csv(&INTERACTION_COLUMNS, &rows))
            }
            Self::Best => Made::csv("oracle_best.csv", to_csv(&BEST_COLUMNS, &oracle.best_subsets())),
            Self::Methods => Made::csv("oracle_methods.csv", to_csv(&CHOSEN_COLUMNS, chosen)),
            Self::Ranks if scores.is_empty() => Ok(Vec::new()),
            Self::Ranks => {
                let rows = oracle.rank_correlations(scores)?;
                Made::csv("rank_correlations.csv", to_csv(&RANK_COLUMNS, &rows))
            }
        }
    }
}

/// The figure oracle.
pub(super) struct Figure;

impl Artefact for Figure {
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError> {
        let figure = sweep.oracle.as_ref();
        let figure =
            figure.and_then(|of| OracleFigure::new(&of.oracle, &of.chosen, &sweep.points, &sweep.caption));
        Made::figure(sweep, figure)
    }
}
