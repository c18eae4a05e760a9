//! CSV, figures and tables from a sweep's stored results: a pure function of the files in its folder.

mod atomic;
mod caption;
mod curves;
mod error;
mod figure;
mod measure;
mod results;
mod table;

use std::path::{Path, PathBuf};

pub use caption::Caption;
pub use curves::{CURVE_COLUMNS, CurvePoint, MEAN_OF_DRAWS, curves};
pub use error::ReportError;
pub use figure::{HeadsFigure, render_png, render_svg};
pub use measure::{MEASURES, Measure};
pub use results::{COLUMNS, ResultRow, SCHEMA_VERSION, read_results, write_results};
pub use table::summary_table;

/// Makes the report of the sweep in `folder` from its results.csv and its optional report.toml.
///
/// Writes curves.csv and, for each metric of [`MEASURES`] with results, its figure as PNG and SVG; returns their
/// paths. Partial results make a partial report. The same files in give the same bytes out.
///
/// # Errors
/// results.csv or report.toml is missing or wrong, the rows cannot share a report, or a file cannot be written.
pub fn write_report(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let rows = read_results(&folder.join("results.csv"))?;
    let caption = Caption::read(folder, &rows)?;
    let points = curves(&rows, caption.corpus.as_deref())?;

    let mut written = Vec::new();
    let mut store = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        atomic::write(&path, bytes)?;
        written.push(path);
        Ok::<(), ReportError>(())
    };
    let csv = curves::curves_csv(&points).map_err(ReportError::write(&folder.join("curves.csv")))?;
    store("curves.csv".into(), &csv)?;
    for measure in MEASURES {
        if let Some(figure) = HeadsFigure::new(&points, measure, &caption) {
            store(format!("{}.png", measure.file_stem), &render_png(&figure)?)?;
            store(
                format!("{}.svg", measure.file_stem),
                render_svg(&figure)?.as_bytes(),
            )?;
        }
    }
    Ok(written)
}
