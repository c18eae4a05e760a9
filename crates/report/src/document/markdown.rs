//! REPORT.md.

use std::fmt::Write;

use super::grids::Grid;
use super::{Block, Document};

/// The document as Markdown; figures are named by their PNG files.
pub(super) fn render(document: &Document) -> String {
    let mut text = format!("# {}\n", escaped(&document.title));
    // Infallible: a String takes whatever is written to it.
    for block in &document.blocks {
        text.push('\n');
        match block {
            Block::Heading(heading) => {
                let _ = writeln!(text, "## {}", escaped(heading));
            }
            Block::Paragraph(words) => {
                let _ = writeln!(text, "{}", escaped(words));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(text, "- {}", escaped(item));
                }
            }
            Block::Claim(claim) => {
                let (statement, verdict) = (escaped(claim.statement), escaped(claim.verdict));
                let _ = writeln!(text, "**{statement}** Verdict: {verdict}.\n");
                for item in &claim.evidence {
                    let _ = writeln!(text, "- {}", escaped(item));
                }
            }
            Block::Table(grid) => table(&mut text, grid),
            Block::Figure { stem, name, csv } => {
                let _ = writeln!(text, "![{}]({stem}.png)", escaped(name));
                if let Some(csv) = csv {
                    let _ = writeln!(text, "\nNumbers: [{csv}]({csv})");
                }
            }
        }
    }
    text
}

/// One table as Markdown.
pub(crate) fn table_text(grid: &Grid) -> String {
    let mut text = String::new();
    table(&mut text, grid);
    text
}

fn table(text: &mut String, grid: &Grid) {
    let _ = writeln!(text, "**{}**\n", escaped(&grid.caption));
    let mut row = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| escaped(cell).replace('|', "\\|"))
            .collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    row(&grid.columns);
    let rule = |column: usize| if column < grid.words { "---" } else { "---:" };
    row(&(0..grid.columns.len())
        .map(|column| rule(column).to_owned())
        .collect::<Vec<String>>());
    grid.rows.iter().for_each(|cells| row(cells));
}

/// What Markdown would take for a mark stands as itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '*' | '_' | '[' | ']' | '<' | '#' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_markdown_are_escaped_and_tables_have_their_rule() {
        let grid = Grid {
            caption: "a_b".into(),
            columns: vec!["m".into(), "1".into()],
            words: 1,
            rows: vec![vec!["x|y".into(), "1.0".into()]],
        };
        let document = Document {
            title: "T*".into(),
            blocks: vec![
                Block::Table(grid),
                Block::Figure {
                    stem: "f_g".into(),
                    name: "n".into(),
                    csv: Some("c.csv"),
                },
            ],
        };
        let expected = "# T\\*\n\n**a\\_b**\n\n| m | 1 |\n| --- | ---: |\n| x\\|y | 1.0 |\n\n![n](f_g.png)\n\nNumbers: [c.csv](c.csv)\n";
        assert_eq!(render(&document), expected);
    }
}
