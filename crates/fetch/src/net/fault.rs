//! What a server, or the way to it, did wrong, and whether that may pass.

use std::io::{self, ErrorKind};
use std::time::Duration;

use ureq::Error;
use ureq::http::{HeaderMap, StatusCode};

use super::header;

/// The longest that a server may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How far one came with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It could not be spoken to.
    Nobody,
    /// It is not trusted.
    Stranger,
    /// It answered, and not with what was wanted.
    Server,
}

/// Why a download did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What happened, as the rest of a sentence that begins with the address.
    pub(crate) said: String,
    /// Whether it may go better next time.
    pub(crate) may_pass: bool,
    /// How long the server asked to be left alone.
    pub(crate) wait: Option<Duration>,
    /// How far it came.
    pub(crate) reached: Reached,
}

impl Fault {
    /// One that may pass.
    pub(crate) fn passing(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            may_pass: true,
            wait: None,
            reached: Reached::Nobody,
        }
    }

    /// One of this server, for good.
    pub(crate) fn lasting(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            may_pass: false,
            wait: None,
            reached: Reached::Server,
        }
    }

    fn untrusted(said: impl std::fmt::Display) -> Self {
        Self {
            reached: Reached::Stranger,
            ..Self::lasting(format!("no trusted connection: {said}"))
        }
    }

    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Io(error) => Self::of_reading(error),
            Error::Timeout(_) => Self::passing("nothing was heard for too long"),
            Error::HostNotFound => Self::passing("the host is not found"),
            Error::TooManyRedirects => Self::lasting("redirects without end"),
            Error::RequireHttpsOnly(url) => {
                Self::lasting(format!("redirects from https to {url}, which is not encrypted"))
            }
            Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => Self::untrusted(error),
            Error::BadUri(_) | Error::Http(_) => Self::lasting(format!("is no usable address: {error}")),
            Error::InvalidProxyUrl => Self::lasting("the proxy's address cannot be used"),
            Error::ConnectProxyFailed(answer) => {
                Self::passing(format!("the proxy does not connect: {}", answer.trim()))
            }
            error => Self::passing(error.to_string()),
        }
    }

    /// While an answer was read. The HTTP client wraps its own errors.
    pub(crate) fn of_reading(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match inner {
            Some(inner) if !matches!(inner, Error::Io(_)) => return Self::of(inner),
            _ => {}
        }
        let said = match error.kind() {
            // What rustls says of the handshake.
            ErrorKind::InvalidData if error.to_string().contains("certificate") => {
                return Self::untrusted(error);
            }
            ErrorKind::ConnectionRefused => "the connection is refused".to_owned(),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => "nothing was heard for too long".to_owned(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
                "the connection broke off".to_owned()
            }
            _ => error.to_string(),
        };
        Self::passing(said)
    }

    /// An answer that is none of what was asked for.
    pub(crate) fn of_status(status: StatusCode, headers: &HeaderMap) -> Self {
        let said = format!("the server answered {}", told(status));
        let is_busy = matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error();
        let wait = header(headers, "retry-after").and_then(|seconds| seconds.parse().ok());
        Self {
            may_pass: is_busy,
            wait: wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
            ..Self::lasting(said)
        }
    }
}

/// A status as `404 Not Found`.
pub(crate) fn told(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}
