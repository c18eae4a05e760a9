//! A leading `~` that no shell has replaced by the home folder.

use std::path::{Component, Path};

use crate::corpus::DataFile;
use crate::finding::Finding;
use crate::schema::Experiment;

/// Refuses a path that begins with `~` unless there is something of that name: shells replace it at the begin of a word
/// only, so neither in a file nor after the equals sign of `--set`.
pub(crate) fn check_home(experiment: &Experiment) -> Result<(), Finding> {
    let data = &experiment.data;
    let mut sections = experiment.sections.clone();
    let of_methods = sections.paths().into_iter();
    let of_methods = of_methods.map(|(key, path)| (key.to_owned(), path.as_path()));
    let optional = [
        ("model.weights", &experiment.model.weights),
        ("data.dir", &data.dir),
        ("data.vocabulary", &data.vocabulary),
        ("data.archive", &data.archive),
        ("data.prefixes", &data.prefixes),
    ];
    let given = optional
        .into_iter()
        .filter_map(|(key, path)| Some((key.to_owned(), path.as_deref()?)));
    let dictionaries = data.dictionaries.iter().flat_map(|(source, target)| {
        [
            ("data.dictionaries.0".to_owned(), source.as_path()),
            ("data.dictionaries.1".to_owned(), target.as_path()),
        ]
    });
    let named = [("data.train", &data.train), ("data.valid", &data.valid)];
    let lists = named
        .map(|(key, files)| (key.to_owned(), files))
        .into_iter()
        .chain(
            data.evaluate
                .iter()
                .map(|(split, files)| (format!("data.evaluate.{split}"), files)),
        );
    let files = lists.flat_map(|(key, files)| of_files(&key, files));

    let base = data.dir.as_deref().unwrap_or(Path::new("."));
    let is_there = |path: &Path| path.exists() || base.join(path).exists();
    for (key, path) in given.chain(dictionaries).chain(files).chain(of_methods) {
        let Some(Component::Normal(first)) = path.components().next() else {
            continue;
        };
        if first.to_string_lossy().starts_with('~') && !is_there(Path::new(first)) {
            let message = format!("names {}, in which no shell has replaced the `~`", path.display());
            return Err(
                Finding::new(key, message).hint("write the whole path, or \"$HOME\" on the command line")
            );
        }
    }
    Ok(())
}

fn of_files<'a>(key: &str, files: &'a [DataFile]) -> Vec<(String, &'a Path)> {
    let all = files.iter().enumerate().flat_map(|(index, file)| {
        let paths = [
            ("path", Some(&file.path)),
            ("target", file.target.as_ref()),
            ("rows", file.rows.as_ref()),
        ];
        paths.map(|(name, path)| Some((format!("{key}.{index}.{name}"), path?.as_path())))
    });
    all.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_no_home_folder() {
        let refused = |change: &dyn Fn(&mut Experiment)| {
            let mut experiment = Experiment::default();
            change(&mut experiment);
            check_home(&experiment).err().map(|finding| finding.key)
        };
        assert_eq!(refused(&|_| {}), None);
        assert_eq!(
            refused(&|experiment| experiment.data.dir = Some("~/data".into())),
            Some("data.dir".to_owned())
        );
        assert_eq!(
            refused(&|experiment| experiment.model.weights = Some("~me/bert".into())),
            Some("model.weights".to_owned())
        );
        assert_eq!(
            refused(&|experiment| experiment.data.dictionaries = Some(("a".into(), "~/b".into()))),
            Some("data.dictionaries.1".to_owned())
        );
        let files = |path: &str| {
            vec![DataFile {
                path: "a".into(),
                target: Some(path.into()),
                format: data::Format::Auto,
                rows: None,
            }]
        };
        assert_eq!(
            refused(&|experiment| {
                experiment.data.evaluate.insert("dev".to_owned(), files("~/b"));
            }),
            Some("data.evaluate.dev.0.target".to_owned())
        );
        // Not at the begin, and of a name that is there.
        assert_eq!(
            refused(&|experiment| experiment.data.dir = Some("a/~/b".into())),
            None
        );
        assert_eq!(
            refused(&|experiment| experiment.data.dir = Some("./~".into())),
            None
        );
    }
}
