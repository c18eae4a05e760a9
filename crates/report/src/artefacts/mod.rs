//! Everything that a report is made of. A new table or figure is one file and one line.

mod curves;
mod efficiency;
mod heads_by_kind;
mod heads_by_layer;
mod metric;
mod oracle;
mod panels;
mod published;
mod significance;
mod stability;

use crate::artefact::Artefact;
use crate::measure::MEASURES;

/// In the order in which they are written.
pub(crate) static ARTEFACTS: [&dyn Artefact; 25] = [
    &curves::Curves,
    &MEASURES[0],
    &MEASURES[1],
    &MEASURES[2],
    &significance::Table::Comparisons,
    &significance::Table::Exact,
    &significance::Table::Effects,
    &published::Table,
    &efficiency::Table,
    &efficiency::Figure,
    &heads_by_layer::Table,
    &stability::Table,
    &stability::BetweenMethods,
    &heads_by_layer::Figure,
    &heads_by_kind::Figure,
    &panels::Figure::Agreement,
    &panels::Figure::Factors,
    &panels::Figure::Cost,
    &panels::Figure::Dynamics,
    &oracle::Table::Shapley,
    &oracle::Table::Interactions,
    &oracle::Table::Best,
    &oracle::Table::Methods,
    &oracle::Table::Ranks,
    &oracle::Figure,
];
