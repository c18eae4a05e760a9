//! CSV, figures and tables from a sweep's stored results: a pure function of the files in its folder.

mod answers;
mod artefact;
mod artefacts;
mod between;
mod cells;
mod chance;
mod compare;
mod curves;
mod document;
mod dynamics;
mod effects;
mod efficiency;
mod error;
mod exact_k;
mod figure;
mod forced;
mod gaps;
mod kept;
mod measure;
mod modules;
mod oracle;
mod panels;
mod published;
mod run_name;
mod setting;
mod significance;
mod stability;
mod table;

use std::path::{Path, PathBuf};

use artefact::Stored;
use artefacts::ARTEFACTS;
use document::documents;
use files::FileError;

pub use between::{BETWEEN_COLUMNS, Between, between_methods};
pub use compare::{
    RunsCompared, SIDE_BY_SIDE_COLUMNS, SideBySide, compare_runs, side_by_side, write_comparison,
};
pub use curves::{CURVE_COLUMNS, CurvePoint, curves};
pub use effects::{EFFECT_COLUMNS, Effect};
pub use efficiency::{EFFICIENCY_COLUMNS, Efficiency, efficiency};
pub use error::ReportError;
pub use exact_k::{EXACT_COLUMNS, ExactK, exact_control};
pub use kept::{KeptInModule, LAYER_COLUMNS, kept_by_module};
pub use measure::{MEASURES, Measure};
pub use oracle::{
    BEST_COLUMNS, BestSubset, CHOSEN_COLUMNS, Chosen, INTERACTION_COLUMNS, Interaction, Oracle, RANK_COLUMNS,
    RankCorrelation, SHAPLEY_COLUMNS, ShapleyValue,
};
pub use published::{Agreement, COMPARED_COLUMNS, Published, published};
pub use setting::MEAN_OF_DRAWS;
pub use significance::{
    ALPHA, COMPARISON_COLUMNS, Comparison, FEWEST_SEEDS, MARGIN, SeedTest, Verdict, comparisons,
    test_of_seeds, verdicts,
};
pub use stability::{STABILITY_COLUMNS, Stability, stability};
pub use table::summary_table;

/// What a report has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Paths of the files that a reader would open.
    pub files: Vec<PathBuf>,
    /// What the figures could not show, and files of runs that could not be read.
    pub warnings: Vec<String>,
}

/// Makes the report of the sweep in `folder` from its results.csv and the optional report.toml, heads.csv, scores.csv, oracle.csv,
/// latency.csv, groups.csv, warnings.csv and provenance.csv beside it, and from the answers and logs of its runs where they are there.
///
/// Writes tables as CSV, figures as PNG and SVG, REPORT.md, report.html and table.tex; docs/reports.md says what each holds. What
/// the inputs say nothing of is not written, and partial results make a partial report. The same files in give the same bytes
/// out.
///
/// # Errors
/// results.csv is missing, an input is wrong or has a part of what it must have, the rows cannot share a report, heads.csv is of another sweep than
/// results.csv, or a file cannot be written.
pub fn write_report(folder: &Path) -> Result<Report, ReportError> {
    let sweep = Stored::read(folder)?;
    let mut made = Vec::new();
    for artefact in ARTEFACTS {
        made.extend(artefact.make(&sweep)?);
    }
    made.extend(documents(&sweep, &made)?);
    let mut files = Vec::new();
    for made in made {
        let path = folder.join(&made.name);
        files::write(&path, &made.bytes).map_err(FileError::writing(&path))?;
        files.push(path);
    }
    Ok(Report {
        files,
        warnings: sweep
            .missing
            .into_inner()
            .warning()
            .into_iter()
            .chain(sweep.faults)
            .collect(),
    })
}
