//! The README.md of an exported folder: what it holds, which heads are left, and what loads it.

use std::fmt::Write;

use bundle::encoder::EncoderConfig;
use bundle::{CONFIG_FILE, ModelConfig, WEIGHTS_FILE};
use heads::{GridError, HeadRow};

use crate::LOADER_FILE;
use crate::onnx::MODEL_FILE;

/// Name of the file.
pub const README_FILE: &str = "README.md";

/// What was written of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A folder whose tensors lack the removed heads.
    Removed,
    /// A folder of full shape with zeros for the removed heads.
    Zeroed,
    /// An ONNX file.
    Onnx,
}

/// The README.md of a folder of that format. `config` is of the model that is left: its `pruned_heads` are the heads that were
/// removed, in whatever format.
///
/// # Errors
/// [`GridError::NoRows`] for a config without layers.
pub fn readme(format: Format, config: &ModelConfig) -> Result<String, GridError> {
    let mut text = String::new();
    for part in [
        title(format, config)?,
        what(format, config),
        heads(config)?,
        loading(format, config),
    ] {
        text.push_str(&part);
    }
    Ok(text)
}

fn kind(config: &ModelConfig) -> String {
    match config {
        ModelConfig::Encoder(config) => format!("{} classifier", config.family.model_type()),
        ModelConfig::Translation(_) => "translation model".to_owned(),
    }
}

fn title(format: Format, config: &ModelConfig) -> Result<String, GridError> {
    let (kept, full) = (config.grid()?.total(), config.full_grid()?.total());
    if kept == full {
        let how = if format == Format::Onnx { ", as ONNX" } else { "" };
        return Ok(format!(
            "# A {} with all its {full} attention heads{how}\n\n",
            kind(config)
        ));
    }
    let how = match format {
        Format::Removed => "the others removed",
        Format::Zeroed => "the others zeroed",
        Format::Onnx => "as ONNX",
    };
    Ok(format!(
        "# A {} with {kept} of {full} attention heads, {how}\n\n",
        kind(config)
    ))
}

/// What the files are, how large they are and how fast.
fn what(format: Format, config: &ModelConfig) -> String {
    let (whole, left) = (config.whole().parameters(), config.parameters());
    if config.pruned_heads().is_empty() {
        return match format {
            Format::Removed | Format::Zeroed => {
                format!("`{WEIGHTS_FILE}` is the whole model: no head was removed.\n\n")
            }
            Format::Onnx => format!(
                "`{MODEL_FILE}` is the whole model in opset 17, weights in single precision: no head was removed.\n\n"
            ),
        };
    }
    let fewer = format!("{} of {} parameters are left.", grouped(left), grouped(whole));
    let exact = "Unless it was trained further, it computes what the whole model computes when the \
                 outputs of those heads are set to 0.";
    match format {
        Format::Removed => format!(
            "`{WEIGHTS_FILE}` lacks the heads that `pruned_heads` of `{CONFIG_FILE}` names, numbered as before any was removed. \
             {exact}\n{fewer} Fewer heads make the attention cheaper; the feed-forward layers, the embeddings and the width of \
             the hidden states are as they were, and with them most of the work on a short input.\n\n"
        ),
        Format::Zeroed => format!(
            "`{WEIGHTS_FILE}` has the shapes of the whole model: the columns of each output projection that read a removed head \
             are zeros. {exact}\nIt loads wherever the whole model does. Training would open the removed heads \
             again. It is neither smaller nor faster: all {} parameters are \
             stored and computed with; of them {} would be enough.\n\n",
            grouped(whole),
            grouped(left)
        ),
        Format::Onnx => format!(
            "`{MODEL_FILE}` is the model in opset 17, weights in single precision, without the heads that were removed. {exact}\n\
             {fewer} Fewer heads make the attention cheaper; everything else is as it was.\n\n"
        ),
    }
}

/// A table of the heads that are left, a line for each attention module.
fn heads(config: &ModelConfig) -> Result<String, GridError> {
    let mut text =
        "| attention | layer | heads left | which, from 0 |\n| --- | --- | --- | --- |\n".to_owned();
    for row in config.full_grid()?.rows() {
        let kept = kept(config, row);
        let numbers: Vec<String> = kept.iter().map(usize::to_string).collect();
        let which = match numbers.as_slice() {
            [] => "none: the bias of its output is left".to_owned(),
            _ if kept.len() == row.heads => "all".to_owned(),
            numbers => numbers.join(", "),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} of {} | {which} |",
            row.kind,
            row.layer,
            kept.len(),
            row.heads
        );
    }
    text.push('\n');
    Ok(text)
}

fn kept(config: &ModelConfig, row: &HeadRow) -> Vec<usize> {
    let gone: Vec<usize> = config.pruned_heads().of(row.kind, row.layer).collect();
    (0..row.heads).filter(|head| !gone.contains(head)).collect()
}

