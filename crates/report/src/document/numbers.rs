//! How numbers are written: the same in every document.

/// Points of accuracy or BLEU: one decimal.
pub(crate) fn points(value: f64) -> String {
    let text = format!("{value:.1}");
    // Nothing is less than nothing by rounding.
    if text == "-0.0" { "0.0".into() } else { text }
}

/// Points with half of their 95 % interval, where there is one: `88.9 ± 1.2`.
pub(crate) fn with_half(mean: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{} ± {}", points(mean), points((high - low) / 2.0)),
        None => points(mean),
    }
}

/// A difference with its sign and its interval: `+2.1 (0.3 to 3.9)`.
pub(crate) fn difference(mean: f64, interval: Option<(f64, f64)>) -> String {
    let mean = signed(mean);
    match interval {
        Some((low, high)) => format!("{mean} ({} to {})", points(low), points(high)),
        None => mean,
    }
}

/// A difference with its sign and half of its interval: `+2.1 ± 1.8`.
pub(crate) fn difference_with_half(mean: f64, interval: Option<(f64, f64)>) -> String {
    let mean = signed(mean);
    match interval {
        Some((low, high)) => format!("{mean} ± {}", points((high - low) / 2.0)),
        None => mean,
    }
}

fn signed(value: f64) -> String {
    let text = points(value);
    if value > 0.0 && text != "0.0" {
        format!("+{text}")
    } else {
        text
    }
}

/// A probability: three decimals, or that it is smaller.
pub(crate) fn probability(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("{p:.3}")
    }
}

/// A number of heads: `6`, or `5.7` where it is a mean.
pub(crate) fn heads(k: f64) -> String {
    if (k - k.round()).abs() < 1e-6 {
        format!("{k:.0}")
    } else {
        format!("{k:.1}")
    }
}

/// A count with blanks between thousands.
pub(crate) fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A share in percent: one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", points(100.0 * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_sign() {
        assert_eq!(with_half(88.94, Some((87.0, 90.8))), "88.9 ± 1.9");
        assert_eq!(
            (points(-0.04), with_half(3.0, None)),
            ("0.0".into(), "3.0".into())
        );
        assert_eq!(difference(2.06, Some((-0.04, 4.2))), "+2.1 (0.0 to 4.2)");
        assert_eq!(
            (difference(-2.0, None), difference(0.01, None)),
            ("-2.0".into(), "0.0".into())
        );
        assert_eq!(difference_with_half(2.06, Some((0.26, 3.86))), "+2.1 ± 1.8");
        assert_eq!(difference_with_half(-0.01, None), "0.0");
        assert_eq!(
            (probability(0.0004), probability(0.0416)),
            ("< 0.001".into(), "0.042".into())
        );
        assert_eq!((heads(5.0), heads(17.0 / 3.0)), ("5".into(), "5.7".into()));
        assert_eq!(
            (count(109_484_547.0), count(12.0)),
            ("109\u{202f}484\u{202f}547".into(), "12".into())
        );
        assert_eq!(percent(0.9), "90.0 %");
    }
}
