//! How a run's process tells its parent how far it is: one JSON object a line on stdout.

use std::io::Write;
use std::time::{Duration, Instant};

use methods::{Progress, ProgressReport};
use serde::Deserialize;

/// More often than this nobody looks.
const INTERVAL: Duration = Duration::from_millis(200);

/// Writes updates as JSON lines.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    last: Option<(Instant, String)>,
}

impl<W: Write> JsonLines<W> {
    /// To `out`, usually stdout.
    pub fn new(out: W) -> Self {
        Self { out, last: None }
    }

    /// Says why the run fails, where the disk may be too full for its log.
    pub fn failed(&mut self, error: &str, hint: Option<&str>) {
        let text = match hint {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_owned(),
        };
        self.line(&serde_json::json!({ "failed": text }).to_string());
    }

    fn line(&mut self, line: &str) {
        // The parent may be gone; the run still has a result to write.
        let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
    }
}

impl<W: Write> Progress for JsonLines<W> {
    fn report(&mut self, update: &ProgressReport) {
        let due = match &self.last {
            None => true,
            Some((when, phase)) => {
                when.elapsed() >= INTERVAL || *phase != update.phase || update.done == update.total
            }
        };
        if due && let Ok(line) = serde_json::to_string(update) {
            self.line(&line);
            self.last = Some((Instant::now(), update.phase.clone()));
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Said {
    /// Why the run fails.
    Failed { failed: String },
    /// How far the run is.
    Progress(ProgressReport),
}

/// Reads a line that [`JsonLines`] wrote; none for any other line.
pub(crate) fn parse(line: &str) -> Option<Said> {
    serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_is_read_and_not_every_update() {
        let mut out = Vec::new();
        let mut progress = JsonLines::new(&mut out);
        let update = |done| ProgressReport {
            phase: "train".into(),
            done,
            total: 1000,
            loss: Some(f64::NAN),
            tau: Some(0.5),
        };
        (0..=1000).for_each(|done| progress.report(&update(done)));
        let text = String::from_utf8(out).unwrap();
        let update = |line| match parse(line) {
            Some(Said::Progress(report)) => report,
            other => panic!("{other:?}"),
        };
        let read: Vec<ProgressReport> = text.lines().map(update).collect();
        assert!(read.len() < 20, "{} lines", read.len());
        assert_eq!((read[0].done, read.last().unwrap().done), (0, 1000));
        assert_eq!((read[0].loss, read[0].tau), (None, Some(0.5)));
        assert_eq!(parse("running 1 test"), None);
        let mut out = Vec::new();
        JsonLines::new(&mut out).failed("the disk is full", Some("make space"));
        let failed = "the disk is full; make space".to_owned();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(parse(&line), Some(Said::Failed { failed }));
    }
}
