//! Which runs are to be submitted, and how they are cut into arrays that wait for one another. Pure functions.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::JobId;
use super::queue::Queue;
use crate::plan::Plan;
use crate::store::{RunState, Status};

/// Where a run stands for a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    NotSelected,
    Done,
    Failed,
    Blocked,
    /// An earlier submission has it in this job.
    Queued(JobId),
    ToDo,
}

/// What an array waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum After {
    /// A job of an earlier submission.
    Job(JobId),
    /// The array at this position of the same submission.
    Array(usize),
}

/// One job array of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Array {
    /// `level-1`, or `level-1-part-2` where the level is cut.
    pub(super) name: String,
    /// Positions in the plan; element n of the array is the n-th of them, counted from 1.
    pub(super) runs: Vec<usize>,
    pub(super) after: BTreeSet<After>,
}

/// Where each run of the plan stands.
pub(super) fn standings(
    plan: &Plan,
    selected: &[usize],
    status: &Status,
    queue: &Queue,
    retry_failed: bool,
) -> Vec<Standing> {
    let mut is_selected = vec![false; plan.runs().len()];
    for &position in selected {
        is_selected[position] = true;
    }
    let mut standings: Vec<Standing> = Vec::with_capacity(plan.runs().len());
    for (position, run) in plan.runs().iter().enumerate() {
        let base = plan.base(position).map(|base| standings[base]);
        standings.push(match &status.states[position] {
            RunState::Done => Standing::Done,
            state => match queue.get(&run.id) {
                Some(element) => Standing::Queued(element.job),
                None if !is_selected[position] => Standing::NotSelected,
                None if matches!(state, RunState::Failed { .. }) && !retry_failed => Standing::Failed,
                None if matches!(base, Some(Standing::Failed | Standing::Blocked)) => Standing::Blocked,
                None => Standing::ToDo,
            },
        });
    }
    standings
}

/// The runs to do by their depth among what is left (a run whose base is done is on level 1), each level in arrays of
/// at most `size` elements. An array waits for the jobs that hold a base of one of its runs; with `in_turn` it waits
/// for all of what was submitted before, so that no two arrays are at work together.
pub(super) fn arrays(
    plan: &Plan,
    standings: &[Standing],
    queue: &Queue,
    size: usize,
    in_turn: bool,
) -> Vec<Array> {
    let mut arrays: Vec<Array> = Vec::new();
    let mut array_of: Vec<Option<usize>> = vec![None; standings.len()];
    for (level, runs) in levels(plan, standings) {
        let parts: Vec<&[usize]> = runs.chunks(size.max(1)).collect();
        for (part, runs) in (1..).zip(&parts) {
            let position = arrays.len();
            let after = if in_turn {
                match position.checked_sub(1) {
                    Some(before) => BTreeSet::from([After::Array(before)]),
                    None => queue.jobs().map(After::Job).collect(),
                }
            } else {
                let bases = runs.iter().filter_map(|&run| plan.base(run));
                let holder = |base: usize| match standings[base] {
                    Standing::Queued(job) => Some(After::Job(job)),
                    _ => array_of[base].map(After::Array),
                };
                bases.filter_map(holder).collect()
            };
            for &run in *runs {
                array_of[run] = Some(position);
            }
            let name = match parts.len() {
                1 => format!("level-{level}"),
                _ => format!("level-{level}-part-{part}"),
            };
            let runs = runs.to_vec();
            arrays.push(Array { name, runs, after });
        }
    }
    arrays
}

