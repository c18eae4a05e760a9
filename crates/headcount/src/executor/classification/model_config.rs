//! The config of a classifier that an experiment asks for, checked against its corpora.

use std::path::Path;

use bundle::CONFIG_FILE;
use bundle::weights::{Classifier, LoadReport};
use burn::tensor::Device;
use models::TensorOptions;
use models::encoder::{EncoderClassifier, EncoderConfig};
use models::weights::load_encoder;
use sweep::ExecuteError;
use sweep::experiment::{Experiment, ModelSection};

use super::corpora::Corpora;
use crate::executor::{CACHE, model_error};

/// Loads what the runs of an experiment will load, and keeps nothing but the tokenised corpora.
pub(in crate::executor) fn check_inputs(
    experiment: &Experiment,
    root: &Path,
    device: Device,
) -> Result<(), ExecuteError> {
    let corpora = Corpora::load(&experiment.data, &root.join(CACHE))?;
    for warning in &corpora.warnings {
        eprintln!("warning: {warning}");
    }
    let config = config_of(experiment, &corpora)?;
    if let Some(folder) = &experiment.model.weights {
        load(folder, &config, 0, &TensorOptions::single(device))?;
    }
    Ok(())
}

/// The model of a folder for the classes of `config`; where there are as many in the folder, they are taken for these.
pub(super) fn load(
    folder: &Path,
    config: &EncoderConfig,
    seed: u64,
    options: &TensorOptions,
) -> Result<(EncoderClassifier, LoadReport), ExecuteError> {
    let stored = EncoderConfig::read(&folder.join(CONFIG_FILE)).map_err(model_error)?;
    let classifier = if stored.classes() == config.classes() {
        Classifier::AsStored
    } else {
        Classifier::Fresh
    };
    load_encoder(folder, config, classifier, seed, options).map_err(model_error)
}

/// The config of the model, checked against the corpora.
pub(super) fn config_of(experiment: &Experiment, corpora: &Corpora) -> Result<EncoderConfig, ExecuteError> {
    let config = match &experiment.model.weights {
        Some(folder) => {
            let mut config = EncoderConfig::read(&folder.join(CONFIG_FILE)).map_err(model_error)?;
            config.set_labels(&corpora.train.label_names);
            config
        }
        None => fresh_config(&experiment.model, corpora),
    };
    config.check().map_err(ExecuteError::new)?;
    check_lengths(&config, corpora)?;
    Ok(config)
}

fn fresh_config(section: &ModelSection, corpora: &Corpora) -> EncoderConfig {
    let mut config = EncoderConfig::of_sizes(
        corpora.train.vocab_size,
        section.width,
        section.layers,
        section.heads,
        section.feed_forward,
        section.positions,
    );
    config.layer_norm_eps = section.layer_norm_eps;
    config.hidden_dropout_prob = section.dropout;
    config.attention_probs_dropout_prob = section.attention_dropout;
    config.initializer_range = section.linear_std;
    config.embedding_initializer_range = Some(section.embedding_std);
    config.set_labels(&corpora.train.label_names);
    config
}

/// Refuses what would index beyond the embeddings of a given model.
fn check_lengths(config: &EncoderConfig, corpora: &Corpora) -> Result<(), ExecuteError> {
    if corpora.train.vocab_size > config.vocab_size {
        return Err(ExecuteError::new(format!(
            "the vocabulary has {} pieces, the model embeds {}",
            corpora.train.vocab_size, config.vocab_size
        )));
    }
    let splits = corpora.splits.iter().map(|(_, corpus)| corpus.longest());
    let longest = splits.chain([corpora.train.longest()]).max().unwrap_or(0);
    if longest > config.longest_input() {
        return Err(ExecuteError::new(format!(
            "an input has {longest} pieces, the model has {} positions; lower data.max_length",
            config.longest_input()
        )));
    }
    Ok(())
}
