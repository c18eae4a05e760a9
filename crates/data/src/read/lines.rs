//! Lines of a text file or of standard input, unpacked on the way if the file's name ends in `.gz`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::mem;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;
use crate::line_error::LineError;

/// What messages call standard input.
const STANDARD_INPUT: &str = "standard input";

/// Opens a file to read it; a folder is none.
pub(crate) fn open_file(path: &Path) -> Result<File, DataError> {
    let open = |source: io::Error| DataError::Open {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(open)?;
    if file.metadata().map_err(open)?.is_dir() {
        return Err(DataError::IsFolder { path: path.into() });
    }
    Ok(file)
}

/// Streams a text line by line through one buffer.
///
/// Lines end in LF; a CR before it belongs to the end. A byte order mark at the start of the text is dropped.
pub struct Lines {
    path: PathBuf,
    packed: bool,
    source: Box<dyn BufRead>,
    line: String,
    number: usize,
}

impl Lines {
    /// Opens `path`; [`Lines::advance`] reaches the first line.
    ///
    /// # Errors
    /// It is not there, may not be read, or is a folder.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let file = BufReader::new(open_file(path)?);
        let source: Box<dyn BufRead> = if packed {
            Box::new(BufReader::new(MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self::of(path.into(), packed, source))
    }

    /// The lines of standard input, which is never unpacked.
    pub fn standard_input() -> Self {
        Self::of(
            STANDARD_INPUT.into(),
            false,
            Box::new(BufReader::new(io::stdin())),
        )
    }

    /// As [`Lines::open`], where `-` is standard input.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub fn open_or_standard_input(path: &Path) -> Result<Self, DataError> {
        if path == Path::new("-") {
            Ok(Self::standard_input())
        } else {
            Self::open(path)
        }
    }

    fn of(path: PathBuf, packed: bool, source: Box<dyn BufRead>) -> Self {
        Self {
            path,
            packed,
            source,
            line: String::new(),
            number: 0,
        }
    }

    /// What messages call the text: its path, or `standard input`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the current line, from 1; 0 before the first, and of the last line once there is no other.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Goes to the next line; false if there is none.
    ///
    /// # Errors
    /// The text cannot be read on, is damaged where it is packed, or is not UTF-8; the error names the line.
    pub fn advance(&mut self) -> Result<bool, DataError> {
        let mut bytes = mem::take(&mut self.line).into_bytes();
        bytes.clear();
        match self.source.read_until(b'\n', &mut bytes) {
            Ok(0) => return Ok(false),
            Ok(_) => self.number += 1,
            Err(error) => {
                self.number += 1;
                return Err(self.unreadable(error));
            }
        }
        self.line = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            self.fault(LineError::NotUtf8 {
                column: at + 1,
                byte: error.as_bytes()[at],
            })
        })?;
        if self.number == 1
            && let Some(text) = self.line.strip_prefix('\u{feff}')
        {
            self.line = text.into();
        }
        Ok(true)
    }

    /// [`Lines::advance`] for files of which every line says something: false also where only blank lines follow.
    ///
    /// # Errors
    /// As [`Lines::advance`], or a blank line is followed by another.
    pub(crate) fn advance_to_entry(&mut self) -> Result<bool, DataError> {
        if !self.advance()? {
            return Ok(false);
        }
        if !self.is_blank() {
            return Ok(true);
        }
        let blank = self.number;
        while self.advance()? {
            if !self.is_blank() {
                return Err(DataError::Line {
                    path: self.path.clone(),
                    line: blank,
                    problem: LineError::BlankLine,
                });
            }
        }
        Ok(false)
    }

    /// Whether the current line has nothing but spaces.
    fn is_blank(&self) -> bool {
        self.line.trim_matches([' ', '\r', '\n']).is_empty()
    }

    /// The current line without its end, LF or CR LF.
    pub fn line(&self) -> &str {
        let line = self.whole_line();
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The current line without LF, with a CR that stands before it.
    pub fn whole_line(&self) -> &str {
        self.line.strip_suffix('\n').unwrap_or(&self.line)
    }

    /// `problem`, placed at the current line.
    pub(crate) fn fault(&self, problem: LineError) -> DataError {
        DataError::Line {
            path: self.path.clone(),
            line: self.number,
            problem,
        }
    }

    fn unreadable(&self, error: io::Error) -> DataError {
        use io::ErrorKind::{InvalidData, InvalidInput, IsADirectory, UnexpectedEof};
        match error.kind() {
            IsADirectory => DataError::IsFolder {
                path: self.path.clone(),
            },
            InvalidData | InvalidInput | UnexpectedEof if self.packed => {
                self.fault(LineError::DamagedGzip(error))
            }
            _ => self.fault(LineError::Io(error)),
        }
    }
}
