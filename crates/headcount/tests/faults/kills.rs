//! Processes that are killed, and two sweeps at once.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use heads::{SeededUniform, UniformStream};

use crate::common::read;
use crate::{RUNS, calm, outcome, said, sweep};

const KILLS: u64 = 30;
const SEED: u64 = 1;

/// Chooses when and whom.
struct Chance {
    seed: u64,
    number: u64,
}

impl Chance {
    fn next(&mut self) -> [f64; 3] {
        let mut draws = [0.0; 3];
        SeededUniform::at_update(self.seed, self.number).fill(&mut draws);
        self.number += 1;
        draws
    }
}

#[test]
fn thirty_kills_change_no_byte() {
    let seed = std::env::var("HEADCOUNT_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("HEADCOUNT_TEST_SEED={seed}");
    let mut chance = Chance { seed, number: 0 };
    let folder = tempfile::tempdir().unwrap();
    let (mut kills, mut of_sweeps, mut continued, mut rounds) = (0, 0, 0, 0);
    while kills < KILLS {
        rounds += 1;
        let out = folder.path().join(format!("round-{rounds}"));
        loop {
            let errors = folder.path().join("stderr.txt");
            let mut child = sweep(&out, 2)
                .stdout(Stdio::null())
                .stderr(fs::File::create(&errors).unwrap())
                .spawn()
                .unwrap();
            while kills < KILLS {
                match kill_someone(&mut child, &out, &mut chance) {
                    None => break,
                    Some(victim) => {
                        kills += 1;
                        of_sweeps += u64::from(victim == child.id());
                    }
                }
            }
            let status = child.wait().unwrap();
            match (status.code(), status.signal()) {
                (Some(0), _) => break,
                // A killed run is a failed run of this sweep, and for the next start one to go on with.
                (Some(1), _) | (_, Some(9)) => {}
                _ => panic!("{status}\n{}", read(&errors)),
            }
        }
        assert!(
            outcome(&out) == calm().outcome,
            "round {rounds} ended with other bytes"
        );
        continued += trainings_continued(&out);
        fs::remove_dir_all(&out).unwrap();
    }
    println!(
        "{kills} kills, {of_sweeps} of sweeps, {continued} trainings continued, in {rounds} rounds; undisturbed {:?}",
        calm().wall
    );
    assert!(0 < of_sweeps && of_sweeps < kills, "{of_sweeps} of {kills} kills");
    assert!(continued > 0, "no kill hit a training");
}

/// How often a process went on from a checkpoint.
fn trainings_continued(out: &Path) -> usize {
    let runs = fs::read_dir(out.join("runs")).unwrap();
    runs.map(|run| {
        let log = read(&run.unwrap().path().join("log.txt"));
        log.matches("goes on from the checkpoint").count()
    })
    .sum()
}

/// Waits a while, or until a file is being written, and kills the sweep or one of the processes of its runs; none if the
/// sweep has ended.
fn kill_someone(child: &mut Child, out: &Path, chance: &mut Chance) -> Option<u32> {
    let [when, how, who] = chance.next();
    // Long enough that trainings get on between two kills, short enough that a sweep sees several.
    let wait = calm().wall.mul_f64(0.02 + 0.2 * when);
    let start = Instant::now();
    let writing = how < 0.4;
    while start.elapsed() < wait || (writing && start.elapsed() < 2 * wait && !is_writing(out)) {
        if ended(child).is_some() {
            return None;
        }
        if start.elapsed() < wait {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    let mut victims = processes(out);
    victims.sort_unstable();
    let runs: Vec<u32> = victims.iter().copied().filter(|&pid| pid != child.id()).collect();
    let victim = match runs.len() {
        0 => child.id(),
        // Twice as often as the sweep, which is alone at its beginning and its end.
        count if who < 2.0 / 3.0 => runs[(1.5 * who * count as f64) as usize],
        _ => child.id(),
    };
    if ended(child).is_some() {
        return None;
    }
    let killed = Command::new("kill")
        .args(["-9", &victim.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // The process of a run may just have ended by itself: then this was no kill.
    if killed.success() {
        Some(victim)
    } else {
        kill_someone(child, out, chance)
    }
}

fn ended(child: &mut Child) -> Option<ExitStatus> {
    child.try_wait().unwrap()
}

/// Whether some run of the sweep has a file under a temporary name.
fn is_writing(out: &Path) -> bool {
    let runs = fs::read_dir(out.join("runs")).into_iter().flatten().flatten();
    runs.flat_map(|run| fs::read_dir(run.path()).into_iter().flatten().flatten())
        .any(|file| file.file_name().to_string_lossy().starts_with(".writing-"))
}

/// The processes that work in a folder: the sweep, its runs, and the runs of sweeps that were killed.
fn processes(out: &Path) -> Vec<u32> {
    let works_there = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0)
            .any(|argument| argument == out.as_os_str().as_encoded_bytes())
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(works_there)
        .collect()
}

#[test]
fn two_sweeps_at_once_do_every_run_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("shared");
    let start = || {
        sweep(&out, 2)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
    for output in &both {
        assert_eq!(output.status.code(), Some(0), "{}", said(output));
    }
    assert!(outcome(&out) == calm().outcome);
    let runs: Vec<_> = fs::read_dir(out.join("runs"))
        .unwrap()
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(runs.len(), RUNS);
    for run in runs {
        let starts: usize = both
            .iter()
            .map(|output| said(output).matches(&format!("({run})")).count())
            .sum();
        let log = read(&out.join("runs").join(&run).join("log.txt"));
        let found = log.matches("is done already").count();
        // A process that both sweeps have started for a run waits for the other and finds its result.
        assert_eq!(starts, 1 + found, "{run}\n{log}");
    }
}
