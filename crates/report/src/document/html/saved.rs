//! The CSV files that a reader saves from the page itself.

use std::fmt::Write;

use super::escaped;
use crate::artefact::Made;
use crate::figure::Chart;

/// The section of all files.
pub(super) const FILES: &str = "Files";

/// Saves a file of the section of all files.
pub(super) fn button(csv: &str) -> String {
    format!("<div class=\"bar\"><button type=\"button\" data-file=\"file-{csv}\">save {csv}</button></div>")
}

/// Saves the numbers of a chart of which no file is made.
pub(super) fn numbers_of(chart: &Chart) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = "panel,curve,x_name,x,y_name,y\n".to_owned();
    for panel in &chart.panels {
        for curve in &panel.curves {
            let name = chart.legend.get(curve.entry).map_or("", |entry| &entry.name);
            let words = [&panel.title, name, &panel.x.name, &panel.y.name].map(quoted);
            let [title, name, of_x, of_y] = words;
            for mark in &curve.marks {
                // Infallible: a String takes whatever is written to it.
                let _ = writeln!(csv, "{title},{name},{of_x},{},{of_y},{}", mark.x, mark.y);
            }
        }
    }
    let file = format!("{}.csv", chart.stem);
    format!(
        "<div class=\"bar\">{}</div>",
        link(&file, csv.as_bytes(), "save ")
    )
}

/// Every CSV file of the report.
pub(super) fn files(text: &mut String, made: &[Made]) {
    text.push_str("<ul>\n");
    for file in made.iter().filter(|made| made.name.ends_with(".csv")) {
        let _ = writeln!(text, "<li>{}</li>", link(&file.name, &file.bytes, ""));
    }
    text.push_str("</ul>\n");
}

fn link(name: &str, content: &[u8], verb: &str) -> String {
    let name = escaped(name);
    format!(
        "<a id=\"file-{name}\" download=\"{name}\" href=\"data:text/csv;charset=utf-8,{}\">{verb}{name}</a>",
        percent_encoded(content)
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_end_a_url_are_encoded() {
        assert_eq!(percent_encoded("a,\"b\"\n±".as_bytes()), "a,%22b%22%0A%C2%B1");
    }
}
