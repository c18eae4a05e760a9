//! Text that commands read a line at a time, so that they work as filters on text of any length.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use anyhow::Result;
use flate2::read::MultiGzDecoder;

use super::Problem;

/// The lines of a file, one at a time, without their line feeds.
pub(super) struct Lines {
    /// As messages name it.
    pub(super) name: String,
    reader: Box<dyn BufRead>,
    line: String,
    /// Lines read so far.
    pub(super) number: usize,
}

impl Lines {
    /// Opens a file; `-` is standard input, and a name in .gz is unpacked.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(stdin()))
        } else {
            let file = File::open(path).map_err(|error| {
                Problem::new(format!("cannot read {}: {error}", path.display())).hint("check the path")
            })?;
            if path.extension().is_some_and(|extension| extension == "gz") {
                Box::new(BufReader::new(MultiGzDecoder::new(file)))
            } else {
                Box::new(BufReader::new(file))
            }
        };
        Ok(Self {
            name: path.display().to_string(),
            reader,
            line: String::new(),
            number: 0,
        })
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<&str>> {
        self.line.clear();
        let read = self.reader.read_line(&mut self.line).map_err(|error| {
            Problem::new(format!("{}:{}: {error}", self.name, self.number + 1))
                .hint("the text must be UTF-8, packed files whole")
        })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(self.line.strip_suffix('\n').unwrap_or(&self.line)))
    }
}
