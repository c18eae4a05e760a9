//! `--set key=value`: the key decides how its value is read.

use std::str::FromStr;

use serde::Deserialize;
use toml::{Table, Value};

use crate::registry::Registry;
use crate::schema::Experiment;

/// One `--set key=value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    pub(crate) key: String,
    raw: String,
    /// As TOML, or why it is none.
    parsed: Result<Value, String>,
}

impl Override {
    /// The dotted key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for Override {
    type Err = String;

    /// The value of a key that holds a text or a path is that text, whatever is in it, unless it is quoted as TOML quotes
    /// a text. Any other value is a TOML value; what is none and has no brackets or quotes is taken as text.
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, raw) = text
            .split_once('=')
            .ok_or("write key=value, as in train.updates=50")?;
        let (key, raw) = (key.trim().to_owned(), raw.trim());
        if key.split('.').any(str::is_empty) {
            return Err("the key is empty; write key=value, as in train.updates=50".to_owned());
        }
        if raw.is_empty() {
            return Err(format!("`{key}` is given no value; write {key}=VALUE"));
        }
        let parsed = match toml::de::ValueDeserializer::parse(raw).and_then(Value::deserialize) {
            Ok(value) => Ok(value),
            Err(_) if !raw.contains(['[', ']', '{', '}', '"', '\'', '\n']) => {
                Ok(Value::String(raw.to_owned()))
            }
            Err(error) => Err(format!(
                "`{raw}` is no TOML value ({}); lists of words are written [\"a\", \"b\"]",
                error.message()
            )),
        };
        match parsed {
            // What a method's section takes is known where methods are.
            Err(error) if is_of_everybody(&key) && !takes_text(&key, raw) => Err(error),
            parsed => Ok(Self {
                key,
                raw: raw.to_owned(),
                parsed,
            }),
        }
    }
}

impl Override {
    /// The value, once the sections of methods are known.
    pub(crate) fn value(&self, registry: &dyn Registry) -> Result<Value, String> {
        let takes_text = match self.key.split_once('.') {
            Some((name, key)) if !is_of_everybody(&self.key) => {
                let mut sections = registry.sections().into_iter();
                sections.any(|section| {
                    let mut unknown = Vec::new();
                    let read = |unknown| (section.read)(nested(key, &self.raw), &|_| true, unknown);
                    // A key that nobody reads takes anything, and is refused later, by its name.
                    section.name == name && read(&mut unknown).is_ok() && unknown.is_empty()
                })
            }
            _ => is_of_everybody(&self.key) && takes_text(&self.key, &self.raw),
        };
        match &self.parsed {
            Ok(Value::String(text)) => Ok(Value::String(text.clone())),
            _ if takes_text => Ok(Value::String(self.raw.clone())),
            parsed => parsed.clone(),
        }
    }
}

/// Whether the key is one that every experiment has, or of a section that every experiment has.
fn is_of_everybody(key: &str) -> bool {
    let first = key.split('.').next().unwrap_or_default();
    let keys = serde_json::to_value(Experiment::default()).unwrap_or_default();
    keys.get(first).is_some()
}

/// Whether the key can hold this text. So can one that does not exist, which is refused later, by its name.
fn takes_text(key: &str, text: &str) -> bool {
    Experiment::deserialize(Value::Table(nested(key, text))).is_ok()
}

/// The table that holds a text under a dotted key.
fn nested(key: &str, text: &str) -> Table {
    let mut names = key.rsplit('.');
    let last = names.next().unwrap_or_default();
    let innermost = Table::from_iter([(last.to_owned(), Value::String(text.to_owned()))]);
    names.fold(innermost, |inner, name| {
        Table::from_iter([(name.to_owned(), Value::Table(inner))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::NoMethods;

    fn value(text: &str) -> Value {
        text.parse::<Override>().unwrap().value(&NoMethods).unwrap()
    }

    #[test]
    fn text_and_paths_are_taken_as_they_are() {
        let values = [
            "it's [1]",
            "2024",
            "1e3",
            "0x1F",
            "true",
            "nan",
            "2024-01-01",
            "[1]",
            "[\"a\"]",
            "{x}",
            "{ a = 1 }",
            "a = b",
            "=",
            r"C:\data\new",
            r#"he said "no""#,
            "'tis",
            "\"",
            "a b  c",
            "#1",
            "~/data",
            "$HOME",
            "größe/数据 😀",
            "a\nb",
        ];
        let keys = [
            "data.dir",
            "data.vocabulary",
            "data.archive",
            "data.prefixes",
            "data.corpus",
            "model.weights",
            "name",
            "select.split",
            "slurm.partition",
        ];
        for key in keys {
            for raw in values {
                let expected = Value::String(raw.to_owned());
                assert_eq!(value(&format!("{key}={raw}")), expected, "{key}={raw}");
            }
        }
    }

    #[test]
    fn quotes_of_toml_are_those_of_toml() {
        for (raw, expected) in [
            (r#""a b""#, "a b"),
            (r#""a\"b\\c""#, "a\"b\\c"),
            (r"'C:\new'", r"C:\new"),
            (r#"" outer blanks ""#, " outer blanks "),
            ("''", ""),
        ] {
            assert_eq!(
                value(&format!("data.dir={raw}")),
                Value::String(expected.to_owned())
            );
            // Blanks around the equals sign are those of TOML too.
            assert_eq!(
                value(&format!("data.dir = {raw}")),
                Value::String(expected.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_text_is_a_toml_value() {
        assert_eq!(value("train.updates=7"), Value::Integer(7));
        assert_eq!(value("train.learning_rate=5e-3"), Value::Float(5e-3));
        assert_eq!(value("michel.exact=true"), Value::Boolean(true));
        assert!(matches!(value("sweep.heads=[1, 2]"), Value::Array(_)));
        assert!(matches!(
            value("data.train=[{ path = \"it's [1]\" }]"),
            Value::Array(_)
        ));
        assert!(matches!(value("sweep.heads_of.dense=[1]"), Value::Array(_)));
        // A word of a list of words, and one of several choices.
        assert_eq!(value("train.schedule=linear"), Value::String("linear".into()));
        assert_eq!(value("train.schedule=\"linear\""), Value::String("linear".into()));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for (text, part) in [
            ("data.dir", "write key=value"),
            ("=x", "the key is empty"),
            ("data..dir=x", "the key is empty"),
            ("data.dir=", "`data.dir` is given no value"),
            ("sweep.heads=[1", "is no TOML value"),
            ("sweep.methods=['a]", "is no TOML value"),
        ] {
            let refused = text.parse::<Override>().unwrap_err();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }
}
