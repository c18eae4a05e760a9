//! Which run of a method, apart from the seed.

use std::fmt;

use crate::schema::Experiment;

/// Which run of a method, apart from the seed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Heads to keep; none where the run does not aim at a number.
    pub k: Option<usize>,
    /// Which of several of the method.
    pub variant: Option<&'static str>,
    /// Factor of the penalty, where the number of heads is reached by a penalty.
    pub lambda: Option<f64>,
}

impl Point {
    /// A point for each number of heads that the experiment asks of a method.
    pub fn heads(experiment: &Experiment, method: &str) -> Vec<Self> {
        let heads = experiment.heads_of(method).iter();
        heads
            .map(|&k| Self {
                k: Some(k),
                ..Self::default()
            })
            .collect()
    }

    /// The point of a variant that aims at no number of heads.
    pub fn variant(name: &'static str) -> Self {
        Self {
            variant: Some(name),
            ..Self::default()
        }
    }

    /// A point for each of the variants and each number of heads that the experiment asks of a method.
    pub fn heads_of_variants(experiment: &Experiment, method: &str, variants: Vec<Self>) -> Vec<Self> {
        let heads = experiment.heads_of(method);
        let at = |variant: Self| {
            heads.iter().map(move |&k| Self {
                k: Some(k),
                ..variant.clone()
            })
        };
        variants.into_iter().flat_map(at).collect()
    }

    /// The one point of a method that has no settings.
    pub fn single(_: &Experiment) -> Vec<Self> {
        vec![Self::default()]
    }
}

/// As progress displays show it: ` signed K=3`.
impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variant) = self.variant {
            write!(formatter, " {variant}")?;
        }
        if let Some(lambda) = self.lambda {
            write!(formatter, " lambda={lambda}")?;
        }
        match self.k {
            Some(k) => write!(formatter, " K={k}"),
            None => Ok(()),
        }
    }
}
