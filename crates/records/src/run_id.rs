//! What a run is called: its id, which is the name of its folder, and its key, which says what decides its numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Name of a run and of its folder: method, variant, factor, K, seed and the first digits of its key, as in
/// `dsp-joint-k03-s1-1a2b3c4d`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(String);

impl RunId {
    /// The name as it stands.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without the digits of the key, which tells the runs of one plan apart.
    pub fn without_key(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(name, _)| name)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// SHA-256 of a run's canonical config: equal keys mean equal numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunKey(String);

impl RunKey {
    /// Of a canonical config.
    pub fn of(config: &str) -> Self {
        Self(files::sha256_of(config.as_bytes()))
    }

    /// The first eight digits, for names.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_first_digits() {
        let key = RunKey::of("abc");
        assert_eq!(key.short(), "ba7816bf");
        assert!(key.to_string().starts_with(key.short()) && key.to_string().len() == 64);
        assert_eq!(RunId::new("dense-s1-ba7816bf").without_key(), "dense-s1");
        assert_eq!(RunId::new("dense").without_key(), "dense");
    }
}
