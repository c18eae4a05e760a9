//! How far a run is that a process is at work on, as its folder says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;

use super::RunFolder;

/// More than a line of metrics.csv takes.
const TAIL: u64 = 4096;

/// The last update that a training has logged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latest {
    /// Number of the update, from 0.
    pub update: u64,
    /// Its training loss; none where it is not finite.
    pub loss: Option<f64>,
}

impl RunFolder {
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
}
