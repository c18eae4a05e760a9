//! How often a classifier is right on a file of labelled examples.

use std::path::Path;

use bundle::Classes;
use data::{Corpus, Format, read_corpus};
use tasks::inference::Classifier;

use crate::problem::{Problem, Result};

/// Labelled examples, and how the classes of a model are called among them.
pub(crate) struct Examples {
    corpus: Corpus,
    /// Rows of the file, those without a label included.
    pub(crate) rows: usize,
}

impl Examples {
    /// Reads a file; the format is known by its name and its first line.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let report = read_corpus(path, Format::Auto, None)?;
        if report.dropped > 0 {
            eprintln!(
                "{}: {} rows without a gold label left out",
                path.display(),
                report.dropped
            );
        }
        Ok(Self {
            rows: report.corpus.examples.len() + report.dropped,
            corpus: report.corpus,
        })
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.corpus.examples.len()
    }

    /// So many of the examples, spread evenly, as texts and pairs.
    pub(crate) fn spread(&self, count: usize) -> Vec<(&str, Option<&str>)> {
        let all = &self.corpus.examples;
        let count = count.min(all.len());
        let chosen = (0..count).map(|place| &all[place * all.len() / count.max(1)]);
        chosen
            .map(|example| (example.text.as_str(), example.pair.as_deref()))
            .collect()
    }

    /// For each label of the examples, the class of the model that has its name.
    ///
    /// # Errors
    /// Classes that cannot be matched by their names.
    pub(crate) fn classes_of(&self, labels: &[String], folder: &Path) -> Result<Vec<usize>> {
        match Classes::of(labels, &self.corpus.label_names) {
            Classes::Rows(rows) => Ok(rows),
            Classes::Unknown { reason } => {
                let folder = folder.display();
                let problem = Problem::new(format!(
                    "{folder} {reason}, and the examples of {} have {}",
                    self.corpus.name,
                    self.corpus.label_names.join(", ")
                ));
                Err(problem.hint("name the classes in `id2label` of its config.json as the examples do"))
            }
        }
    }

    /// Share of the examples that `classifier` answers with their label; `classes` are those of
    /// [`classes_of`](Self::classes_of).
    pub(crate) fn accuracy(&self, classifier: &Classifier, classes: &[usize]) -> Result<f64> {
        let texts: Vec<_> = self.spread(self.len());
        let mut right = 0_usize;
        for (texts, examples) in texts.chunks(WINDOW).zip(self.corpus.examples.chunks(WINDOW)) {
            let answers = classifier.answer(texts)?;
            for (answer, example) in answers.iter().zip(examples) {
                right += usize::from(answer.class == Some(classes[example.label]));
            }
        }
        Ok(right as f64 / self.len().max(1) as f64)
    }
}

/// Examples that are encoded together.
const WINDOW: usize = 1024;
