//! Where a key of an experiment was set: in which line of which file, or on the command line.

use toml_edit::Document;

use crate::finding::Finding;
use crate::overrides::Override;
use crate::place::{ConfigError, Place, line_at, line_of};
use crate::source::Source;

/// Finds the place of a key: `--set` if it was overridden, else its line.
pub(crate) struct SourceMap<'a> {
    source: &'a Source,
    document: Document<String>,
    overrides: &'a [Override],
}

impl<'a> SourceMap<'a> {
    pub(crate) fn parse(source: &'a Source, overrides: &'a [Override]) -> Result<Self, ConfigError> {
        let document = Document::parse(source.text.clone()).map_err(|error| {
            let line = error.span().map(|span| line_at(&source.text, span.start));
            syntax_error(source, error.message(), line)
        })?;
        Ok(Self {
            source,
            document,
            overrides,
        })
    }

    pub(crate) fn syntax(&self, message: &str, span: Option<std::ops::Range<usize>>) -> ConfigError {
        syntax_error(
            self.source,
            message,
            span.map(|span| line_at(&self.source.text, span.start)),
        )
    }

    pub(crate) fn place(&self, key: &str) -> Place {
        let overridden = self.overrides.iter().find(|entry| {
            key == entry.key
                || key
                    .strip_prefix(&entry.key)
                    .is_some_and(|rest| rest.starts_with('.'))
                || entry
                    .key
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        if let Some(entry) = overridden {
            return Place::Override(entry.key.clone());
        }
        match line_of(&self.source.text, &self.document, key) {
            Some(line) => Place::Line(self.source.name.clone(), line),
            None => Place::File(self.source.name.clone()),
        }
    }

    pub(crate) fn at(&self, finding: Finding) -> ConfigError {
        let message = format!("`{}` {}", finding.key, finding.message);
        ConfigError {
            place: self.place(&finding.key),
            message,
            hint: finding.hint,
        }
    }
}

fn syntax_error(source: &Source, message: &str, line: Option<usize>) -> ConfigError {
    let place = match line {
        Some(line) => Place::Line(source.name.clone(), line),
        None => Place::File(source.name.clone()),
    };
    let message = message.lines().collect::<Vec<_>>().join(", ");
    ConfigError {
        place,
        message,
        hint: None,
    }
}
