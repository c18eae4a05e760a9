//! What a mark says of itself when a reader points at it.

use std::fmt::Write;

use crate::document::numbers::{count, heads, points, with_half};
use crate::figure::{Chart, ChartPanel, Mark, Scale};

/// Lines: whose mark it is, where it stands, its interval, and of how many seeds it is the mean.
pub(super) fn tip(chart: &Chart, panel: &ChartPanel, name: &str, mark: &Mark) -> String {
    let (x, y) = (&panel.x, &panel.y);
    let value = match y.bounds {
        Some(_) => with_half(mark.y, mark.interval),
        None => number(mark.y),
    };
    let mut text = format!("{name}\n{}\n{}: {value}", place(x, mark), y.name);
    // Infallible: a String takes whatever is written to it.
    if let Some(ends) = mark.interval {
        let _ = write!(text, "\n{}: {}", chart.bars, interval(y, ends));
    }
    if let Some(runs) = mark.runs {
        let noun = if runs.seeds == 1 { "seed" } else { "seeds" };
        let _ = write!(text, "\n{} {noun}", runs.seeds);
    }
    text
}

/// Where a mark stands on the axis below: of heads, also what single seeds kept and what is removed.
fn place(x: &Scale, mark: &Mark) -> String {
    let Some(n_heads) = x.n_heads() else {
        return format!("{}: {}", x.name, number(mark.x));
    };
    let removed = format!("{:.0} % removed", 100.0 * (1.0 - mark.x / f64::from(n_heads)));
    let kept = match mark.runs {
        Some(runs) if runs.is_exact => format!("K = {} of {n_heads}", heads(mark.x)),
        Some(runs) if runs.kept.0 < runs.kept.1 => format!(
            "heads kept: {} of {n_heads} ({} to {})",
            heads(mark.x),
            runs.kept.0,
            runs.kept.1
        ),
        _ => format!("heads kept: {} of {n_heads}", heads(mark.x)),
    };
    format!("{kept}, {removed}")
}

/// An interval, of scores within what can be; said where it is cut, and where its bar does not end within the plot.
fn interval(y: &Scale, (low, high): (f64, f64)) -> String {
    let Some((least, most)) = y.bounds else {
        return format!("{} to {}", number(low), number(high));
    };
    let cut: Vec<String> = [(low < least, least), (high > most, most)]
        .into_iter()
        .filter(|(is_beyond, _)| *is_beyond)
        .map(|(_, bound)| format!("{bound}"))
        .collect();
    let (low, high) = (low.max(least), high.min(most));
    let mut text = format!("{} to {}", points(low), points(high));
    if !cut.is_empty() {
        let _ = write!(text, ", cut at {}", cut.join(" and "));
    }
    if !y.holds(low) || !y.holds(high) {
        text.push_str(", longer than its bar");
    }
    text
}

/// A number with as many digits as a reader can use.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 10_000.0 => count(value),
        small if small > 0.0 && small < 0.001 => format!("{value:.2e}"),
        small if small > 0.0 && small < 0.1 => format!("{value:.4}"),
        _ if value.fract() == 0.0 => format!("{value}"),
        small if small < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::ValueAxis;

    #[test]
    fn an_interval_says_where_it_is_cut() {
        let axis = ValueAxis::covering([0.0, 100.0].into_iter(), 100.0);
        let whole = Scale::score("BLEU".into(), axis, 100.0);
        assert_eq!(interval(&whole, (7.0, 24.14)), "7.0 to 24.1");
        assert_eq!(interval(&whole, (-7.5, 24.14)), "0.0 to 24.1, cut at 0");
        assert_eq!(interval(&whole, (-7.5, 124.0)), "0.0 to 100.0, cut at 0 and 100");
        let axis = ValueAxis::covering([50.0, 60.0].into_iter(), 100.0);
        let part = Scale::score("BLEU".into(), axis, 100.0);
        assert_eq!(interval(&part, (55.0, 70.0)), "55.0 to 70.0, longer than its bar");
    }

    #[test]
    fn numbers_have_the_digits_that_help() {
        let shown = [12.0, 0.031_2, 0.000_21, 5.678, 54.32, 109_484_547.0].map(number);
        assert_eq!(
            shown,
            [
                "12",
                "0.0312",
                "2.10e-4",
                "5.68",
                "54.3",
                "109\u{202f}484\u{202f}547"
            ]
        );
    }
}
