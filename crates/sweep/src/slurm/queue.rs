//! What of a sweep waits in SLURM's queue or is at work, asked once.

use std::collections::{BTreeSet, HashMap};

use records::RunId;

use super::client;
use super::element::{Element, ElementState};
use super::jobs::{self, Job, JobId};
use super::parse::QueueLine;
use crate::SweepError;
use crate::store::Store;

/// The runs of a sweep that are in the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    elements: HashMap<RunId, Element>,
    jobs: BTreeSet<JobId>,
}

impl Queue {
    /// Asks SLURM about the jobs that were submitted for a sweep's folder; none if none ever was.
    ///
    /// # Errors
    /// `squeue` is missing or does not answer, or the list of jobs is damaged.
    pub fn of_folder(store: &Store) -> Result<Option<Self>, SweepError> {
        let jobs = jobs::read(store)?;
        if jobs.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::ask(&jobs)?))
    }

    /// Where the run stands, if it is in the queue.
    pub fn get(&self, id: &RunId) -> Option<&Element> {
        self.elements.get(id)
    }

    pub(super) fn ask(jobs: &[Job]) -> Result<Self, SweepError> {
        let numbers: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        Ok(Self::read(jobs, client::squeue(&numbers)?))
    }

    fn read(jobs: &[Job], lines: Vec<QueueLine>) -> Self {
        let by_id: HashMap<JobId, &Job> = jobs.iter().map(|job| (job.id, job)).collect();
        let mut queue = Self::default();
        for line in lines {
            let Some(job) = by_id.get(&line.job).filter(|job| job.name == line.name) else {
                continue;
            };
            queue.jobs.insert(job.id);
            let Some((index, id)) = line
                .index
                .and_then(|index| Some((index, job.runs.get(index.checked_sub(1)?)?)))
            else {
                continue;
            };
            let element = Element {
                job: job.id,
                index,
                state: line.state,
            };
            let is_at_work = |element: &Element| matches!(element.state, ElementState::Running { .. });
            if is_at_work(&element) || !queue.elements.contains_key(id) {
                queue.elements.insert(id.clone(), element);
            }
        }
        queue
    }

    /// The jobs of which something is in the queue.
    pub(super) fn jobs(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().copied()
    }

    pub(super) fn holds(&self, job: JobId) -> bool {
        self.jobs.contains(&job)
    }

    #[cfg(test)]
    pub(super) fn of(
        elements: impl IntoIterator<Item = (RunId, Element)>,
        jobs: impl IntoIterator<Item = JobId>,
    ) -> Self {
        Self {
            elements: elements.into_iter().collect(),
            jobs: jobs.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::parse::queue_line;

    #[test]
    fn elements_are_runs_and_other_jobs_are_nobodys() {
        let ids: Vec<RunId> = serde_json::from_str(r#"["a-1", "b-2"]"#).unwrap();
        let job = |id: JobId, name: &str, runs: &[RunId]| Job {
            id,
            name: name.to_owned(),
            runs: runs.to_vec(),
        };
        let jobs = [
            job(7, "x-level-1", &ids),
            job(8, "x-report", &[]),
            job(9, "x-level-1", &ids),
        ];
        let lines = [
            "7|2|RUNNING|node1|None|x-level-1",
            "9|2|PENDING||Priority|x-level-1",
            "8|N/A|PENDING||Dependency|x-report",
            "9|1|RUNNING|node1|None|somebody-elses",
            "7|3|RUNNING|node1|None|x-level-1",
        ];
        let queue = Queue::read(
            &jobs,
            lines.iter().map(|line| queue_line(line).unwrap()).collect(),
        );
        assert_eq!(queue.get(&ids[0]), None);
        let element = queue.get(&ids[1]).unwrap();
        assert_eq!((element.job, element.index), (7, 2));
        assert_eq!(queue.jobs().collect::<Vec<_>>(), [7, 8, 9]);
    }
}
