//! What differs from machine to machine about a run: where, with what and how long.

use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::plan::RunId;

/// One line of provenance.csv, kept as provenance.json in the run's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The run.
    pub run_id: RunId,
    /// Name of the machine.
    pub host: String,
    /// Operating system and processor architecture.
    pub platform: String,
    /// Device that was asked for.
    pub device: String,
    /// Threads of the run.
    pub threads: usize,
    /// Version of this program.
    pub version: String,
    /// Git revision that it was built from; empty where unknown.
    pub git_revision: String,
    /// Start of the process that finished the run, UTC.
    pub start: String,
    /// Its end, UTC.
    pub end: String,
    /// Seconds between the two; what an interrupted process spent earlier is not in it.
    pub wall_seconds: f64,
    /// Largest resident memory of the process in MiB, where the system tells.
    pub peak_memory_mib: Option<f64>,
}

/// Measures while a run is executed.
pub(crate) struct Recorder {
    start: SystemTime,
    clock: Instant,
}

impl Recorder {
    pub(crate) fn start() -> Self {
        Self {
            start: SystemTime::now(),
            clock: Instant::now(),
        }
    }

    pub(crate) fn finish(self, run_id: &RunId, device: &str, threads: usize) -> Provenance {
        let wall = self.clock.elapsed();
        Provenance {
            run_id: run_id.clone(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            device: device.to_owned(),
            threads,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_revision: env!("HEADCOUNT_GIT_REVISION").to_owned(),
            start: utc(self.start),
            end: utc(self.start + wall),
            wall_seconds: milliseconds(wall),
            peak_memory_mib: peak_memory_mib(),
        }
    }
}

fn utc(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

fn milliseconds(wall: Duration) -> f64 {
    (wall.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Linux keeps the high-water mark of the resident set in `VmHWM`, in KiB.
fn peak_memory_mib() -> Option<f64> {
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
