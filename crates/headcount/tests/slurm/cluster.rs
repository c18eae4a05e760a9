//! A cluster of one node on this machine: munged, slurmctld and slurmd of its own, in a folder of its own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Arrays of at most two elements, so that a small sweep needs several for one level.
const MAX_ARRAY_SIZE: usize = 3;

/// Seconds for which the permission to start a job is good. A requeued job waits until its old one has run out, as a
/// node refuses a new one that it cannot tell from the old; SLURM's own two minutes are too long for a test.
const CREDENTIAL_SECONDS: u32 = 10;

pub(crate) struct Cluster {
    folder: PathBuf,
    /// In the order in which they were started.
    daemons: Vec<Child>,
    _temporary: tempfile::TempDir,
}

impl Cluster {
    /// None, with a printed reason, where this machine cannot have one.
    pub(crate) fn start() -> Option<Self> {
        match Self::try_start() {
            Ok(cluster) => Some(cluster),
            Err(reason) => {
                eprintln!("skipped: no cluster on this machine: {reason}");
                None
            }
        }
    }

    fn try_start() -> Result<Self, String> {
        for program in [
            "munged",
            "slurmctld",
            "slurmd",
            "sbatch",
            "squeue",
            "scontrol",
            "scancel",
        ] {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .or_else(|_| {
                    Command::new(Path::new("/usr/sbin").join(program))
                        .arg("--version")
                        .output()
                        .map(|output| output.status)
                })
                .map_err(|error| format!("{program}: {error}"))?;
        }
        if run(Command::new("id").arg("-u"))? != "0" {
            return Err("slurmd must run as root".to_owned());
        }
        let temporary = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut cluster = Self {
            folder: temporary.path().to_owned(),
            daemons: Vec::new(),
            _temporary: temporary,
        };
        cluster.configure()?;
        let at = |name: &str| cluster.folder.join(name).display().to_string();
        let munged = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--socket={}", at("munge/socket")),
            format!("--key-file={}", at("munge/key")),
            format!("--pid-file={}", at("munge/pid")),
            format!("--seed-file={}", at("munge/seed")),
            format!("--log-file={}", at("munge/log")),
        ];
        let socket = cluster.folder.join("munge/socket");
        cluster.daemon("munged", &munged)?;
        cluster.until("munged listens", || socket.exists())?;
        cluster.daemon("slurmctld", &["-D".to_owned(), "-c".to_owned()])?;
        cluster.daemon("slurmd", &["-D".to_owned(), "-N".to_owned(), "node".to_owned()])?;
        let idle = || {
            cluster
                .said("sinfo", &["--noheader", "--format=%T"])
                .is_some_and(|state| state == "idle")
        };
        cluster.until("the node is idle", idle)?;
        Ok(cluster)
    }

    fn configure(&self) -> Result<(), String> {
        let told = |error: std::io::Error| error.to_string();
        let at = |name: &str| self.folder.join(name);
        for name in ["munge", "state", "spool"] {
            fs::DirBuilder::new().mode(0o755).create(at(name)).map_err(told)?;
        }
        let mut key = fs::OpenOptions::new();
        let mut key = key
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(at("munge/key"))
            .map_err(told)?;
        // Whoever can read this folder is root anyway.
        std::io::Write::write_all(&mut key, &[7; 128]).map_err(told)?;
        let host = run(Command::new("hostname").arg("-s"))?;
        let [controller, node] = free_ports().map_err(told)?;
        let folder = self.folder.display();
        let cores = std::thread::available_parallelism().map_err(told)?.get();
        let conf = format!(
            "ClusterName=headcount-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire={CREDENTIAL_SECONDS}
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1
SchedulerType=sched/backfill
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=10
MaxArraySize={MAX_ARRAY_SIZE}
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP
"
        );
        fs::write(at("slurm.conf"), conf).map_err(told)
    }

    fn daemon(&mut self, name: &str, arguments: &[String]) -> Result<(), String> {
        let output =
            fs::File::create(self.folder.join(format!("{name}.out"))).map_err(|error| error.to_string())?;
        let errors = output.try_clone().map_err(|error| error.to_string())?;
        let child = self
            .command(name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        self.daemons.push(child);
        Ok(())
    }

    fn until(&self, what: &str, reached: impl Fn() -> bool) -> Result<(), String> {
        if wait(Duration::from_secs(30), reached) {
            return Ok(());
        }
        let logs = [
            "munged.out",
            "slurmctld.out",
            "slurmd.out",
            "slurmctld.log",
            "slurmd.log",
        ];
        let logs = logs.map(|name| fs::read_to_string(self.folder.join(name)).unwrap_or_default());
        Err(format!("not true after 30 seconds: {what}\n{}", logs.join("\n")))
    }

    /// A program that talks to this cluster.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env("SLURM_CONF", self.folder.join("slurm.conf"))
            .env("PATH", format!("{path}:/usr/sbin:/sbin"))
            .env_remove("RAYON_NUM_THREADS")
            .stdin(Stdio::null());
        command
    }

    /// What a program of SLURM prints; none if it fails.
    pub(crate) fn said(&self, program: &str, arguments: &[&str]) -> Option<String> {
        run(self.command(program).args(arguments)).ok()
    }

    /// Waits until the queue is empty.
    pub(crate) fn wait_for_all(&self) {
        let is_empty = || {
            self.said("squeue", &["--noheader"])
                .is_some_and(|queue| queue.is_empty())
        };
        let queue = || self.said("squeue", &[]).unwrap_or_default();
        assert!(
            wait(Duration::from_secs(300), is_empty),
            "still in the queue: {}",
            queue()
        );
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.daemons.len() == 3 {
            let _ = self.said("scancel", &["--user=root"]);
            wait(Duration::from_secs(20), || {
                self.said("squeue", &["--noheader"])
                    .is_none_or(|queue| queue.is_empty())
            });
        }
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        // What a job left behind, known by this folder in its environment.
        let ours = format!("SLURM_CONF={}", self.folder.join("slurm.conf").display());
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let is_ours = environment
                .split(|byte| *byte == 0)
                .any(|word| word == ours.as_bytes());
            if is_ours && let Some(process) = entry.file_name().to_str() {
                let _ = Command::new("kill").args(["-9", process]).status();
            }
        }
    }
}

/// Asks again and again until there is something or the time is up.
pub(crate) fn wait_for<T>(limit: Duration, found: impl Fn() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        match found() {
            None if began.elapsed() < limit => std::thread::sleep(Duration::from_millis(100)),
            found => return found,
        }
    }
}

fn wait(limit: Duration, reached: impl Fn() -> bool) -> bool {
    wait_for(limit, || reached().then_some(())).is_some()
}

fn run(command: &mut Command) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&stderr).into_owned())
    }
}

/// Two ports that nobody listens to.
fn free_ports() -> std::io::Result<[u16; 2]> {
    let (one, two) = (
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    );
    Ok([one.local_addr()?.port(), two.local_addr()?.port()])
}
