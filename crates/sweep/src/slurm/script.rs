//! The text of job scripts.

use std::path::Path;

use experiment::{Experiment, SlurmSection};
use files::shell::quoted;

use super::error::SlurmError;
use crate::executor::THREADS_VARIABLES;

/// Before its time limit a run is told so this many seconds; enough for a checkpoint.
const WARNING_SECONDS: u32 = 60;

/// What all scripts of a submission say alike.
#[derive(Debug)]
pub(super) struct Scripts<'a> {
    experiment: &'a Experiment,
    program: String,
    root: String,
    device: String,
    at_once: Option<usize>,
}

impl<'a> Scripts<'a> {
    /// `program` and `root` are absolute.
    pub(super) fn new(
        experiment: &'a Experiment,
        program: &Path,
        root: &Path,
        device: &str,
        at_once: Option<usize>,
    ) -> Result<Self, SlurmError> {
        Ok(Self {
            experiment,
            program: quoted(utf8(program)?),
            root: quoted(utf8(root)?),
            device: quoted(device),
            at_once,
        })
    }

    /// Name of a job: that of the experiment and this ending.
    pub(super) fn job_name(&self, ending: &str) -> String {
        let plain = |character: char| match character {
            '.' | '-' | '_' => character,
            _ if character.is_ascii_alphanumeric() => character,
            _ => '-',
        };
        let name: String = self.experiment.name.chars().map(plain).collect();
        format!("{name}-{ending}")
    }

    /// The script of an array of so many elements whose runs stand in `ids`, a file beside `experiment`; both are
    /// relative to the sweep's folder, in which the job works.
    pub(super) fn array(&self, ending: &str, elements: usize, ids: &str, experiment: &str) -> String {
        let section = &self.experiment.slurm;
        let threads = self.experiment.run.threads;
        let throttle = self.at_once.map(|n| format!("%{n}")).unwrap_or_default();
        let mut options = vec![
            format!("--array=1-{elements}{throttle}"),
            "--output=slurm/logs/%A_%a.txt".to_owned(),
            "--requeue".to_owned(),
            format!("--signal=B:USR1@{WARNING_SECONDS}"),
            format!("--cpus-per-task={}", section.cpus.unwrap_or(threads)),
        ];
        options.extend(section.gpus.as_ref().map(|gpus| format!("--gres={gpus}")));
        let Self {
            program,
            root,
            device,
            ..
        } = self;
        let (ids, experiment) = (quoted(ids), quoted(experiment));
        let restarts = section.restarts;
        let setup = setup(section);
        let variables = THREADS_VARIABLES
            .map(|name| format!("{name}={threads}"))
            .join(" ");
        let header = self.header(ending, &options);
        format!(
            r#"{header}
export {variables}
{setup}root={root}
id=$(sed -n "${{SLURM_ARRAY_TASK_ID}}p" "$root/"{ids})
if [ -z "$id" ]; then
  echo "there is no line $SLURM_ARRAY_TASK_ID in $root/"{ids} >&2
  exit 2
fi
log="$root/runs/$id/log.txt"
mkdir -p "$root/runs/$id"
echo "$id on ${{SLURMD_NODENAME:-}}, restart ${{SLURM_RESTART_COUNT:-0}}; its messages are in $log"

# A run stops at TERM, and goes on from its checkpoint when it is started again. When a job must go SLURM sends TERM to
# all of its processes; that the time is nearly up, it tells this shell alone, with USR1.
{program} run "$root/"{experiment} --id "$id" --out "$root" --device {device} 2>>"$log" &
run=$!
again=no
trap : TERM
trap 'again=yes; kill -TERM "$run"' USR1
until wait "$run"; code=$?; ! kill -0 "$run" 2>/dev/null; do :; done
if [ "$again" = yes ] && [ "$code" -ge 128 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {restarts} ]; then
  echo "the time limit is near: back into the queue"
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
"#
        )
    }

    /// The script that writes the tables and figures.
    pub(super) fn report(&self, ending: &str) -> String {
        let options = ["--output=slurm/logs/%j.txt", "--cpus-per-task=1"].map(str::to_owned);
        let header = self.header(ending, &options);
        let setup = setup(&self.experiment.slurm);
        let Self { program, root, .. } = self;
        format!("{header}\n{setup}exec {program} report {root}\n")
    }

