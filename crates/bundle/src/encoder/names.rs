//! The names of classes: `id2label`, `label2id` and how many there are.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::keys::{Keys, shown};

/// No classifier has more classes: a damaged number must not ask for more memory than there is.
const MOST: usize = 1 << 20;

/// The name of each class in the order of the classifier's rows.
///
/// `id2label` decides; where its names are those that transformers makes up (`LABEL_0` and so on) and `label2id` has
/// others, that one does. A name that both know must have the same row in both, and `label2id` may know no others but
/// made-up ones.
///
/// # Errors
/// Ids that are not 0 to n - 1, names that are none, and maps that contradict each other, by key and value.
pub(super) fn take(keys: &mut Keys) -> Result<Vec<String>, String> {
    let older = count(keys, "_num_labels")?;
    let count = count(keys, "num_labels")?;
    let by_id = by_id(keys)?;
    let by_name = by_name(keys)?;
    let Some(names) = by_id else {
        let count = count.or(older);
        let named = in_order(&by_name).filter(|names| count.is_none_or(|count| count == names.len()));
        return Ok(named.unwrap_or_else(|| made_up(count.unwrap_or(2))));
    };
    if let Some(count) = count.filter(|&count| count != names.len()) {
        return Err(format!(
            "`num_labels` is {count}, but `id2label` names {} classes",
            names.len()
        ));
    }
    for (row, name) in names.iter().enumerate() {
        // Of a name that stands for several rows, `label2id` can only have one.
        if let Some(&id) = by_name.get(name)
            && names.get(id) != Some(name)
        {
            return Err(format!(
                "`id2label` gives \"{name}\" the id {row}, `label2id` the id {id}"
            ));
        }
    }
    if names == made_up(names.len())
        && let Some(others) = in_order(&by_name).filter(|others| others.len() == names.len())
    {
        return Ok(others);
    }
    match by_name
        .keys()
        .find(|name| !names.contains(name) && !is_made_up(name))
    {
        Some(name) => Err(format!("`label2id` names \"{name}\", which `id2label` does not")),
        None => Ok(names),
    }
}

/// A number of classes; none where it is left out or null.
fn count(keys: &mut Keys, name: &str) -> Result<Option<usize>, String> {
    match keys.id(name, None)? {
        Some(count) if !(1..=MOST).contains(&count) => Err(format!(
            "`{name}` is {count}, not a number of 1 to {MOST} classes"
        )),
        count => Ok(count),
    }
}

/// The names that transformers makes up.
pub(super) fn made_up(count: usize) -> Vec<String> {
    (0..count).map(|id| format!("LABEL_{id}")).collect()
}

/// Whether transformers makes up such names: they are left in files that name the classes elsewhere.
fn is_made_up(name: &str) -> bool {
    let number = name.strip_prefix("LABEL_");
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

/// `id2label`, in the order of the numbers that its ids are; none where it is left out or empty.
fn by_id(keys: &mut Keys) -> Result<Option<Vec<String>>, String> {
    let Some(map) = object(keys, "id2label")? else {
        return Ok(None);
    };
    let mut names = BTreeMap::new();
    for (id, name) in &map {
        let name = match name {
            Value::String(name) => name.clone(),
            Value::Number(number) => number.to_string(),
            other => return Err(format!("`id2label` has the name {} for {id}", shown(other))),
        };
        let row = id.parse::<usize>().ok().filter(|&row| row < map.len());
        if row.is_none_or(|row| names.insert(row, name).is_some()) {
            return Err(format!(
                "`id2label` has the id {id:?}; the ids of {} classes are 0 to {}",
                map.len(),
                map.len() - 1
            ));
        }
    }
    Ok(Some(names.into_values().collect()))
}

/// `label2id`; ids may be written as texts.
fn by_name(keys: &mut Keys) -> Result<BTreeMap<String, usize>, String> {
    let map = object(keys, "label2id")?.unwrap_or_default();
    let id = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|id| usize::try_from(id).ok()),
    };
    let entries = map.iter().map(|(name, value)| match id(value) {
        Some(id) => Ok((name.clone(), id)),
        None => Err(format!(
            "`label2id` has {} for \"{name}\", not an id",
            shown(value)
        )),
    });
    entries.collect()
}

fn object(keys: &mut Keys, name: &str) -> Result<Option<Map<String, Value>>, String> {
    match keys.take(name) {
        None => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map).filter(|map| !map.is_empty())),
        Some(other) => Err(format!("`{name}` is {}, not an object", shown(&other))),
    }
}

