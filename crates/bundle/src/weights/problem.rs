//! What can be wrong with the tensors of a model, all of it at once.

use std::fmt;

use safetensors::tensor::Dtype;

use super::layers::is_of_heads;
use super::numbers::width;

/// More are counted and not listed.
const LISTED: usize = 60;

/// A tensor that is not what the model needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is not there.
    Missing {
        /// Its name.
        name: String,
    },
    /// It has another shape.
    Shape {
        /// Its name in the file.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// That of the model.
        expected: Vec<usize>,
    },
    /// Its numbers are no floats that can be read.
    Type {
        /// Its name in the file.
        name: String,
        /// Their type.
        dtype: String,
    },
    /// It is of a layer that the model does not have.
    Beyond {
        /// Its name in the file.
        name: String,
    },
    /// It is of an attention module from which all heads were removed.
    Removed {
        /// Its name in the file.
        name: String,
    },
    /// It is there under several names.
    Twice {
        /// Its names in the file.
        names: [String; 2],
    },
}

impl Problem {
    /// The problem with such numbers, if they are none that can be read.
    pub(super) fn of_type(name: &str, dtype: Dtype) -> Option<Self> {
        (width(dtype) == 0).then(|| Self::Type {
            name: name.to_owned(),
            dtype: format!("{dtype:?}"),
        })
    }

    /// Whether it would be none if other heads had been removed.
    fn is_of_heads(&self) -> bool {
        match self {
            Self::Missing { name } | Self::Shape { name, .. } => is_of_heads(name),
            Self::Removed { .. } => true,
            Self::Type { .. } | Self::Beyond { .. } | Self::Twice { .. } => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "`{name}` is missing"),
            Self::Shape {
                name,
                found,
                expected,
            } => write!(
                f,
                "`{name}` has shape {found:?}, the config asks for {expected:?}"
            ),
            Self::Type { name, dtype } => write!(
                f,
                "`{name}` has numbers of type {dtype}; F64, F32, F16 and BF16 can be read"
            ),
            Self::Beyond { name } => write!(f, "`{name}` is of a layer that the config does not have"),
            Self::Removed { name } => write!(
                f,
                "`{name}` is of an attention that has lost all its heads, as the config says"
            ),
            Self::Twice { names: [one, other] } => write!(f, "`{one}` and `{other}` are the same tensor"),
        }
    }
}

/// Every problem of a model: one in the line, several in lines of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether all of them may come from heads that were removed, and not as the config says.
    pub(crate) fn are_of_heads(&self) -> bool {
        self.0.iter().all(Problem::is_of_heads)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [one] = self.0.as_slice() {
            return write!(f, "{one}");
        }
        write!(f, "{} tensors are not those of the config", self.0.len())?;
        for problem in self.0.iter().take(LISTED) {
            write!(f, "\n  {problem}")?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
