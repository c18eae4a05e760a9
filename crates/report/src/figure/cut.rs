//! What a caption says of intervals that go on beyond an axis.

/// A clause for `count` intervals that are cut at the edge of the plot; nothing where there is none.
pub(super) fn cut_note(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; 1 interval goes on beyond the axis and is cut at its edge".to_owned(),
        _ => format!("; {count} intervals go on beyond the axis and are cut at its edge"),
    }
}
