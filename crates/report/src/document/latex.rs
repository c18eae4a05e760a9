//! table.tex: the tables by heads kept, with the rules of booktabs.

use std::fmt::Write;

use super::grids::Grid;

/// Tables to be put into a paper that loads `booktabs`.
pub(super) fn render(grids: &[Grid]) -> String {
    let mut text = "% needs \\usepackage{booktabs}\n".to_owned();
    // Infallible: a String takes whatever is written to it.
    for grid in grids {
        let columns: String = (0..grid.columns.len())
            .map(|column| if column < grid.words { 'l' } else { 'r' })
            .collect();
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("{} \\\\", cells.join(" & "))
        };
        let _ = writeln!(
            text,
            "\\begin{{table}}\n\\centering\n\\begin{{tabular}}{{{columns}}}\n\\toprule"
        );
        let _ = writeln!(text, "{}\n\\midrule", row(&grid.columns));
        for cells in &grid.rows {
            let _ = writeln!(text, "{}", row(cells));
        }
        let _ = writeln!(
            text,
            "\\bottomrule\n\\end{{tabular}}\n\\caption{{{}}}\n\\end{{table}}",
            escaped(&grid.caption)
        );
    }
    text
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
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
}
