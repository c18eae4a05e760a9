//! The report as a text: built once, and rendered as Markdown, as one HTML page and as a LaTeX table.

mod claims;
mod compared;
mod facts;
mod grids;
mod html;
mod latex;
mod markdown;
pub(crate) mod numbers;
mod unfinished;
mod warnings;

use crate::ReportError;
use crate::artefact::{Made, Stored};
use crate::measure::MEASURES;
use crate::panels::main_figure;
use crate::published::{Agreement, Published};

use self::claims::{Claim, claims};
pub(crate) use self::grids::Grid;
pub(crate) use self::markdown::table_text;

/// What a report says, in order.
struct Document {
    title: String,
    blocks: Vec<Block>,
}

/// Where a document is read: a text has summaries of long tables, which a page can sort and filter whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Page,
}

/// A part of the text.
enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    Claim(Claim),
    Table(Grid),
    /// A figure by the name of its files, what it is called, and the CSV behind it.
    Figure {
        stem: String,
        name: String,
        csv: Option<&'static str>,
    },
}

/// The figures in the order of the text, each with what it is called and the CSV behind it.
const FIGURES: [(&str, &str, Option<&str>); 14] = [
    (
        "accuracy_vs_heads",
        "Accuracy against attention heads kept",
        Some("curves.csv"),
    ),
    (
        "accuracy_vs_heads_methods",
        "Accuracy of further methods",
        Some("curves.csv"),
    ),
    (
        "bleu_vs_heads",
        "BLEU against attention heads kept",
        Some("curves.csv"),
    ),
    (
        "bleu_vs_heads_methods",
        "BLEU of further methods",
        Some("curves.csv"),
    ),
    (
        "sacrebleu_vs_heads",
        "sacreBLEU against attention heads kept",
        Some("curves.csv"),
    ),
    (
        "sacrebleu_vs_heads_methods",
        "sacreBLEU of further methods",
        Some("curves.csv"),
    ),
    (
        "efficiency",
        "What heads are worth and what they cost",
        Some("efficiency.csv"),
    ),
    (
        "quality_vs_cost",
        "Quality against the cost of pruning",
        Some("curves.csv"),
    ),
    (
        "penalty_factors",
        "Heads kept by factor of the penalty",
        Some("curves.csv"),
    ),
    (
        "heads_by_layer",
        "Heads kept by layer",
        Some("heads_by_layer.csv"),
    ),
    (
        "heads_by_kind",
        "Heads kept by kind of attention",
        Some("heads_by_layer.csv"),
    ),
    (
        "mask_agreement",
        "Agreement of seeds on the heads kept",
        Some("heads_stability.csv"),
    ),
    ("oracle", "Every subset of heads", Some("oracle_methods.csv")),
    ("training_dynamics", "Trainings of gates", None),
];

/// REPORT.md, report.html and table.tex, of a sweep whose tables and figures are `made`; none while it has no rows.
///
/// # Errors
/// A table cannot be computed.
pub(crate) fn documents(sweep: &Stored, made: &[Made]) -> Result<Vec<Made>, ReportError> {
    if sweep.results.is_empty() {
        return Ok(Vec::new());
    }
    let file = |name: &str, text: String| Made {
        name: name.to_owned(),
        bytes: text.into_bytes(),
    };
    let mut files = vec![
        file("REPORT.md", markdown::render(&document(sweep, made, Form::Text))),
        file(
            "report.html",
            html::render(&document(sweep, made, Form::Page), sweep, made)?,
        ),
    ];
    let tables = grids::by_heads(&sweep.points, sweep.seeds(), &sweep.caption);
    if !tables.is_empty() {
        files.push(file("table.tex", latex::render(&tables)));
    }
    Ok(files)
}

fn document(sweep: &Stored, made: &[Made], form: Form) -> Document {
    let mut blocks = vec![Block::Paragraph(facts::what_it_is(&sweep.caption))];
    if let Some(there) = unfinished::runs_there(sweep) {
        blocks.push(Block::Paragraph(format!(
            "This sweep is not complete: {there} are there. \"What is missing\" below names the others."
        )));
    }
    blocks.extend([
        Block::Heading("Question".into()),
        Block::Paragraph(facts::question(sweep)),
        Block::Heading("Setting".into()),
        Block::List(facts::setting(sweep)),
        Block::Heading("Claims".into()),
    ]);
    blocks.extend(claims(sweep));
    blocks.push(Block::Heading("Results".into()));
    blocks.extend(
        grids::by_heads(&sweep.points, sweep.seeds(), &sweep.caption)
            .into_iter()
            .map(Block::Table),
    );
    blocks.extend(
        grids::came_out(&sweep.points, sweep.seeds(), &sweep.caption)
            .into_iter()
            .map(Block::Table),
    );
    blocks.push(Block::Heading("Figures".into()));
    let is_made = |stem: &str| made.iter().any(|made| made.name == format!("{stem}.svg"));
    let figures = FIGURES.iter().filter(|(stem, ..)| is_made(stem));
    blocks.extend(figures.map(|&(stem, name, csv)| Block::Figure {
        stem: stem.to_owned(),
        name: name.to_owned(),
        csv,
    }));
    if !sweep.comparisons.is_empty() {
        blocks.push(Block::Heading("Comparisons".into()));
        blocks.push(Block::Paragraph(facts::how_compared(sweep)));
        blocks.push(Block::Paragraph(facts::how_shown(sweep)));
        let questions = compared::questions(&sweep.comparisons, sweep.seeds());
        blocks.extend(questions.into_iter().map(Block::Table));
        if form == Form::Page {
            blocks.push(Block::Table(compared::comparisons(&sweep.comparisons)));
        }
    }
    if !sweep.published.is_empty() {
        blocks.push(Block::Heading("Published numbers".into()));
        if let Some((words, reasons)) = grids::not_comparable(&sweep.published) {
            blocks.extend([Block::Paragraph(words), Block::List(reasons)]);
        }
        let is_shown = |other: &&Published| form == Form::Page || other.verdict != Agreement::NotComparable;
        let shown: Vec<&Published> = sweep.published.iter().filter(is_shown).collect();
        if !shown.is_empty() {
            blocks.push(Block::Table(grids::published(&shown)));
        }
        let figures = MEASURES.iter().filter_map(|measure| main_figure(sweep, *measure));
        let beyond: Vec<String> = figures.filter_map(|figure| figure.beyond()).collect();
        if !beyond.is_empty() {
            blocks.push(Block::List(beyond));
        }
    }
    blocks.push(Block::Heading("Cost".into()));
    blocks.push(Block::Table(grids::costs(&sweep.points, &sweep.caption)));
    let warnings = warnings::lines(sweep);
    if !warnings.is_empty() {
        blocks.push(Block::Heading("What runs say of themselves".into()));
        blocks.push(Block::List(warnings));
    }
    blocks.push(Block::Heading("What is missing".into()));
    let mut missing = unfinished::lines(sweep);
    missing.extend(facts::missing(sweep, missing.is_empty()));
    blocks.push(Block::List(missing));
    blocks.push(Block::Heading("What differs from the original".into()));
    blocks.push(Block::List(facts::differences(sweep)));
    let versions = facts::versions(sweep);
    if !versions.is_empty() {
        blocks.push(Block::Heading("Machines and versions".into()));
        blocks.push(Block::List(versions));
    }
    Document {
        title: sweep.caption.heading("Pruned attention heads"),
        blocks,
    }
}
