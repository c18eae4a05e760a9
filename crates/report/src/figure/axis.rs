//! Where the axes begin and end, and which ticks they carry.

use crate::curves::CurvePoint;

/// The axis of heads kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeadsAxis {
    pub n_heads: u32,
    pub logarithmic: bool,
    /// The least number on the axis: 1, or 0 where some run kept no head.
    pub first: u32,
    /// The numbers of heads asked for and both ends, ascending.
    pub ticks: Vec<u32>,
}

/// Room left and right of the outermost values, as a share of the axis.
const HEADS_PADDING: f64 = 0.035;

impl HeadsAxis {
    /// From 1 (or `least`, the fewest heads that any run kept, if that is 0) to `n_heads`, with ticks at the numbers
    /// of heads `asked` for; where there are none, at the divisors of `n_heads`.
    pub fn new(n_heads: u32, asked: impl Iterator<Item = u32>, least: u32) -> Self {
        let mut ticks: Vec<u32> = asked.collect();
        if ticks.is_empty() {
            ticks.extend((1..=n_heads).filter(|&k| n_heads.is_multiple_of(k)));
        }
        let first = least.min(1);
        ticks.extend([first, n_heads]);
        ticks.sort_unstable();
        ticks.dedup();
        // A grid such as 1..11, 12, 24, ..., 144 has half its points in a thirteenth of a linear axis.
        let logarithmic = n_heads > 24 && least * 12 <= n_heads;
        Self {
            n_heads,
            logarithmic,
            first,
            ticks,
        }
    }

    /// Where `k` heads stand, from 0 at the left edge to 1 at the right.
    pub fn position(&self, k: f64) -> f64 {
        let place = |k: f64| match self.logarithmic {
            true if k >= 1.0 => k.ln(),
            // There is no logarithm of no heads: 0 stands as far from 1 as 2 does.
            true => (k - 1.0) * std::f64::consts::LN_2,
            false => k,
        };
        let (first, last) = (place(f64::from(self.first)), place(f64::from(self.n_heads)));
        // A model of one head has an axis of one point.
        let share = if last > first {
            (place(k) - first) / (last - first)
        } else {
            0.5
        };
        HEADS_PADDING + share * (1.0 - 2.0 * HEADS_PADDING)
    }

    /// The distance of the two ticks that are nearest to one another, as a share of the axis.
    pub fn least_gap(&self) -> f64 {
        self.ticks
            .windows(2)
            .filter_map(|pair| Some(self.at(*pair.get(1)?) - self.at(*pair.first()?)))
            .fold(1.0, f64::min)
    }

    /// The share of heads that is removed where `k` are kept.
    pub fn removed(&self, k: u32) -> String {
        let removed = 100.0 * f64::from(self.n_heads.saturating_sub(k)) / f64::from(self.n_heads);
        format!("{removed:.0} %")
    }

    fn at(&self, tick: u32) -> f64 {
        self.position(f64::from(tick))
    }

    /// The ticks whose labels fit, on an axis of `length`, if a label of k needs `width(k)`.
    ///
    /// Room goes to the ends first, then to the divisors of `n_heads`, the round numbers here, from the largest down.
    pub fn labels(&self, length: f64, width: impl Fn(u32) -> f64) -> Vec<u32> {
        let mut chosen: Vec<u32> = Vec::new();
        let ends = self.ticks.last().into_iter().chain(self.ticks.first());
        let round = self
            .ticks
            .iter()
            .rev()
            .filter(|&&k| k > 0 && self.n_heads.is_multiple_of(k));
        for &k in ends.chain(round).chain(&self.ticks) {
            let free = |&other: &u32| {
                let distance = (self.at(k) - self.at(other)).abs() * length;
                distance >= (width(k) + width(other)) / 2.0
            };
            if chosen.iter().all(free) {
                chosen.push(k);
            }
        }
        chosen.sort_unstable();
        chosen
    }
}

/// The axis of the metric, in shown units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValueAxis {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
    pub decimals: usize,
}

