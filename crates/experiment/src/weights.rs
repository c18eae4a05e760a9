//! `model.weights`: what the folder says of the model, in the place of keys that the experiment leaves out.

use std::path::Path;

use bundle::encoder::EncoderConfig;
use bundle::translation::TranslationConfig;
use bundle::{BundleError, CONFIG_FILE};
use files::Hint;

use crate::finding::Finding;
use crate::schema::ModelSection;
use crate::task::TaskName;

/// Fills `[model]` in from the config.json of `folder`. A size, which the weights have once and for all, is refused where it
/// was written and is another; what a training may choose is taken from the folder where it was not `written`.
pub(crate) fn fill_in(
    model: &mut ModelSection,
    folder: &Path,
    task: TaskName,
    written: &dyn Fn(&str) -> bool,
) -> Result<(), Finding> {
    let refuse = |error: BundleError| Finding {
        hint: error.hint(),
        ..Finding::new("model.weights", format!("cannot be used: {error}"))
    };
    let config_file = folder.join(CONFIG_FILE);
    if !config_file.is_file() {
        let message = format!("needs {}, which is no file", config_file.display());
        return Err(Finding::new("model.weights", message).hint(match task {
            TaskName::Classification => "name a Hugging Face folder with config.json, model.safetensors and its tokenizer",
            TaskName::Translation => {
                "name a folder with config.json, model.safetensors and dictionaries, such as that of a dense run"
            }
        }));
    }
    bundle::weight_files(folder).map_err(refuse)?;
    let fill = Filling { written, folder };
    match task {
        TaskName::Classification => fill.encoder(model, &EncoderConfig::read(&config_file).map_err(refuse)?),
        TaskName::Translation => {
            fill.encoder_decoder(model, &TranslationConfig::read(&config_file).map_err(refuse)?)
        }
    }
}

struct Filling<'a> {
    written: &'a dyn Fn(&str) -> bool,
    folder: &'a Path,
}

impl Filling<'_> {
    fn encoder(&self, model: &mut ModelSection, config: &EncoderConfig) -> Result<(), Finding> {
        self.size("layers", &mut model.layers, config.num_hidden_layers)?;
        self.size("heads", &mut model.heads, config.num_attention_heads)?;
        self.size("width", &mut model.width, config.hidden_size)?;
        self.size("feed_forward", &mut model.feed_forward, config.intermediate_size)?;
        self.size("positions", &mut model.positions, config.longest_input())?;
        self.size("layer_norm_eps", &mut model.layer_norm_eps, config.layer_norm_eps)?;
        self.size("embedding_std", &mut model.embedding_std, config.embedding_std())?;
        // Of a classifier that starts anew.
        self.choice("linear_std", &mut model.linear_std, config.initializer_range);
        self.choice("dropout", &mut model.dropout, config.hidden_dropout_prob);
        let dropout = config.attention_probs_dropout_prob;
        self.choice("attention_dropout", &mut model.attention_dropout, dropout);
        let dropout = config.classifier_dropout;
        self.choice("classifier_dropout", &mut model.classifier_dropout, dropout);
        Ok(())
    }

    fn encoder_decoder(&self, model: &mut ModelSection, config: &TranslationConfig) -> Result<(), Finding> {
        let decoder_layers = Some(config.decoder_layers);
        self.size("layers", &mut model.layers, config.encoder_layers)?;
        self.size("heads", &mut model.heads, config.attention_heads)?;
        self.size("width", &mut model.width, config.embed_dim)?;
        self.size("feed_forward", &mut model.feed_forward, config.ffn_embed_dim)?;
        self.size("positions", &mut model.positions, config.max_target_positions)?;
        self.size("layer_norm_eps", &mut model.layer_norm_eps, config.layer_norm_eps)?;
        match model.decoder_layers {
            Some(written) => self.size("decoder_layers", &mut { written }, config.decoder_layers)?,
            None => model.decoder_layers = decoder_layers,
        }
        self.choice("dropout", &mut model.dropout, config.dropout);
        let dropout = config.attention_dropout;
        self.choice("attention_dropout", &mut model.attention_dropout, dropout);
        let dropout = config.activation_dropout;
        self.choice("activation_dropout", &mut model.activation_dropout, dropout);
        Ok(())
    }

    /// What the weights have and an experiment can only repeat.
    fn size<T: Copy + PartialEq + std::fmt::Display>(
        &self,
        name: &str,
        value: &mut T,
        of_folder: T,
    ) -> Result<(), Finding> {
        let key = format!("model.{name}");
        if (self.written)(&key) && *value != of_folder {
            let message = format!(
                "is {value}, but the model in {} has {of_folder}",
                self.folder.display()
            );
            return Err(Finding::new(key, message).hint("leave it out: `model.weights` brings it"));
        }
        *value = of_folder;
        Ok(())
    }

    /// What a training chooses.
    fn choice<T>(&self, name: &str, value: &mut T, of_folder: T) {
        if !(self.written)(&format!("model.{name}")) {
            *value = of_folder;
        }
    }
}
