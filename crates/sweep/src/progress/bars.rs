//! Bars on a terminal: one for the sweep and one for each run in progress. Without colours, so NO_COLOR changes nothing.

use std::collections::HashMap;
use std::time::Duration;

use files::one_line;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use methods::ProgressReport;
use records::RunId;

use super::{Display, Ending, Overall, describe, label, readable, time_left};
use crate::plan::Run;

/// Draws bars on stderr.
#[derive(Debug)]
pub struct Bars {
    all: MultiProgress,
    whole: ProgressBar,
    running: HashMap<RunId, ProgressBar>,
}

impl Bars {
    /// Draws nothing before [`Display::begin`].
    pub fn new() -> Self {
        Self {
            all: MultiProgress::new(),
            whole: ProgressBar::hidden(),
            running: HashMap::new(),
        }
    }

    fn print(&self, text: &str) {
        // Nobody to tell that stderr is closed.
        let _ = self.all.println(one_line(text).as_ref());
    }
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

/// A template is a constant; should it not parse, the plain style still shows the count.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

impl Display for Bars {
    fn begin(&mut self, overall: &Overall, done_before: usize) {
        self.whole = self.all.add(ProgressBar::new(overall.total as u64));
        self.whole
            .set_style(style("{pos}/{len} runs [{bar:30}] {elapsed} {msg}"));
        self.whole.enable_steady_tick(Duration::from_secs(1));
        if done_before > 0 {
            self.print(&format!(
                "{done_before} of {} runs were done before",
                overall.total
            ));
        }
        self.overall(overall);
    }

    fn started(&mut self, run: &Run) {
        let bar = self.all.add(ProgressBar::new(1));
        bar.set_style(style("  {prefix:28} [{bar:20}] {msg}"));
        bar.set_prefix(label(run));
        self.running.insert(run.id.clone(), bar);
    }

    fn updated(&mut self, run: &Run, update: &ProgressReport, elapsed: Duration) {
        if let Some(bar) = self.running.get(&run.id) {
            bar.set_length(update.total.max(1));
            bar.set_position(update.done);
            let left = time_left(update, elapsed)
                .map(|left| format!(", {} left", readable(left)))
                .unwrap_or_default();
            bar.set_message(describe(update) + &left);
        }
    }

    fn ended(&mut self, run: &Run, ending: &Ending) {
        if let Some(bar) = self.running.remove(&run.id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        let label = label(run);
        match ending {
            Ending::Done { headline, wall } => {
                self.print(&format!("done {label}: {headline} ({})", readable(*wall)))
            }
            Ending::DoneElsewhere => self.print(&format!("done {label} by another process")),
            Ending::Stopped => {}
            Ending::Failed {
                reason,
                log_tail,
                log,
            } => {
                self.print(&format!("FAIL {label}: {reason}"));
                log_tail
                    .iter()
                    .for_each(|line| self.print(&format!("    | {line}")));
                self.print(&format!("    whole log: {}", log.display()));
            }
        }
    }

    fn overall(&mut self, overall: &Overall) {
        self.whole.set_position(overall.ended as u64);
        let left = overall
            .left
            .map(|left| format!("about {} left", readable(left)))
            .unwrap_or_default();
        self.whole.set_message(left);
    }

    fn warn(&mut self, text: &str) {
        self.print(&format!("warning: {text}"));
    }

    fn finish(&mut self) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
        self.whole.finish_and_clear();
    }
}
