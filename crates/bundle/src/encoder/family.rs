//! The families of encoders: what they are called, and the values of keys that a config.json leaves out.

/// A family of encoders, by its `model_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Positions from 0, two kinds of tokens, a pooler.
    Bert,
    /// Positions from behind that of padding, a classifier of two layers instead of a pooler.
    Roberta,
    /// RoBERTa over a multilingual vocabulary.
    XlmRoberta,
    /// Positions from 0, no kinds of tokens, a classifier of two layers instead of a pooler.
    DistilBert,
}

/// What the config class of a family takes where a key is left out.
#[derive(Debug)]
pub(super) struct Defaults {
    pub(super) vocab_size: usize,
    pub(super) layers: usize,
    pub(super) pad_token_id: usize,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 4] = [Self::Bert, Self::Roberta, Self::XlmRoberta, Self::DistilBert];

    /// The value of `model_type`.
    pub fn model_type(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::DistilBert => "distilbert",
        }
    }

    /// The family of that `model_type`.
    pub fn of_model_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.model_type() == name)
    }

    /// The class that classifies sequences with such an encoder.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Bert => "BertForSequenceClassification",
            Self::Roberta => "RobertaForSequenceClassification",
            Self::XlmRoberta => "XLMRobertaForSequenceClassification",
            Self::DistilBert => "DistilBertForSequenceClassification",
        }
    }

    /// The family that a class of `architectures` belongs to.
    pub(super) fn of_architecture(name: &str) -> Option<Self> {
        let begins =
            |prefix: &str| name.starts_with(&format!("{prefix}For")) || name == format!("{prefix}Model");
        let of = |family: &Self| {
            let prefix = family.architecture().strip_suffix("ForSequenceClassification");
            prefix.is_some_and(begins)
        };
        Self::ALL.into_iter().find(of)
    }

    /// What the names of the encoder's tensors begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta | Self::XlmRoberta => "roberta",
            Self::DistilBert => "distilbert",
        }
    }

    /// Whether this is RoBERTa, over whatever vocabulary.
    pub fn is_roberta(self) -> bool {
        matches!(self, Self::Roberta | Self::XlmRoberta)
    }

    pub(super) fn defaults(self) -> Defaults {
        Defaults {
            vocab_size: match self {
                Self::Roberta => 50_265,
                Self::Bert | Self::XlmRoberta | Self::DistilBert => 30_522,
            },
            layers: match self {
                Self::DistilBert => 6,
                Self::Bert | Self::Roberta | Self::XlmRoberta => 12,
            },
            pad_token_id: usize::from(self.is_roberta()),
        }
    }
}

impl Family {
    /// Whether tokens of this family are of one kind, without a table for kinds.
    pub fn has_no_types(self) -> bool {
        self == Self::DistilBert
    }

    /// What this family calls a key of BERT's.
    pub fn key(self, name: &'static str) -> &'static str {
        if self != Self::DistilBert {
            return name;
        }
        match name {
            "hidden_size" => "dim",
            "num_hidden_layers" => "n_layers",
            "num_attention_heads" => "n_heads",
            "intermediate_size" => "hidden_dim",
            "hidden_dropout_prob" => "dropout",
            "attention_probs_dropout_prob" => "attention_dropout",
            "classifier_dropout" => "seq_classif_dropout",
            "hidden_act" => "activation",
            other => other,
        }
    }
}
