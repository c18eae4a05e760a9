//! The metrics that have a figure and a table, and how each is shown.

/// How a metric of results.csv is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Its name in results.csv.
    pub metric: &'static str,
    /// File name of its figure, without extension.
    pub file_stem: &'static str,
    /// Its name in a title.
    pub name: &'static str,
    /// The unit of the shown values, if it has one.
    pub unit: Option<&'static str>,
    /// Factor from the stored unit to the shown one.
    pub factor: f64,
    /// The largest shown value that can exist; the smallest is 0.
    pub maximum: f64,
}

impl Measure {
    /// Its name with the unit, for an axis or a table.
    pub(crate) fn label(&self) -> String {
        self.unit
            .map_or_else(|| self.name.to_owned(), |unit| format!("{} ({unit})", self.name))
    }
}

/// Every metric that has a figure.
pub const MEASURES: [Measure; 3] = [
    Measure {
        metric: "accuracy",
        file_stem: "accuracy_vs_heads",
        name: "Accuracy",
        unit: Some("%"),
        factor: 100.0,
        maximum: 100.0,
    },
    Measure {
        metric: "bleu",
        file_stem: "bleu_vs_heads",
        name: "BLEU",
        unit: None,
        factor: 1.0,
        maximum: 100.0,
    },
    Measure {
        metric: "sacrebleu",
        file_stem: "sacrebleu_vs_heads",
        name: "sacreBLEU (13a)",
        unit: None,
        factor: 1.0,
        maximum: 100.0,
    },
];
