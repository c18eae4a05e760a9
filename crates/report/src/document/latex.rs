//! table.tex: the tables by heads kept, with the rules of booktabs.

use std::fmt::Write;
use std::ops::Range;

use super::grids::{Grid, NOTHING};

/// With more columns of numbers than this, a table is wider than a page and comes in parts below one another.
const MOST_NUMBERS: usize = 8;

/// Tables to be put into a paper that loads `booktabs`.
pub(super) fn render(grids: &[Grid]) -> String {
    let mut text = "% needs \\usepackage{booktabs}\n".to_owned();
    // Infallible: a String takes whatever is written to it.
    for grid in grids {
        let parts: Vec<String> = parts(grid).map(|numbers| tabular(grid, &numbers)).collect();
        let _ = writeln!(
            text,
            "\\begin{{table}}\n\\centering\n{}\n\\caption{{{}}}\n\\end{{table}}",
            parts.join("\n\n\\medskip\n"),
            escaped(&grid.caption)
        );
    }
    text
}

/// The columns of numbers in as few parts, of about equal length, as fit a page.
fn parts(grid: &Grid) -> impl Iterator<Item = Range<usize>> {
    let (first, end) = (grid.words, grid.columns.len());
    let count = (end - first).div_ceil(MOST_NUMBERS).max(1);
    let length = (end - first).div_ceil(count).max(1);
    (first..end.max(first + 1))
        .step_by(length)
        .map(move |from| from..(from + length).min(end))
}

/// The columns of words and some of those of numbers.
fn tabular(grid: &Grid, numbers: &Range<usize>) -> String {
    let columns = format!("{}{}", "l".repeat(grid.words), "r".repeat(numbers.len()));
    let row = |cells: &[String]| {
        let shown = cells.iter().enumerate();
        let shown = shown.filter(|(column, _)| *column < grid.words || numbers.contains(column));
        let cells: Vec<String> = shown.map(|(_, cell)| escaped(cell)).collect();
        format!("{} \\\\\n", cells.join(" & "))
    };
    // A method without a number in this part of a divided table has no line there.
    let is_whole = numbers.len() + grid.words == grid.columns.len();
    let has_number = |cells: &&Vec<String>| {
        let mut of_part = cells.iter().take(numbers.end).skip(numbers.start);
        is_whole || of_part.any(|cell| cell != NOTHING)
    };
    let rows: String = grid
        .rows
        .iter()
        .filter(has_number)
        .map(|cells| row(cells))
        .collect();
    format!(
        "\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}",
        row(&grid.columns)
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '±' => escaped.push_str("$\\pm$"),
            '–' => escaped.push_str("--"),
            '—' => escaped.push_str("---"),
            '\u{202f}' => escaped.push_str("\\,"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_rules_of_booktabs_and_no_bare_marks() {
        let grid = Grid {
            caption: "Accuracy (%) — a_b".into(),
            columns: vec!["heads kept".into(), "3".into()],
            words: 1,
            rows: vec![
                vec!["dsp & x".into(), "88.9 ± 1.2".into()],
                vec!["y".into(), "–".into()],
            ],
        };
        let expected = "% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\begin{tabular}{lr}\n\\toprule\n\
                        heads kept & 3 \\\\\n\\midrule\ndsp \\& x & 88.9 $\\pm$ 1.2 \\\\\ny & -- \\\\\n\\bottomrule\n\
                        \\end{tabular}\n\\caption{Accuracy (\\%) --- a\\_b}\n\\end{table}\n";
        assert_eq!(render(&[grid]), expected);
    }
    #[test]
    fn a_wide_table_comes_in_parts_without_empty_lines() {
        let cells = |name: &str, filled: Range<usize>| {
            let numbers = (0..9).map(|i| {
                if filled.contains(&i) {
                    i.to_string()
                } else {
                    NOTHING.to_owned()
                }
            });
            std::iter::once(name.to_owned()).chain(numbers).collect()
        };
        let grid = Grid {
            caption: "c".into(),
            columns: cells("K", 0..9),
            words: 1,
            rows: vec![cells("all", 0..9), cells("dense", 8..9)],
        };
        let text = render(&[grid]);
        assert_eq!(text.matches("\\begin{tabular}").count(), 2);
        assert!(
            text.contains("{lrrrrr}\n\\toprule\nK & 0 & 1 & 2 & 3 & 4 \\\\\n\\midrule\nall & 0"),
            "{text}"
        );
        assert!(text.contains("K & 5 & 6 & 7 & 8 \\\\") && text.contains("dense & -- & -- & -- & 8 \\\\"));
        assert_eq!(
            (text.matches("dense").count(), text.matches("\\caption").count()),
            (1, 1)
        );
    }
}
