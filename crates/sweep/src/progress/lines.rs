//! Plain lines for logs: a start, an end with the main result, and a sign of life now and then.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use files::one_line;
use methods::ProgressReport;
use records::RunId;

use super::{Display, Ending, Overall, describe, fraction, label, readable, time_left};
use crate::plan::Run;

/// A run is mentioned again after a tenth of it, but not sooner than this.
const AT_LEAST: Duration = Duration::from_secs(15);
/// However slow a run is, it is mentioned this often.
const AT_MOST: Duration = Duration::from_secs(300);

/// Writes lines.
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    overall: Overall,
    mentioned: HashMap<RunId, (Instant, f64)>,
}

impl<W: Write> Lines<W> {
    /// To `out`, usually stderr.
    pub fn new(out: W) -> Self {
        Self {
            out,
            overall: Overall::default(),
            mentioned: HashMap::new(),
        }
    }

    fn line(&mut self, text: &str) {
        // Nobody to tell that stderr is closed.
        let _ = writeln!(self.out, "{}", one_line(text));
    }

    /// A single run is not counted.
    fn counted(&self) -> String {
        match self.overall.total {
            0 => String::new(),
            total => format!("[{}/{total}] ", self.overall.ended),
        }
    }
}

impl<W: Write> Display for Lines<W> {
    fn begin(&mut self, overall: &Overall, done_before: usize) {
        self.overall = overall.clone();
        self.line(&format!(
            "{} runs, {done_before} of them done before",
            overall.total
        ));
    }

    fn started(&mut self, run: &Run) {
        self.mentioned.insert(run.id.clone(), (Instant::now(), 0.0));
        self.line(&format!("{}start {} ({})", self.counted(), label(run), run.id));
    }

    fn updated(&mut self, run: &Run, update: &ProgressReport, elapsed: Duration) {
        let share = fraction(update);
        let (when, last) = *self
            .mentioned
            .entry(run.id.clone())
            .or_insert((Instant::now(), 0.0));
        let quiet = when.elapsed();
        if quiet >= AT_MOST || (quiet >= AT_LEAST && share - last >= 0.1) {
            self.mentioned.insert(run.id.clone(), (Instant::now(), share));
            let left = time_left(update, elapsed)
                .map(|left| format!(", {} left", readable(left)))
                .unwrap_or_default();
            self.line(&format!(
                "{}  {}: {}{left}",
                self.counted(),
                label(run),
                describe(update)
            ));
        }
    }

    fn ended(&mut self, run: &Run, ending: &Ending) {
        let (count, label) = (self.counted(), label(run));
        match ending {
            Ending::Done { headline, wall } => {
                let left = self
                    .overall
                    .left
                    .map(|left| format!("; {} left", readable(left)))
                    .unwrap_or_default();
                self.line(&format!(
                    "{count}done  {label}: {headline} ({}{left})",
                    readable(*wall)
                ));
            }
            Ending::DoneElsewhere => self.line(&format!("{count}done  {label} by another process")),
            Ending::Stopped => self.line(&format!("{count}stop  {label}; it can go on later")),
            Ending::Failed {
                reason,
                log_tail,
                log,
            } => {
                self.line(&format!("{count}FAIL  {label}: {reason}"));
                for line in log_tail {
                    self.line(&format!("    | {line}"));
                }
                self.line(&format!("    whole log: {}", log.display()));
            }
        }
    }

    fn overall(&mut self, overall: &Overall) {
        self.overall = overall.clone();
    }

    fn warn(&mut self, text: &str) {
        self.line(&format!("warning: {text}"));
    }

    fn finish(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use experiment::Experiment;

    #[test]
    fn a_run_is_started_and_ended_and_else_left_alone() {
        let mut experiment = Experiment::default();
        experiment.sweep.methods = vec!["dense".into()];
        let plan = Plan::new(&experiment, &methods::Methods::known()).unwrap();
        let run = &plan.runs()[0];
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out);
        lines.begin(
            &Overall {
                ended: 1,
                total: 3,
                left: None,
            },
            1,
        );
        lines.started(run);
        for done in 0..1000 {
            let update = ProgressReport {
                phase: "train".into(),
                done,
                total: 1000,
                loss: None,
                tau: None,
            };
            lines.updated(run, &update, Duration::from_millis(done));
        }
        lines.overall(&Overall {
            ended: 2,
            total: 3,
            left: Some(Duration::from_secs(70)),
        });
        lines.ended(
            run,
            &Ending::Done {
                headline: "matched accuracy 0.900".into(),
                wall: Duration::from_secs(65),
            },
        );
        let expected = [
            "3 runs, 1 of them done before",
            &format!("[1/3] start dense seed=1 ({})", run.id),
            "[2/3] done  dense seed=1: matched accuracy 0.900 (1 min 05 s; 1 min 10 s left)",
        ];
        assert_eq!(
            String::from_utf8(out).unwrap().lines().collect::<Vec<_>>(),
            expected
        );
    }
}
