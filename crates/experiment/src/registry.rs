//! What the experiment file has to be told about methods: it knows none by name.

use crate::finding::Finding;
use crate::nearest::nearest;
use crate::recipe::{SWITCHES, Switch};
use crate::schema::Experiment;
use crate::section::SectionType;

/// The methods that an experiment may name, and the sections that they read.
pub trait Registry {
    /// Names of the methods, in the order in which messages list them.
    fn names(&self) -> Vec<&'static str>;

    /// The sections, each once, in the order in which they are written.
    fn sections(&self) -> Vec<SectionType>;

    /// What the settings of this method must fulfil.
    ///
    /// # Errors
    /// The first value that cannot be used.
    fn check(&self, method: &str, experiment: &Experiment) -> Result<(), Finding>;

    /// Whether the experiment asks for any run of this method.
    fn has_runs(&self, method: &str, experiment: &Experiment) -> bool;
}

/// No methods and no sections of theirs.
#[cfg(test)]
pub(crate) struct NoMethods;

#[cfg(test)]
impl Registry for NoMethods {
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn sections(&self) -> Vec<SectionType> {
        Vec::new()
    }

    fn check(&self, _: &str, _: &Experiment) -> Result<(), Finding> {
        Ok(())
    }

    fn has_runs(&self, _: &str, _: &Experiment) -> bool {
        false
    }
}

/// Every key in which the presets of `recipe` differ, those of the methods' sections included.
pub fn switches(registry: &dyn Registry) -> Vec<Switch> {
    let of_methods = registry
        .sections()
        .into_iter()
        .flat_map(|section| section.switches);
    SWITCHES.iter().chain(of_methods).copied().collect()
}

/// Refuses a name of no method; `key` is where it stands.
pub(crate) fn check_name(registry: &dyn Registry, key: &str, name: &str, what: &str) -> Result<(), Finding> {
    let known = registry.names();
    if known.contains(&name) {
        return Ok(());
    }
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the methods are {}", known.join(", ")),
    };
    Err(Finding::new(key, what).hint(hint))
}
