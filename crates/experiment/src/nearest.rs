//! What a misspelt word was meant to be.

/// The candidate that takes the fewest typing slips to reach, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(slips, candidate)| *slips <= word.len().max(candidate.len()).div_ceil(3))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_was_meant() {
        assert_eq!(nearest("dsp-joitn", ["dense", "dsp-joint"]), Some("dsp-joint"));
        assert_eq!(nearest("zzzzzzzz", ["dense", "dsp-joint"]), None);
    }
}
