//! The graph of an encoder that classifies, from ids to logits, as transformers computes it in evaluation mode.

use bundle::encoder::{Activation, EncoderConfig, Family, LayerNames};
use heads::HeadGrid;

use super::graph::{Builder, Form};
use super::proto::{Attribute, BOOL, Dimension, FLOAT, INT64, ValueInfo};

/// Ids of tokens, `[batch, length]`.
const IDS: &str = "input_ids";
/// 1 for a token, 0 for padding, `[batch, length]`.
const MASK: &str = "attention_mask";
/// 0 for the first text, 1 for the second, `[batch, length]`.
const TYPES: &str = "token_type_ids";
/// Class scores, `[batch, classes]`.
const LOGITS: &str = "logits";

/// The graph of a classifier whose layers have the heads of `grid`, with inputs and output.
pub(super) fn classifier(config: &EncoderConfig, grid: &HeadGrid) -> Builder {
    let mut encoder = Encoder {
        builder: Builder::default(),
        config,
        names: config.family.layer_names(),
    };
    encoder.values();
    let mut states = encoder.embeddings();
    let closed = encoder.closed();
    for row in grid.rows() {
        states = encoder.layer(row.layer, row.heads, &states, &closed);
    }
    encoder.head(&states);
    encoder.builder.graph.name = format!("{} classifier", config.family.model_type());
    encoder.builder
}

/// An encoder whose graph is being built; values are known by their names.
struct Encoder<'a> {
    builder: Builder,
    config: &'a EncoderConfig,
    names: LayerNames,
}

