//! Every error as the terminal gets it: what happened and what to do about it.

use std::any::Any;
use std::fmt;
use std::io::{self, ErrorKind};

use files::Hint;

/// What ends a command.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// What happened, and the remedy where there is one. An error that is a [`Hint`] becomes one of these with its hint; any
/// other has to be told as one that has none.
#[derive(Debug)]
pub(crate) struct Problem {
    error: String,
    hint: Option<String>,
    /// Whoever read stdout has seen enough: nothing to tell anybody.
    is_closed_pipe: bool,
}

impl Problem {
    /// What happened.
    pub(crate) fn new(error: impl ToString) -> Self {
        Self {
            error: error.to_string(),
            hint: None,
            is_closed_pipe: false,
        }
    }

    /// The same with a remedy.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The remedy.
    pub(crate) fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether stdout was closed, which is no error.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.is_closed_pipe
    }
}

/// That something could not be done, for `map_err` on errors without a remedy.
pub(crate) fn cannot<E: fmt::Display>(what: &str) -> impl Fn(E) -> Problem {
    move |error| Problem::new(format!("cannot {what}: {error}"))
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.error)
    }
}

impl<E: Hint + 'static> From<E> for Problem {
    fn from(error: E) -> Self {
        let io = (&error as &dyn Any).downcast_ref::<io::Error>();
        Self {
            error: error.to_string(),
            hint: error.hint(),
            is_closed_pipe: io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_come_along_and_a_closed_pipe_is_known() {
        let problem = Problem::from(models::DeviceError::Unknown { name: "x".into() });
        assert!(problem.remedy().unwrap().contains("flex") && !problem.is_closed_pipe());
        assert!(Problem::from(io::Error::from(ErrorKind::BrokenPipe)).is_closed_pipe());
        assert_eq!(Problem::new("no").hint("try").remedy(), Some("try"));
    }
}
