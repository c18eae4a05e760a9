//! Checks of an experiment's values, those of files and of several keys together included.

use std::fmt::Display;

use serde::Serialize;

use super::keys::nearest;
use super::schema::{Experiment, PaddingRule, ScheduleName};
use super::task::Task;
use super::validate_data::check_data;
use crate::method::{METHODS, Method, method};

/// No machine has more processors; a run starts as many threads as it is told to.
const MOST_THREADS: usize = 4096;

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Dotted key of the value.
    pub key: String,
    /// What is wrong, as the rest of a sentence that begins with the key.
    pub message: String,
    /// The remedy, where the message does not say it.
    pub hint: Option<String>,
}

impl Finding {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn positive(key: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() && value > 0.0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "above 0 and finite"))
        }
    }

    pub(crate) fn not_negative(key: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() && value >= 0.0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "at least 0 and finite"))
        }
    }

    pub(crate) fn probability(key: &str, value: f64) -> Result<(), Self> {
        if (0.0..1.0).contains(&value) {
            Ok(())
        } else {
            Err(Self::range(key, value, "in [0, 1)"))
        }
    }

    pub(crate) fn at_least_one(key: &str, value: usize) -> Result<(), Self> {
        if value > 0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "at least 1"))
        }
    }

    /// A list that names at least one thing and nothing twice.
    pub(crate) fn entries<T: PartialEq + Serialize>(key: &str, entries: &[T]) -> Result<(), Self> {
        if entries.is_empty() {
            return Err(Self::new(key, "is empty; name at least one"));
        }
        let repeated = (1..entries.len()).find(|&index| entries[..index].contains(&entries[index]));
        match repeated {
            Some(index) => {
                let entry = serde_json::to_value(&entries[index]).unwrap_or_default();
                let shown = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
                Err(Self::new(
                    format!("{key}.{index}"),
                    format!("is {shown}, named a second time"),
                ))
            }
            None => Ok(()),
        }
    }

    /// Factors of a penalty.
    pub(crate) fn factors(key: &str, factors: &[f64]) -> Result<(), Self> {
        for (index, &factor) in factors.iter().enumerate() {
            Self::not_negative(&format!("{key}.{index}"), factor)?;
        }
        Self::entries(key, factors)
    }

    pub(crate) fn range(key: &str, value: impl Display, wanted: &str) -> Self {
        Self::new(key, format!("is {value}, but must be {wanted}"))
    }
}

/// The first value that cannot be used, in the order of the file's sections.
pub(super) fn validate(experiment: &Experiment) -> Result<(), Finding> {
    let name = &experiment.name;
    if name.contains(char::is_control) {
        let message = format!("is {name:?}, which holds a control character");
        return Err(Finding::new("name", message).hint("use letters, digits and `-`"));
    }
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        return Err(Finding::new(
            "name",
            format!("is `{name}`, but names a folder; use letters, digits and `-`"),
        ));
    }
    let names = [
        ("name", Some(name)),
        ("data.corpus", experiment.data.corpus.as_ref()),
    ];
    for (key, name) in names {
        if let Some(length) = name
            .map(String::len)
            .filter(|&length| length > report::LONGEST_NAME)
        {
            let message = format!(
                "has {length} bytes; tables and figures show at most {}",
                report::LONGEST_NAME
            );
            return Err(Finding::new(key, message));
        }
    }
    check_data(experiment)?;
    check_model(experiment)?;
    check_train(experiment)?;
    experiment.select.check(experiment)?;
    experiment.generate.check()?;
    check_sweep(experiment)?;
    check_threads(experiment.run.threads)?;
    experiment.slurm.check()
}

fn check_threads(threads: usize) -> Result<(), Finding> {
    Finding::at_least_one("run.threads", threads)?;
    if threads > MOST_THREADS {
        return Err(Finding::new(
            "run.threads",
            format!("is {threads}, more than {MOST_THREADS}"),
        ));
    }
    Ok(())
}

fn check_model(experiment: &Experiment) -> Result<(), Finding> {
    let model = &experiment.model;
    let sizes = [
        ("model.layers", model.layers),
        ("model.heads", model.heads),
        ("model.width", model.width),
        ("model.feed_forward", model.feed_forward),
    ];
    for (key, value) in sizes {
        Finding::at_least_one(key, value)?;
    }
    if !model.width.is_multiple_of(model.heads) {
        let message = format!(
            "is {}, which `model.heads` = {} does not divide",
            model.width, model.heads
        );
        return Err(Finding::new("model.width", message));
    }
    if experiment.task == Task::Translation {
        if experiment.train.padding == PaddingRule::MaxLength {
            let message =
                "is \"max-length\", but translation has no such length; use \"none\" or \"longest\"";
            return Err(Finding::new("train.padding", message));
        }
        return check_encoder_decoder(experiment);
    }
    if model.positions < experiment.data.max_length {
        let longest = experiment.data.max_length;
        let message = format!("is {}, fewer than `data.max_length` = {longest}", model.positions);
        return Err(Finding::new("model.positions", message));
    }
    Finding::probability("model.dropout", model.dropout)?;
    Finding::probability("model.attention_dropout", model.attention_dropout)?;
    if let Some(dropout) = model.classifier_dropout {
        Finding::probability("model.classifier_dropout", dropout)?;
    }
    Finding::positive("model.layer_norm_eps", model.layer_norm_eps)?;
    Finding::positive("model.linear_std", model.linear_std)?;
    Finding::positive("model.embedding_std", model.embedding_std)
}

