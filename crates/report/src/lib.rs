//! CSV, figures and tables from a sweep's stored results: a pure function of the files in its folder.

mod caption;
mod curves;
mod error;
mod figure;
mod kept;
mod measure;
mod modules;
mod results;
mod rows;
mod setting;
mod stability;
mod table;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use figure::{KindsFigure, LayersFigure, MetricFigure, Missing, Picture};

pub use caption::Caption;
pub use curves::{CURVE_COLUMNS, CurvePoint, curves};
pub use error::ReportError;
pub use kept::{KeptInModule, LAYER_COLUMNS, kept_by_module};
pub use measure::{MEASURES, Measure};
pub use modules::{HEADS_COLUMNS, HeadsRow, read_heads, write_heads};
pub use results::{COLUMNS, ResultRow, SCHEMA_VERSION, read_results, write_results};
pub use rows::LONGEST_NAME;
pub use setting::MEAN_OF_DRAWS;
pub use stability::{STABILITY_COLUMNS, Stability, stability};
pub use table::summary_table;

/// What a report has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Paths of the files that a reader would open.
    pub files: Vec<PathBuf>,
    /// What the figures could not show.
    pub warnings: Vec<String>,
}

/// Makes the report of the sweep in `folder` from its results.csv and its optional heads.csv and report.toml.
///
/// Writes curves.csv and, for each metric of [`MEASURES`] with results, its figure as PNG and SVG. From a heads.csv with
/// masks, heads_by_layer.csv, heads_stability.csv, the figure heads_by_layer and, where the model has more than one kind
/// of attention, heads_by_kind. Partial results make a partial report. The same files in give the same bytes out.
///
/// # Errors
/// results.csv is missing, an input is wrong, the rows cannot share a report, heads.csv is of another sweep than
/// results.csv, or a file cannot be written.
pub fn write_report(folder: &Path) -> Result<Report, ReportError> {
    let rows = read_results(&folder.join("results.csv"))?;
    let modules = modules_in(folder, &rows)?;
    let caption = Caption::read(folder, &rows)?;
    let points = curves(&rows, caption.corpus.as_deref())?;

    let mut files = Files::new(folder);
    files.csv("curves.csv", curves::curves_csv(&points))?;
    for measure in MEASURES {
        if let Some(figure) = MetricFigure::new(&points, measure, &caption) {
            files.figure(&figure)?;
        }
    }
    if !modules.is_empty() {
        let kept = kept_by_module(&modules)?;
        files.csv("heads_by_layer.csv", kept::modules_csv(&kept))?;
        files.csv(
            "heads_stability.csv",
            stability::stability_csv(&stability(&modules)?),
        )?;
        if let Some(figure) = LayersFigure::new(&kept, &caption) {
            files.figure(&figure)?;
        }
        if let Some(figure) = KindsFigure::new(&kept, &caption) {
            files.figure(&figure)?;
        }
    }
    Ok(Report {
        files: files.written,
        warnings: files.missing.into_inner().warning().into_iter().collect(),
    })
}

/// The rows of heads.csv, none where it is missing; all of runs that results.csv has.
fn modules_in(folder: &Path, results: &[ResultRow]) -> Result<Vec<HeadsRow>, ReportError> {
    let modules = match read_heads(&folder.join("heads.csv")) {
        Err(ReportError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let runs: BTreeSet<(&str, u32)> = results
        .iter()
        .map(|row| (row.run_id.as_str(), row.n_heads))
        .collect();
    match modules
        .iter()
        .find(|row| !runs.contains(&(row.run_id.as_str(), row.n_heads)))
    {
        None => Ok(modules),
        Some(row) => Err(ReportError::Row {
            run_id: row.run_id.clone(),
            reason: format!(
                "heads.csv has its mask of {} heads, results.csv has no such run; write both anew",
                row.n_heads
            ),
        }),
    }
}

/// What a report has written into its folder.
struct Files<'a> {
    folder: &'a Path,
    written: Vec<PathBuf>,
    /// Characters that the font of the figures lacks.
    missing: RefCell<Missing>,
}

impl<'a> Files<'a> {
    fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            written: Vec::new(),
            missing: RefCell::default(),
        }
    }

    fn store(&mut self, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
        let path = self.folder.join(name);
        files::write(&path, bytes).map_err(ReportError::write(&path))?;
        self.written.push(path);
        Ok(())
    }

    fn csv(&mut self, name: &str, bytes: std::io::Result<Vec<u8>>) -> Result<(), ReportError> {
        let bytes = bytes.map_err(ReportError::write(&self.folder.join(name)))?;
        self.store(name, &bytes)
    }

    fn figure(&mut self, figure: &impl Picture) -> Result<(), ReportError> {
        let stem = figure.file_stem();
        let png = figure::render_png(figure, &self.missing)?;
        self.store(&format!("{stem}.png"), &png)?;
        self.store(&format!("{stem}.svg"), figure::render_svg(figure)?.as_bytes())
    }
}
