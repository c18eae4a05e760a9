//! The loop of a sweep: starts runs while there is room, listens to them, and says what became of each.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use methods::ProgressReport;
use records::ResultFile;

use super::bases::{Bases, bases_of};
use super::process::{Message, Process, log_tail};
use super::sharing::Sharing;
use super::{Outcome, Runner};
use crate::SweepError;
use crate::plan::Run;
use crate::progress::{Display, Ending, Estimate, Overall, Running};
use crate::store::{RunState, Status};
use crate::times::wall_times;

/// How often interrupts, and runs that other processes work on, are looked at.
const POLL: Duration = Duration::from_millis(200);
const LOG_TAIL: usize = 10;
/// How long runs may take to end their update and write a checkpoint: on a few cores a large model takes most of a
/// minute for an update.
const FAREWELL: Duration = Duration::from_secs(120);

/// Where a run stands for this sweep.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    NotSelected,
    Waiting,
    /// Another process is at work on it.
    Elsewhere,
    Active,
    Done,
    Failed(String),
    Blocked,
}

/// A sweep at work.
pub(super) struct Work<'a> {
    pub(super) runner: &'a Runner<'a>,
    pub(super) display: &'a mut dyn Display,
    pub(super) stages: Vec<Stage>,
    done_before: usize,
    pub(super) active: Vec<Process>,
    pub(super) sharing: Sharing<'a>,
    /// Whether it was said that a run waits for memory.
    pub(super) told_of_memory: bool,
    pub(super) bases: Bases,
    /// Whether it was said for whom the sweep waits.
    told: bool,
    estimate: Estimate,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    stopping: bool,
    /// Whether results were stored of which the report says nothing yet.
    unreported: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(runner: &'a Runner<'a>, display: &'a mut dyn Display) -> Self {
        let status = Status::read(runner.plan, runner.store);
        let mut stages = vec![Stage::NotSelected; status.states.len()];
        for &position in runner.selected {
            stages[position] = match &status.states[position] {
                RunState::Done => Stage::Done,
                RunState::Running => Stage::Elsewhere,
                RunState::Failed { reason } if !runner.options.retry_failed => Stage::Failed(reason.clone()),
                _ => Stage::Waiting,
            };
        }
        for warning in &status.warnings {
            display.warn(warning);
        }
        let done_before = stages.iter().filter(|stage| **stage == Stage::Done).count();
        let (sender, receiver) = channel();
        let estimate = Estimate::from_walls(runner.plan, &wall_times(runner.plan, runner.store, &status));
        let mut work = Self {
            runner,
            display,
            stages,
            done_before,
            active: Vec::new(),
            sharing: Sharing::new(&runner.resources, runner.options.jobs),
            told_of_memory: false,
            bases: Bases::new(runner.plan.runs().len()),
            told: false,
            estimate,
            sender,
            receiver,
            stopping: false,
            unreported: false,
        };
        work.block();
        work.learn_memory();
        let overall = work.overall();
        work.display.begin(&overall, done_before);
        work
    }

    pub(super) fn until_done<E: fmt::Display + From<SweepError>>(
        &mut self,
        stored: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut looked = Instant::now();
        loop {
            if self.stopping || self.runner.interrupt.is_requested() {
                return Ok(());
            }
            self.fill()?;
            // After the next run is started, which would wait meanwhile.
            if std::mem::take(&mut self.unreported)
                && let Err(error) = stored()
            {
                // The sweep goes on; the report is written once more at the end, where an error is one.
                self.display.warn(&error.to_string());
            }
            let elsewhere = self.stages.contains(&Stage::Elsewhere);
            if self.active.is_empty() {
                if !elsewhere {
                    return Ok(());
                }
                self.tell_for_whom();
            }
            match self.receiver.recv_timeout(POLL) {
                Ok(Message::Progress(position, report)) => self.updated(position, report),
                Ok(Message::Failed(position, reason)) => {
                    let mut active = self.active.iter_mut();
                    if let Some(process) = active.find(|process| process.position == position) {
                        process.failure = Some(reason);
                    }
                }
                Ok(Message::Closed(position)) => self.closed(position),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if elsewhere && looked.elapsed() >= POLL {
                self.look_elsewhere();
                looked = Instant::now();
            }
            let overall = self.overall();
            self.display.overall(&overall);
        }
    }

    /// Starts runs, in the plan's order, while there is room.
    fn fill(&mut self) -> Result<(), SweepError> {
        let plan = self.runner.plan;
        let mut again = false;
        for position in 0..self.stages.len() {
            if self.active.len() >= self.runner.options.jobs.max(1) {
                break;
            }
            if self.stages[position] != Stage::Waiting {
                continue;
            }
            let run = &plan.runs()[position];
            if !bases_of(plan, position).all(|base| self.stages[base] == Stage::Done) {
                continue;
            }
            if !self.bases_are_whole(position) {
                again = true;
                continue;
            }
            let folder = self.runner.store.run(&run.id);
            if folder.is_locked() {
                self.stages[position] = Stage::Elsewhere;
                continue;
            }
            let Some(share) = self.admitted(run.method.name) else {
                break;
            };
            let command = (self.runner.command)(run, &share);
            self.active.push(Process::start(
                command,
                run,
                position,
                share.accelerator,
                &folder,
                self.sender.clone(),
            )?);
            self.stages[position] = Stage::Active;
            self.display.started(run);
        }
        // What has to be done anew stands before what starts from it.
        if again { self.fill() } else { Ok(()) }
    }

    /// Says once for whom the sweep waits when it has nothing else to do.
    fn tell_for_whom(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let pairs = self.runner.plan.runs().iter().zip(&self.stages);
        let runs: Vec<&Run> = pairs
            .filter(|(_, stage)| **stage == Stage::Elsewhere)
            .map(|(run, _)| run)
            .collect();
        if let Some(run) = runs.first() {
            let holder = self.runner.store.run(&run.id).holder();
            let holder = holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
            let others = match runs.len() - 1 {
                0 => String::new(),
                count => format!(", and for {count} more that others are at work on"),
            };
            self.display.warn(&format!(
                "waits for {holder}, which is at work on {}{others}",
                run.id
            ));
        }
    }

    fn updated(&mut self, position: usize, update: ProgressReport) {
        if let Some(process) = self
            .active
            .iter_mut()
            .find(|process| process.position == position)
        {
            self.display
                .updated(&self.runner.plan.runs()[position], &update, process.elapsed());
            process.update = update;
        }
    }

    fn closed(&mut self, position: usize) {
        let Some(index) = self
            .active
            .iter()
            .position(|process| process.position == position)
        else {
            return;
        };
        let mut process = self.active.remove(index);
        let status = process.wait();
        let wall = process.elapsed();
        let run = &self.runner.plan.runs()[position];
        let folder = self.runner.store.run(&run.id);
        let ending = match (folder.result(run), folder.failure(run)) {
            (ResultFile::Valid(result), _) => {
                self.estimate.add(run.method, wall);
                self.learn_from(run);
                Ending::Done {
                    headline: result.measured.headline(),
                    wall,
                }
            }
            (_, None) if !self.bases_have_results(position) => {
                self.stages[position] = Stage::Waiting;
                self.block();
                return self.display.ended(run, &Ending::Stopped);
            }
            (_, failure) => Ending::Failed {
                reason: failure
                    .map(|failure| failure.error)
                    .or(process.failure)
                    .unwrap_or_else(|| format!("its process ended with {status}")),
                log_tail: log_tail(&folder, LOG_TAIL),
                log: folder.log_file(),
            },
        };
        self.end(position, &ending);
    }

    /// What became of the runs that other processes were at work on.
    fn look_elsewhere(&mut self) {
        for position in 0..self.stages.len() {
            if self.stages[position] != Stage::Elsewhere {
                continue;
            }
            let run = &self.runner.plan.runs()[position];
            let folder = self.runner.store.run(&run.id);
            match folder.state(run).0 {
                RunState::Running => {}
                RunState::Done => self.end(position, &Ending::DoneElsewhere),
                RunState::Failed { reason } => {
                    let (log_tail, log) = (log_tail(&folder, LOG_TAIL), folder.log_file());
                    self.end(
                        position,
                        &Ending::Failed {
                            reason,
                            log_tail,
                            log,
                        },
                    );
                }
                RunState::Partial | RunState::Pending | RunState::Blocked => {
                    self.stages[position] = Stage::Waiting
                }
            }
        }
    }

    fn end(&mut self, position: usize, ending: &Ending) {
        self.stages[position] = match ending {
            Ending::Done { .. } | Ending::DoneElsewhere => Stage::Done,
            Ending::Failed { reason, .. } => Stage::Failed(reason.clone()),
            Ending::Stopped => Stage::Waiting,
        };
        self.block();
        let overall = self.overall();
        self.display.overall(&overall);
        self.display.ended(&self.runner.plan.runs()[position], ending);
        if self.stages[position] == Stage::Done {
            self.unreported = true;
        } else if self.runner.options.fail_fast {
            self.stopping = true;
        }
    }

    /// Marks the runs whose model will not come to be.
    pub(super) fn block(&mut self) {
        let plan = self.runner.plan;
        for position in 0..self.stages.len() {
            let cut_off = (plan.base(position))
                .is_some_and(|base| matches!(self.stages[base], Stage::Failed(_) | Stage::Blocked));
            if cut_off && self.stages[position] == Stage::Waiting {
                self.stages[position] = Stage::Blocked;
            }
        }
    }

    pub(super) fn stop(&mut self) {
        let mut active = std::mem::take(&mut self.active);
        active.iter_mut().for_each(Process::ask_to_end);
        let deadline = Instant::now() + FAREWELL;
        for mut process in active {
            process.end(deadline, self.runner.interrupt);
            self.stages[process.position] = Stage::Waiting;
            self.display
                .ended(&self.runner.plan.runs()[process.position], &Ending::Stopped);
        }
    }

    fn overall(&self) -> Overall {
        let running: Vec<Running> = self
            .active
            .iter()
            .map(|process| Running {
                position: process.position,
                elapsed: process.elapsed(),
                fraction: crate::progress::fraction(&process.update),
            })
            .collect();
        let waiting = (0..self.stages.len()).filter(|&position| self.stages[position] == Stage::Waiting);
        let left = self.estimate.left(self.runner.plan, waiting, &running);
        let ended = |stage: &&Stage| matches!(stage, Stage::Done | Stage::Failed(_) | Stage::Blocked);
        Overall {
            ended: self.stages.iter().filter(ended).count(),
            total: self.runner.selected.len(),
            left: left.map(|left| left.with_jobs(self.runner.options.jobs)),
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        let mut outcome = Outcome {
            done_before: self.done_before,
            ..Outcome::default()
        };
        for (stage, run) in self.stages.iter().zip(self.runner.plan.runs()) {
            match stage {
                Stage::NotSelected => {}
                Stage::Done => outcome.done += 1,
                Stage::Failed(reason) => outcome.failed.push((run.id.clone(), reason.clone())),
                Stage::Blocked => outcome.blocked.push(run.id.clone()),
                Stage::Waiting | Stage::Elsewhere | Stage::Active => outcome.left += 1,
            }
        }
        outcome.interrupted = self.runner.interrupt.is_requested();
        outcome
    }
}
