//! One axis of a panel: heads kept, values or powers of ten, with the labels of its ticks.

use crate::figure::axis::{HeadsAxis, ValueAxis};

/// What an axis is called, and where a number stands on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub name: String,
    /// The least and the greatest number that there can be, where there are such.
    pub bounds: Option<(f64, f64)>,
    kind: Kind,
    /// Whether a page also tells the share of heads removed.
    tells_removed: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Heads(HeadsAxis),
    Values(ValueAxis),
    /// The decimal logarithms of its ends.
    Log(f64, f64),
}

/// Room beyond the outermost values, as a share of the axis.
const PADDING: f64 = 0.08;

/// The digits that a tick of a logarithmic axis may begin with.
const DIGITS: [f64; 3] = [1.0, 2.0, 5.0];
/// The same of an axis so short that it would have one tick.
const MORE_DIGITS: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];

impl Scale {
    /// Of numbers of heads.
    pub fn heads(axis: HeadsAxis) -> Self {
        let log = if axis.logarithmic { ", log scale" } else { "" };
        Self::new(
            format!("heads kept (of {}{log})", axis.n_heads),
            Kind::Heads(axis),
        )
    }

    fn new(name: String, kind: Kind) -> Self {
        Self {
            name,
            bounds: None,
            kind,
            tells_removed: false,
        }
    }

    /// On a page the other edge of the plot tells the share of heads removed.
    pub fn with_removed(mut self) -> Self {
        self.tells_removed = true;
        self
    }

    /// Of numbers from 0 to `maximum`.
    pub fn score(name: String, axis: ValueAxis, maximum: f64) -> Self {
        let mut scale = Self::new(name, Kind::Values(axis));
        scale.bounds = Some((0.0, maximum));
        scale
    }

    /// Of numbers that lie where `axis` says.
    pub fn values(name: impl Into<String>, axis: ValueAxis) -> Self {
        Self::new(name.into(), Kind::Values(axis))
    }

    /// From 0, or near the least of `values`, to the greatest; none of which is negative.
    pub fn covering(name: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        Self::values(name, ValueAxis::covering(values, f64::INFINITY))
    }

    /// By powers of ten, of values greater than 0.
    pub fn log(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| *value > 0.0)
            .map(f64::log10)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        // Equal values, or none, have an axis too.
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let margin = (PADDING * (high - low)).max(0.1);
        Self::new(
            format!("{name} (log scale)"),
            Kind::Log(low - margin, high + margin),
        )
    }

    /// Where `value` stands, from 0 at the low end to 1 at the other; what lies outside, at the edge.
    pub fn position(&self, value: f64) -> f64 {
        match &self.kind {
            Kind::Heads(axis) => axis.position(value),
            Kind::Values(axis) => axis.position(value),
            Kind::Log(low, high) if value > 0.0 => ((value.log10() - low) / (high - low)).clamp(0.0, 1.0),
            Kind::Log(..) => 0.0,
        }
    }

    /// Whether `value` is between the ends.
    pub fn holds(&self, value: f64) -> bool {
        match &self.kind {
            Kind::Heads(axis) => (f64::from(axis.first)..=f64::from(axis.n_heads)).contains(&value),
            Kind::Values(axis) => axis.holds(value),
            Kind::Log(low, high) => value > 0.0 && (*low..=*high).contains(&value.log10()),
        }
    }

    /// The heads of the whole model, of an axis of heads.
    pub fn n_heads(&self) -> Option<u32> {
        match &self.kind {
            Kind::Heads(axis) => Some(axis.n_heads),
            Kind::Values(_) | Kind::Log(..) => None,
        }
    }

    /// The distance of the two numbers of heads that are nearest to one another, as a share of an axis of heads.
    pub fn least_gap(&self) -> Option<f64> {
        match &self.kind {
            Kind::Heads(axis) => Some(axis.least_gap()),
            Kind::Values(_) | Kind::Log(..) => None,
        }
    }

    /// Numbers of heads with the share that is removed, where the axis tells it and there is room on its `length`.
    pub fn removed(&self, length: f64, room: impl Fn(&str) -> f64) -> Vec<(f64, String)> {
        match &self.kind {
            Kind::Heads(axis) if self.tells_removed => {
                let labelled = axis.labels(length, |k| room(&axis.removed(k)));
                let tick = |k: u32| (f64::from(k), axis.removed(k));
                labelled.into_iter().map(tick).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The ticks on an axis of `length`, each with its label where there is room: a label needs `room(label)`.
    pub fn ticks(&self, length: f64, room: impl Fn(&str) -> f64) -> Vec<(f64, Option<String>)> {
        match &self.kind {
            Kind::Heads(axis) => {
                let labelled = axis.labels(length, |k| room(&k.to_string()));
                let tick = |&k: &u32| (f64::from(k), labelled.contains(&k).then(|| k.to_string()));
                axis.ticks.iter().map(tick).collect()
            }
            Kind::Values(axis) => {
                let most = axis
                    .ticks
                    .iter()
                    .fold(0.0, |most: f64, tick| most.max(tick.abs()));
                let label = |value: f64| text_of(value, most, axis.decimals);
                self.fitting(axis.ticks.clone(), length, room, label)
            }
            Kind::Log(low, high) => {
                let powers = || low.floor() as i32..=high.ceil() as i32;
                let held = |digits: &[f64]| -> Vec<f64> {
                    let ticks =
                        powers().flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
                    ticks.filter(|tick| self.holds(*tick)).collect()
                };
                let few = held(&DIGITS);
                let ticks = if few.len() >= 2 { few } else { held(&MORE_DIGITS) };
                // Powers of ten alone, where there are enough of them.
                let is_power = |tick: &f64| (tick.log10() - tick.log10().round()).abs() < 1e-9;
                let powers: Vec<f64> = ticks.iter().copied().filter(is_power).collect();
                let ticks = if powers.len() >= 3 { powers } else { ticks };
                self.fitting(ticks, length, room, |value| {
                    text_of(value, value, decimals_of(value))
                })
            }
        }
    }

    /// The ticks with the labels of every so manyth, as many as have room.
    fn fitting(
        &self,
        ticks: Vec<f64>,
        length: f64,
        room: impl Fn(&str) -> f64,
        label: impl Fn(f64) -> String,
    ) -> Vec<(f64, Option<String>)> {
        let labels: Vec<String> = ticks.iter().map(|&tick| label(tick)).collect();
        let fits = |step: &usize| {
            let shown: Vec<(f64, f64)> = ticks
                .iter()
                .zip(&labels)
                .step_by(*step)
                .map(|(&tick, label)| (self.position(tick) * length, room(label)))
                .collect();
            shown
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if b.0 - a.0 >= (a.1 + b.1) / 2.0))
        };
        let step = (1..=ticks.len().max(1)).find(fits).unwrap_or(1);
        let labelled = ticks.into_iter().zip(labels).enumerate();
        labelled
            .map(|(i, (tick, label))| (tick, i.is_multiple_of(step).then_some(label)))
            .collect()
    }
}