fn levels(plan: &Plan, standings: &[Standing]) -> BTreeMap<usize, Vec<usize>> {
    let mut depths: Vec<usize> = Vec::with_capacity(standings.len());
    let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, standing) in standings.iter().enumerate() {
        let depth = match standing {
            Standing::Queued(_) | Standing::ToDo => 1 + plan.base(position).map_or(0, |base| depths[base]),
            _ => 0,
        };
        depths.push(depth);
        if *standing == Standing::ToDo {
            levels.entry(depth).or_default().push(position);
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::element::{Element, ElementState};
    use experiment::Experiment;

    /// Two seeds of: dense, an order that starts from it, two runs that start from the order, one joint run.
    fn plan() -> Plan {
        let mut experiment = Experiment::default();
        experiment.sweep.heads = vec![12];
        experiment.sweep.seeds = vec![1, 2];
        experiment.sweep.methods = vec!["dense".into(), "dsp-joint".into(), "fisher".into()];
        experiment.sweep.heads_of = [("fisher".to_owned(), vec![12, 24])].into();
        experiment.change::<methods::DspSection>(|section| section.cooldown = Some(0.5));
        Plan::new(&experiment, &methods::Methods::known()).unwrap()
    }

    fn pending(plan: &Plan) -> Status {
        Status {
            states: vec![RunState::Pending; plan.runs().len()],
            warnings: Vec::new(),
        }
    }

    fn at(plan: &Plan, start: &str) -> usize {
        let found = plan
            .runs()
            .iter()
            .position(|run| run.id.as_str().starts_with(start));
        found.unwrap_or_else(|| panic!("no run {start}"))
    }

    fn labels(plan: &Plan, array: &Array) -> Vec<String> {
        let label = |&run: &usize| {
            plan.runs()[run]
                .id
                .as_str()
                .rsplit_once('-')
                .unwrap()
                .0
                .to_owned()
        };
        array.runs.iter().map(label).collect()
    }

    fn all(plan: &Plan) -> Vec<usize> {
        (0..plan.runs().len()).collect()
    }

    fn queue_of(plan: &Plan, entries: &[(usize, JobId)]) -> Queue {
        let element = |&(run, job): &(usize, JobId)| {
            let state = ElementState::Running { node: "n1".into() };
            let id = plan.runs()[run].id.clone();
            (id, Element { job, index: 1, state })
        };
        Queue::of(entries.iter().map(element), entries.iter().map(|(_, job)| *job))
    }

    #[test]
    fn a_level_is_what_waits_for_the_level_before() {
        let plan = plan();
        let standings = standings(&plan, &all(&plan), &pending(&plan), &Queue::default(), false);
        let arrays = arrays(&plan, &standings, &Queue::default(), 1000, false);
        assert_eq!(arrays.len(), 3);
        assert_eq!(
            labels(&plan, &arrays[0]),
            ["dense-s1", "dense-s2", "dsp-joint-k012-s1", "dsp-joint-k012-s2"]
        );
        assert_eq!(
            labels(&plan, &arrays[1]),
            ["fisher-order-per-example-s1", "fisher-order-per-example-s2"]
        );
        assert_eq!(arrays[2].runs.len(), 4);
        let after: Vec<Vec<After>> = arrays
            .iter()
            .map(|array| array.after.iter().copied().collect())
            .collect();
        assert_eq!(after, [vec![], vec![After::Array(0)], vec![After::Array(1)]]);
        assert_eq!(arrays[2].name, "level-3");
    }

    #[test]
    fn what_is_done_is_no_level() {
        let plan = plan();
        let mut status = pending(&plan);
        status.states[at(&plan, "dense-s1")] = RunState::Done;
        let standings = standings(&plan, &all(&plan), &status, &Queue::default(), false);
        let arrays = arrays(&plan, &standings, &Queue::default(), 1000, false);
        // The order of the first seed can start at once, that of the second waits for its dense model.
        assert!(labels(&plan, &arrays[0]).contains(&"fisher-order-per-example-s1".to_owned()));
        assert!(labels(&plan, &arrays[1]).contains(&"fisher-order-per-example-s2".to_owned()));
        assert!(labels(&plan, &arrays[1]).contains(&"fisher-per-example-k012-s1".to_owned()));
    }

    #[test]
    fn levels_are_cut_and_wait_only_for_what_they_start_from() {
        let plan = plan();
        let standings = standings(&plan, &all(&plan), &pending(&plan), &Queue::default(), false);
        let cut = arrays(&plan, &standings, &Queue::default(), 2, false);
        let names: Vec<&str> = cut.iter().map(|array| array.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "level-1-part-1",
                "level-1-part-2",
                "level-2",
                "level-3-part-1",
                "level-3-part-2"
            ]
        );
        // Both dense models are in the first part.
        assert_eq!(cut[2].after, BTreeSet::from([After::Array(0)]));
        let in_turn = arrays(&plan, &standings, &Queue::default(), 2, true);
        for (position, array) in in_turn.iter().enumerate().skip(1) {
            assert_eq!(array.after, BTreeSet::from([After::Array(position - 1)]));
        }
    }

    #[test]
    fn what_is_queued_is_waited_for_and_not_submitted_again() {
        let plan = plan();
        let queue = queue_of(&plan, &[(at(&plan, "dense-s1"), 71), (at(&plan, "dense-s2"), 72)]);
        let standings = standings(&plan, &all(&plan), &pending(&plan), &queue, false);
        let first = arrays(&plan, &standings, &queue, 1000, false);
        assert_eq!(
            labels(&plan, &first[0]),
            ["dsp-joint-k012-s1", "dsp-joint-k012-s2"]
        );
        assert!(first[0].after.is_empty());
        assert_eq!(first[1].after, BTreeSet::from([After::Job(71), After::Job(72)]));
        let in_turn = arrays(&plan, &standings, &queue, 1000, true);
        assert_eq!(in_turn[0].after, BTreeSet::from([After::Job(71), After::Job(72)]));
    }

    #[test]
    fn failed_runs_and_what_starts_from_them_stay_until_retried() {
        let plan = plan();
        let mut status = pending(&plan);
        let dense = at(&plan, "dense-s1");
        status.states[dense] = RunState::Failed { reason: "x".into() };
        let left = |queue: &Queue, retry: bool| {
            let standings = standings(&plan, &all(&plan), &status, queue, retry);
            standings
                .iter()
                .filter(|standing| **standing == Standing::ToDo)
                .count()
        };
        let runs = plan.runs().len();
        // Dense, its order and the two runs that start from that.
        assert_eq!(left(&Queue::default(), false), runs - 4);
        assert_eq!(left(&Queue::default(), true), runs);
        // In the queue again: what starts from it may follow.
        assert_eq!(left(&queue_of(&plan, &[(dense, 9)]), false), runs - 1);
        let none = standings(&plan, &[], &status, &Queue::default(), true);
        assert!(none.iter().all(|standing| *standing == Standing::NotSelected));
    }
}
