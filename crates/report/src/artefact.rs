//! What a report is made of: tables and figures, each an artefact that makes its files from what is stored.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use files::FileError;
use records::{
    Caption, GROUPS_FILE, HeadsRow, LATENCY_FILE, LatencyRow, ORACLE_FILE, Provenance, RESULT_FILE,
    ResultRow, RunId, SCORES_FILE, ScoreRow, WARNINGS_FILE, WarningRow, read_groups, read_heads,
    read_latency, read_planned, read_provenance, read_results, read_scores, read_settings, read_warnings,
};

use crate::ReportError;
use crate::curves::{CurvePoint, curves};
use crate::dynamics::{Dynamics, dynamics};
use crate::efficiency::with_variants;
use crate::figure::{Missing, Picture, render_png, render_svg};
use crate::gaps::Gaps;
use crate::kept::{KeptInModule, kept_by_module};
use crate::modules::check_runs;
use crate::oracle::{Chosen, Oracle};
use crate::published::{Published, published};
use crate::run_name::named;
use crate::significance::{Comparison, comparisons};

/// A table, a figure or a document.
pub(crate) trait Artefact: Sync {
    /// Its files; none where the sweep has nothing for it.
    fn make(&self, sweep: &Stored) -> Result<Vec<Made>, ReportError>;
}

/// A file that an artefact made.
#[derive(Clone)]
pub(crate) struct Made {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

impl Made {
    /// A CSV.
    pub(crate) fn csv(name: &str, bytes: std::io::Result<Vec<u8>>) -> Result<Vec<Self>, ReportError> {
        let bytes = bytes.map_err(FileError::writing(Path::new(name)))?;
        Ok(vec![Self {
            name: name.to_owned(),
            bytes,
        }])
    }

    /// A figure as PNG and SVG, where there is one.
    pub(crate) fn figure(sweep: &Stored, figure: Option<impl Picture>) -> Result<Vec<Self>, ReportError> {
        let Some(figure) = figure else {
            return Ok(Vec::new());
        };
        let file = |kind: &str, bytes: Vec<u8>| Self {
            name: format!("{}.{kind}", figure.file_stem()),
            bytes,
        };
        let png = render_png(&figure, &sweep.missing)?;
        let svg = render_svg(&figure)?;
        Ok(vec![file("png", png), file("svg", svg.into_bytes())])
    }
}

/// What is stored of a sweep, and what several artefacts show of it.
pub(crate) struct Stored {
    pub(crate) caption: Caption,
    /// The rows of results.csv.
    pub(crate) results: Vec<ResultRow>,
    /// The points of all curves.
    pub(crate) points: Vec<CurvePoint>,
    /// The numbers of heads that curves were to have and lack.
    pub(crate) gaps: Gaps,
    /// Every comparison of two methods.
    pub(crate) comparisons: Vec<Comparison>,
    /// How trainings went.
    pub(crate) dynamics: Vec<Dynamics>,
    /// Files of runs that could not be read, and why.
    pub(crate) faults: Vec<String>,
    /// What others have published, beside what was measured.
    pub(crate) published: Vec<Published>,
    /// How long batches take, where it was measured.
    pub(crate) latency: Vec<LatencyRow>,
    /// The modules of all masks.
    pub(crate) heads: Vec<HeadsRow>,
    /// How many heads of each module each setting kept.
    pub(crate) kept: Vec<KeptInModule>,
    /// What every subset of heads is worth, where it was measured.
    pub(crate) oracle: Option<OracleOf>,
    /// The runs of plan.json, stages included; none where there is no plan.
    pub(crate) planned: Vec<RunId>,
    /// The runs that are done.
    pub(crate) there: BTreeSet<RunId>,
    /// The settings of experiment.toml by their keys; none where there is no such file.
    pub(crate) settings: BTreeMap<String, String>,
    /// What runs say of their own numbers; none where there is no warnings.csv.
    pub(crate) warnings: Option<Vec<WarningRow>>,
    /// The runs of provenance.csv.
    pub(crate) provenance: Vec<Provenance>,
    /// Characters that the font of the figures lacks.
    pub(crate) missing: RefCell<Missing>,
}

/// The oracle of a sweep, and what is held against it.
pub(crate) struct OracleOf {
    pub(crate) oracle: Oracle,
    /// The masks of methods that leave the dense model's weights as they are.
    pub(crate) chosen: Vec<Chosen>,
    /// The scores by which methods rank heads.
    pub(crate) scores: Vec<ScoreRow>,
}

impl Stored {
    /// How many seeds the sweep has, in its rows and in its plan.
    pub(crate) fn seeds(&self) -> usize {
        let planned = self.planned.iter().filter_map(named).map(|run| run.seed);
        let seeds: BTreeSet<u64> = self.results.iter().map(|row| row.seed).chain(planned).collect();
        seeds.len()
    }