impl ValueAxis {
    /// Covers every mean, and the intervals as far as they do not squeeze the means together.
    pub fn new<'a>(points: impl Iterator<Item = &'a CurvePoint>, factor: f64, maximum: f64) -> Self {
        Self::of_points(points, factor, maximum, false)
    }

    /// As [`Self::new`], and covers every single seed too, for figures that have a point for each.
    pub fn with_seeds<'a>(points: impl Iterator<Item = &'a CurvePoint>, factor: f64, maximum: f64) -> Self {
        Self::of_points(points, factor, maximum, true)
    }

    fn of_points<'a>(
        points: impl Iterator<Item = &'a CurvePoint>,
        factor: f64,
        maximum: f64,
        has_seeds: bool,
    ) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut ci_low, mut ci_high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut seed_low, mut seed_high) = (f64::INFINITY, f64::NEG_INFINITY);
        for point in points {
            low = low.min(point.mean * factor);
            high = high.max(point.mean * factor);
            ci_low = ci_low.min(point.ci_low.unwrap_or(point.mean) * factor);
            ci_high = ci_high.max(point.ci_high.unwrap_or(point.mean) * factor);
            for (_, value) in point.seeds.iter().filter(|_| has_seeds) {
                seed_low = seed_low.min(value * factor);
                seed_high = seed_high.max(value * factor);
            }
        }
        // With two seeds t is 12.7: such an interval says little, and must not flatten the curves.
        let span = (high - low).max(maximum / 50.0);
        let (least, most) = (ci_low.max(low - 0.4 * span), ci_high.min(high + 0.4 * span));
        low = (low.min(least).min(seed_low) - 0.05 * span).max(0.0);
        high = (high.max(most).max(seed_high) + 0.05 * span).min(maximum);
        if high - low < span / 2.0 {
            (low, high) = ((low - span / 2.0).max(0.0), (high + span / 2.0).min(maximum));
        }
        Self::between(low, high)
    }

    /// Covers all of `values`, none of which is below 0 or above `maximum`.
    pub fn covering(values: impl Iterator<Item = f64>, maximum: f64) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // Equal values have an axis too.
        let margin = (0.04 * (high - low)).max(0.01 * high).max(1e-6);
        Self::between((low - margin).max(0.0), (high + margin).min(maximum))
    }

    /// Covers all of `values`, negative ones too.
    pub fn of_all(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let margin = (0.04 * (high - low)).max(1e-6);
        Self::between(low - margin, high + margin)
    }

    fn between(low: f64, high: f64) -> Self {
        let step = nice_step((high - low) / 8.0);
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        Self {
            low,
            high,
            ticks: (first..=last).map(|i| i as f64 * step).collect(),
            decimals: decimals(step),
        }
    }

    /// Whether `value` is on the axis.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Where `value` stands, from 0 at the bottom to 1 at the top; what lies outside, at the edge.
    pub fn position(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `raw`.
fn nice_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|&step| step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

fn decimals(step: f64) -> usize {
    (-step.log10().floor()).clamp(0.0, 6.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_heads_are_linear_and_all_labelled() {
        let axis = HeadsAxis::new(12, [1, 2, 3, 6, 9].into_iter(), 1);
        assert!(!axis.logarithmic);
        assert_eq!(axis.labels(700.0, |_| 40.0), [1, 2, 3, 6, 9, 12]);
        assert!((axis.position(1.0) - 0.035).abs() < 1e-12 && (axis.position(12.0) - 0.965).abs() < 1e-12);
        // A head is an eleventh of the axis, and a third of one is a third of that.
        assert!((axis.least_gap() - 0.93 / 11.0).abs() < 1e-12);
        assert!((axis.position(5.0 + 1.0 / 3.0) - axis.position(5.0) - 0.93 / 33.0).abs() < 1e-12);
    }

    #[test]
    fn the_papers_grid_is_logarithmic_and_its_labels_keep_their_distance() {
        let axis = HeadsAxis::new(144, (1..12).chain((12..144).step_by(12)), 1);
        assert!(axis.logarithmic);
        let labels = axis.labels(700.0, |_| 40.0);
        assert!([1, 12, 72, 144].iter().all(|k| labels.contains(k)) && labels.len() < axis.ticks.len());
        for pair in labels.windows(2) {
            assert!((axis.at(pair[1]) - axis.at(pair[0])) * 700.0 >= 40.0);
        }
    }

    #[test]
    fn no_heads_have_a_place_on_a_logarithmic_axis() {
        let axis = HeadsAxis::new(144, [12, 72].into_iter(), 0);
        assert!(axis.logarithmic);
        assert_eq!(axis.ticks, [0, 12, 72, 144]);
        let octave = axis.position(2.0) - axis.position(1.0);
        assert!((axis.position(0.0) - 0.035).abs() < 1e-12);
        assert!((axis.position(1.0) - axis.position(0.0) - octave).abs() < 1e-12);
        assert!((axis.position(1.0) - axis.position(0.75) - octave / 4.0).abs() < 1e-12);
    }

    #[test]
    fn divisors_are_the_ticks_where_no_number_was_asked_for() {
        assert_eq!(HeadsAxis::new(12, [].into_iter(), 5).ticks, [1, 2, 3, 4, 6, 12]);
        assert_eq!(HeadsAxis::new(12, [5].into_iter(), 5).ticks, [1, 5, 12]);
    }

    #[test]
    fn odd_grids_have_finite_positions() {
        for (n_heads, k) in [(1, 1), (12, 0), (144, 0), (144, 144)] {
            let axis = HeadsAxis::new(n_heads, [k].into_iter(), k);
            let position = axis.at(k);
            assert!((0.0..=1.0).contains(&position), "{n_heads} {k}: {position}");
            assert!((0.0..=1.0).contains(&axis.least_gap()));
        }
    }

    #[test]
    fn the_value_axis_holds_the_means_and_no_more_than_can_exist() {
        let row = |k: u32, value: f64| crate::curves::CurvePoint {
            method: "random".into(),
            k: f64::from(k),
            n: 2,
            mean: value,
            std: Some(0.1),
            ci_low: Some(value - 0.9),
            ci_high: Some(value + 0.9),
            metric: "accuracy".into(),
            split: "matched".into(),
            variant: String::new(),
            n_heads: 12,
            experiment: "mnli".into(),
            task: "mnli".into(),
            scale: "demo".into(),
            corpus: String::new(),
            signature: String::new(),
            setting: String::new(),
            k_low: k,
            k_high: k,
            cost_examples: None,
            k_target: Some(k),
            params: 0.0,
            macs: None,
            seeds: Vec::new(),
        };
        let points = [row(1, 0.6), row(2, 0.8)];
        let axis = ValueAxis::new(points.iter(), 100.0, 100.0);
        // The means span 20 points: the intervals get 8 on each side, and a 5 % margin of the span is added.
        assert!(
            (axis.low - 51.0).abs() < 1e-9 && (axis.high - 89.0).abs() < 1e-9,
            "{axis:?}"
        );
        assert_eq!(axis.ticks, [55.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0]);
        assert!(axis.holds(51.5) && !axis.holds(50.5) && !axis.holds(89.5));
        let flat = ValueAxis::new([row(1, 1.0)].iter(), 100.0, 100.0);
        assert!(flat.low < 100.0 && flat.high == 100.0, "{flat:?}");
        // A seed far below its mean has a place where single seeds are drawn, and moves no other axis.
        let mut far = row(1, 0.6);
        far.seeds = vec![(1.0, 0.3), (1.0, 0.9)];
        let points = [far, row(2, 0.8)];
        let seeded = ValueAxis::with_seeds(points.iter(), 100.0, 100.0);
        assert!(
            (seeded.low - 29.0).abs() < 1e-9 && (seeded.high - 91.0).abs() < 1e-9,
            "{seeded:?}"
        );
        assert_eq!(ValueAxis::new(points.iter(), 100.0, 100.0), axis);
    }

    #[test]
    fn an_axis_covers_its_values() {
        let axis = ValueAxis::covering([0.5, 1.5, 1.0].into_iter(), f64::INFINITY);
        assert!(
            (axis.low - 0.46).abs() < 1e-9 && (axis.high - 1.54).abs() < 1e-9,
            "{axis:?}"
        );
        let axis = ValueAxis::covering([100.0, 0.5].into_iter(), 100.0);
        assert_eq!((axis.low, axis.high), (0.0, 100.0));
        for flat in [0.0, 50.0, 100.0] {
            let axis = ValueAxis::covering(std::iter::once(flat), 100.0);
            assert!(
                axis.low < axis.high && axis.holds(flat) && !axis.ticks.is_empty(),
                "{axis:?}"
            );
        }
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(
            [0.9, 1.0, 1.1, 3.0, 7.0].map(nice_step),
            [1.0, 1.0, 2.0, 5.0, 10.0]
        );
        assert_eq!(
            (decimals(0.5), decimals(0.02), decimals(1.0), decimals(20.0)),
            (1, 2, 0, 0)
        );
    }
}
