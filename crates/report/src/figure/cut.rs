//! What a caption says of what a figure does not show: the ends of long intervals, and lines across missing numbers of heads.

/// A clause for `count` intervals that are cut at the edge of the plot; nothing where there is none.
pub(super) fn cut_note(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; 1 interval goes on beyond the axis and is cut at its edge".to_owned(),
        _ => format!("; {count} intervals go on beyond the axis and are cut at its edge"),
    }
}

/// A clause for lines that break.
pub(super) const GAP_NOTE: &str = "; lines break where the runs of a number of heads are missing";
