//! The test of one comparison by seeds: the mean of the differences, its interval, and whether it is worse by the margin.

use metrics::significance::{SignificanceError, paired_t_test};

/// Below so many seeds no p-value is under .03 by exchanges of signs: nothing is tested.
pub const FEWEST_SEEDS: usize = 6;

/// What the seeds say of one comparison. Differences are system minus baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedTest {
    /// Seeds that both have.
    pub n: usize,
    /// Mean of the differences.
    pub estimate: f64,
    /// Two-sided 95 % t interval; none for one seed, or where all seeds differ by the same.
    pub ci: Option<(f64, f64)>,
    /// Two-sided p-value; none without a test.
    pub p: Option<f64>,
    /// Lower one-sided 95 % limit.
    pub low: Option<f64>,
    /// One-sided p-value that the system is worse by the margin or more.
    pub p_noninferior: Option<f64>,
    /// Why there is no test; empty where there is one.
    pub note: &'static str,
}

impl SeedTest {
    /// What was done.
    pub fn name(&self) -> &'static str {
        if self.p.is_some() { "paired t" } else { "none" }
    }

    fn untested(values: &[(f64, f64)], note: &'static str) -> Self {
        let mean =
            values.iter().map(|(ours, theirs)| ours - theirs).sum::<f64>() / values.len().max(1) as f64;
        Self {
            n: values.len(),
            estimate: mean,
            ci: None,
            p: None,
            low: None,
            p_noninferior: None,
            note,
        }
    }
}

/// The paired t test of `values`, of one seed each: system and baseline.
pub fn test_of_seeds(values: &[(f64, f64)], margin: f64) -> SeedTest {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
    let few = "too few seeds for a test";
    let test = match paired_t_test(&theirs, &ours) {
        Ok(test) => test,
        Err(SignificanceError::NoSpread { .. }) => {
            return SeedTest::untested(values, "all seeds differ by the same: no test");
        }
        Err(_) if values.is_empty() => return SeedTest::untested(values, "no seed in common"),
        Err(_) => return SeedTest::untested(values, "one seed: no interval and no test"),
    };
    let shown = SeedTest {
        n: values.len(),
        estimate: test.difference,
        ci: Some(test.ci),
        p: None,
        low: None,
        p_noninferior: None,
        note: few,
    };
    match test.non_inferiority(margin) {
        Ok(against_margin) if values.len() >= FEWEST_SEEDS => SeedTest {
            p: Some(test.p),
            low: Some(against_margin.low),
            p_noninferior: Some(against_margin.p),
            note: "",
            ..shown
        },
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_seeds_have_an_interval_and_no_test() {
        let values = [(80.0, 79.0), (81.0, 79.5), (80.5, 80.0)];
        let test = test_of_seeds(&values, 1.0);
        assert_eq!(
            (test.n, test.estimate, test.note),
            (3, 1.0, "too few seeds for a test")
        );
        assert!(test.ci.is_some() && test.p.is_none() && test.low.is_none());
        let one = test_of_seeds(&values[..1], 1.0);
        assert_eq!(
            (one.n, one.ci, one.note),
            (1, None, "one seed: no interval and no test")
        );
        assert_eq!(test_of_seeds(&[], 1.0).note, "no seed in common");
    }

    #[test]
    fn equal_differences_are_not_tested_and_equal_values_are_not_worse() {
        let values = [(80.0, 79.0); 6];
        let test = test_of_seeds(&values, 1.0);
        assert!(test.p.is_none() && test.estimate == 1.0 && !test.note.is_empty());
        let same = [
            (80.0, 80.0),
            (81.0, 81.0),
            (79.0, 79.0),
            (80.0, 80.0),
            (78.0, 78.0),
            (80.5, 80.5),
        ];
        let test = test_of_seeds(&same, 1.0);
        assert_eq!((test.p, test.p_noninferior), (Some(1.0), Some(0.0)));
    }
}
