//! Lines of a text file, unpacked on the way if its name ends in `.gz`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::mem;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::{DataError, LineError};

/// Streams a file line by line through one buffer.
pub(crate) struct Lines {
    path: PathBuf,
    packed: bool,
    source: Box<dyn BufRead>,
    line: String,
    number: usize,
}

impl Lines {
    /// Opens `path`; [`Lines::advance`] reaches the first line.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|source| DataError::Open {
            path: path.into(),
            source,
        })?;
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let file = BufReader::new(file);
        let source: Box<dyn BufRead> = if packed {
            Box::new(BufReader::new(MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path: path.into(),
            packed,
            source,
            line: String::new(),
            number: 0,
        })
    }

    /// Goes to the next line; false if there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, DataError> {
        let mut bytes = mem::take(&mut self.line).into_bytes();
        bytes.clear();
        self.number += 1;
        match self.source.read_until(b'\n', &mut bytes) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(error) => return Err(self.fault(read_error(error, self.packed))),
        }
        self.line = String::from_utf8(bytes).map_err(|error| {
            self.fault(LineError::NotUtf8 {
                column: error.utf8_error().valid_up_to() + 1,
            })
        })?;
        Ok(true)
    }

    /// The current line without its end (LF or CR LF), and without the file's byte order mark.
    pub(crate) fn line(&self) -> &str {
        let line = self.line.strip_suffix('\n').unwrap_or(&self.line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.strip_prefix('\u{feff}') {
            Some(line) if self.number == 1 => line,
            _ => line,
        }
    }

    /// `problem`, placed at the current line.
    pub(crate) fn fault(&self, problem: LineError) -> DataError {
        DataError::Line {
            path: self.path.clone(),
            line: self.number,
            problem,
        }
    }
}

fn read_error(error: io::Error, packed: bool) -> LineError {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | UnexpectedEof if packed => LineError::DamagedGzip(error),
        _ => LineError::Io(error),
    }
}
