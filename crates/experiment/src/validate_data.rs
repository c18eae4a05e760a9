//! Checks of `[data]`: files that must be there, and what each source and task needs.

use std::path::Path;

use crate::corpus::{DataFile, DataSource};
use crate::finding::Finding;
use crate::schema::Experiment;
use crate::task::TaskName;

/// The first value of `[data]` that cannot be used.
pub(crate) fn check_data(experiment: &Experiment) -> Result<(), Finding> {
    let data = &experiment.data;
    // [CLS], one piece, [SEP].
    if data.max_length < 3 {
        return Err(Finding::range("data.max_length", data.max_length, "at least 3"));
    }
    if experiment.task == TaskName::Translation {
        for (index, language) in [&data.languages.0, &data.languages.1].into_iter().enumerate() {
            language.parse::<data::moses::Language>().map_err(|error| {
                Finding::new(format!("data.languages.{index}"), format!("is refused: {error}"))
            })?;
        }
    }
    match data.source {
        DataSource::Demo => {
            Finding::at_least_one("data.train_examples", data.train_examples)?;
            Finding::at_least_one("data.dev_examples", data.dev_examples)?;
            Finding::at_least_one("data.test_examples", data.test_examples)
        }
        DataSource::Files => check_files(experiment),
        DataSource::Iwslt14 => check_archive(experiment),
    }
}

fn check_archive(experiment: &Experiment) -> Result<(), Finding> {
    let data = &experiment.data;
    if experiment.task != TaskName::Translation {
        let message = format!(
            "is iwslt14, which is no corpus for the task {}",
            experiment.task.name()
        );
        return Err(Finding::new("data.source", message));
    }
    Finding::at_least_one("data.merges", data.merges)?;
    let hint = "name the official de-en.tgz with --set data.archive=FILE";
    let Some(archive) = &data.archive else {
        return Err(Finding::new("data.archive", "is missing").hint(hint));
    };
    if !archive.is_file() {
        let message = format!("names {}, which is no file", archive.display());
        return Err(Finding::new("data.archive", message).hint(hint));
    }
    match &data.prefixes {
        Some(folder) if !folder.is_dir() => Err(Finding::new(
            "data.prefixes",
            format!("names {}, which is no folder", folder.display()),
        )),
        _ => Ok(()),
    }
}

fn check_files(experiment: &Experiment) -> Result<(), Finding> {
    let data = &experiment.data;
    let base = data.dir.as_deref().unwrap_or(Path::new("."));
    if !base.is_dir() {
        return Err(Finding::new(
            "data.dir",
            format!("names {}, which is no folder", base.display()),
        )
        .hint("relative paths start from the working directory; set it with --set data.dir=FOLDER"));
    }
    match experiment.task {
        TaskName::Classification => check_vocabulary(experiment, base)?,
        TaskName::Translation => check_dictionaries(experiment, base)?,
    }
    if data.train.is_empty() {
        return Err(Finding::new("data.train", "names no training file"));
    }
    if data.evaluate.is_empty() {
        return Err(Finding::new("data.evaluate", "names no file to evaluate on"));
    }
    check_list(experiment, "data.train", base, &data.train)?;
    check_list(experiment, "data.valid", base, &data.valid)?;
    check_valid_share(experiment)?;
    for (split, files) in &data.evaluate {
        let key = format!("data.evaluate.{split}");
        if files.is_empty() {
            return Err(Finding::new(key, "names no file"));
        }
        check_list(experiment, &key, base, files)?;
    }
    Ok(())
}

fn check_valid_share(experiment: &Experiment) -> Result<(), Finding> {
    const KEY: &str = "data.valid_share";
    let Some(share) = experiment.data.valid_share else {
        return Ok(());
    };
    if !experiment.data.valid.is_empty() {
        return Err(Finding::new(KEY, "is written beside data.valid").hint("leave one of them out"));
    }
    if !(share > 0.0 && share < 1.0) {
        return Err(Finding::new(KEY, format!("is {share}, not between 0 and 1"))
            .hint("write the share of the training set that settings are chosen by, as 0.1"));
    }
    Ok(())
}

fn check_vocabulary(experiment: &Experiment, base: &Path) -> Result<(), Finding> {
    match &experiment.data.vocabulary {
        Some(path) => check_exists("data.vocabulary", base, path),
        None if brings_tokenizer(experiment) => Ok(()),
        None => {
            let message = "is missing, and `model.weights` brings no vocab.txt or tokenizer.json";
            Err(Finding::new("data.vocabulary", message).hint(
                "name a Hugging Face folder with --set model.weights=FOLDER, or a vocabulary of your own",
            ))
        }
    }
}

fn check_dictionaries(experiment: &Experiment, base: &Path) -> Result<(), Finding> {
    let data = &experiment.data;
    if let Some((source, target)) = &data.dictionaries {
        check_exists("data.dictionaries.0", base, source)?;
        return check_exists("data.dictionaries.1", base, target);
    }
    if experiment.model.weights.is_none() {
        return Ok(());
    }
    let (source, target) = &data.languages;
    let missing = [source, target]
        .into_iter()
        .map(|language| data::prepare::dictionary_name(language))
        .find(|name| !has_with_weights(experiment, name));
    match missing {
        None => Ok(()),
        Some(name) => {
            let message = format!("is missing, and `model.weights` brings no {name}");
            Err(Finding::new("data.dictionaries", message)
                .hint("the ids of a trained model mean nothing without its dictionaries"))
        }
    }
}

/// Whether the folder of the weights says how text is cut.
fn brings_tokenizer(experiment: &Experiment) -> bool {
    bundle::TOKENIZER_FILES
        .iter()
        .any(|name| has_with_weights(experiment, name))
}

/// Whether the folder of the weights holds a file of this name.
fn has_with_weights(experiment: &Experiment, name: &str) -> bool {
    let weights = experiment.model.weights.as_ref();
    weights.is_some_and(|folder| folder.join(name).is_file())
}

fn check_list(experiment: &Experiment, key: &str, base: &Path, files: &[DataFile]) -> Result<(), Finding> {
    for (index, file) in files.iter().enumerate() {
        check_exists(&format!("{key}.{index}.path"), base, &file.path)?;
        if let Some(rows) = &file.rows {
            check_exists(&format!("{key}.{index}.rows"), base, rows)?;
        }
        let of_target = format!("{key}.{index}.target");
        match (experiment.task, &file.target) {
            (TaskName::Classification, None) => {}
            (TaskName::Classification, Some(_)) => {
                return Err(Finding::new(of_target, "has no meaning for the task nli"));
            }
            (TaskName::Translation, None) => {
                return Err(Finding::new(of_target, "is missing")
                    .hint("a file of pairs is written { path = \"train.de\", target = \"train.en\" }"));
            }
            (TaskName::Translation, Some(target)) => {
                check_exists(&of_target, base, target)?;
                let unread = [
                    ("rows", file.rows.is_some()),
                    ("format", file.format != data::Format::Auto),
                ];
                if let Some((name, _)) = unread.into_iter().find(|(_, written)| *written) {
                    let message = "has no meaning for the task translation";
                    return Err(Finding::new(format!("{key}.{index}.{name}"), message));
                }
            }
        }
    }
    Ok(())
}

fn check_exists(key: &str, base: &Path, path: &Path) -> Result<(), Finding> {
    let full = base.join(path);
    if full.is_file() {
        return Ok(());
    }
    Err(
        Finding::new(key, format!("names {}, which is no file", full.display()))
            .hint("relative paths start from `data.dir`; set it with --set data.dir=FOLDER"),
    )
}
