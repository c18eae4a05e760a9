//! The distribution over subsets against enumeration, at its limits, and its samples.

use super::*;
use heads::{SeededUniform, UniformStream};
use proptest::prelude::*;

/// The largest number below 1.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

fn distribution(w: &[f64], k: usize) -> SubsetDistribution {
    let mut distribution = SubsetDistribution::new(w.len(), k).unwrap();
    distribution.set(w);
    distribution
}

fn product(distribution: &mut SubsetDistribution, c: &[f64]) -> Vec<f64> {
    // Not 0, so that what is left in it would be seen.
    let mut out = vec![7.0; c.len()];
    distribution.covariance_product(c, &mut out);
    out
}

/// All subsets of `k` of `n` heads.
fn subsets(n: usize, k: usize) -> Vec<Vec<bool>> {
    let subset = |bits: u32| (0..n).map(|head| bits >> head & 1 == 1).collect();
    let bits = (0_u32..1 << n).filter(|bits| bits.count_ones() as usize == k);
    bits.map(subset).collect()
}

/// What enumeration says.
struct Enumerated {
    log_partition: f64,
    subsets: Vec<(Vec<bool>, f64)>,
}

impl Enumerated {
    fn new(w: &[f64], k: usize) -> Self {
        let chosen = |subset: &[bool]| -> f64 { w.iter().zip(subset).filter(|w| *w.1).map(|w| w.0).sum() };
        let subsets = subsets(w.len(), k);
        let sums: Vec<f64> = subsets.iter().map(|subset| chosen(subset)).collect();
        let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let z: f64 = sums.iter().map(|sum| (sum - largest).exp()).sum();
        let probabilities = sums.iter().map(|sum| (sum - largest).exp() / z);
        Self {
            log_partition: largest + z.ln(),
            subsets: subsets.into_iter().zip(probabilities).collect(),
        }
    }

    /// E of f(S) times each gate of S.
    fn mean(&self, f: impl Fn(&[bool]) -> f64) -> Vec<f64> {
        let mut mean = vec![0.0; self.subsets[0].0.len()];
        for (subset, probability) in &self.subsets {
            for (mean, &open) in mean.iter_mut().zip(subset) {
                *mean += f64::from(u8::from(open)) * f(subset) * probability;
            }
        }
        mean
    }

    fn marginals(&self) -> Vec<f64> {
        self.mean(|_| 1.0)
    }

    fn product(&self, c: &[f64]) -> Vec<f64> {
        let expected: f64 = self.marginals().iter().zip(c).map(|(p, c)| p * c).sum();
        let chosen = |subset: &[bool]| -> f64 { c.iter().zip(subset).filter(|c| *c.1).map(|c| c.0).sum() };
        self.mean(|subset| chosen(subset) - expected)
    }
}

fn close(left: &[f64], right: &[f64], tolerance: f64) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(l, r)| (l - r).abs() <= tolerance)
}

#[test]
fn every_subset_is_equally_likely_at_the_start() {
    for (n, k) in [(144, 72), (144, 1), (144, 144), (10, 3)] {
        let mut uniform = SubsetDistribution::new(n, k).unwrap();
        let p = k as f64 / n as f64;
        assert!(close(&uniform.marginals(), &vec![p; n], 1e-13));
        let log_binomial: f64 = (0..k).map(|j| ((n - j) as f64 / (k - j) as f64).ln()).sum();
        assert!((uniform.log_partition() - log_binomial).abs() < 1e-11);
        // A hypergeometric covariance: p (1 - p), and that over -(N - 1) beside the diagonal.
        let mut unit = vec![0.0; n];
        unit[4] = 1.0;
        let mut want = vec![-p * (1.0 - p) / (n - 1) as f64; n];
        want[4] = p * (1.0 - p);
        assert!(close(&product(&mut uniform, &unit), &want, 1e-13));
    }
}

