//! report.html: one file that needs no network, with figures that answer to the pointer and to the keyboard.

mod chart;
mod marks;
mod plot;

use std::fmt::Write;

use self::chart::figure;
use super::grids::Grid;
use super::{Block, Document};
use crate::ReportError;
use crate::artefact::{Made, Stored};
use crate::panels::charts;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Tables of more rows than this can be filtered.
const FEW_ROWS: usize = 8;
/// The section of files to save.
const FILES: &str = "Files";

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
         <div class=\"bar\"><button id=\"theme\" type=\"button\">Light or dark</button></div>\n<h1>{title}</h1>\n",
        title = escaped(&document.title)
    );
    let mut is_first = true;
    let mut has_contents = false;
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
            Block::Table(grid) => table(&mut text, grid),
            Block::Figure { stem, name, csv } => {
                let button = csv.map_or_else(String::new, download_button);
                match charts.iter().find(|chart| chart.stem == *stem) {
                    Some(chart) => text.push_str(&figure(chart, name, &button)),
                    None => plate(&mut text, made, stem, name, &button),
                }
            }
        }
        is_first = false;
    }
    files(&mut text, made);
    let _ = write!(
        text,
        "</main>\n<div id=\"tip\" role=\"presentation\"></div>\n<div id=\"said\" aria-live=\"polite\"></div>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n"
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
    let _ = writeln!(text, "<nav aria-label=\"Sections\">\n{links}</nav>");
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

fn table(text: &mut String, grid: &Grid) {
    let class = |column: usize| {
        if column < grid.words {
            " class=\"word\""
        } else {
            ""
        }
    };
    let head: String = grid
        .columns
        .iter()
        .enumerate()
        .map(|(column, name)| {
            format!(
                "<th scope=\"col\"{}><button type=\"button\">{}</button></th>",
                class(column),
                escaped(name)
            )
        })
        .collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("<td{}>{}</td>", class(column), escaped(cell)))
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = grid.rows.iter().map(row).collect();
    let filter = if grid.rows.len() > FEW_ROWS {
        "<div class=\"bar\"><label>Rows with <input type=\"search\"></label> <output></output></div>"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "<div class=\"sortable\">{filter}<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\
         <caption>{caption}</caption>\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div></div>",
        caption = escaped(&grid.caption)
    );
}

fn download_button(csv: &str) -> String {
    format!("<div class=\"bar\"><button type=\"button\" data-file=\"file-{csv}\">save {csv}</button></div>")
}

/// Every CSV file of the report, to be saved from the page.
fn files(text: &mut String, made: &[Made]) {
    let _ = writeln!(text, "<h2 id=\"{}\">{FILES}</h2>\n<ul>", anchor(FILES));
    for file in made.iter().filter(|made| made.name.ends_with(".csv")) {
        let _ = writeln!(
            text,
            "<li><a id=\"file-{name}\" download=\"{name}\" href=\"data:text/csv;charset=utf-8,{content}\">{name}</a></li>",
            name = file.name,
            content = percent_encoded(&file.bytes)
        );
    }
    text.push_str("</ul>\n");
}

/// Bytes as the part of a URL that holds data.
fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    for &byte in bytes {
        match byte {
            b'0'..=b'9'
            | b'a'..=b'z'
            | b'A'..=b'Z'
            | b'-'
            | b'_'
            | b'.'
            | b','
            | b';'
            | b':'
            | b'='
            | b'('
            | b')' => {
                text.push(char::from(byte));
            }
            byte => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
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
        assert_eq!(percent_encoded("a,\"b\"\n±".as_bytes()), "a,%22b%22%0A%C2%B1");
        assert_eq!(size_of("<svg width=\"12\" height=\"34\" x>"), ("12", "34"));
    }
}
