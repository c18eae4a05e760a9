//! Reads what `sbatch`, `squeue` and `scontrol` print.

use super::element::ElementState;
use super::jobs::JobId;

/// Columns of [`queue_line`]: job, index in the array, state, nodes, reason, name. The name comes last, because it may
/// hold anything.
pub(super) const QUEUE_FORMAT: &str = "%F|%K|%T|%N|%r|%j";

/// One job, or element of an array, in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueueLine {
    pub(super) job: JobId,
    /// None for a job that is no array.
    pub(super) index: Option<usize>,
    pub(super) state: ElementState,
    pub(super) name: String,
}

/// The job of `sbatch --parsable`: `12`, or `12;cluster`.
pub(super) fn submitted(text: &str) -> Option<JobId> {
    text.trim().split(';').next()?.parse().ok()
}

/// A line of `squeue --array`.
pub(super) fn queue_line(line: &str) -> Option<QueueLine> {
    let mut fields = line.splitn(6, '|');
    let mut field = || fields.next().map(str::trim);
    let (job, index, state, node, reason, name) =
        (field()?, field()?, field()?, field()?, field()?, field()?);
    let waits = matches!(
        state,
        "PENDING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" | "SPECIAL_EXIT" | "RESV_DEL_HOLD"
    );
    let state = if waits {
        ElementState::Pending {
            reason: reason.to_owned(),
        }
    } else {
        ElementState::Running {
            node: node.to_owned(),
        }
    };
    Some(QueueLine {
        job: job.parse().ok()?,
        index: index.parse().ok(),
        state,
        name: name.to_owned(),
    })
}

/// `MaxArraySize` of `scontrol show config`: one more than the largest index.
pub(super) fn max_array_size(config: &str) -> Option<usize> {
    let value = |line: &str| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "MaxArraySize").then(|| value.trim().parse().ok())?
    };
    config.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_numbers() {
        assert_eq!(submitted("12\n"), Some(12));
        assert_eq!(submitted("12;west\n"), Some(12));
        assert_eq!(submitted("Submitted batch job 12\n"), None);
        assert_eq!(submitted(""), None);
    }

    #[test]
    fn lines_of_the_queue() {
        let line = queue_line("12|5|PENDING||Dependency|mnli-level-2").unwrap();
        assert_eq!(
            (line.job, line.index, line.name.as_str()),
            (12, Some(5), "mnli-level-2")
        );
        assert_eq!(
            line.state,
            ElementState::Pending {
                reason: "Dependency".into()
            }
        );
        let line = queue_line("13|N/A|RUNNING|node[1-2]|None|a|b").unwrap();
        assert_eq!((line.index, line.name.as_str()), (None, "a|b"));
        assert_eq!(
            line.state,
            ElementState::Running {
                node: "node[1-2]".into()
            }
        );
        let held = queue_line("13|1|REQUEUE_HOLD||launch failed requeued held|x").unwrap();
        assert_eq!(
            held.state,
            ElementState::Pending {
                reason: "launch failed requeued held".into()
            }
        );
        assert_eq!(queue_line("13|1|RUNNING"), None);
        assert_eq!(queue_line("x|1|RUNNING|n|None|y"), None);
    }

    #[test]
    fn the_limit_of_arrays() {
        let config =
            "Configuration data as of 2026-01-01\nMaxArraySize            = 1001\nMaxJobCount = 10000\n";
        assert_eq!(max_array_size(config), Some(1001));
        assert_eq!(max_array_size("MaxJobCount = 10000\n"), None);
    }
}