#[test]
fn one_head_is_a_softmax_and_all_heads_are_certain() {
    let w = [0.5_f64, -1.0, 2.0, 0.0];
    let z: f64 = w.iter().map(|w| w.exp()).sum();
    let softmax: Vec<f64> = w.iter().map(|w| w.exp() / z).collect();
    let mut one = distribution(&w, 1);
    assert!(close(&one.marginals(), &softmax, 1e-15));
    assert!((one.log_partition() - z.ln()).abs() < 1e-15);
    let mut all = distribution(&w, 4);
    assert_eq!(all.marginals(), [1.0; 4]);
    assert!((all.log_partition() - 1.5).abs() < 1e-15);
    assert_eq!(product(&mut all, &[1.0, -2.0, 0.5, 3.0]), [0.0; 4]);
    assert_eq!(all.log_probability(&HeadMask::all(4)), 0.0);
    assert_eq!(all.sample(&[BELOW_ONE; 4]), HeadMask::all(4));
}

#[test]
fn wide_spreads_neither_overflow_nor_lose_the_small() {
    // Whole numbers, so that the sums of the enumeration are exact.
    let w = [700.0, -700.0, 699.0, 0.0, 1.0, -700.0, 2.0, 700.0, -698.0];
    let c = [1.0, -2.0, 0.5, 3.0, -1.0, 2.0, 0.25, -0.5, 1.5];
    for k in 1..=w.len() {
        let (mut got, want) = (distribution(&w, k), Enumerated::new(&w, k));
        assert!((got.log_partition() - want.log_partition).abs() < 1e-12 * (1.0 + want.log_partition.abs()));
        assert!(close(&got.marginals(), &want.marginals(), 1e-12));
        assert!(close(&product(&mut got, &c), &want.product(&c), 1e-12));
    }
    // e^-700 against 1, and its complement.
    let mut pair = distribution(&[-350.0, 350.0], 1);
    let tiny = (-700.0_f64).exp();
    assert!((pair.marginals()[0] / tiny - 1.0).abs() < 1e-15);
    assert!((product(&mut pair, &[1.0, 0.0])[0] / tiny - 1.0).abs() < 1e-15);
    assert_eq!(
        pair.log_probability(&HeadMask::from_flags(vec![true, false])),
        -700.0
    );
    let spread: Vec<f64> = (0..144)
        .map(|head| f64::from(head * 7919 % 144) * 9.8 - 700.0)
        .collect();
    for k in [1, 50, 143, 144] {
        let mut wide = distribution(&spread, k);
        assert!((wide.marginals().iter().sum::<f64>() - k as f64).abs() < 1e-10);
        let top = HeadMask::top_k(&spread, k).unwrap();
        assert!(wide.log_probability(&top) > -0.01);
        assert_eq!(wide.sample(&[0.5; 144]), top);
    }
}

#[test]
fn samples_follow_the_distribution() {
    /// The 99.9 % quantile of chi-square with C(6, 3) - 1 = 19 degrees of freedom.
    const QUANTILE: f64 = 43.82;
    let (w, samples) = ([0.5, -0.5, 1.0, 0.0, -0.25, 0.75], 20_000);
    let (drawn, want) = (distribution(&w, 3), Enumerated::new(&w, 3));
    let mut counts = vec![0_u32; want.subsets.len()];
    let (mut noise, mut draws) = (SeededUniform::at_update(1, 0), [0.0; 6]);
    for _ in 0..samples {
        noise.fill(&mut draws);
        let sample = drawn.sample(&draws);
        let subset = want.subsets.iter().position(|subset| subset.0 == sample.flags());
        counts[subset.expect("three heads")] += 1;
    }
    let terms = counts
        .iter()
        .zip(&want.subsets)
        .map(|(&count, (_, probability))| {
            let expected = probability * f64::from(samples);
            (f64::from(count) - expected).powi(2) / expected
        });
    let statistic: f64 = terms.sum();
    assert!(statistic < QUANTILE, "{statistic}");
}

