//! What the folder of a run says while a process is at work on it: whose process, and how far it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::RunFolder;

/// More than a line of metrics.csv takes.
const TAIL: u64 = 4096;

/// The process that holds the lock of a run, as the first line of the lock file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// When it took the lock, UTC, as in `2025-01-31T12:00:00Z`.
    pub since: String,
}

impl Holder {
    /// How long it has held the lock.
    pub fn elapsed(&self) -> Option<Duration> {
        let since = humantime::parse_rfc3339(&self.since).ok()?;
        SystemTime::now().duration_since(since).ok()
    }
}

/// The last update that a training has logged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latest {
    /// Number of the update, from 0.
    pub update: u64,
    /// Its training loss; none where it is not finite.
    pub loss: Option<f64>,
}

impl RunFolder {
    /// The process that works on the run, or the last that did; none where the lock file does not say.
    pub fn holder(&self) -> Option<Holder> {
        let mut line = String::new();
        let file = File::open(self.path.join("lock")).ok()?;
        BufReader::new(file.take(TAIL)).read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    /// The last whole line of the run's metrics.csv; none before the first update, and for runs that train nothing.
    pub fn latest(&self) -> Option<Latest> {
        latest(&self.path.join("metrics.csv")).ok().flatten()
    }
}

/// Reads the first line and the last, not those in between.
fn latest(path: &Path) -> io::Result<Option<Latest>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut header = String::new();
    file.read_line(&mut header)?;
    let begin = header.len() as u64;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(begin.max(length.saturating_sub(TAIL))))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    // A line is whole once its end is written.
    let last = tail.rsplit_once('\n').and_then(|(whole, _)| whole.lines().last());
    let field = |name: &str| {
        let column = header.trim_end().split(',').position(|column| column == name)?;
        last?.split(',').nth(column)
    };
    let update = field("update").and_then(|text| text.parse().ok());
    let loss = field("loss").and_then(|text| text.parse().ok());
    Ok(update.map(|update| Latest {
        update,
        loss: loss.filter(|loss: &f64| loss.is_finite()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder() -> (tempfile::TempDir, RunFolder) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        (folder, RunFolder { path })
    }

    #[test]
    fn the_last_whole_line_counts() {
        let (guard, run) = folder();
        let path = guard.path().join("metrics.csv");
        assert_eq!(run.latest(), None);
        fs::write(&path, "update,loss,tau\n").unwrap();
        assert_eq!(run.latest(), None);
        let last = |text: &str| {
            fs::write(&path, text).unwrap();
            run.latest().map(|latest| (latest.update, latest.loss))
        };
        assert_eq!(last("update,loss,tau\n0,1.5,\n1,0.75,\n"), Some((1, Some(0.75))));
        assert_eq!(last("update,loss,tau\n0,1.5,\n1,0.7"), Some((0, Some(1.5))));
        assert_eq!(last("update,loss\n7,NaN\n"), Some((7, None)));
        assert_eq!(last("other,loss\n7,0.5\n"), None);
        let long: String = (0..5000).map(|update| format!("{update},0.{update}\n")).collect();
        assert_eq!(last(&format!("update,loss\n{long}")), Some((4999, Some(0.4999))));
    }

    #[test]
    fn a_lock_file_names_its_holder_or_nobody() {
        let (guard, run) = folder();
        let path = guard.path().join("lock");
        assert_eq!(run.holder(), None);
        fs::write(&path, "").unwrap();
        assert_eq!(run.holder(), None);
        let since = humantime::format_rfc3339_seconds(SystemTime::now() - Duration::from_secs(90));
        fs::write(
            &path,
            format!("{{\"host\":\"a\",\"pid\":7,\"since\":\"{since}\"}}\n"),
        )
        .unwrap();
        let holder = run.holder().unwrap();
        assert_eq!((holder.host.as_str(), holder.pid), ("a", 7));
        let elapsed = holder.elapsed().unwrap().as_secs();
        assert!((90..150).contains(&elapsed), "{elapsed}");
    }
}