impl Encoder<'_> {
    /// What goes in and what comes out.
    fn values(&mut self) {
        let input = |name, doc| {
            let shape = ["batch", "length"].map(Dimension::named).to_vec();
            ValueInfo::tensor(name, INT64, shape, doc)
        };
        let graph = &mut self.builder.graph;
        graph.input.push(input(IDS, "ids of tokens"));
        graph.input.push(input(MASK, "1 for a token, 0 for padding"));
        if self.config.family == Family::Bert {
            graph
                .input
                .push(input(TYPES, "0 for the first text, 1 for the second"));
        }
        let shape = vec![Dimension::named("batch"), Dimension::size(self.config.classes())];
        let doc = "class scores, in the order of the property `labels`";
        graph.output.push(ValueInfo::tensor(LOGITS, FLOAT, shape, doc));
    }

    /// The sum of the embeddings of word, kind and position, normalised, `[batch, length, width]`.
    fn embeddings(&mut self) -> String {
        let prefix = format!("{}.embeddings", self.config.family.prefix());
        let table = |name: &str| format!("{prefix}.{name}.weight");
        let positions = self.positions();
        self.builder.enter("embeddings");
        let mut sum = self.lookup(table("word_embeddings"), IDS);
        match self.config.family {
            Family::Bert => {
                let types = self.lookup(table("token_type_embeddings"), TYPES);
                sum = self.builder.of_two("Add", &sum, &types);
            }
            Family::Roberta | Family::XlmRoberta => {
                // All tokens are of the first kind.
                let types = self
                    .builder
                    .weight(table("token_type_embeddings"), Form::FirstRow);
                sum = self.builder.of_two("Add", &sum, &types);
            }
            Family::DistilBert => {}
        }
        let positions = self.lookup(table("position_embeddings"), &positions);
        sum = self.builder.of_two("Add", &sum, &positions);
        self.norm(&sum, &format!("{prefix}.LayerNorm"))
    }

    /// The rows of a table at these indices.
    fn lookup(&mut self, table: String, indices: &str) -> String {
        let table = self.builder.weight(table, Form::AsStored);
        self.builder.node("Gather", &[&table, indices], Vec::new())
    }

    /// The position of each token: its place, `[length]`, or of RoBERTa the number of words up to it that are no padding, behind
    /// the id of padding, and that id itself for padding, `[batch, length]`.
    fn positions(&mut self) -> String {
        let builder = &mut self.builder;
        builder.enter("positions");
        let padding = self
            .config
            .pad_token_id
            .filter(|_| self.config.family.is_roberta());
        if let Some(id) = padding {
            let id = builder.integer(id as i64);
            let is_padding = builder.of_two("Equal", IDS, &id);
            let is_word = builder.of_one("Not", &is_padding);
            let words = builder.node("Cast", &[&is_word], vec![Attribute::int("to", INT64.into())]);
            let axis = builder.integer(1);
            let counted = builder.of_two("CumSum", &words, &axis);
            let counted = builder.of_two("Mul", &counted, &words);
            return builder.of_two("Add", &counted, &id);
        }
        let ends = [("start", 1), ("end", 2)].map(|(name, value)| Attribute::int(name, value));
        let length = builder.node("Shape", &[IDS], ends.to_vec());
        let length = builder.of_one("Squeeze", &length);
        let (first, step) = (builder.integer(0), builder.integer(1));
        builder.node("Range", &[&first, &length, &step], Vec::new())
    }

    /// What is added to the scores of attention: 0 at tokens, the least number at padding, `[batch, 1, 1, length]`.
    fn closed(&mut self) -> String {
        let builder = &mut self.builder;
        builder.enter("mask");
        let is_token = builder.node("Cast", &[MASK], vec![Attribute::int("to", BOOL.into())]);
        let axes = builder.integers(&[1, 2]);
        let is_token = builder.of_two("Unsqueeze", &is_token, &axes);
        let (open, closed) = (builder.float(0.0), builder.float(f32::MIN));
        builder.node("Where", &[&is_token, &open, &closed], Vec::new())
    }

    /// A layer of so many heads, `[batch, length, width]` to the same.
    fn layer(&mut self, number: usize, heads: usize, states: &str, closed: &str) -> String {
        let family = self.config.family;
        let of = |name: &str| format!("{}.{}.{number}.{name}", family.prefix(), family.layers());
        let names = self.names;
        self.builder.enter(&format!("layer {number}"));
        let bias = format!("{}.bias", of(names.output));
        let attended = if heads == 0 {
            // Nothing is left of the module but the bias of its output.
            self.builder.weight(bias, Form::AsStored)
        } else {
            let context = self.context(names.projections.map(of), heads, states, closed);
            self.linear(&context, &of(names.output))
        };
        let sum = self.builder.of_two("Add", &attended, states);
        let states = self.norm(&sum, &of(names.attention_norm));
        let inner = self.linear(&states, &of(names.inner));
        let inner = self.activation(&inner);
        let outer = self.linear(&inner, &of(names.outer));
        let sum = self.builder.of_two("Add", &outer, &states);
        self.norm(&sum, &of(names.output_norm))
    }

    /// The contexts of all heads of a layer side by side, `[batch, length, heads x head width]`.
    fn context(&mut self, projections: [String; 3], heads: usize, states: &str, closed: &str) -> String {
        let head = self.config.hidden_size / self.config.num_attention_heads;
        // 0 stands for the size that is there.
        let split = self.builder.integers(&[0, 0, heads as i64, head as i64]);
        let [query, key, value] = projections.map(|name| {
            let projected = self.linear(states, &name);
            self.builder.of_two("Reshape", &projected, &split)
        });
        let mut turned = |value: &str, axes: [i64; 4]| {
            let axes = Attribute::ints("perm", &axes);
            self.builder.node("Transpose", &[value], vec![axes])
        };
        let query = turned(&query, [0, 2, 1, 3]);
        let key = turned(&key, [0, 2, 3, 1]);
        let value = turned(&value, [0, 2, 1, 3]);
        let scores = self.builder.of_two("MatMul", &query, &key);
        let scale = self.builder.float((1.0 / (head as f64).sqrt()) as f32);
        let scores = self.builder.of_two("Mul", &scores, &scale);
        let scores = self.builder.of_two("Add", &scores, closed);
        let shares = vec![Attribute::int("axis", -1)];
        let shares = self.builder.node("Softmax", &[&scores], shares);
        let context = self.builder.of_two("MatMul", &shares, &value);
        let axes = Attribute::ints("perm", &[0, 2, 1, 3]);
        let context = self.builder.node("Transpose", &[&context], vec![axes]);
        let joined = self.builder.integers(&[0, 0, (heads * head) as i64]);
        self.builder.of_two("Reshape", &context, &joined)
    }

    fn activation(&mut self, value: &str) -> String {
        let builder = &mut self.builder;
        match self.config.hidden_act {
            Activation::Gelu => {
                // In this order, which onnxruntime computes as one operation.
                let root = builder.float(std::f32::consts::SQRT_2);
                let scaled = builder.of_two("Div", value, &root);
                let error = builder.of_one("Erf", &scaled);
                let one = builder.float(1.0);
                let sum = builder.of_two("Add", &error, &one);
                let product = builder.of_two("Mul", value, &sum);
                let half = builder.float(0.5);
                builder.of_two("Mul", &product, &half)
            }
            Activation::GeluTanh => {
                let square = builder.of_two("Mul", value, value);
                let cube = builder.of_two("Mul", &square, value);
                let factor = builder.float(0.044_715);
                let part = builder.of_two("Mul", &cube, &factor);
                let sum = builder.of_two("Add", value, &part);
                let root = builder.float((2.0 / std::f64::consts::PI).sqrt() as f32);
                let scaled = builder.of_two("Mul", &sum, &root);
                let tangent = builder.of_one("Tanh", &scaled);
                let one = builder.float(1.0);
                let sum = builder.of_two("Add", &tangent, &one);
                let half = builder.float(0.5);
                let product = builder.of_two("Mul", value, &half);
                builder.of_two("Mul", &product, &sum)
            }
            Activation::Relu => builder.of_one("Relu", value),
            Activation::Silu => {
                let share = builder.of_one("Sigmoid", value);
                builder.of_two("Mul", value, &share)
            }
        }
    }

    /// Class scores from the states of first tokens.
    fn head(&mut self, states: &str) {
        let family = self.config.family;
        self.builder.enter("head");
        let place = self.builder.integer(0);
        let axis = vec![Attribute::int("axis", 1)];
        let first = self.builder.node("Gather", &[states, &place], axis);
        let dense = self.linear(&first, family.head());
        let activation = match family {
            Family::Bert | Family::Roberta | Family::XlmRoberta => "Tanh",
            Family::DistilBert => "Relu",
        };
        let pooled = self.builder.of_one(activation, &dense);
        let [product, bias] = self.product(&pooled, family.classifier());
        self.builder
            .named_node("Add", &[&product, &bias], Vec::new(), LOGITS.to_owned());
    }

    /// A linear layer of that name over the last axis.
    fn linear(&mut self, value: &str, name: &str) -> String {
        let [product, bias] = self.product(value, name);
        self.builder.of_two("Add", &product, &bias)
    }

    /// The product of a linear layer and its bias, which is still to be added.
    fn product(&mut self, value: &str, name: &str) -> [String; 2] {
        let weight = self.builder.weight(format!("{name}.weight"), Form::Transposed);
        let bias = self.builder.weight(format!("{name}.bias"), Form::AsStored);
        [self.builder.of_two("MatMul", value, &weight), bias]
    }

    /// Layer normalisation of that name over the last axis.
    fn norm(&mut self, value: &str, name: &str) -> String {
        let [scale, shift] =
            ["weight", "bias"].map(|part| self.builder.weight(format!("{name}.{part}"), Form::AsStored));
        let epsilon = Attribute::float("epsilon", self.config.layer_norm_eps as f32);
        let settings = vec![Attribute::int("axis", -1), epsilon];
        self.builder
            .node("LayerNormalization", &[value, &scale, &shift], settings)
    }
}
