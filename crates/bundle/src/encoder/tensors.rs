//! The tensors of an encoder with its classifier, under the names of its family.

use heads::{HeadRow, RowKind};

use super::{EncoderConfig, Family};
use crate::pruned::PrunedHeads;
use crate::tensors::{Part, Specs, TensorSpec};

/// The names of the parts of a layer; each stands behind that of the layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerNames {
    /// Query, key and value.
    pub projections: [&'static str; 3],
    /// Over the contexts of the heads.
    pub output: &'static str,
    /// Behind the attention.
    pub attention_norm: &'static str,
    /// First layer of the feed-forward part.
    pub inner: &'static str,
    /// Second layer of the feed-forward part.
    pub outer: &'static str,
    /// Behind the feed-forward part.
    pub output_norm: &'static str,
}

impl Family {
    /// What comes between the encoder's prefix and the number of a layer.
    pub fn layers(self) -> &'static str {
        match self {
            Self::DistilBert => "transformer.layer",
            Self::Bert | Self::Roberta | Self::XlmRoberta => "encoder.layer",
        }
    }

    /// The names within a layer.
    pub fn layer_names(self) -> LayerNames {
        match self {
            Self::Bert | Self::Roberta | Self::XlmRoberta => LayerNames {
                projections: [
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                ],
                output: "attention.output.dense",
                attention_norm: "attention.output.LayerNorm",
                inner: "intermediate.dense",
                outer: "output.dense",
                output_norm: "output.LayerNorm",
            },
            Self::DistilBert => LayerNames {
                projections: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
                output: "attention.out_lin",
                attention_norm: "sa_layer_norm",
                inner: "ffn.lin1",
                outer: "ffn.lin2",
                output_norm: "output_layer_norm",
            },
        }
    }

    /// The layer between the encoder and the classifier, whole.
    pub fn head(self) -> &'static str {
        match self {
            Self::Bert => "bert.pooler.dense",
            Self::Roberta | Self::XlmRoberta => "classifier.dense",
            Self::DistilBert => "pre_classifier",
        }
    }

    /// The classifier, whole.
    pub fn classifier(self) -> &'static str {
        match self {
            Self::Bert | Self::DistilBert => "classifier",
            Self::Roberta | Self::XlmRoberta => "classifier.out_proj",
        }
    }
}

