//! A file from the first of several addresses that has it: on from where it broke off, counted and checked.

use std::fs::File;
use std::io::{self, Read, Write};
use std::thread::sleep;
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode};

use super::part::{Begun, Part};
use super::{Answer, Client, Fault, Header, Reached, header};
use crate::error::Remedy;
use crate::progress::{Watch, readable};
use crate::{Digest, FetchError};

const BUFFER: usize = 1 << 16;

/// A file to download.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// Where it lies; tried in turn.
    pub urls: &'a [String],
    /// The value of the header `authorization`.
    pub authorization: Option<&'a str>,
    /// Its bytes, where they are known.
    pub size: Option<u64>,
    /// The most bytes that are taken.
    pub at_most: u64,
    /// Its checksum, where one is known.
    pub digest: Option<&'a Digest>,
}

/// Why an attempt did not come to its end.
enum Trouble {
    /// By the server or on the way.
    Fault(Fault),
    /// By this machine's disk.
    Disk(io::Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// An address, and what became of it.
struct Mirror<'a> {
    url: &'a str,
    fault: Option<Fault>,
}

impl Mirror<'_> {
    fn is_out(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| !fault.may_pass)
    }
}

/// Downloads a file into its part, which is whole and checked afterwards, and returns the address that it came from.
/// What another process had begun goes on.
///
/// # Errors
/// No address has it, or the disk takes it not; what has arrived is kept.
pub fn download(
    client: &Client,
    wanted: &Wanted<'_>,
    part: &Part,
    watch: &mut dyn Watch,
) -> Result<String, FetchError> {
    let patience = client.patience();
    let mut mirrors: Vec<Mirror<'_>> = wanted
        .urls
        .iter()
        .map(|url| Mirror { url, fault: None })
        .collect();
    let mut idle = 0;
    let mut furthest = 0;
    loop {
        let before = furthest;
        let mut wait = Duration::ZERO;
        for mirror in mirrors.iter_mut().filter(|mirror| !mirror.is_out()) {
            match attempt(client, wanted, mirror.url, part, watch) {
                Ok(()) => {
                    watch.ends();
                    part.forget_version();
                    return Ok(mirror.url.to_owned());
                }
                Err(Trouble::Disk(error)) => {
                    watch.ends();
                    return Err(FetchError::io("write", part.path())(error));
                }
                Err(Trouble::Fault(fault)) => {
                    watch.ends();
                    watch.says(&format!("warning: {}: {}", mirror.url, fault.said));
                    wait = wait.max(fault.wait.unwrap_or_default());
                    furthest = furthest.max(part.length().map_err(FetchError::io("read", part.path()))?);
                    mirror.fault = Some(fault);
                }
            }
        }
        idle = if furthest > before { 0 } else { idle + 1 };
        if idle >= patience.rounds || mirrors.iter().all(Mirror::is_out) {
            return Err(no_server(wanted, &mirrors));
        }
        sleep(wait.max(patience.pause * 2_u32.saturating_pow(idle.saturating_sub(1))));
    }
}

fn no_server(wanted: &Wanted<'_>, mirrors: &[Mirror<'_>]) -> FetchError {
    let said = |mirror: &Mirror<'_>| {
        let said = mirror
            .fault
            .as_ref()
            .map_or("not tried", |fault| fault.said.as_str());
        format!("{}: {said}", mirror.url)
    };
    FetchError::NoServer {
        file: wanted.name.to_owned(),
        tried: mirrors.iter().map(said).collect(),
        remedy: remedy(mirrors.iter().filter_map(|mirror| mirror.fault.as_ref())),
    }
}

/// What helps against all of these, if anything does.
pub(crate) fn remedy<'a>(faults: impl Iterator<Item = &'a Fault> + Clone) -> Remedy {
    let any = |reached: Reached| faults.clone().any(|fault| fault.reached == reached);
    if any(Reached::Stranger) {
        Remedy::Certificates
    } else if any(Reached::Nobody) {
        Remedy::Network
    } else {
        Remedy::Manifest
    }
}

/// One request, and the check of what is there then.
fn attempt(
    client: &Client,
    wanted: &Wanted<'_>,
    url: &str,
    part: &Part,
    watch: &mut dyn Watch,
) -> Result<(), Trouble> {
    let begun = part.begun(url, wanted.digest.is_some())?;
    let is_all_there = begun.length > 0 && wanted.size.is_some_and(|size| begun.length >= size);
    let mut went_on = is_all_there;
    if !is_all_there {
        let answer = client.get(url, &request_headers(wanted, &begun))?;
        went_on = receive(wanted, url, answer, &begun, part, watch)?;
    }
    check(wanted, part, went_on)
}

fn request_headers(wanted: &Wanted<'_>, begun: &Begun) -> Vec<Header> {
    let mut headers = Vec::new();
    if let Some(authorization) = wanted.authorization {
        headers.push(("authorization", authorization.to_owned()));
    }
    if begun.length > 0 {
        headers.push(("range", format!("bytes={}-", begun.length)));
        if let Some(validator) = &begun.validator {
            headers.push(("if-range", validator.clone()));
        }
    }
    headers
}

