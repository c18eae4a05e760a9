//! Which curves the main figure of a metric has, where there are too many to be told apart.

use super::style::{DENSE, curve_rank, is_of_first};

/// With more curves than this, a figure has those of the paper and the controls, and the others have panels of their own.
pub(crate) const MOST_CURVES: usize = 14;

/// The curves of `names` that the main figure has, in the order of the legend, dense among them.
pub(crate) fn main_curves<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<(&str, &str)> = names.collect();
    all.sort_by_key(|&(method, variant)| (curve_rank(method, variant), method, variant));
    all.dedup();
    let is_pruned = |name: &&(&str, &str)| name.0 != DENSE;
    if all.iter().filter(is_pruned).count() <= MOST_CURVES {
        return all;
    }
    let is_first = |name: &&(&str, &str)| is_of_first(name.0, name.1);
    if all.iter().filter(is_pruned).any(|name| is_first(&name)) {
        all.retain(|name| is_first(&name));
    } else {
        // Nothing that the paper compares.
        let dense = usize::from(all.iter().any(|name| name.0 == DENSE));
        all.truncate(MOST_CURVES + dense);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_curves_are_all_shown_and_of_many_the_papers() {
        let few = [("random", ""), ("dense", ""), ("new", "")];
        assert_eq!(
            main_curves(few.into_iter()),
            [("dense", ""), ("random", ""), ("new", "")]
        );
        let names: Vec<String> = (0..40).map(|i| format!("method-{i:02}")).collect();
        let many = || names.iter().map(|name| (name.as_str(), ""));
        assert_eq!(main_curves(many().chain([("dense", "")])).len(), MOST_CURVES + 1);
        let with_first = main_curves(many().chain([("dsp-joint", ""), ("dense", "")]));
        assert_eq!(with_first, [("dense", ""), ("dsp-joint", "")]);
    }
}
