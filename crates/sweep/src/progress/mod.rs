//! What a sweep shows while it works: bars on a terminal, a few lines elsewhere.

mod bars;
mod estimate;
mod json;
mod lines;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use methods::{Progress, ProgressReport};

use crate::plan::Run;

pub use bars::Bars;
pub use estimate::{Estimate, Left, Running};
pub use json::JsonLines;
pub(crate) use json::{Said, parse};
pub use lines::Lines;

/// How far the whole sweep is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overall {
    /// Runs done, failed or blocked.
    pub ended: usize,
    /// All runs.
    pub total: usize,
    /// Estimated time left, once there is something to estimate it from.
    pub left: Option<Duration>,
}

/// How a run ended, for the reader.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a result.
    Done {
        /// Its first measure.
        headline: String,
        /// How long it took.
        wall: Duration,
    },
    /// Another process did it.
    DoneElsewhere,
    /// Without a result.
    Failed {
        /// What happened.
        reason: String,
        /// The last lines of its log.
        log_tail: Vec<String>,
        /// The whole log.
        log: PathBuf,
    },
    /// The process was ended and the run can go on later.
    Stopped,
}

/// Shows a sweep.
pub trait Display {
    /// How many runs were done before.
    fn begin(&mut self, overall: &Overall, done_before: usize);
    /// A process for the run was started.
    fn started(&mut self, run: &Run);
    /// A run said how far it is.
    fn updated(&mut self, run: &Run, update: &ProgressReport, elapsed: Duration);
    /// A run ended.
    fn ended(&mut self, run: &Run, ending: &Ending);
    /// The state of the whole changed, or time went by.
    fn overall(&mut self, overall: &Overall);
    /// Something the reader should know.
    fn warn(&mut self, text: &str);
    /// Nothing more comes.
    fn finish(&mut self);
}

/// Bars if stderr is a terminal, lines if not.
pub fn on_stderr() -> Box<dyn Display> {
    if std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb") {
        Box::new(Bars::new())
    } else {
        Box::new(Lines::new(std::io::stderr()))
    }
}

/// Shows the progress of a single run in this process.
pub struct Single<'a> {
    display: &'a mut dyn Display,
    run: &'a Run,
    start: std::time::Instant,
}

impl<'a> Single<'a> {
    /// From now on.
    pub fn new(display: &'a mut dyn Display, run: &'a Run) -> Self {
        Self {
            display,
            run,
            start: std::time::Instant::now(),
        }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Progress for Single<'_> {
    fn report(&mut self, update: &ProgressReport) {
        self.display.updated(self.run, update, self.start.elapsed());
    }
}

/// Shows nothing, for tests.
#[derive(Debug, Default)]
pub struct Quiet;

impl Display for Quiet {
    fn begin(&mut self, _: &Overall, _: usize) {}
    fn started(&mut self, _: &Run) {}
    fn updated(&mut self, _: &Run, _: &ProgressReport, _: Duration) {}
    fn ended(&mut self, _: &Run, _: &Ending) {}
    fn overall(&mut self, _: &Overall) {}
    fn warn(&mut self, _: &str) {}
    fn finish(&mut self) {}
}

/// `1 h 02 min`, `3 min 20 s`, `45 s`.
pub fn readable(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// Name without the hash, which tells a reader nothing.
fn label(run: &Run) -> String {
    format!("{}{} seed={}", run.method.name, run.point, run.seed)
}

/// `train 40 %, loss 0.512, tau 0.09`.
fn describe(update: &ProgressReport) -> String {
    let mut text = format!("{} {:.0} %", update.phase, 100.0 * fraction(update));
    if let Some(loss) = update.loss {
        text.push_str(&format!(", loss {loss:.3}"));
    }
    if let Some(tau) = update.tau {
        let tau = if (0.01..100_000.0).contains(&tau) {
            format!("{tau:.2}")
        } else {
            format!("{tau:.0e}")
        };
        text.push_str(&format!(", tau {tau}"));
    }
    text
}

pub(crate) fn fraction(update: &ProgressReport) -> f64 {
    if update.total == 0 {
        0.0
    } else {
        (update.done as f64 / update.total as f64).min(1.0)
    }
}

/// Time left of a run that goes on as it went so far.
fn time_left(update: &ProgressReport, elapsed: Duration) -> Option<Duration> {
    let share = fraction(update);
    (share > 0.01).then(|| elapsed.mul_f64((1.0 - share) / share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording() {
        assert_eq!(readable(Duration::from_secs(45)), "45 s");
        assert_eq!(readable(Duration::from_secs(200)), "3 min 20 s");
        assert_eq!(readable(Duration::from_secs(3720)), "1 h 02 min");
        let update = ProgressReport {
            phase: "train".into(),
            done: 40,
            total: 100,
            loss: Some(0.5117),
            tau: Some(1e-8),
        };
        assert_eq!(describe(&update), "train 40 %, loss 0.512, tau 1e-8");
        assert_eq!(
            time_left(&update, Duration::from_secs(40)),
            Some(Duration::from_secs(60))
        );
        assert_eq!(
            time_left(&ProgressReport::default(), Duration::from_secs(40)),
            None
        );
    }
}