fn check_encoder_decoder(experiment: &Experiment) -> Result<(), Finding> {
    let model = &experiment.model;
    Finding::at_least_one("model.decoder_layers", model.decoder_layers())?;
    // Sines and cosines share the width; a sentence is a word and its end symbol at least.
    if model.width < 4 || !model.width.is_multiple_of(2) {
        return Err(Finding::range(
            "model.width",
            model.width,
            "an even number of at least 4 for a translation",
        ));
    }
    if model.positions < 2 {
        return Err(Finding::range("model.positions", model.positions, "at least 2"));
    }
    Finding::probability("model.dropout", model.dropout)?;
    Finding::probability("model.attention_dropout", model.attention_dropout)?;
    Finding::probability("model.activation_dropout", model.activation_dropout)?;
    Finding::positive("model.layer_norm_eps", model.layer_norm_eps)
}

fn check_train(experiment: &Experiment) -> Result<(), Finding> {
    let train = &experiment.train;
    match train.epochs {
        Some(epochs) => Finding::positive("train.epochs", epochs)?,
        None if train.updates.is_none() => {
            return Err(Finding::new(
                "train.updates",
                "is missing, and so is `train.epochs`; set one of them",
            ));
        }
        None => {}
    }
    if let Some(updates) = train.updates {
        Finding::at_least_one("train.updates", updates)?;
    }
    Finding::at_least_one("train.batch", train.batch)?;
    if let Some(tokens) = train.max_tokens {
        Finding::at_least_one("train.max_tokens", tokens)?;
    }
    Finding::probability("train.label_smoothing", train.label_smoothing)?;
    if train.schedule == ScheduleName::AsWeights {
        return Err(
            Finding::new("train.schedule", "is as-weights, but it is that of the weights")
                .hint("write linear, inverse-sqrt or constant"),
        );
    }
    Finding::positive("train.learning_rate", train.learning_rate)?;
    Finding::probability("train.betas.0", train.betas.0)?;
    Finding::probability("train.betas.1", train.betas.1)?;
    Finding::positive("train.epsilon", train.epsilon)?;
    Finding::not_negative("train.weight_decay", train.weight_decay)?;
    Finding::not_negative("train.clip", train.clip)
}

fn check_sweep(experiment: &Experiment) -> Result<(), Finding> {
    let sweep = &experiment.sweep;
    let methods = sweep.methods.iter().enumerate().map(|(index, name)| {
        method(name).ok_or_else(|| {
            Finding::new(
                format!("sweep.methods.{index}"),
                format!("is `{name}`, no method of this program"),
            )
            .hint(known_methods(name))
        })
    });
    let methods: Vec<&Method> = methods.collect::<Result<_, _>>()?;
    Finding::entries("sweep.methods", &sweep.methods)?;
    Finding::entries("sweep.seeds", &sweep.seeds)?;
    for (name, heads) in &sweep.heads_of {
        let key = format!("sweep.heads_of.{name}");
        if method(name).is_none() {
            return Err(Finding::new(key, "is of no method of this program").hint(known_methods(name)));
        }
        Finding::entries(&key, heads)?;
        check_heads(experiment, &key, heads)?;
    }
    check_heads(experiment, "sweep.heads", &sweep.heads)?;
    methods.iter().try_for_each(|method| (method.check)(experiment))?;
    if methods
        .iter()
        .any(|method| (method.points)(experiment).is_empty())
        || !sweep.heads.is_empty()
    {
        Finding::entries("sweep.heads", &sweep.heads)?;
    }
    for (index, &seed) in sweep.seeds.iter().enumerate() {
        if i64::try_from(seed).is_err() {
            return Err(Finding::range(
                &format!("sweep.seeds.{index}"),
                seed,
                "below 2^63",
            ));
        }
    }
    Ok(())
}

pub(super) fn known_methods(name: &str) -> String {
    let known = METHODS.iter().map(|method| method.name);
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the methods are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

fn check_heads(experiment: &Experiment, key: &str, heads: &[usize]) -> Result<(), Finding> {
    let all = experiment.n_heads();
    for (index, &k) in heads.iter().enumerate() {
        if k == 0 || k > all {
            let (modules, heads) = (experiment.attention_modules(), experiment.model.heads);
            let message = format!("is {k}, but the model has {modules} x {heads} = {all} heads");
            return Err(
                Finding::new(format!("{key}.{index}"), message).hint(format!("keep 1 to {all} heads"))
            );
        }
    }
    Ok(())
}
