//! What differs from machine to machine about a run: where, with what and how long.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use files::FileError;
use serde::{Deserialize, Serialize};

use crate::RecordError;
use crate::json::write_json;
use crate::rows::line_error;
use crate::run_id::RunId;

/// What a run is computed with, as the program that trains knows it; what is not known is left empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// The device, by a name that means one: not `auto`.
    pub device: String,
    /// Backend of the device and its version, such as `burn-flex 0.22.1`.
    pub backend: String,
    /// Version of burn, of which it is a backend.
    pub burn_version: String,
    /// Git revision that the program was built from.
    pub git_revision: String,
    /// Whether the sources that it was built from differed from that revision.
    pub git_dirty: Option<bool>,
}

/// One line of provenance.csv, kept as provenance.json in the run's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The run.
    pub run_id: RunId,
    /// Name of the machine.
    pub host: String,
    /// Operating system and processor architecture.
    pub platform: String,
    /// Vector instructions of the processor, on which the last digits of results depend; empty where unknown.
    #[serde(default)]
    pub instructions: String,
    /// Device that did the run.
    pub device: String,
    /// Backend of the device and its version; empty where unknown, as in files of earlier versions.
    #[serde(default)]
    pub backend: String,
    /// Version of burn; empty where unknown.
    #[serde(default)]
    pub burn_version: String,
    /// Threads of the run.
    pub threads: usize,
    /// Version of this program.
    pub version: String,
    /// Git revision that it was built from; empty where unknown.
    pub git_revision: String,
    /// Whether the sources that it was built from differed from that revision.
    #[serde(default)]
    pub git_dirty: Option<bool>,
    /// Start of the process that finished the run, UTC.
    pub start: String,
    /// Its end, UTC.
    pub end: String,
    /// Seconds between the two; what an interrupted process spent earlier is not in it.
    pub wall_seconds: f64,
    /// Largest resident memory of the process in MiB, where the system tells.
    pub peak_memory_mib: Option<f64>,
    /// Weights from the model hub as `name@commit`; empty for any other folder.
    #[serde(default)]
    pub weights: String,
}

/// Measures while a run is executed.
#[derive(Debug)]
pub struct Recorder {
    start: SystemTime,
    clock: Instant,
}

impl Recorder {
    /// Begins now.
    pub fn start() -> Self {
        Self {
            start: SystemTime::now(),
            clock: Instant::now(),
        }
    }

    /// Ends now: a run of `weights`, the folder that it started from, on so many threads.
    pub fn finish(self, run_id: &RunId, setup: Setup, threads: usize, weights: Option<&Path>) -> Provenance {
        let wall = self.clock.elapsed();
        let Setup {
            device,
            backend,
            burn_version,
            git_revision,
            git_dirty,
        } = setup;
        Provenance {
            run_id: run_id.clone(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            instructions: instructions().to_owned(),
            device,
            backend,
            burn_version,
            threads,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_revision,
            git_dirty,
            start: utc(self.start),
            end: utc(self.start + wall),
            wall_seconds: milliseconds(wall),
            peak_memory_mib: peak_memory_mib(),
            weights: weights.and_then(name_on_hub).unwrap_or_default(),
        }
    }
}

/// Writes provenance.csv.
///
/// # Errors
/// The system refuses.
pub fn write_provenance(path: &Path, lines: &[Provenance]) -> Result<(), RecordError> {
    let write = || -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for line in lines {
            writer.serialize(line)?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    };
    let bytes = write().map_err(RecordError::format(path))?;
    Ok(files::store(path, &bytes)?)
}

/// Reads a provenance.csv.
///
/// # Errors
/// It cannot be read, or a line does not parse; the error names it.
pub fn read_provenance(path: &Path) -> Result<Vec<Provenance>, RecordError> {
    let text = std::fs::read(path).map_err(FileError::reading(path))?;
    let mut lines = Vec::new();
    for line in csv::Reader::from_reader(text.as_slice()).deserialize() {
        lines.push(line.map_err(|error: csv::Error| {
            let at = error.position().map_or(1, csv::Position::line);
            line_error(path, at, error.to_string())
        })?);
    }
    Ok(lines)
}

impl Provenance {
    /// Writes provenance.json.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        write_json(path, self)
    }

    /// Reads provenance.json; none where there is none that can be read.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

/// The widest vector instructions that products and kernels choose among.
#[cfg(target_arch = "x86_64")]
fn instructions() -> &'static str {
    if std::arch::is_x86_feature_detected!("avx512f") {
        "avx512f"
    } else if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        "avx2"
    } else {
        "sse2"
    }
}

/// Elsewhere all processors of an architecture have the same.
#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> &'static str {
    std::env::consts::ARCH
}

/// Name and commit of a folder of the hub's cache, which lies at `models--google-bert--bert-base-uncased/snapshots/COMMIT`.
fn name_on_hub(weights: &Path) -> Option<String> {
    let mut names = weights.iter().rev().map(|name| name.to_str());
    let commit = names.next()??;
    let is_snapshot = names.next()?? == "snapshots";
    let model = names.next()??.strip_prefix("models--")?;
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_snapshot && is_commit).then(|| format!("{}@{commit}", model.replace("--", "/")))
}

fn utc(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

fn milliseconds(wall: Duration) -> f64 {
    (wall.as_secs_f64() * 1000.0).round() / 1000.0
}

/// The largest memory that this process has held, in MiB; none where the system does not say. Linux keeps the high-water
/// mark of the resident set in `VmHWM`, in KiB.
pub fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some((kib / 1024.0 * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_the_hub_have_a_name_and_a_commit() {
        let commit = "86b5e0934494bd15c9632b12f734a8a67f723594";
        let name = |path: String| name_on_hub(Path::new(&path));
        assert_eq!(
            name(format!(
                "/c/hub/models--google-bert--bert-base-uncased/snapshots/{commit}"
            ))
            .unwrap(),
            format!("google-bert/bert-base-uncased@{commit}")
        );
        for folder in [
            "/home/me/bert",
            "bert",
            "/c/models--a--b/snapshots/main",
            &format!("/c/models--a--b/blobs/{commit}"),
            &format!("/c/a/snapshots/{commit}"),
        ] {
            assert_eq!(name(folder.to_owned()), None, "{folder}");
        }
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let text = r#"{"run_id":"dense-s1-00000000","host":"a","platform":"linux-x86_64","device":"flex","threads":1,
            "version":"0.1.0","git_revision":"123456789abc","start":"2025-01-31T12:00:00Z","end":"2025-01-31T12:00:01Z",
            "wall_seconds":1.25,"peak_memory_mib":null}"#;
        let read: Provenance = serde_json::from_str(text).unwrap();
        assert_eq!((read.wall_seconds, read.git_dirty), (1.25, None));
        assert_eq!((read.backend.as_str(), read.burn_version.as_str()), ("", ""));
        assert_eq!(read.weights, "");
    }
}
