//! From a plan to submitted jobs, or to the scripts that would be.

use std::path::Path;

use experiment::Experiment;
use files::{FileError, Lock, store};
use records::RunId;

use super::client;
use super::error::SlurmError;
use super::jobs::{self, Job, JobId};
use super::levels::{After, Array, Standing, arrays, standings};
use super::queue::Queue;
use super::script::Scripts;
use crate::SweepError;
use crate::plan::Plan;
use crate::store::{RunState, Status, Store};

/// Elements of the longest array where SLURM does not say otherwise: its default for `MaxArraySize`, less one.
const USUAL_ELEMENTS: usize = 1000;

/// A sweep to be done by SLURM.
#[derive(Debug)]
pub struct Launch<'a> {
    /// Everything of the experiment.
    pub experiment: &'a Experiment,
    /// The runs.
    pub plan: &'a Plan,
    /// Positions of those to do, in the plan's order.
    pub selected: &'a [usize],
    /// Where they are stored; an absolute path.
    pub store: &'a Store,
    /// This program; an absolute path.
    pub program: &'a Path,
    /// Name of the device that runs train on.
    pub device: &'a str,
    /// Runs at the same time at most, in place of what the experiment says.
    pub at_once: Option<usize>,
    /// Try again what failed earlier.
    pub retry_failed: bool,
}

/// Where the selected runs stand once a submission is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs whose result is stored.
    pub done: usize,
    /// Runs in the queue since an earlier submission.
    pub queued: usize,
    /// Runs of this submission.
    pub submitted: usize,
    /// Runs that failed and are left alone, and why.
    pub failed: Vec<(RunId, String)>,
    /// Runs that start from one of those.
    pub blocked: usize,
}

/// What a submission would write and call.
#[derive(Debug)]
pub struct Draft {
    /// Lists of runs and scripts, in the order of submission; each script with the options of its `sbatch`.
    pub files: Vec<DraftFile>,
    /// Where the selected runs stand.
    pub counts: Counts,
    /// What could not be asked, and what was assumed instead.
    pub notes: Vec<String>,
}

/// A file of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFile {
    /// Relative to the sweep's folder.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// For a script: options of `sbatch`. A job that does not exist yet is named by its script.
    pub sbatch: Option<Vec<String>>,
}

/// What was submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// The jobs, in the order of submission; the report comes last.
    pub jobs: Vec<SubmittedJob>,
    /// Where the selected runs stand.
    pub counts: Counts,
}

/// A job that was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedJob {
    /// Its number.
    pub id: JobId,
    /// Its name in the queue.
    pub name: String,
    /// How many runs it holds; none for the report.
    pub runs: usize,
}

/// What is to be submitted, before anything is.
struct Prepared {
    arrays: Vec<Array>,
    counts: Counts,
    /// Folder of the submission, relative to the sweep's folder.
    folder: String,
}

