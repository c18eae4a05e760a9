//! Comparisons that allow no difference: how many cases differ, and where the first of them does.

use std::fmt::Debug;

use crate::Verdict;

/// Characters of a text that are shown from its first difference on.
const SHOWN: usize = 24;

/// Running result of many exact comparisons.
#[derive(Debug, Default)]
pub(super) struct Exact {
    cases: usize,
    differing: usize,
    first: Option<String>,
}

impl Exact {
    /// Counts one recorded case and what differs in it.
    pub(super) fn case(&mut self, difference: Option<String>) {
        self.cases += 1;
        if let Some(difference) = difference {
            self.differing += 1;
            self.first.get_or_insert(difference);
        }
    }

    /// The row of the table: the deviation is the number of cases that differ.
    pub(super) fn verdict(self) -> Verdict {
        Verdict::Compared {
            cases: self.cases,
            deviation: self.differing as f64,
            tolerance: 0.0,
            failure: self.first,
        }
    }
}

/// How two texts differ, shown from their first difference on.
pub(super) fn text_difference(place: &str, got: &str, recorded: &str) -> Option<String> {
    if got == recorded {
        return None;
    }
    let common = got
        .chars()
        .zip(recorded.chars())
        .take_while(|(got, recorded)| got == recorded)
        .count();
    let rest = |text: &str| text.chars().skip(common).take(SHOWN).collect::<String>();
    Some(format!(
        "{place}: {:?} at character {}, recorded {:?}",
        rest(got),
        common + 1,
        rest(recorded)
    ))
}

/// How two lists differ, shown at their first difference.
pub(super) fn list_difference<T: PartialEq + Debug>(
    place: &str,
    got: &[T],
    recorded: &[T],
) -> Option<String> {
    let mut pairs = got.iter().zip(recorded).zip(1..);
    match pairs.find(|((got, recorded), _)| got != recorded) {
        Some(((got, recorded), number)) => Some(format!(
            "{place}: {got:?} as number {number}, recorded {recorded:?}"
        )),
        None => value_difference(&format!("{place}: length"), &got.len(), &recorded.len()),
    }
}

/// How two values differ.
pub(super) fn value_difference<T: PartialEq + Debug>(place: &str, got: &T, recorded: &T) -> Option<String> {
    (got != recorded).then(|| format!("{place}: {got:?}, recorded {recorded:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_that_differ_are_counted_and_the_first_is_shown() {
        let mut exact = Exact::default();
        exact.case(text_difference("one", "same", "same"));
        exact.case(text_difference("two", "süß-sauer", "süß sauer"));
        exact.case(list_difference("three", &[1, 2], &[1, 3]));
        let failure = Some(r#"two: "-sauer" at character 4, recorded " sauer""#.to_owned());
        assert_eq!(
            exact.verdict(),
            Verdict::Compared {
                cases: 3,
                deviation: 2.0,
                tolerance: 0.0,
                failure
            }
        );
    }

    #[test]
    fn a_text_or_list_that_goes_on_differs() {
        assert_eq!(
            text_difference("line", "ab", "ab ").unwrap(),
            r#"line: "" at character 3, recorded " ""#
        );
        assert_eq!(
            list_difference("ids", &[1, 2], &[1]).unwrap(),
            "ids: length: 2, recorded 1"
        );
        assert_eq!(
            list_difference("ids", &[1, 2], &[1, 4]).unwrap(),
            "ids: 2 as number 2, recorded 4"
        );
        assert_eq!(list_difference("ids", &[1, 2], &[1, 2]), None);
    }
}