/// The names in the order of their ids, where these are 0 to n - 1 and the names are not made up.
fn in_order(by_name: &BTreeMap<String, usize>) -> Option<Vec<String>> {
    let mut names: Vec<(usize, &String)> = by_name.iter().map(|(name, &id)| (id, name)).collect();
    names.sort_unstable();
    let whole = names.iter().enumerate().all(|(row, (id, _))| row == *id);
    let names: Vec<String> = names.into_iter().map(|(_, name)| name.clone()).collect();
    (whole && !names.is_empty() && names != made_up(names.len())).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let mut keys = Keys::new(serde_json::from_str(text).unwrap());
        take(&mut keys)
    }

    #[test]
    fn rows_follow_the_numbers_of_ids_and_not_their_digits() {
        let entries: Vec<String> = (0..12)
            .rev()
            .map(|id| format!("\"{id}\": \"class {id}\""))
            .collect();
        let found = names(&format!("{{\"id2label\": {{{}}}}}", entries.join(","))).unwrap();
        let wanted: Vec<String> = (0..12).map(|id| format!("class {id}")).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_left_out_is_two_classes_and_a_number_counts() {
        assert_eq!(names("{}").unwrap(), ["LABEL_0", "LABEL_1"]);
        for key in ["num_labels", "_num_labels"] {
            assert_eq!(
                names(&format!("{{\"{key}\": 3}}")).unwrap(),
                ["LABEL_0", "LABEL_1", "LABEL_2"]
            );
        }
        assert_eq!(names(r#"{"id2label": {"0": "a"}}"#).unwrap(), ["a"]);
        assert_eq!(names(r#"{"id2label": {"0": 5, "1": 3}}"#).unwrap(), ["5", "3"]);
    }

    #[test]
    fn names_of_the_other_map_stand_in_for_made_up_ones() {
        let found =
            names(r#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": {"yes": 1, "no": 0}}"#);
        assert_eq!(found.unwrap(), ["no", "yes"]);
        let found = names(r#"{"label2id": {"yes": "1", "no": "0"}}"#);
        assert_eq!(found.unwrap(), ["no", "yes"]);
        let found =
            names(r#"{"id2label": {"0": "no", "1": "yes"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1}}"#);
        assert_eq!(found.unwrap(), ["no", "yes"]);
    }

    #[test]
    fn a_name_of_several_rows_has_any_of_them_in_the_other_map() {
        let found = names(r#"{"id2label": {"0": "a", "1": "a"}, "label2id": {"a": 1}}"#);
        assert_eq!(found.unwrap(), ["a", "a"]);
        let refused = names(r#"{"id2label": {"0": "a", "1": "a"}, "label2id": {"a": 2}}"#).unwrap_err();
        assert!(refused.contains("`label2id` the id 2"), "{refused}");
    }

    #[test]
    fn contradictions_and_ids_that_are_none_are_refused() {
        for (text, wanted) in [
            (
                r#"{"id2label": {"0": "no", "1": "yes"}, "label2id": {"no": 1, "yes": 0}}"#,
                "gives \"no\" the id 0, `label2id` the id 1",
            ),
            (
                r#"{"id2label": {"0": "no", "1": "yes"}, "label2id": {"nein": 0, "ja": 1}}"#,
                "`label2id` names \"ja\", which `id2label` does not",
            ),
            (
                r#"{"id2label": {"0": "no", "2": "yes"}}"#,
                "the id \"2\"; the ids of 2 classes are 0 to 1",
            ),
            (
                r#"{"id2label": {"0": "no", "00": "yes"}}"#,
                "`id2label` has the id",
            ),
            (r#"{"id2label": {"0": ["no"]}}"#, "the name [\"no\"] for 0"),
            (r#"{"id2label": ["no"]}"#, "`id2label` is [\"no\"], not an object"),
            (r#"{"label2id": {"no": 0.5}}"#, "0.5 for \"no\""),
            (
                r#"{"num_labels": 3, "id2label": {"0": "a"}}"#,
                "`num_labels` is 3",
            ),
            (r#"{"num_labels": 0}"#, "`num_labels` is 0, not"),
            (
                r#"{"num_labels": 9000000000}"#,
                "`num_labels` is 9000000000, not a number of 1 to",
            ),
        ] {
            let refused = names(text).unwrap_err();
            assert!(refused.contains(wanted), "{text}: {refused}");
        }
    }
}
