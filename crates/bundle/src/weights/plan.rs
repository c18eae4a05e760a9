//! Which stored tensor becomes which tensor of a model, decided from headers alone.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::layer_of;
use super::spelling::{is_buffer, is_of_encoder, own_name};
use super::without_heads::{is_of, modules_without_heads};
use super::{Number, Problem, Problems, Weights};
use crate::BundleError;
use crate::encoder::EncoderConfig;
use crate::tensors::{Part, TensorSpec};

/// How the rows of a stored classifier become those of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classifier<'a> {
    /// The same classes in the same order.
    AsStored,
    /// Row i of the model is row `order[i]` of the `stored` ones.
    Rows {
        /// Classes of the stored classifier.
        stored: usize,
        /// The stored row of each class of the model.
        order: &'a [usize],
    },
    /// The classes are others: the classifier begins anew, whatever the file has.
    Fresh,
}

/// Where a tensor of the model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A stored tensor.
    Stored {
        /// Its name in the file.
        name: String,
        /// Its shape in the file.
        shape: Vec<usize>,
        /// Which of its rows, in which order; none for all as they are.
        rows: Option<Vec<usize>>,
    },
    /// Its start values.
    Fresh,
}

/// A tensor as a model takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTensor<T> {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, row-major.
    pub numbers: Vec<T>,
}

/// What is not as it could be where a model was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Tensors of the model that begin with start values.
    pub fresh: Vec<String>,
    /// Whether one of the file was left for a classifier that begins anew.
    pub left_classifier: bool,
    /// Stored tensors of other tasks, which the model has no use for.
    pub unused: Vec<String>,
    /// Stored tensors within the encoder that the config has no place for.
    pub left_out: Vec<String>,
}

/// Where every tensor of a model comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    sources: BTreeMap<String, Source>,
    /// What is not as it could be.
    pub report: LoadReport,
}

impl Plan {
    /// Every tensor under its own name, in its own shape; what a program of ours has saved.
    ///
    /// # Errors
    /// [`BundleError::Tensors`] with every tensor that is missing, has another shape or no floats, or is of a layer or of
    /// heads that the model does not have.
    pub fn exact(tensors: &[TensorSpec], weights: &Weights) -> Result<Self, BundleError> {
        let names = weights.names().map(|name| (name.to_owned(), name.to_owned()));
        let mut search = Search::new(weights, names);
        for spec in tensors {
            search.stored(spec, None);
        }
        search.removed(tensors);
        let layers: BTreeSet<&str> = tensors.iter().filter_map(|spec| layer_of(&spec.name)).collect();
        let is_beyond = |name: &&String| layer_of(name).is_some_and(|layer| !layers.contains(layer));
        let beyond = search.left.iter().filter(is_beyond).cloned();
        let beyond: Vec<Problem> = beyond.map(|name| Problem::Beyond { name }).collect();
        search.problems.extend(beyond);
        search.finish(|_| false)
    }

    /// The tensors of an encoder with its classifier from what any program has saved: names may lack the encoder's prefix
    /// or have that of a wrapper, and may say gamma and beta for layer normalisation. What stands between the encoder and
    /// the classifier, and the classifier, may be missing; they then begin anew.
    ///
    /// # Errors
    /// [`BundleError::Tensors`] with every other tensor that is missing, all of another shape or without floats, and those
    /// of heads that the config has removed.
    ///
    /// # Panics
    /// If the order of the classifier's rows is not one stored row for each class of the config.
    pub fn encoder(
        config: &EncoderConfig,
        weights: &Weights,
        classifier: Classifier<'_>,
    ) -> Result<Self, BundleError> {
        let family = config.family;
        let names = weights
            .names()
            .map(|name| (own_name(name, family), name.to_owned()));
        let mut search = Search::new(weights, names);
        let tensors = config.tensors();
        if let Classifier::Rows { stored, order } = classifier {
            let fits = order.len() == config.classes() && order.iter().all(|&row| row < stored);
            assert!(fits, "each class has a row of the stored classifier");
        }
        let mut classifiers = tensors.iter().filter(|spec| spec.part == Part::Classifier);
        search.plan.report.left_classifier =
            classifier == Classifier::Fresh && classifiers.any(|spec| search.has(&spec.name));
        for spec in &tensors {
            let of_part = || tensors.iter().filter(|other| other.part == spec.part);
            let fresh = match spec.part {
                Part::Body => false,
                Part::Classifier if classifier == Classifier::Fresh => {
                    search.left.remove(&spec.name);
                    true
                }
                Part::Head | Part::Classifier => of_part().all(|spec| !search.has(&spec.name)),
            };
            match (spec.part, classifier) {
                _ if fresh => search.fresh(spec),
                (Part::Classifier, Classifier::Rows { stored, order }) => {
                    search.stored(spec, Some((stored, order)));
                }
                _ => search.stored(spec, None),
            }
        }
        search.removed(&tensors);
        search.finish(|name| is_of_encoder(name, family))
    }