#[test]
fn importances_that_are_not_finite_have_no_probabilities_until_others_are_set() {
    let w = [0.5, -1.0, 2.0, 0.0];
    let mut reused = distribution(&w, 2);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for head in 0..4 {
            let mut spoilt = w;
            spoilt[head] = bad;
            reused.set(&spoilt);
            assert!(reused.log_partition().is_nan());
            assert!(reused.marginals().iter().all(|p| p.is_nan()));
            assert!(
                product(&mut reused, &[1.0, 2.0, 3.0, 4.0])
                    .iter()
                    .all(|p| p.is_nan())
            );
            assert_eq!(reused.sample(&[0.5; 4]).kept(), 2);
        }
    }
    reused.set(&w);
    assert_eq!(reused.marginals(), distribution(&w, 2).marginals());
}

#[test]
fn a_direction_that_is_not_finite_leaves_no_product() {
    for k in 1..=5 {
        let mut usual = distribution(&[0.5, -1.0, 2.0, 0.0, -700.0], k);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for head in 0..5 {
                let mut c = [1.0, -2.0, 0.5, 3.0, 0.25];
                c[head] = bad;
                assert!(product(&mut usual, &c).iter().all(|out| !out.is_finite()));
            }
        }
    }
}

#[test]
fn k_outside_the_heads_is_refused() {
    for (n, k) in [(4, 0), (4, 5), (0, 0)] {
        assert_eq!(
            SubsetDistribution::new(n, k).err(),
            Some(GateError::Count { k, n })
        );
    }
}

proptest! {
    #[test]
    fn all_is_as_by_enumeration(
        heads in prop::collection::vec((-8.0f64..8.0, -2.0f64..2.0), 1..=12), cut in 0.0f64..1.0,
    ) {
        let (w, c): (Vec<f64>, Vec<f64>) = heads.into_iter().unzip();
        let k = 1 + (cut * w.len() as f64) as usize;
        let (mut got, want) = (distribution(&w, k), Enumerated::new(&w, k));
        let marginals = got.marginals();
        prop_assert!((got.log_partition() - want.log_partition).abs() < 1e-12 * (1.0 + want.log_partition.abs()));
        prop_assert!(close(&marginals, &want.marginals(), 1e-12));
        prop_assert!((marginals.iter().sum::<f64>() - k as f64).abs() < 1e-12);
        let along = product(&mut got, &c);
        prop_assert!(close(&along, &want.product(&c), 1e-12));
        // Never below 0, as a variance is not.
        prop_assert!(along.iter().zip(&c).map(|(out, c)| out * c).sum::<f64>() > -1e-12);
        prop_assert_eq!(product(&mut got, &vec![c[0]; w.len()]), vec![0.0; w.len()]);
        for (subset, probability) in &want.subsets {
            let log_probability = got.log_probability(&HeadMask::from_flags(subset.clone()));
            prop_assert!((log_probability - probability.ln()).abs() < 1e-12 * (1.0 + log_probability.abs()));
        }
        for other in (0..=w.len()).filter(|&other| other != k) {
            let mask = HeadMask::top_k(&w, other).unwrap();
            prop_assert_eq!(got.log_probability(&mask), f64::NEG_INFINITY);
        }
    }

    #[test]
    fn samples_have_exactly_k_heads(
        heads in prop::collection::vec((-700.0f64..700.0, 0.0f64..1.0, 0u8..4), 1..=144), cut in 0.0f64..1.0,
    ) {
        let w: Vec<f64> = heads.iter().map(|head| head.0).collect();
        let draws = heads.iter().map(|head| match head.2 {
            0 => 0.0,
            1 => BELOW_ONE,
            _ => head.1,
        });
        let k = 1 + (cut * w.len() as f64) as usize;
        let drawn = distribution(&w, k);
        let sample = drawn.sample(&draws.collect::<Vec<f64>>());
        prop_assert_eq!(sample.kept(), k);
        prop_assert!(drawn.log_probability(&sample).is_finite());
    }
}
