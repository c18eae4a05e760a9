//! The text of an experiment: a file, standard input, or a part of the program.

use std::io::{ErrorKind, Read};
use std::path::Path;

use files::FileError;

use crate::error::ExperimentError;
use crate::place::line_at_byte;

/// What stands for standard input in place of a path.
const STANDARD_INPUT: &str = "-";

/// The text of an experiment and the name that messages give it.
#[derive(Debug, Clone)]
pub struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    /// Reads a file, or standard input where the path is `-`.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or it is no text.
    pub fn read(path: &Path) -> Result<Self, ExperimentError> {
        let unreadable = |reason: &str, hint: String| ExperimentError::Source {
            reason: reason.replace("{}", &path.display().to_string()),
            hint,
        };
        let read = if path == Path::new(STANDARD_INPUT) {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(path)
        };
        let bytes = read.map_err(|source| match source.kind() {
            ErrorKind::NotFound => unreadable(
                "there is no experiment file {}",
                "check the path; relative paths start from the working directory, and `-` is standard input"
                    .to_owned(),
            ),
            ErrorKind::IsADirectory => unreadable(
                "{} is a folder, and an experiment is a file",
                match path.join("experiment.toml") {
                    inside if inside.is_file() => {
                        format!("the experiment in it is {}", files::shell::path_word(&inside))
                    }
                    _ => "name the .toml file".to_owned(),
                },
            ),
            _ => FileError::new("read", path, source).into(),
        })?;
        let name = match path == Path::new(STANDARD_INPUT) {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let line = line_at_byte(error.as_bytes(), error.utf8_error().valid_up_to());
                Err(ExperimentError::Source {
                    reason: format!("{name}:{line}: the text is not UTF-8"),
                    hint: "save the file as UTF-8".to_owned(),
                })
            }
        }
    }

    /// Text that is part of the program.
    pub fn embedded(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }
}
