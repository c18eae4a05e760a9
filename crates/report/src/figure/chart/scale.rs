//! One axis of a panel: heads kept or values, with the labels of its ticks.

use crate::figure::axis::{HeadsAxis, ValueAxis};

/// What an axis is called, and where a number stands on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Heads(HeadsAxis),
    Values(ValueAxis),
}

impl Scale {
    /// Of numbers of heads.
    pub fn heads(axis: HeadsAxis) -> Self {
        let log = if axis.logarithmic { ", log scale" } else { "" };
        Self {
            name: format!("heads kept (of {}{log})", axis.n_heads),
            kind: Kind::Heads(axis),
        }
    }

    /// Of numbers that lie where `axis` says.
    pub fn values(name: impl Into<String>, axis: ValueAxis) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Values(axis),
        }
    }

    /// From 0, or near the least of `values`, to the greatest; none of which is negative.
    pub fn covering(name: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        Self::values(name, ValueAxis::covering(values, f64::INFINITY))
    }

    /// Where `value` stands, from 0 at the low end to 1 at the other; what lies outside, at the edge.
    pub fn position(&self, value: f64) -> f64 {
        match &self.kind {
            Kind::Heads(axis) => axis.position(value),
            Kind::Values(axis) => axis.position(value),
        }
    }

    /// Whether `value` is between the ends.
    pub fn holds(&self, value: f64) -> bool {
        match &self.kind {
            Kind::Heads(axis) => (f64::from(axis.first)..=f64::from(axis.n_heads)).contains(&value),
            Kind::Values(axis) => axis.holds(value),
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
}
