//! The model folder that an experiment starts from, as its corpora and its model see it.

use std::path::{Path, PathBuf};

use bundle::encoder::EncoderConfig;
use bundle::weights::{Classifier, LoadReport};
use bundle::{CONFIG_FILE, Classes, TokenizerFiles};
use data::ModelTokenizer;
use experiment::Experiment;
use methods::ExecuteError;
use models::TensorOptions;
use models::encoder::EncoderClassifier;
use models::weights::load_encoder;

/// A model folder and what its config.json says.
pub(super) struct Start {
    pub(super) folder: PathBuf,
    /// With the classes of the folder.
    pub(super) config: EncoderConfig,
    pub(super) tokenizer: TokenizerFiles,
}

/// A model from a folder.
pub(super) struct Loaded {
    pub(super) model: EncoderClassifier,
    /// What its user should know: what starts anew, and what was left out.
    pub(super) warnings: Vec<String>,
}

impl Start {
    /// The folder that `model.weights` names, if it does.
    pub(super) fn of(experiment: &Experiment) -> Result<Option<Self>, ExecuteError> {
        let Some(folder) = &experiment.model.weights else {
            return Ok(None);
        };
        let path = folder.join(CONFIG_FILE);
        let config = EncoderConfig::read(&path).map_err(ExecuteError::caused_by)?;
        // Numbers of heads to keep, masks and tables count the heads of a layer of the whole model.
        if !config.pruned_heads.is_empty() {
            let path = path.display();
            let message =
                format!("{path}: `pruned_heads` names heads that are gone; runs start from whole models");
            return Err(ExecuteError::new(message)
                .with_hint("name the folder of the model before heads were removed"));
        }
        Ok(Some(Self {
            tokenizer: TokenizerFiles::new(folder, config.family),
            folder: folder.clone(),
            config,
        }))
    }

    /// Its tokeniser; `beside` is the word list that the experiment names.
    pub(super) fn tokenizer(&self, beside: Option<&Path>) -> Result<ModelTokenizer, ExecuteError> {
        self.tokenizer.read(beside).map_err(ExecuteError::caused_by)
    }

    /// The files of its tokeniser, to be kept beside what is trained from it.
    pub(super) fn tokenizer_files(&self) -> Result<Vec<(String, Vec<u8>)>, ExecuteError> {
        let copies = self.tokenizer.copies().map_err(ExecuteError::caused_by)?;
        Ok(copies
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .collect())
    }

    /// The model with the classes of `config`: rows of the stored classifier are matched by the names of the classes.
    pub(super) fn load(
        &self,
        config: &EncoderConfig,
        seed: u64,
        options: &TensorOptions,
    ) -> Result<Loaded, ExecuteError> {
        let classes = Classes::of(&self.config.labels, &config.labels);
        let classifier = match &classes {
            Classes::Rows(order) => Classifier::Rows {
                stored: self.config.classes(),
                order,
            },
            Classes::Unknown { .. } => Classifier::Fresh,
        };
        let (model, report) =
            load_encoder(&self.folder, config, classifier, seed, options).map_err(ExecuteError::caused_by)?;
        Ok(Loaded {
            model,
            warnings: self.warnings(&classes, &config.labels, &report),
        })
    }

    fn warnings(&self, classes: &Classes, of_data: &[String], report: &LoadReport) -> Vec<String> {
        let folder = self.folder.display();
        let mut warnings = Vec::new();
        if !report.fresh.is_empty() {
            // Of a folder without classifier nobody asks what its classes are.
            let reason = match classes {
                Classes::Unknown { reason } if report.left_classifier => {
                    format!(
                        ", since {folder} {reason}; those of the data are {}",
                        of_data.join(", ")
                    )
                }
                _ => String::new(),
            };
            warnings.push(format!(
                "begins with random values: {}{reason}",
                report.fresh.join(", ")
            ));
        }
        if !report.left_out.is_empty() {
            warnings.push(format!(
                "{folder}: the config has no place for {}, left out",
                report.left_out.join(", ")
            ));
        }
        let unknown = self.config.unknown_keys();
        if !unknown.is_empty() {
            warnings.push(format!(
                "{}: nothing is known of {}",
                self.folder.join(CONFIG_FILE).display(),
                unknown.join(", ")
            ));
        }
        warnings
    }
}
