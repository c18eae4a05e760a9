//! Reads values strictly: the key that does not fit and the keys that nobody reads are known by their names.

use serde::de::DeserializeOwned;
use toml::Value;

/// The key whose value did not fit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) key: String,
    pub(crate) message: String,
}

/// Reads a value; dotted keys that nobody reads go into `unknown`.
pub(crate) fn read<T: DeserializeOwned>(value: Value, unknown: &mut Vec<String>) -> Result<T, Fault> {
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
    // serde_ignored writes `?` for the wrapper of an optional value; keys have none.
    let parsed: Result<T, toml::de::Error> = serde_ignored::deserialize(tracked, |path| {
        unknown.push(path.to_string().replace(".?", ""));
    });
    parsed.map_err(|error| Fault {
        key: dotted(&track.path()),
        message: error.message().to_owned(),
    })
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let names = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    names.collect::<Vec<_>>().join(".")
}