impl EncoderConfig {
    /// Every tensor of such a model, in the order in which the model shows them.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let mut specs = Specs::default();
        self.embeddings(&mut specs);
        for number in 0..self.num_hidden_layers {
            self.layer(number, &self.pruned_heads, &mut specs);
        }
        self.head(&mut specs);
        specs.0
    }

    /// The weights `[width, heads x head width]` over the contexts of the heads of a layer.
    pub fn output_projection(&self, layer: usize) -> String {
        format!(
            "{}.weight",
            self.of_layer(layer, self.family.layer_names().output)
        )
    }

    /// The linear layers of query, key and value of a layer: each has a weight `[heads x head width, width]` and a bias.
    pub fn projections(&self, layer: usize) -> [String; 3] {
        let names = self.family.layer_names().projections;
        names.map(|name| self.of_layer(layer, name))
    }

    /// Numbers in all tensors, without listing them: a damaged config may ask for more layers than there is memory for.
    pub fn parameters(&self) -> u128 {
        let count = |list: &dyn Fn(&mut Specs)| {
            let mut specs = Specs::default();
            list(&mut specs);
            specs.0.iter().map(TensorSpec::count).sum::<u128>()
        };
        let layer = count(&|specs| self.layer(0, &PrunedHeads::default(), specs));
        let rest = count(&|specs| {
            self.embeddings(specs);
            self.head(specs);
        });
        let removed = self
            .pruned_heads
            .parameters(self.hidden_size, self.num_attention_heads);
        (rest + self.num_hidden_layers as u128 * layer).saturating_sub(removed)
    }

    fn embeddings(&self, specs: &mut Specs) {
        let (prefix, width) = (self.family.prefix(), self.hidden_size);
        let mut table = |name: &str, entries: usize| {
            let name = format!("{prefix}.embeddings.{name}.weight");
            specs.tensor(name, &[entries, width], Part::Body);
        };
        table("word_embeddings", self.vocab_size);
        table("position_embeddings", self.max_position_embeddings);
        if !self.family.has_no_types() {
            table("token_type_embeddings", self.type_vocab_size);
        }
        specs.norm(&format!("{prefix}.embeddings.LayerNorm"), width);
    }

    fn layer(&self, number: usize, pruned: &PrunedHeads, specs: &mut Specs) {
        let (width, inner) = (self.hidden_size, self.intermediate_size);
        let names = self.family.layer_names();
        let of = |name: &str| self.of_layer(number, name);
        let row = HeadRow {
            kind: RowKind::EncoderSelf,
            layer: number,
            heads: self.num_attention_heads,
        };
        let widths = [width, pruned.width_left(row, width)];
        specs.attention(self.projections(number), &of(names.output), widths);
        specs.norm(&of(names.attention_norm), width);
        specs.linear(&of(names.inner), [width, inner], Part::Body);
        specs.linear(&of(names.outer), [inner, width], Part::Body);
        specs.norm(&of(names.output_norm), width);
    }

    fn of_layer(&self, number: usize, name: &str) -> String {
        let (prefix, layers) = (self.family.prefix(), self.family.layers());
        format!("{prefix}.{layers}.{number}.{name}")
    }

    fn head(&self, specs: &mut Specs) {
        let width = self.hidden_size;
        specs.linear(self.family.head(), [width, width], Part::Head);
        let classes = [width, self.classes()];
        specs.linear(self.family.classifier(), classes, Part::Classifier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heads::HeadMask;

    #[test]
    fn bert_base_with_three_classes_has_109_484_547_parameters() {
        let mut config = EncoderConfig::of_sizes(30_522, 768, 12, 12, 3072, 512);
        config.set_classes(3);
        assert_eq!(config.parameters(), 109_484_547);
        // One head of each layer, and all of the first: a layer without heads loses no more than they.
        for kept in [|head: usize| head % 12 == 5, |head: usize| head < 12] {
            let mask = HeadMask::from_flags((0..144).map(kept).collect());
            let parameters = config.pruned(&mask).unwrap().parameters();
            assert_eq!(parameters, 109_484_547 - 132 * 196_800);
        }
    }

    #[test]
    fn the_number_of_parameters_is_that_of_the_tensors_of_every_family() {
        for family in Family::ALL {
            let mut config = EncoderConfig::of_sizes(11, 6, 3, 2, 7, 9);
            config.family = family;
            let listed: u128 = config.tensors().iter().map(TensorSpec::count).sum();
            assert_eq!(config.parameters(), listed, "{family:?}");
        }
    }

    #[test]
    fn heads_that_were_removed_are_missing_in_the_shapes_and_the_parameters_of_every_family() {
        for family in Family::ALL {
            let mut config = EncoderConfig::of_sizes(11, 6, 3, 3, 7, 9);
            config.family = family;
            let whole = config.tensors();
            for (layer, head) in [(0, 1), (2, 0), (2, 1), (2, 2)] {
                config.pruned_heads.insert(RowKind::EncoderSelf, layer, head);
            }
            let tensors = config.tensors();
            let listed: u128 = tensors.iter().map(TensorSpec::count).sum();
            assert_eq!(config.parameters(), listed, "{family:?}");
            let names = family.layer_names();
            let shapes = |layer: usize, name: &str| {
                let name = format!("{}.{}.{layer}.{name}", family.prefix(), family.layers());
                [".weight", ".bias"].map(|part| {
                    let mut specs = tensors.iter();
                    let found = specs.find(|spec| spec.name == format!("{name}{part}"));
                    found.map(|spec| spec.shape.clone())
                })
            };
            for name in names.projections {
                assert_eq!(shapes(0, name), [Some(vec![4, 6]), Some(vec![4])]);
                assert_eq!(shapes(1, name), [Some(vec![6, 6]), Some(vec![6])]);
                assert_eq!(shapes(2, name), [None, None]);
            }
            assert_eq!(shapes(0, names.output), [Some(vec![6, 4]), Some(vec![6])]);
            assert_eq!(shapes(2, names.output), [None, Some(vec![6])]);
            // What is left stands in the order of the whole.
            let left = |spec: &&TensorSpec| tensors.iter().any(|other| other.name == spec.name);
            let in_order = whole.iter().filter(left).map(|spec| &spec.name);
            assert!(in_order.eq(tensors.iter().map(|spec| &spec.name)));
        }
    }

    #[test]
    fn distilbert_base_has_66_955_010_parameters() {
        let mut config = EncoderConfig::of_sizes(30_522, 768, 6, 12, 3072, 512);
        config.family = Family::DistilBert;
        assert_eq!(config.parameters(), 66_955_010);
    }
}