    /// Where a tensor of the model comes from.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// A tensor of the model; none where it keeps its start values.
    ///
    /// # Errors
    /// What reading them says.
    pub fn read<T: Number>(
        &self,
        name: &str,
        weights: &Weights,
    ) -> Result<Option<StoredTensor<T>>, BundleError> {
        let Some(Source::Stored { name, shape, rows }) = self.source(name) else {
            return Ok(None);
        };
        let numbers: Vec<T> = weights.read(name)?;
        let Some(rows) = rows else {
            let shape = shape.clone();
            return Ok(Some(StoredTensor { shape, numbers }));
        };
        let width: usize = shape[1..].iter().product();
        let numbers = rows
            .iter()
            .flat_map(|row| &numbers[row * width..(row + 1) * width])
            .copied()
            .collect();
        let shape = [&[rows.len()], &shape[1..]].concat();
        Ok(Some(StoredTensor { shape, numbers }))
    }
}

/// A plan that is being made.
struct Search<'a> {
    weights: &'a Weights,
    /// Stored names by the names that they stand for.
    stored: BTreeMap<String, Vec<String>>,
    /// The names that nothing has asked for.
    left: BTreeSet<String>,
    plan: Plan,
    problems: Vec<Problem>,
}

impl<'a> Search<'a> {
    fn new(weights: &'a Weights, names: impl Iterator<Item = (String, String)>) -> Self {
        let mut stored: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (own, name) in names.filter(|(own, _)| !is_buffer(own)) {
            stored.entry(own).or_default().push(name);
        }
        Self {
            weights,
            left: stored.keys().cloned().collect(),
            stored,
            plan: Plan::default(),
            problems: Vec::new(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    fn fresh(&mut self, spec: &TensorSpec) {
        self.plan.report.fresh.push(spec.name.clone());
        self.plan.sources.insert(spec.name.clone(), Source::Fresh);
    }

    /// A tensor from the file, or what is wrong with it; of a classifier, its classes there and which of them.
    fn stored(&mut self, spec: &TensorSpec, rows: Option<(usize, &[usize])>) {
        self.left.remove(&spec.name);
        let name = match self.stored.get(&spec.name).map(Vec::as_slice) {
            Some([name]) => name.clone(),
            Some([one, other, ..]) => {
                let names = [one.clone(), other.clone()];
                return self.problems.push(Problem::Twice { names });
            }
            Some([]) | None => {
                let name = spec.name.clone();
                return self.problems.push(Problem::Missing { name });
            }
        };
        let mut expected = spec.shape.clone();
        if let Some((stored, _)) = rows {
            expected[0] = stored;
        }
        let shape = self.weights.shape(&name).unwrap_or_default().to_vec();
        let dtype = self.weights.dtype(&name);
        if shape != expected {
            self.problems.push(Problem::Shape {
                name,
                found: shape,
                expected,
            });
        } else if let Some(problem) = dtype.and_then(|dtype| Problem::of_type(&name, dtype)) {
            self.problems.push(problem);
        } else {
            let rows = rows.map(|(_, order)| order.to_vec());
            let source = Source::Stored { name, shape, rows };
            self.plan.sources.insert(spec.name.clone(), source);
        }
    }

    /// What is left of attention modules without heads, of which the model has the bias of the output and no weight. Other
    /// programs store tensors without numbers for them.
    fn removed(&mut self, tensors: &[TensorSpec]) {
        let without_heads = modules_without_heads(tensors);
        self.left.retain(|own| {
            if !is_of(own, &without_heads) {
                return true;
            }
            let names = self.stored.get(own).into_iter().flatten();
            let has_numbers =
                |name: &&String| self.weights.shape(name).is_some_and(|shape| !shape.contains(&0));
            let problems = names
                .filter(has_numbers)
                .map(|name| Problem::Removed { name: name.clone() });
            self.problems.extend(problems);
            false
        });
    }

    fn finish(mut self, is_within: impl Fn(&str) -> bool) -> Result<Plan, BundleError> {
        if !self.problems.is_empty() {
            return Err(BundleError::Tensors {
                path: self.weights.place().to_owned(),
                problems: Problems(self.problems),
            });
        }
        for own in self.left {
            let list = if is_within(&own) {
                &mut self.plan.report.left_out
            } else {
                &mut self.plan.report.unused
            };
            list.extend(self.stored.remove(&own).unwrap_or_default());
        }
        Ok(self.plan)
    }
}
