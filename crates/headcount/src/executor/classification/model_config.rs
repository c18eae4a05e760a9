//! The config of a classifier that an experiment asks for, checked against its corpora.

use std::path::Path;

use burn::tensor::Device;
use models::TensorOptions;
use models::bert::BertConfig;
use models::weights::{CONFIG_FILE, load_bert};
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
    config_of(experiment, &corpora)?;
    if let Some(folder) = &experiment.model.weights {
        let labels = &corpora.train.label_names;
        load_bert(folder, Some(labels), 0, &TensorOptions::single(device)).map_err(model_error)?;
    }
    Ok(())
}

/// The config of the model, checked against the corpora.
pub(super) fn config_of(experiment: &Experiment, corpora: &Corpora) -> Result<BertConfig, ExecuteError> {
    let config = match &experiment.model.weights {
        Some(folder) => {
            let mut config = BertConfig::read(&folder.join(CONFIG_FILE)).map_err(model_error)?;
            config.set_labels(&corpora.train.label_names);
            config
        }
        None => fresh_config(&experiment.model, corpora),
    };
    config.check().map_err(ExecuteError::new)?;
    check_lengths(&config, corpora)?;
    Ok(config)
}

fn fresh_config(section: &ModelSection, corpora: &Corpora) -> BertConfig {
    let mut config = BertConfig::of_sizes(
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
fn check_lengths(config: &BertConfig, corpora: &Corpora) -> Result<(), ExecuteError> {
    if corpora.train.vocab_size > config.vocab_size {
        return Err(ExecuteError::new(format!(
            "the vocabulary has {} pieces, the model embeds {}",
            corpora.train.vocab_size, config.vocab_size
        )));
    }
    let splits = corpora.splits.iter().map(|(_, corpus)| corpus.longest());
    let longest = splits.chain([corpora.train.longest()]).max().unwrap_or(0);
    if longest > config.max_position_embeddings {
        return Err(ExecuteError::new(format!(
            "an input has {longest} pieces, the model has {} positions; lower data.max_length",
            config.max_position_embeddings
        )));
    }
    Ok(())
}