/// Takes what the server sends; whether it was the rest of what is there.
fn receive(
    wanted: &Wanted<'_>,
    url: &str,
    answer: Answer,
    begun: &Begun,
    part: &Part,
    watch: &mut dyn Watch,
) -> Result<bool, Trouble> {
    let rest = header(&answer.headers, "content-length").and_then(|length| length.parse::<u64>().ok());
    let (file, from, total) = match answer.status {
        StatusCode::OK => {
            check_total(wanted, rest)?;
            (part.start(url, validator(&answer.headers))?, 0, rest)
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = header(&answer.headers, "content-range").and_then(content_range);
            let Some((start, total)) = range.filter(|&(start, _)| start == begun.length && start > 0) else {
                part.discard()?;
                return Err(Fault::passing("the server sent another part than was asked for").into());
            };
            let now = validator(&answer.headers);
            if begun.validator.is_some() && now.is_some() && begun.validator.as_deref() != now {
                part.discard()?;
                return Err(Fault::passing("the file has changed on the server, and begins anew").into());
            }
            let total = total.or(rest.map(|rest| start + rest));
            check_total(wanted, total)?;
            (part.go_on()?, start, total)
        }
        StatusCode::RANGE_NOT_SATISFIABLE if wanted.size.is_some() => {
            return Err(Fault::lasting("the server has fewer bytes than the file should have").into());
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            part.discard()?;
            return Err(Fault::passing("the server has fewer bytes than are here, and begins anew").into());
        }
        status => return Err(Fault::of_status(status, &answer.headers).into()),
    };
    watch.begins(wanted.name, &answer.url, from, total.or(wanted.size));
    let limit = wanted.at_most;
    let arrived = copy(answer.body, file, from, limit, watch)?;
    match total {
        Some(total) if arrived < total => {
            let (arrived, total) = (readable(arrived), readable(total));
            Err(Fault::passing(format!("the connection broke off after {arrived} of {total}")).into())
        }
        _ => Ok(from > 0),
    }
}

/// Appends the body to the file, and says how long that is then.
fn copy(
    mut body: impl Read,
    mut file: File,
    from: u64,
    limit: u64,
    watch: &mut dyn Watch,
) -> Result<u64, Trouble> {
    let mut buffer = vec![0; BUFFER];
    let mut arrived = from;
    let outcome = loop {
        match body.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(count) => {
                if arrived + count as u64 > limit {
                    break Err(Fault::lasting(format!(
                        "the server sends more than {limit} bytes"
                    )));
                }
                file.write_all(&buffer[..count])?;
                arrived += count as u64;
                watch.received(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(Fault::of_reading(&error)),
        }
    };
    file.sync_all()?;
    outcome.map_err(|mut fault| {
        if fault.may_pass {
            fault.said = format!("{} after {}", fault.said, readable(arrived));
        }
        Trouble::Fault(fault)
    })?;
    Ok(arrived)
}

/// Refuses a file that cannot be the right one before any of it is taken.
fn check_total(wanted: &Wanted<'_>, total: Option<u64>) -> Result<(), Fault> {
    match (wanted.size, total) {
        (Some(size), Some(total)) if size != total => Err(Fault::lasting(format!(
            "the server has a file of {total} bytes instead of {size}"
        ))),
        (None, Some(total)) if total > wanted.at_most => Err(Fault::lasting(format!(
            "the server has a file of {total} bytes, more than the {} that may be taken",
            wanted.at_most
        ))),
        _ => Ok(()),
    }
}

/// Whether the file is the one that was wanted. One that is not goes; put together of pieces it may come right the next
/// time, from its start.
fn check(wanted: &Wanted<'_>, part: &Part, went_on: bool) -> Result<(), Trouble> {
    let wrong = match (wanted.size, wanted.digest) {
        (Some(size), _) if part.length()? != size => {
            let length = part.length()?;
            Some(format!("the file has {length} bytes instead of {size}"))
        }
        (_, Some(digest)) => {
            let found = digest.measured(part.path())?;
            (found != *digest)
                .then(|| format!("the file is another one: its {found}, expected {}", digest.hex()))
        }
        _ => None,
    };
    let Some(wrong) = wrong else { return Ok(()) };
    part.discard()?;
    Err(if went_on {
        Fault::passing(format!("{wrong}; it begins anew"))
    } else {
        Fault::lasting(wrong)
    }
    .into())
}

/// What a server calls this version of a file, if that tells every change.
fn validator(headers: &HeaderMap) -> Option<&str> {
    let strong = header(headers, "etag").filter(|etag| etag.starts_with('"'));
    strong.or_else(|| header(headers, "last-modified"))
}

/// First byte and length of the whole of `bytes 5-9/10`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_servers_write_them() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("bytes */10"), None);
        assert_eq!(content_range("items 5-9/10"), None);
    }
}