    fn header(&self, ending: &str, own: &[String]) -> String {
        let section = &self.experiment.slurm;
        let mut options = vec![format!("--job-name={}", self.job_name(ending))];
        options.extend_from_slice(own);
        options.extend(["--open-mode=append", "--nodes=1", "--ntasks=1"].map(str::to_owned));
        let words = [
            ("partition", &section.partition),
            ("account", &section.account),
            ("qos", &section.qos),
            ("time", &section.time),
            ("mem", &section.memory),
        ];
        for (name, value) in words {
            options.extend(value.as_ref().map(|value| format!("--{name}={value}")));
        }
        options.extend_from_slice(&section.options);
        let lines: String = options
            .iter()
            .map(|option| format!("#SBATCH {option}\n"))
            .collect();
        format!("#!/bin/bash\n{lines}")
    }
}

/// The user's own lines, each ended.
fn setup(section: &SlurmSection) -> String {
    section.setup.iter().map(|line| format!("{line}\n")).collect()
}

fn utf8(path: &Path) -> Result<&str, SlurmError> {
    path.to_str()
        .filter(|text| !text.contains(char::is_control))
        .ok_or_else(|| SlurmError::Path {
            path: path.display().to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment() -> Experiment {
        let mut experiment = Experiment::default();
        experiment.name = "my test".into();
        experiment.run.threads = 2;
        experiment
    }

    fn scripts<'a>(experiment: &'a Experiment, at_once: Option<usize>) -> Scripts<'a> {
        let (program, root) = (Path::new("/opt/head count"), Path::new("/data/it's"));
        Scripts::new(experiment, program, root, "auto", at_once).unwrap()
    }

    fn options(script: &str) -> Vec<&str> {
        script
            .lines()
            .filter_map(|line| line.strip_prefix("#SBATCH "))
            .collect()
    }

    #[test]
    fn defaults_ask_for_cores_only() {
        let experiment = experiment();
        let script =
            scripts(&experiment, None).array("level-1", 3, "slurm/001/level-1.txt", "slurm/001/x.toml");
        let expected = [
            "--job-name=my-test-level-1",
            "--array=1-3",
            "--output=slurm/logs/%A_%a.txt",
            "--requeue",
            "--signal=B:USR1@60",
            "--cpus-per-task=2",
            "--open-mode=append",
            "--nodes=1",
            "--ntasks=1",
        ];
        assert_eq!(options(&script), expected);
        assert!(script.starts_with("#!/bin/bash\n#SBATCH "));
        for part in [
            "export RAYON_NUM_THREADS=2 OMP_NUM_THREADS=2\n",
            "root='/data/it'\\''s'\n",
            "'/opt/head count' run \"$root/\"'slurm/001/x.toml' --id \"$id\" --out \"$root\" --device 'auto' 2>>\"$log\" &\n",
        ] {
            assert!(script.contains(part), "{part} is not in {script}");
        }
    }

    #[test]
    fn the_section_is_in_the_header_and_setup_before_the_program() {
        let mut experiment = experiment();
        experiment.slurm = SlurmSection {
            partition: Some("gpu".into()),
            account: Some("me".into()),
            qos: Some("low".into()),
            time: Some("1-00".into()),
            memory: Some("4000".into()),
            cpus: Some(4),
            gpus: Some("gpu:1".into()),
            restarts: 3,
            options: vec!["--constraint=a100".into()],
            setup: vec!["module load cuda".into()],
            ..SlurmSection::default()
        };
        let scripts = scripts(&experiment, Some(8));
        let array = scripts.array("level-2", 10, "ids", "x.toml");
        for option in [
            "--array=1-10%8",
            "--cpus-per-task=4",
            "--gres=gpu:1",
            "--partition=gpu",
            "--account=me",
            "--qos=low",
            "--time=1-00",
            "--mem=4000",
            "--constraint=a100",
        ] {
            assert!(options(&array).contains(&option), "{option} is not in {array}");
        }
        assert!(array.contains("-lt 3 ]"));
        let report = scripts.report("report");
        assert!(
            options(&report).contains(&"--partition=gpu") && !report.contains("gres"),
            "{report}"
        );
        for script in [&array, &report] {
            let setup = script.find("\nmodule load cuda\n").unwrap();
            assert!(setup > script.rfind("#SBATCH").unwrap());
            assert!(setup < script.find("'/opt/head count'").unwrap());
        }
        assert!(report.ends_with("exec '/opt/head count' report '/data/it'\\''s'\n"));
    }

    #[test]
    fn a_path_with_a_line_feed_is_refused() {
        let experiment = experiment();
        let made = Scripts::new(&experiment, Path::new("/x"), Path::new("/a\nb"), "auto", None);
        assert!(
            made.unwrap_err()
                .to_string()
                .contains("cannot stand in a job script")
        );
    }
}
