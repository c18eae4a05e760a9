//! What a method adds to the experiment file: a section with its defaults, presets and checks, in the method's own file.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::recipe::Switch;
use crate::strict::{self, Fault};
use crate::task::TaskName;

/// A section of the experiment file that belongs to methods. Its keys are the fields; each has a default.
pub trait Section:
    Any + fmt::Debug + Clone + PartialEq + Default + Serialize + DeserializeOwned + Send + Sync
{
    /// Its name in the file.
    const NAME: &'static str;
    /// Its keys in which the released program and the papers differ.
    const SWITCHES: &'static [Switch] = &[];
    /// `--set` of the first key takes the second out of the file: only one of them may be set.
    const EXCLUSIVE: &'static [(&'static str, &'static str)] = &[];

    /// What a task takes for granted where nothing is written, as TOML without the heading.
    fn preset(_: TaskName) -> &'static str {
        ""
    }

    /// Its paths with their dotted keys; relative ones start from the working directory and become absolute.
    fn paths(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        Vec::new()
    }

    /// The section once it is known which of its keys are written.
    #[must_use]
    fn completed(self, _is_written: &dyn Fn(&str) -> bool) -> Self {
        self
    }
}

/// A [`Section`] as the reader of the file sees it.
#[derive(Clone, Copy)]
pub struct SectionType {
    /// Its name in the file.
    pub name: &'static str,
    /// As [`Section::SWITCHES`].
    pub switches: &'static [Switch],
    /// As [`Section::EXCLUSIVE`].
    pub exclusive: &'static [(&'static str, &'static str)],
    pub(crate) preset: fn(TaskName) -> &'static str,
    pub(crate) default: fn() -> Box<dyn Held>,
    pub(crate) read: Read,
}

/// Reads a section; the keys that nobody reads go into the list.
type Read = fn(Table, &dyn Fn(&str) -> bool, &mut Vec<String>) -> Result<Box<dyn Held>, Fault>;

impl SectionType {
    /// Of a section.
    pub const fn of<S: Section>() -> Self {
        Self {
            name: S::NAME,
            switches: S::SWITCHES,
            exclusive: S::EXCLUSIVE,
            preset: S::preset,
            default: || Box::new(S::default()),
            read: |table, is_written, unknown| {
                let section: S = strict::read(Value::Table(table), unknown)?;
                Ok(Box::new(section.completed(is_written)))
            },
        }
    }
}

impl fmt::Debug for SectionType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SectionType").field(&self.name).finish()
    }
}

/// A section whose type only its method knows.
pub(crate) trait Held: Any + fmt::Debug + Send + Sync {
    fn copy(&self) -> Box<dyn Held>;
    fn equals(&self, other: &dyn Held) -> bool;
    fn table(&self) -> Table;
    fn paths_of(&mut self) -> Vec<(&'static str, &mut PathBuf)>;
}

impl<S: Section> Held for S {
    fn copy(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }

    fn equals(&self, other: &dyn Held) -> bool {
        (other as &dyn Any).downcast_ref::<S>() == Some(self)
    }

    fn table(&self) -> Table {
        // Sections hold numbers, words, paths and lists; the reader refuses other paths.
        Table::try_from(self).unwrap_or_default()
    }

    fn paths_of(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        self.paths()
    }
}

/// The sections of an experiment that belong to methods, in the order in which methods registered them.
#[derive(Default)]
pub(crate) struct Sections(Vec<(&'static str, Box<dyn Held>)>);

impl Sections {
    /// The section of this type; its defaults where none was read.
    pub(crate) fn get<S: Section>(&self) -> S {
        let held = self.0.iter().find(|(name, _)| *name == S::NAME);
        held.and_then(|(_, held)| (held.as_ref() as &dyn Any).downcast_ref::<S>())
            .cloned()
            .unwrap_or_default()
    }

    /// The paths of all of them, with their keys.
    pub(crate) fn paths(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        self.0.iter_mut().flat_map(|(_, held)| held.paths_of()).collect()
    }

    pub(crate) fn put(&mut self, name: &'static str, section: Box<dyn Held>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, held)) => *held = section,
            None => self.0.push((name, section)),
        }
    }
}

impl Clone for Sections {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|(name, held)| (*name, held.copy())).collect())
    }
}

impl PartialEq for Sections {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len()
            && pairs
                .all(|((name, held), (other_name, other))| name == other_name && held.equals(other.as_ref()))
    }
}

impl fmt::Debug for Sections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.iter().map(|(name, held)| (name, held));
        formatter.debug_map().entries(entries).finish()
    }
}

impl Serialize for Sections {
    fn serialize<T: serde::Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self.0.iter().map(|(name, held)| (*name, held.table())))
    }
}
