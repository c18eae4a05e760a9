//! A value that cannot be used, and the checks that most values need.

use std::fmt::Display;

use serde::Serialize;

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
    /// Of the value of a key; `message` goes on after it.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Refuses what is not above 0.
    ///
    /// # Errors
    /// The finding.
    pub fn positive(key: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() && value > 0.0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "above 0 and finite"))
        }
    }

    /// Refuses what is below 0.
    ///
    /// # Errors
    /// The finding.
    pub fn not_negative(key: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() && value >= 0.0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "at least 0 and finite"))
        }
    }

    /// Refuses what is not in [0, 1).
    ///
    /// # Errors
    /// The finding.
    pub fn probability(key: &str, value: f64) -> Result<(), Self> {
        if (0.0..1.0).contains(&value) {
            Ok(())
        } else {
            Err(Self::range(key, value, "in [0, 1)"))
        }
    }

    /// Refuses 0.
    ///
    /// # Errors
    /// The finding.
    pub fn at_least_one(key: &str, value: usize) -> Result<(), Self> {
        if value > 0 {
            Ok(())
        } else {
            Err(Self::range(key, value, "at least 1"))
        }
    }

    /// Refuses a list that names nothing or something twice.
    ///
    /// # Errors
    /// The finding.
    pub fn entries<T: PartialEq + Serialize>(key: &str, entries: &[T]) -> Result<(), Self> {
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

    /// Refuses factors of a penalty that are below 0, none or named twice.
    ///
    /// # Errors
    /// The finding.
    pub fn factors(key: &str, factors: &[f64]) -> Result<(), Self> {
        for (index, &factor) in factors.iter().enumerate() {
            Self::not_negative(&format!("{key}.{index}"), factor)?;
        }
        Self::entries(key, factors)
    }

    /// That a value lies outside what is wanted.
    pub fn range(key: &str, value: impl Display, wanted: &str) -> Self {
        Self::new(key, format!("is {value}, but must be {wanted}"))
    }
}
