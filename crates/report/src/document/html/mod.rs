//! report.html: one file that needs no network, with figures that answer to the pointer and to the keyboard.

mod chart;
mod ink;
mod marks;
mod plot;
mod saved;
mod table;
mod tip;

use std::fmt::Write;

use self::chart::figure;
use self::saved::{FILES, button, files, numbers_of};
use self::table::table;
use super::{Block, Document};
use crate::ReportError;
use crate::artefact::{Made, Stored};
use crate::panels::charts;

const STYLE: &str = include_str!("page.css");
const SCRIPTS: [&str; 3] = [
    include_str!("curves.js"),
    include_str!("tables.js"),
    include_str!("page.js"),
];

/// The document as one page. Figures that have a chart are drawn anew, the others are those of their SVG files; the CSV
/// files behind them are in the page.
///
/// # Errors
/// A figure cannot be computed.
pub(super) fn render(document: &Document, sweep: &Stored, made: &[Made]) -> Result<String, ReportError> {
    let charts = charts(sweep)?;
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n",
        title = escaped(&document.title)
    );
    let mut is_first = true;
    let mut has_contents = false;
    let mut tables = 0;
    // Infallible: a String takes whatever is written to it.
    for block in &document.blocks {
        match block {
            Block::Heading(heading) => {
                if !has_contents {
                    contents(&mut text, document);
                    has_contents = true;
                }
                let _ = writeln!(text, "<h2 id=\"{}\">{}</h2>", anchor(heading), escaped(heading));
            }
            Block::Paragraph(words) => {
                let class = if is_first { " class=\"first\"" } else { "" };
                let _ = writeln!(text, "<p{class}>{}</p>", escaped(words));
            }
            Block::List(items) => list(&mut text, items),
            Block::Claim(claim) => {
                let (statement, verdict) = (escaped(claim.statement), escaped(claim.verdict));
                let _ = writeln!(
                    text,
                    "<h3>{statement}</h3>\n<p class=\"verdict\">Verdict: {verdict}.</p>"
                );
                list(&mut text, &claim.evidence);
            }
            Block::Table(grid) => {
                tables += 1;
                table(&mut text, grid, tables);
            }
            Block::Figure { stem, name, csv } => {
                let chart = charts.iter().find(|chart| chart.stem == *stem);
                let save = match (csv, chart) {
                    (Some(csv), _) => button(csv),
                    (None, Some(chart)) => numbers_of(chart),
                    (None, None) => String::new(),
                };
                match chart {
                    Some(chart) => text.push_str(&figure(chart, name, &save)),
                    None => plate(&mut text, made, stem, name, &save),
                }
            }
        }
        is_first = false;
    }
    let _ = writeln!(text, "<h2 id=\"{}\">{FILES}</h2>", anchor(FILES));
    files(&mut text, made);
    let _ = write!(
        text,
        "</main>\n<div id=\"tip\" role=\"presentation\"></div>\n<div id=\"said\" aria-live=\"polite\"></div>\n\
         <script>\n{}</script>\n</body>\n</html>\n",
        SCRIPTS.concat()
    );
    Ok(text)
}

/// Links to the sections.
fn contents(text: &mut String, document: &Document) {
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading(heading) => Some(heading.as_str()),
        _ => None,
    });
    let links: String = headings
        .chain([FILES])
        .map(|heading| format!("<a href=\"#{}\">{}</a>\n", anchor(heading), escaped(heading)))
        .collect();
    let _ = writeln!(
        text,
        "<nav aria-label=\"Sections\">\n{links}<button id=\"theme\" type=\"button\">light or dark</button></nav>"
    );
}

/// The name of a section in a link: its letters, small, and `-` for all between.
fn anchor(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

fn list(text: &mut String, items: &[String]) {
    let items: String = items
        .iter()
        .map(|item| format!("<li>{}</li>", escaped(item)))
        .collect();
    let _ = writeln!(text, "<ul>{items}</ul>");
}

/// A figure as its SVG file has it.
fn plate(text: &mut String, made: &[Made], stem: &str, name: &str, button: &str) {
    let file = format!("{stem}.svg");
    let Some(svg) = made.iter().find(|made| made.name == file) else {
        return;
    };
    let svg = String::from_utf8_lossy(&svg.bytes);
    let (width, height) = size_of(&svg);
    // With a view box it fits any width.
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let _ = writeln!(
        text,
        "<figure><figcaption>{name}</figcaption><div class=\"plate\" role=\"region\" aria-label=\"{name}\" \
         tabindex=\"0\"><svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"{name}\" xmlns=\"http://www.w3.org/2000/svg\">{body}</div>{button}</figure>",
        name = escaped(name)
    );
}

fn size_of(svg: &str) -> (&str, &str) {
    let after = |name: &str| {
        let start = format!("{name}=\"");
        let rest = svg.split_once(start.as_str()).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default()
    };
    (after("width"), after("height"))
}

/// Text between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_tag_or_an_attribute() {
        assert_eq!(escaped("a<b> & \"c'"), "a&lt;b&gt; &amp; &quot;c&#39;");
        assert_eq!(size_of("<svg width=\"12\" height=\"34\" x>"), ("12", "34"));
    }
}