fn loading(format: Format, config: &ModelConfig) -> String {
    match (config, format) {
        (ModelConfig::Translation(_), _) => {
            "## Loading\n\nThe config and the names of the tensors are those of headcount, which reads the folder:\n\n```\n\
             headcount translate FOLDER < source.txt\n```\n"
                .to_owned()
        }
        (ModelConfig::Encoder(config), Format::Onnx) => onnxruntime(config),
        (ModelConfig::Encoder(_), format) => {
            let transformers = if format == Format::Removed {
                format!(
                    "With transformers 5, which no longer reads `pruned_heads`: `{LOADER_FILE}` beside this file gives each layer \
                     its own number of heads, then loads all weights strictly.\n\n```python\nfrom load_removed import load  # in \
                     this folder\n\nmodel = load()\n```\n"
                )
            } else {
                "With transformers, as any other folder:\n\n```python\nfrom transformers import \
                 AutoModelForSequenceClassification\n\nmodel = \
                 AutoModelForSequenceClassification.from_pretrained(\"FOLDER\")\n```\n"
                    .to_owned()
            };
            format!(
                "## Loading\n\nWith headcount, where the folder has a tokeniser:\n\n```\nheadcount predict FOLDER < \
                 pairs.tsv\n```\n\n{transformers}"
            )
        }
    }
}

fn onnxruntime(config: &EncoderConfig) -> String {
    format!(
        "## Loading\n\nheadcount does not read this file. With onnxruntime, \
         and the tokeniser by transformers:\n\n```python\nimport onnxruntime\nfrom transformers \
         import AutoTokenizer\n\nsession = onnxruntime.InferenceSession(\"{MODEL_FILE}\")\ntokenizer = \
         AutoTokenizer.from_pretrained(\".\")\ntext = tokenizer([\"A premise.\"], [\"A hypothesis.\"], padding=True, \
         return_tensors=\"np\")\nnames = [value.name for value in session.get_inputs()]\n[logits] = session.run([\"logits\"], \
         {{name: text[name].astype(\"int64\") for name in names}})\n```\n\nThe {} columns of `logits` are, in this order: {}. An \
         input has at most {} tokens.\n",
        config.classes(),
        config.labels.join(", "),
        config.longest_input()
    )
}

/// A number with a comma behind each thousand.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bundle::translation::TranslationConfig;
    use heads::HeadMask;

    #[test]
    fn the_heads_of_each_module_and_what_loads_them_are_said() {
        let base = EncoderConfig::of_sizes(30_522, 768, 12, 12, 3072, 512);
        let mask = HeadMask::from_flags((0..144).map(|head| head >= 12 && head % 3 != 1).collect());
        let left = ModelConfig::Encoder(base.pruned(&mask).unwrap());
        let removed = readme(Format::Removed, &left).unwrap();
        for wanted in [
            "# A bert classifier with 88 of 144 attention heads, the others removed",
            "98,462,978 of 109,483,778 parameters",
            "| encoder-self | 0 | 0 of 12 | none: the bias of its output is left |",
            "| encoder-self | 1 | 8 of 12 | 0, 2, 3, 5, 6, 8, 9, 11 |",
            "from load_removed import load",
            "headcount predict FOLDER",
        ] {
            assert!(removed.contains(wanted), "{wanted}\n{removed}");
        }
        let zeroed = readme(Format::Zeroed, &left).unwrap();
        assert!(zeroed.contains("neither smaller nor faster") && !zeroed.contains("load_removed"));
        let onnx = readme(Format::Onnx, &left).unwrap();
        assert!(onnx.contains("in this order: LABEL_0, LABEL_1. An input has at most 512 tokens."));
        assert!(
            onnx.contains("onnxruntime.InferenceSession(\"model.onnx\")"),
            "{onnx}"
        );
        let whole = readme(Format::Onnx, &left.whole()).unwrap();
        assert!(whole.contains("| encoder-self | 0 | 12 of 12 | all |"), "{whole}");
        for format in [Format::Removed, Format::Zeroed, Format::Onnx] {
            let whole = readme(format, &left.whole()).unwrap();
            assert!(whole.starts_with("# A bert classifier with all its 144 attention heads"));
            assert!(
                whole.contains("no head was removed") && !whole.contains("the others"),
                "{whole}"
            );
        }
    }

    #[test]
    fn of_translation_models_headcount_is_named_alone() {
        let config = ModelConfig::Translation(TranslationConfig::of_sizes(9, 8, 8, 1, 2, 6));
        for format in [Format::Removed, Format::Zeroed] {
            let text = readme(format, &config).unwrap();
            assert!(text.contains("headcount translate FOLDER"), "{text}");
            assert!(!text.contains("transformers"), "{text}");
        }
    }

    #[test]
    fn thousands_are_grouped() {
        let numbers = [0, 999, 1000, 109_483_778];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "109,483,778"]);
    }
}