    /// Reads results.csv and the optional latency.csv, groups.csv, heads.csv, oracle.csv, scores.csv,
    /// warnings.csv and report.toml, and the answers of runs where they are there.
    pub(crate) fn read(folder: &Path) -> Result<Self, ReportError> {
        let rows = read_results(&folder.join("results.csv"))?;
        let heads = heads_in(folder, &rows)?;
        let caption = Caption::read(folder, &rows)?;
        let groups = existing(folder, GROUPS_FILE)?.map_or(Ok(Vec::new()), |path| read_groups(&path))?;
        let latency = existing(folder, LATENCY_FILE)?.map_or(Ok(Vec::new()), |path| read_latency(&path))?;
        let (comparisons, mut faults) = comparisons(&rows, &groups, folder, &caption);
        let (dynamics, damaged) = dynamics(&rows, folder);
        faults.extend(damaged);
        // Both only help to describe the sweep: without them there is a report still.
        let planned = read_planned(folder).unwrap_or_else(|error| {
            faults.push(error.to_string());
            None
        });
        let settings = read_settings(folder).unwrap_or_else(|error| {
            faults.push(error.to_string());
            BTreeMap::new()
        });
        let provenance =
            existing(folder, "provenance.csv")?.map_or(Ok(Vec::new()), |path| read_provenance(&path))?;
        let warnings = existing(folder, WARNINGS_FILE)?
            .map(|path| read_warnings(&path))
            .transpose()?;
        let points = curves(&rows, caption.corpus.as_deref())?;
        let planned = planned.unwrap_or_default();
        Ok(Self {
            there: there(folder, &rows, &provenance, &planned),
            gaps: Gaps::new(&points, &rows, &planned, &settings),
            planned,
            settings,
            warnings,
            provenance,
            published: published(&rows, &points, &caption)?,
            points,
            comparisons,
            dynamics,
            faults,
            kept: kept_by_module(&heads)?,
            oracle: oracle_in(folder, &rows, &heads)?,
            latency: with_variants(latency, &rows),
            caption,
            results: rows,
            heads,
            missing: RefCell::default(),
        })
    }
}

/// The runs that are done: those with rows, those of which the machine is known, and those with a result in their folder. Stages that
/// order heads have no rows.
fn there(folder: &Path, rows: &[ResultRow], provenance: &[Provenance], planned: &[RunId]) -> BTreeSet<RunId> {
    let of_rows = rows.iter().map(|row| RunId::new(row.run_id.as_str()));
    let mut there: BTreeSet<RunId> = of_rows.collect();
    there.extend(provenance.iter().map(|run| run.run_id.clone()));
    let runs = folder.join("runs");
    let has_result = |id: &&RunId| runs.join(id.to_string()).join(RESULT_FILE).is_file();
    there.extend(planned.iter().filter(has_result).cloned());
    there
}

/// The rows of heads.csv, none where it is missing; all of runs that results.csv has.
fn heads_in(folder: &Path, results: &[ResultRow]) -> Result<Vec<HeadsRow>, ReportError> {
    let Some(path) = existing(folder, "heads.csv")? else {
        return Ok(Vec::new());
    };
    let heads = read_heads(&path)?;
    check_runs(&heads, results)?;
    Ok(heads)
}

/// The oracle; none where oracle.csv is missing.
fn oracle_in(
    folder: &Path,
    results: &[ResultRow],
    heads: &[HeadsRow],
) -> Result<Option<OracleOf>, ReportError> {
    let Some(path) = existing(folder, ORACLE_FILE)? else {
        return Ok(None);
    };
    let oracle = Oracle::read(&path)?;
    results
        .first()
        .map_or(Ok(()), |row| oracle.check_heads(row.n_heads))?;
    let scores = existing(folder, SCORES_FILE)?.map_or(Ok(Vec::new()), |path| read_scores(&path))?;
    Ok(Some(OracleOf {
        chosen: oracle.chosen(heads, results)?,
        oracle,
        scores,
    }))
}

/// The file of this name, where there is one.
fn existing(folder: &Path, name: &str) -> Result<Option<PathBuf>, FileError> {
    let path = folder.join(name);
    let exists = path.try_exists().map_err(FileError::reading(&path))?;
    Ok(exists.then_some(path))
}
