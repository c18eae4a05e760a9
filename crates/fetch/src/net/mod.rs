//! What is asked of servers: redirects in bounds, never from https to http, and an end to every silence.

mod download;
mod fault;
mod part;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, BodyReader, Proxy, ResponseExt};

pub(crate) use self::fault::{Fault, Reached, told};
use crate::FetchError;

pub(crate) use self::download::remedy;
pub use self::download::{Wanted, download};
pub use self::part::Part;

/// Seconds without a byte after which a server counts as dead.
pub const TIMEOUT_VARIABLE: &str = "HEADCOUNT_TIMEOUT";

/// File of root certificates in PEM that takes the place of Mozilla's, as other programs know it.
const CERTIFICATES_VARIABLE: &str = "SSL_CERT_FILE";

const REDIRECTS: u32 = 10;

/// The most bytes of an answer that is read into memory.
const ANSWER_LIMIT: u64 = 16 << 20;

/// How long servers are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next byte.
    pub silence: Duration,
    /// How often all addresses are tried without a byte more before that is the end of it.
    pub rounds: u32,
    /// Between the first two rounds; twice as long each time.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            rounds: 3,
            pause: Duration::from_secs(1),
        }
    }
}

impl Patience {
    /// As the environment says.
    ///
    /// # Errors
    /// It says what means nothing.
    pub fn from_environment() -> Result<Self, FetchError> {
        let usual = Self::default();
        let Some(value) = std::env::var_os(TIMEOUT_VARIABLE).filter(|value| !value.is_empty()) else {
            return Ok(usual);
        };
        let value = value.to_string_lossy();
        let seconds = value.parse().ok().filter(|&seconds: &u64| seconds > 0);
        let Some(silence) = seconds.map(Duration::from_secs) else {
            return Err(FetchError::Variable {
                variable: TIMEOUT_VARIABLE,
                value: value.into_owned(),
                wanted: "a whole number of seconds above 0",
            });
        };
        Ok(Self {
            connect: usual.connect.min(silence),
            silence,
            pause: usual.pause.min(silence / 4),
            ..usual
        })
    }
}

/// Asks servers.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    patience: Patience,
}

/// The beginning of an answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Where it came from in the end.
    pub(crate) url: String,
    pub(crate) body: BodyReader<'static>,
}

/// A header of a request.
pub(crate) type Header = (&'static str, String);

impl Client {
    /// As the environment says: with the proxies that `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, and the
    /// root certificates of `SSL_CERT_FILE`, else Mozilla's.
    ///
    /// # Errors
    /// The environment says what means nothing, or the certificates cannot be read.
    pub fn from_environment() -> Result<Self, FetchError> {
        let certificates = std::env::var_os(CERTIFICATES_VARIABLE)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from);
        Self::build(
            Patience::from_environment()?,
            certificates.as_deref(),
            Proxy::try_from_env(),
        )
    }

    /// Without proxies; with Mozilla's root certificates, or those of a file.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn direct(patience: Patience, certificates: Option<&Path>) -> Result<Self, FetchError> {
        Self::build(patience, certificates, None)
    }

    fn build(
        patience: Patience,
        certificates: Option<&Path>,
        proxy: Option<Proxy>,
    ) -> Result<Self, FetchError> {
        let roots = certificates.map_or(Ok(RootCerts::WebPki), roots)?;
        let config = Agent::config_builder()
            .user_agent(concat!("headcount/", env!("CARGO_PKG_VERSION")))
            // What is counted, checked and resumed are the bytes of the file itself.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_per_read(Some(patience.silence))
            .timeout_per_write(Some(patience.silence))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .proxy(proxy)
            .build();
        Ok(Self {
            agent: config.into(),
            patience,
        })
    }

    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// Asks for a file; redirects are followed.
    pub(crate) fn get(&self, url: &str, headers: &[Header]) -> Result<Answer, Fault> {
        // What begins encrypted stays encrypted.
        let encrypted = url.starts_with("https://");
        let mut request = self.agent.get(url).config().https_only(encrypted).build();
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        Ok(answer(request.call().map_err(|error| Fault::of(&error))?))
    }

    /// Asks what a server says of a file; redirects are not followed.
    pub(crate) fn head(&self, url: &str, headers: &[Header]) -> Result<Answer, Fault> {
        let mut request = self
            .agent
            .head(url)
            .config()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = answer(request.call().map_err(|error| Fault::of(&error))?);
        refuse_busy(&answer)?;
        Ok(answer)
    }

    /// A small answer as a whole.
    pub(crate) fn text(&self, url: &str, headers: &[Header]) -> Result<(StatusCode, String), Fault> {
        let answer = self.get(url, headers)?;
        refuse_busy(&answer)?;
        let mut text = Vec::new();
        let read = answer.body.take(ANSWER_LIMIT).read_to_end(&mut text);
        read.map_err(|error| Fault::of_reading(&error))?;
        Ok((answer.status, String::from_utf8_lossy(&text).into_owned()))
    }
}

fn answer(response: Response<Body>) -> Answer {
    let url = response.get_uri().to_string();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        url,
        body: body.into_reader(),
    }
}

/// What a server says of itself is none of what was asked for.
fn refuse_busy(answer: &Answer) -> Result<(), Fault> {
    let fault = Fault::of_status(answer.status, &answer.headers);
    if fault.may_pass { Err(fault) } else { Ok(()) }
}

/// A header's text, without the white space around it.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn roots(path: &Path) -> Result<RootCerts, FetchError> {
    let wrong = |problem: String| FetchError::Certificates {
        path: path.to_owned(),
        problem,
    };
    let text = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let certificates: Vec<_> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(certificates.into())
}