impl Launch<'_> {
    /// The scripts and lists of runs that [`Launch::submit`] would submit now; writes nothing and needs no SLURM.
    ///
    /// # Errors
    /// The list of jobs is damaged, or a path cannot stand in a script.
    pub fn draft(&self) -> Result<Draft, SweepError> {
        let mut notes = Vec::new();
        let queue = match Queue::of_folder(self.store) {
            Err(SweepError::Slurm(error)) => {
                notes.push(format!(
                    "{error}; runs that are in the queue are shown as if they were not"
                ));
                Queue::default()
            }
            queue => queue?.unwrap_or_default(),
        };
        let limit = client::largest_array().unwrap_or_else(|error| {
            notes.push(format!(
                "{error}; arrays are drawn up to {USUAL_ELEMENTS} elements, SLURM's default"
            ));
            USUAL_ELEMENTS
        });
        let prepared = self.prepare(&queue, limit)?;
        let scripts = self.scripts()?;
        let named = |after: &After| match after {
            After::Job(job) => job.to_string(),
            After::Array(position) => format!("<{}>", prepared.arrays[*position].name),
        };
        let mut files = Vec::new();
        for array in &prepared.arrays {
            files.push(DraftFile {
                path: prepared.ids(array),
                text: self.ids(array),
                sbatch: None,
            });
            let after: Vec<String> = array.after.iter().map(named).collect();
            files.push(DraftFile {
                path: prepared.script(&array.name),
                text: self.array_script(&scripts, &prepared, array),
                sbatch: Some(client::sbatch_options(&after)),
            });
        }
        if !prepared.arrays.is_empty() {
            let all = queue
                .jobs()
                .map(After::Job)
                .chain((0..prepared.arrays.len()).map(After::Array));
            let after: Vec<String> = all.map(|after| named(&after)).collect();
            files.push(DraftFile {
                path: prepared.script("report"),
                text: scripts.report("report"),
                sbatch: Some(client::sbatch_options(&after)),
            });
        }
        Ok(Draft {
            files,
            counts: prepared.counts,
            notes,
        })
    }

    /// Submits every selected run that is neither done nor in the queue, and a report after them. The experiment must
    /// have been written to the sweep's folder. Each job is recorded as soon as SLURM has it.
    ///
    /// # Errors
    /// SLURM is missing, does not answer, or refuses a job; or a file cannot be written. What was submitted before
    /// stays submitted and recorded.
    pub fn submit(&self) -> Result<Submission, SweepError> {
        let logs = jobs::folder(self.store).join("logs");
        let limit = client::largest_array()?;
        std::fs::create_dir_all(&logs).map_err(|source| FileError::new("create", &logs, source))?;
        let _one_at_a_time = Lock::acquire(&jobs::folder(self.store).join(".lock"), |_| ())?;
        // Asked before the files are read: what ends in between is done, not missing.
        let recorded = jobs::read(self.store)?;
        let queue = Queue::ask(&recorded)?;
        let prepared = self.prepare(&queue, limit)?;
        let mut kept: Vec<Job> = recorded.into_iter().filter(|job| queue.holds(job.id)).collect();
        let has_report = kept.iter().any(|job| job.runs.is_empty());
        let mut submission = Submission {
            jobs: Vec::new(),
            counts: prepared.counts.clone(),
        };
        if prepared.arrays.is_empty() && (kept.is_empty() || has_report) {
            return Ok(submission);
        }
        let scripts = self.scripts()?;
        self.write_files(&scripts, &prepared)?;
        let all = prepared.arrays.len() + 1;
        let mut submit = |kept: &mut Vec<Job>, name: &str, after: &[JobId], runs: Vec<RunId>| {
            let script = self.store.root().join(prepared.script(name));
            let id =
                client::sbatch(self.store.root(), after, &script).map_err(|source| SlurmError::Midway {
                    source: Box::new(source),
                    submitted: submission.jobs.len(),
                    all,
                })?;
            let name = scripts.job_name(name);
            submission.jobs.push(SubmittedJob {
                id,
                name: name.clone(),
                runs: runs.len(),
            });
            kept.push(Job { id, name, runs });
            jobs::write(self.store, kept)?;
            Ok::<JobId, SweepError>(id)
        };
        let mut ids: Vec<JobId> = Vec::new();
        for array in &prepared.arrays {
            let job = |after: &After| match after {
                After::Job(job) => *job,
                After::Array(position) => ids[*position],
            };
            let after: Vec<JobId> = array.after.iter().map(job).collect();
            let runs = array.runs.iter().map(|&run| self.plan.runs()[run].id.clone());
            ids.push(submit(&mut kept, &array.name, &after, runs.collect())?);
        }
        let after: Vec<JobId> = kept
            .iter()
            .filter(|job| !job.runs.is_empty())
            .map(|job| job.id)
            .collect();
        submit(&mut kept, "report", &after, Vec::new())?;
        Ok(submission)
    }

    fn prepare(&self, queue: &Queue, limit: usize) -> Result<Prepared, SweepError> {
        let status = Status::read(self.plan, self.store);
        let standings = standings(self.plan, self.selected, &status, queue, self.retry_failed);
        let size = self
            .experiment
            .slurm
            .array_size
            .map_or(limit, |size| size.min(limit));
        let arrays = arrays(self.plan, &standings, queue, size, self.at_once().is_some());
        Ok(Prepared {
            arrays,
            counts: self.counts(&status, &standings),
            folder: next_folder(&jobs::folder(self.store))?,
        })
    }

    fn at_once(&self) -> Option<usize> {
        self.at_once.or(self.experiment.slurm.at_once)
    }

    fn counts(&self, status: &Status, standings: &[Standing]) -> Counts {
        let mut counts = Counts::default();
        for &position in self.selected {
            match (standings[position], &status.states[position]) {
                (Standing::Done, _) => counts.done += 1,
                (Standing::Queued(_), _) => counts.queued += 1,
                (Standing::ToDo, _) => counts.submitted += 1,
                (Standing::Failed, RunState::Failed { reason }) => {
                    counts
                        .failed
                        .push((self.plan.runs()[position].id.clone(), reason.clone()));
                }
                (Standing::Failed | Standing::Blocked | Standing::NotSelected, _) => counts.blocked += 1,
            }
        }
        counts
    }

    fn scripts(&self) -> Result<Scripts<'_>, SlurmError> {
        let root = self.store.root();
        Scripts::new(self.experiment, self.program, root, self.device, self.at_once())
    }

    fn array_script(&self, scripts: &Scripts<'_>, prepared: &Prepared, array: &Array) -> String {
        let ids = prepared.ids(array);
        scripts.array(&array.name, array.runs.len(), &ids, &prepared.experiment())
    }

    fn ids(&self, array: &Array) -> String {
        let line = |&run: &usize| format!("{}\n", self.plan.runs()[run].id);
        array.runs.iter().map(line).collect()
    }

    /// A later sweep of the same folder may be of another experiment; what is in the queue keeps the one of its day.
    fn write_files(&self, scripts: &Scripts<'_>, prepared: &Prepared) -> Result<(), SweepError> {
        let write = |path: &str, text: &[u8]| store(&self.store.root().join(path), text);
        let experiment = self.store.experiment_file();
        let text =
            std::fs::read(&experiment).map_err(|source| FileError::new("read", &experiment, source))?;
        write(&prepared.experiment(), &text)?;
        for array in &prepared.arrays {
            write(&prepared.ids(array), self.ids(array).as_bytes())?;
            let script = self.array_script(scripts, prepared, array);
            write(&prepared.script(&array.name), script.as_bytes())?;
        }
        Ok(write(
            &prepared.script("report"),
            scripts.report("report").as_bytes(),
        )?)
    }
}

impl Prepared {
    fn ids(&self, array: &Array) -> String {
        format!("{}/{}.txt", self.folder, array.name)
    }

    fn script(&self, name: &str) -> String {
        format!("{}/{name}.sh", self.folder)
    }

    fn experiment(&self) -> String {
        format!("{}/experiment.toml", self.folder)
    }
}

/// `slurm/001`, `slurm/002`: elements that wait read the lists of their own submission.
fn next_folder(slurm: &Path) -> Result<String, SweepError> {
    let entries = match std::fs::read_dir(slurm) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok("slurm/001".to_owned()),
        entries => entries.map_err(|source| FileError::new("read", slurm, source))?,
    };
    let number = |name: std::ffi::OsString| name.to_str()?.parse::<u32>().ok();
    let last = entries
        .flatten()
        .filter_map(|entry| number(entry.file_name()))
        .max();
    Ok(format!("slurm/{:03}", last.unwrap_or(0).saturating_add(1)))
}