/// A number with a letter for thousands, millions and so on where `most`, the largest beside it, needs one.
fn text_of(value: f64, most: f64, decimals: usize) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")];
    match units.into_iter().find(|(unit, _)| most >= *unit) {
        Some((unit, letter)) => {
            let shown = value / unit.min(if letter == "k" { 1e3 } else { unit });
            let shown = (shown * 1e3).round() / 1e3;
            if shown == 0.0 {
                "0".into()
            } else {
                format!("{shown}{letter}")
            }
        }
        None => format!("{value:.decimals$}"),
    }
}

/// How many decimals a power of ten or a small multiple of one needs.
fn decimals_of(value: f64) -> usize {
    (-value.log10().floor()).clamp(0.0, 9.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, length: f64) -> Vec<String> {
        let ticks = scale.ticks(length, |label| 12.0 * label.len() as f64);
        ticks.into_iter().filter_map(|(_, label)| label).collect()
    }

    #[test]
    fn large_numbers_have_a_letter() {
        let scale = Scale::covering("parameters", [0.0, 160_000.0].into_iter());
        assert_eq!(labels(&scale, 400.0), ["0", "50k", "100k", "150k"]);
        let scale = Scale::covering("parameters", [20e6, 21e6].into_iter());
        assert_eq!(labels(&scale, 1000.0)[..2], ["19.8M", "20M"]);
        assert_eq!(text_of(0.25, 1.0, 2), "0.25");
    }

    #[test]
    fn labels_that_do_not_fit_are_left_out() {
        let scale = Scale::covering("time", [0.0, 160_000.0].into_iter());
        let few = labels(&scale, 150.0);
        assert!(few.len() < 6 && few[0] == "0", "{few:?}");
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten_or_what_lies_between() {
        let scale = Scale::log("factor", [0.0001, 0.03].into_iter());
        assert_eq!(labels(&scale, 500.0), ["0.0001", "0.001", "0.01"]);
        let scale = Scale::log("factor", [0.11, 0.4].into_iter());
        assert_eq!(labels(&scale, 500.0), ["0.1", "0.2", "0.5"]);
        assert!(scale.position(0.1) < scale.position(0.2) && !scale.holds(0.0));
        assert_eq!(scale.position(0.0), 0.0);
        let single = Scale::log("factor", [0.1].into_iter());
        assert!((single.position(0.1) - 0.5).abs() < 1e-9);
        assert_eq!(labels(&Scale::log("none", [].into_iter()), 500.0), ["0.8", "1"]);
        let short = Scale::log("examples", [170_000.0, 315_000.0].into_iter());
        assert_eq!(labels(&short, 500.0), ["200k", "300k"]);
    }
}
