//! `headcount prune`: from a run, a folder and a mask, or a folder and examples, to a smaller model that says what it is.

pub(crate) mod accuracy;
pub(crate) mod certificate;
pub(crate) mod choose;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod stopping;
pub(crate) mod workshop;
pub(crate) mod write;
