//! The keys of a config.json: each is taken by its name, and its value checked where it is taken.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::file::open;
use crate::{BundleError, CONFIG_FILE};

/// Longest config.json that is read; those of models have some kilobytes.
const LONGEST: u64 = 1 << 24;

/// No size of a model that can be computed is larger: 2^34.
const LARGEST: u64 = 1 << 34;

/// The keys that have not been taken yet.
#[derive(Debug)]
pub(crate) struct Keys(Map<String, Value>);

/// The object in a config.json.
///
/// # Errors
/// A file that cannot be read, is too long, or holds no JSON object.
pub(crate) fn read_object(path: &Path) -> Result<Map<String, Value>, BundleError> {
    let mut text = String::new();
    let read = open(path)?.take(LONGEST + 1).read_to_string(&mut text);
    if read.map_err(BundleError::io(path))? as u64 > LONGEST {
        let reason = format!("is longer than {LONGEST} bytes, and no config");
        return Err(BundleError::config(path, reason));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(BundleError::config(
            path,
            format!("holds {}, not an object of keys", shown(&other)),
        )),
        Err(error) => Err(BundleError::config(path, error.to_string())),
    }
}

/// Writes keys as the config.json of a folder, sorted.
///
/// # Errors
/// What the system says.
pub fn write_config(folder: &Path, keys: Map<String, Value>) -> Result<(), BundleError> {
    let path = folder.join(CONFIG_FILE);
    let sorted: BTreeMap<String, Value> = keys.into_iter().collect();
    let text = serde_json::to_string_pretty(&sorted).map_err(std::io::Error::from);
    let written = text.and_then(|text| files::write(&path, (text + "\n").as_bytes()));
    written.map_err(BundleError::write(&path))
}

impl Keys {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// What nobody has taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0
    }

    /// The value of a key; none where it is left out or null.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A whole number of at least `least`, or `default` where the key is left out.
    ///
    /// # Errors
    /// Any other value, null included, in words.
    pub(crate) fn size(&mut self, name: &str, least: u64, default: usize) -> Result<usize, String> {
        let Some(value) = self.0.remove(name) else {
            return Ok(default);
        };
        let size = value.as_u64().filter(|size| (least..=LARGEST).contains(size));
        size.and_then(|size| usize::try_from(size).ok()).ok_or_else(|| {
            let wanted = match value.as_u64() {
                Some(size) if size > LARGEST => format!("more than {LARGEST}"),
                _ => format!("not a whole number of at least {least}"),
            };
            format!("`{name}` is {}, {wanted}", shown(&value))
        })
    }

    /// A whole number of at least 1 that must be there.
    ///
    /// # Errors
    /// Any other value, or none, in words.
    pub(crate) fn required(&mut self, name: &str) -> Result<usize, String> {
        if self.has(name) {
            self.size(name, 1, 0)
        } else {
            Err(format!("`{name}` is missing"))
        }
    }

    /// A whole number, or none where the key is left out or null.
    pub(crate) fn id(&mut self, name: &str, default: Option<usize>) -> Result<Option<usize>, String> {
        match self.0.get(name) {
            None => Ok(default),
            Some(Value::Null) => Ok(self.take(name).and(None)),
            Some(_) => self.size(name, 0, 0).map(Some),
        }
    }

    /// A share in [0, 1), or `default` where the key is left out.
    ///
    /// # Errors
    /// Any other value, null included, in words.
    pub(crate) fn share(&mut self, name: &str, default: f64) -> Result<f64, String> {
        self.number(name, default, "not in [0, 1)", |number| {
            (0.0..1.0).contains(&number)
        })
    }

    /// A share in [0, 1), or none where the key is left out or null.
    pub(crate) fn optional_share(&mut self, name: &str) -> Result<Option<f64>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => {
                self.0.insert(name.to_owned(), value);
                self.share(name, 0.0).map(Some)
            }
        }
    }

    /// A finite number above 0, or `default` where the key is left out.
    ///
    /// # Errors
    /// Any other value, null included, in words.
    pub(crate) fn positive(&mut self, name: &str, default: f64) -> Result<f64, String> {
        self.number(name, default, "not a number above 0", |number| number > 0.0)
    }

    /// A finite number of at least 0, or `default` where the key is left out.
    ///
    /// # Errors
    /// Any other value, null included, in words.
    pub(crate) fn spread(&mut self, name: &str, default: f64) -> Result<f64, String> {
        self.number(name, default, "not a number of at least 0", |number| {
            number >= 0.0
        })
    }

    fn number(
        &mut self,
        name: &str,
        default: f64,
        wanted: &str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<f64, String> {
        let Some(value) = self.0.remove(name) else {
            return Ok(default);
        };
        let number = value
            .as_f64()
            .filter(|&number| number.is_finite() && fits(number));
        number.ok_or_else(|| format!("`{name}` is {}, {wanted}", shown(&value)))
    }

    /// A text, or none where the key is left out or null.
    ///
    /// # Errors
    /// Any other value, in words.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("`{name}` is {}, not a text", shown(&other))),
        }
    }

    /// Whether a key says true; left out and null are false.
    ///
    /// # Errors
    /// Any other value, in words.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(format!("`{name}` is {}, not true or false", shown(&other))),
        }
    }
}

/// A value as JSON, cut where it is long.
pub(crate) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
