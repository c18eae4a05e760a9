//! The keys that an experiment file may hold, and the nearest one to a misspelt key.

use serde_json::Value;

use crate::corpus::DataFile;
use crate::nearest::nearest;
use crate::registry::Registry;
use crate::schema::Experiment;

/// Stands for a position in an array or a name chosen by the user.
const ANY: &str = "*";

/// Every dotted key of an experiment file in alphabetical order; `*` stands for a position or a free name.
fn known_keys(registry: &dyn Registry) -> Vec<String> {
    let mut sample = defaults(registry);
    let file = DataFile {
        path: "file".into(),
        target: None,
        format: data::Format::Auto,
        rows: None,
    };
    sample.data.train = vec![file.clone()];
    sample.data.valid = vec![file.clone()];
    sample.data.valid_share = Some(0.0);
    sample.model.classifier_dropout = Some(0.0);
    sample.data.evaluate.insert(ANY.into(), vec![file]);
    sample.sweep.heads_of.insert(ANY.into(), Vec::new());
    let mut keys = Vec::new();
    if let Ok(value) = serde_json::to_value(&sample) {
        collect(&value, "", &mut keys);
    }
    keys.sort();
    keys
}

/// An experiment that says nothing, every section in it.
fn defaults(registry: &dyn Registry) -> Experiment {
    let mut experiment = Experiment::default();
    for section in registry.sections() {
        experiment.sections.put(section.name, (section.default)());
    }
    experiment
}

fn collect(value: &Value, prefix: &str, keys: &mut Vec<String>) {
    let join = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, child) in fields {
                if name != ANY {
                    keys.push(join(name));
                }
                collect(child, &join(name), keys);
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            collect(&items[0], &join(ANY), keys);
        }
        _ => {}
    }
}

/// What a value of this key looks like: its default.
pub(crate) fn example_of(registry: &dyn Registry, key: &str) -> Option<String> {
    let defaults = serde_json::to_value(defaults(registry)).ok()?;
    let value = key
        .split('.')
        .try_fold(&defaults, |value, name| value.get(name))?;
    let is_shown = !value.is_null() && !value.is_object();
    is_shown.then(|| format!("the default is `{key} = {value}`"))
}

/// What to write instead of an unknown key.
pub(crate) fn hint_for(registry: &dyn Registry, unknown: &str) -> String {
    let keys = known_keys(registry);
    let (section, name) = unknown.rsplit_once('.').unwrap_or(("", unknown));
    let names_in = |section: &str| -> Vec<&str> {
        keys.iter()
            .filter_map(|key| {
                let (of, name) = key.rsplit_once('.').unwrap_or(("", key));
                same_section(section, of).then_some(name)
            })
            .collect()
    };
    let siblings = names_in(section);
    let full = |name: &str| {
        if section.is_empty() {
            name.to_owned()
        } else {
            format!("{section}.{name}")
        }
    };
    if let Some(near) = nearest(name, siblings.iter().copied()) {
        return format!("did you mean `{}`?", full(near));
    }
    let elsewhere = nearest(name, keys.iter().filter_map(|key| key.rsplit('.').next()));
    if let Some(key) = elsewhere.and_then(|near| keys.iter().find(|key| key.rsplit('.').next() == Some(near)))
    {
        return format!("did you mean `{key}`?");
    }
    if siblings.is_empty() {
        return format!("the sections and keys at the top are {}", names_in("").join(", "));
    }
    let heading = if section.is_empty() {
        "at the top".to_owned()
    } else {
        format!("of `{section}`")
    };
    format!("the keys {heading} are {}", siblings.join(", "))
}

fn same_section(section: &str, pattern: &str) -> bool {
    section == pattern || {
        let (left, right): (Vec<_>, Vec<_>) = (section.split('.').collect(), pattern.split('.').collect());
        left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| a == b || *b == ANY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::NoMethods;

    #[test]
    fn lists_optional_and_nested_keys() {
        let keys = known_keys(&NoMethods);
        for key in [
            "name",
            "train.epochs",
            "model.classifier_dropout",
            "data.train.*.rows",
            "data.evaluate.*.*.path",
        ] {
            assert!(
                keys.iter().any(|known| known == key),
                "{key} missing from {keys:?}"
            );
        }
    }

    #[test]
    fn hints_prefer_the_same_section() {
        assert_eq!(hint_for(&NoMethods, "sweep.seed"), "did you mean `sweep.seeds`?");
        assert_eq!(
            hint_for(&NoMethods, "data.train.0.pth"),
            "did you mean `data.train.0.path`?"
        );
        assert_eq!(hint_for(&NoMethods, "swep"), "did you mean `sweep`?");
        assert_eq!(hint_for(&NoMethods, "seeds"), "did you mean `sweep.seeds`?");
        assert_eq!(
            hint_for(&NoMethods, "run.zzzzzzzzzzzz"),
            "the keys of `run` are threads"
        );
    }
}
