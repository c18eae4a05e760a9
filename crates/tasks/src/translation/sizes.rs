//! The sizes of the encoder-decoder that an experiment asks for, checked against its dictionaries.

use bundle::CONFIG_FILE;
use bundle::translation::TranslationConfig;
use experiment::Experiment;
use methods::ExecuteError;

use super::corpora::Corpora;

/// The config of the model: its sizes from the weights where there are some, its training from the experiment.
pub(super) fn config_of(
    experiment: &Experiment,
    corpora: &Corpora,
) -> Result<TranslationConfig, ExecuteError> {
    let section = &experiment.model;
    let (source, target) = (corpora.source.size(), corpora.target.size());
    let mut config = match &section.weights {
        Some(folder) => {
            let config =
                TranslationConfig::read(&folder.join(CONFIG_FILE)).map_err(ExecuteError::caused_by)?;
            let embedded = (config.source_vocabulary, config.target_vocabulary);
            if embedded != (source, target) {
                let found = format!(
                    "the dictionaries have {source} and {target} entries, the model in {} embeds {} and {}",
                    folder.display(),
                    embedded.0,
                    embedded.1
                );
                return Err(ExecuteError::new(found)
                    .with_hint("use the dictionaries that the model was trained with: data.dictionaries = [\"…\", \"…\"]"));
            }
            config
        }
        None => {
            let mut config = TranslationConfig::of_sizes(
                source,
                target,
                section.width,
                section.layers,
                section.heads,
                section.feed_forward,
            );
            config.decoder_layers = section.decoder_layers();
            config.layer_norm_eps = section.layer_norm_eps;
            config.max_target_positions = section.positions;
            config
        }
    };
    let (from, into) = &experiment.data.languages;
    let languages = [from, into].map(String::clone);
    if let Some(others) = config.languages.filter(|others| *others != languages) {
        let found = format!(
            "the model translates from {} into {}, data.languages from {from} into {into}",
            others[0], others[1]
        );
        return Err(ExecuteError::new(found).with_hint("set data.languages to those of the model"));
    }
    config.languages = Some(languages);
    config.dropout = section.dropout;
    config.attention_dropout = section.attention_dropout;
    config.activation_dropout = section.activation_dropout;
    config.label_smoothing = experiment.train.label_smoothing;
    config.check().map_err(ExecuteError::new)?;
    Ok(config)
}
