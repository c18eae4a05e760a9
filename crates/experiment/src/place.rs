//! Where in an experiment file or on the command line a key was set, and the error that says so.

use std::fmt;

use toml_edit::{Document, Item, Value};

/// Where a key was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Somewhere in this file; the key itself is not in it.
    File(String),
    /// On this line of this file, counted from 1.
    Line(String, usize),
    /// On the command line.
    Override(String),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{file}"),
            Self::Line(file, line) => write!(formatter, "{file}:{line}"),
            Self::Override(key) => write!(formatter, "--set {key}"),
        }
    }
}

/// What is wrong with an experiment file, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// Where.
    pub place: Place,
    /// What.
    pub message: String,
    /// The remedy, where there is one.
    pub hint: Option<String>,
}

/// Line of byte `offset` of `text`, counted from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    line_at_byte(text.as_bytes(), offset)
}

/// The same of text that is none yet.
pub(crate) fn line_at_byte(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.iter().take(offset);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

/// Line on which the key with this dotted path stands. Numbers are positions in arrays.
pub(crate) fn line_of(text: &str, document: &Document<String>, path: &str) -> Option<usize> {
    let mut found = None;
    let mut here = Some(Node::Item(document.as_item()));
    for segment in path.split('.') {
        let (span, next) = here?.child(segment)?;
        found = span.or(found);
        here = next;
    }
    found.map(|span| line_at(text, span.start))
}

type Span = std::ops::Range<usize>;

enum Node<'a> {
    Item(&'a Item),
    Value(&'a Value),
}

impl<'a> Node<'a> {
    fn child(self, segment: &str) -> Option<(Option<Span>, Option<Node<'a>>)> {
        let value = match self {
            Self::Item(Item::ArrayOfTables(tables)) => {
                let table = tables.get(segment.parse().ok()?)?;
                return Some((table.span(), None));
            }
            Self::Item(item) => {
                if let Some(table) = item.as_table() {
                    let (key, child) = table.get_key_value(segment)?;
                    return Some((key.span().or(child.span()), Some(Node::Item(child))));
                }
                item.as_value()?
            }
            Self::Value(value) => value,
        };
        if let Some(table) = value.as_inline_table() {
            let (key, child) = table.get_key_value(segment)?;
            return Some((key.span().or(child.span()), Some(Node::Item(child))));
        }
        let child = value.as_array()?.get(segment.parse().ok()?)?;
        Some((child.span(), Some(Node::Value(child))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_in_tables_dotted_keys_and_arrays() {
        let text = "name = 'x'\ntrain.updates = 5\n\n[sweep]\nheads = [\n  1,\n  2,\n]\n[data]\ntrain = [\n  { path = 'a' },\n  { path = 'b' },\n]\n";
        let document = Document::parse(text.to_owned()).unwrap();
        let line = |path| line_of(text, &document, path);
        assert_eq!(line("name"), Some(1));
        assert_eq!(line("train.updates"), Some(2));
        assert_eq!(line("sweep"), Some(4));
        assert_eq!(line("sweep.heads"), Some(5));
        assert_eq!(line("sweep.heads.1"), Some(7));
        assert_eq!(line("data.train.1.path"), Some(12));
        assert_eq!(line("sweep.seeds"), None);
    }
}
