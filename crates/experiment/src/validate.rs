//! Checks of an experiment's values, those of files and of several keys together included.

use crate::finding::Finding;
use crate::registry::{Registry, check_name};
use crate::schema::{Experiment, PaddingRule, ScheduleName};
use crate::task::TaskName;
use crate::validate_data::check_data;
use crate::validate_select::{check_select, check_splits};

/// No machine has more processors; a run starts as many threads as it is told to.
const MOST_THREADS: usize = 4096;

/// The first value that cannot be used, in the order of the file's sections.
pub(crate) fn validate(experiment: &Experiment, registry: &dyn Registry) -> Result<(), Finding> {
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
            .filter(|&length| length > records::LONGEST_NAME)
        {
            let message = format!(
                "has {length} bytes; tables and figures show at most {}",
                records::LONGEST_NAME
            );
            return Err(Finding::new(key, message));
        }
    }
    check_data(experiment)?;
    check_model(experiment)?;
    check_train(experiment)?;
    check_select(experiment, registry)?;
    experiment.generate.check()?;
    check_sweep(experiment, registry)?;
    check_splits(experiment)?;
    check_threads(experiment.run.threads)?;
    experiment.report.check()?;
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
    if experiment.task == TaskName::Translation {
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
        // A model that was trained elsewhere is taken as it is.
        Some(0.0) if experiment.model.weights.is_some() && train.updates.is_none() => {}
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

fn check_sweep(experiment: &Experiment, registry: &dyn Registry) -> Result<(), Finding> {
    let sweep = &experiment.sweep;
    for (index, name) in sweep.methods.iter().enumerate() {
        let what = format!("is `{name}`, no method of this program");
        check_name(registry, &format!("sweep.methods.{index}"), name, &what)?;
    }
    Finding::entries("sweep.methods", &sweep.methods)?;
    Finding::entries("sweep.seeds", &sweep.seeds)?;
    for (name, heads) in &sweep.heads_of {
        let key = format!("sweep.heads_of.{name}");
        check_name(registry, &key, name, "is of no method of this program")?;
        Finding::entries(&key, heads)?;
        check_heads(experiment, &key, heads)?;
    }
    check_heads(experiment, "sweep.heads", &sweep.heads)?;
    let mut methods = sweep.methods.iter();
    methods.try_for_each(|method| registry.check(method, experiment))?;
    let mut methods = sweep.methods.iter();
    if methods.any(|method| !registry.has_runs(method, experiment)) || !sweep.heads.is_empty() {
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
