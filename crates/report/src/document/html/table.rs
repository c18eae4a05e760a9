//! A table of the page: it sorts by each column and, where it is long, shows the rows that a reader asks for.

use std::fmt::Write;

use super::escaped;
use crate::document::grids::Grid;

/// Tables of more rows than this can be filtered.
const FEW_ROWS: usize = 8;

/// The table that is the `place`th of the page.
pub(super) fn table(text: &mut String, grid: &Grid, place: usize) {
    let class = |column: usize| {
        if column < grid.words {
            " class=\"word\""
        } else {
            ""
        }
    };
    let head = |(column, name): (usize, &String)| {
        format!(
            "<th scope=\"col\"{}><button type=\"button\">{}</button></th>",
            class(column),
            escaped(name)
        )
    };
    let head: String = grid.columns.iter().enumerate().map(head).collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("<td{}>{}</td>", class(column), escaped(cell)))
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = grid.rows.iter().map(row).collect();
    let count = grid.rows.len();
    let filter = if count > FEW_ROWS {
        format!(
            "<div class=\"bar\"><label>Only rows with <input type=\"search\"></label> \
             <output>{count} of {count} rows are shown</output></div>"
        )
    } else {
        String::new()
    };
    // Infallible: a String takes whatever is written to it.
    let _ = writeln!(
        text,
        "<div class=\"sortable\"><p class=\"caption\" id=\"table-{place}\">{}</p>{filter}\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"table-{place}\">\
         <table aria-labelledby=\"table-{place}\"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div></div>",
        escaped(&grid.caption)
    );
}
