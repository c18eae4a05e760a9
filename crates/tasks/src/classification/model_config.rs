//! The config of a classifier that an experiment asks for, checked against its corpora.

use std::path::Path;

use bundle::encoder::{EncoderConfig, Family};
use burn::tensor::Device;
use data::EncodedCorpus;
use experiment::{Experiment, ModelSection};
use files::one_line;
use methods::ExecuteError;
use models::TensorOptions;

use super::corpora::Corpora;
use super::groups;
use super::start::Start;
use crate::CACHE;

/// Loads what the runs of an experiment will load, and keeps the tokenised corpora and which examples share a premise.
pub(crate) fn check_inputs(experiment: &Experiment, root: &Path, device: Device) -> Result<(), ExecuteError> {
    let start = Start::of(experiment)?;
    let corpora = Corpora::load(&experiment.data, start.as_ref(), &root.join(CACHE))?;
    let config = config_of(experiment, start.as_ref(), &corpora)?;
    groups::write(&corpora, root)?;
    let mut warnings = corpora.warnings;
    if let Some(start) = start {
        warnings.extend(start.load(&config, 0, &TensorOptions::single(device))?.warnings);
    }
    for warning in warnings {
        eprintln!("warning: {}", one_line(&warning));
    }
    Ok(())
}

/// The config of the model, checked against the corpora.
pub(super) fn config_of(
    experiment: &Experiment,
    start: Option<&Start>,
    corpora: &Corpora,
) -> Result<EncoderConfig, ExecuteError> {
    let section = &experiment.model;
    let mut config = match start {
        Some(start) => start.config.clone(),
        None => fresh_config(section, corpora),
    };
    config.set_labels(&corpora.train.label_names);
    config.hidden_dropout_prob = section.dropout;
    config.attention_probs_dropout_prob = section.attention_dropout;
    config.classifier_dropout = section.classifier_dropout;
    config.initializer_range = section.linear_std;
    config.check().map_err(ExecuteError::new)?;
    check_inputs_fit(&config, corpora)?;
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
    config.embedding_initializer_range = Some(section.embedding_std);
    config
}

/// Refuses what would index beyond the embeddings of a given model.
fn check_inputs_fit(config: &EncoderConfig, corpora: &Corpora) -> Result<(), ExecuteError> {
    if corpora.train.vocab_size > config.vocab_size {
        return Err(ExecuteError::new(format!(
            "the vocabulary has {} pieces, the model embeds {}",
            corpora.train.vocab_size, config.vocab_size
        ))
        .with_hint("the tokeniser and the weights must belong to the same model"));
    }
    let splits = corpora.splits.iter().map(|(_, corpus)| corpus);
    let all = || splits.clone().chain([&corpora.train]);
    if config.family == Family::Bert && config.type_vocab_size < 2 && all().any(EncodedCorpus::has_types) {
        return Err(ExecuteError::new(format!(
            "`type_vocab_size` of the model is {}, but pairs of texts have tokens of two types",
            config.type_vocab_size
        ))
        .with_hint(
            "such a model reads single texts; start from one that was trained with `type_vocab_size` 2",
        ));
    }
    let longest = all().map(EncodedCorpus::longest).max().unwrap_or(0);
    if longest > config.longest_input() {
        return Err(ExecuteError::new(format!(
            "an input has {longest} pieces, the model has {} positions",
            config.longest_input()
        ))
        .with_hint("lower data.max_length"));
    }
    Ok(())
}
