//! The built program on a damaged folder, and what must hold whatever is in it.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest time of a command: a net for what hangs, and no measure.
const LIMIT: Duration = Duration::from_secs(60);
/// Address space of a command, in KiB: sizes that a damaged file makes up are not asked of the system.
const MEMORY: &str = "6000000";
/// Most bytes of messages: nobody reads more.
const MESSAGES: usize = 100_000;
/// What the standard library says of a process that ends itself.
const ENDED: [&str; 4] = [
    "panicked at",
    "has overflowed its stack",
    "memory allocation of",
    "(core dumped)",
];
/// How the end of a run's process is told by the sweep that started it.
const RUN_ENDED: [&str; 2] = ["exit status: 101", "signal: "];

/// Runs commands, written as in a shell without quotes, one after another in a folder.
pub(crate) fn commands(folder: &Path, commands: &[&str]) -> Result<(), String> {
    commands.iter().try_for_each(|command| {
        let words: Vec<&str> = command.split(' ').collect();
        run(folder, &words, None).map(drop)
    })
}

/// Runs a command in a folder, with a file of it as standard input, and says what is wrong with how it ended.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: Option<&str>) -> Result<ExitStatus, String> {
    let beside = |name: &str| folder.with_file_name(name);
    let (out, err) = (beside("stdout.txt"), beside("stderr.txt"));
    let create = |path: &PathBuf| File::create(path).unwrap();
    let stdin = match input.map(|name| File::open(folder.join(name))) {
        Some(Ok(file)) => Stdio::from(file),
        _ => Stdio::null(),
    };
    let mut child = Command::new("sh")
        .args([
            "-c",
            "ulimit -v $0 2> /dev/null; ulimit -c 0; exec \"$@\"",
            MEMORY,
        ])
        .arg(env!("CARGO_BIN_EXE_headcount"))
        .args(arguments)
        .current_dir(folder)
        // Each thread reserves address space.
        .env("RAYON_NUM_THREADS", "2")
        .env("RUST_BACKTRACE", "0")
        // Names of corpora and models mean what the folder says, and nothing is downloaded.
        .env("HEADCOUNT_MANIFEST", "manifest.toml")
        .env("HF_HUB_CACHE", "hub")
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HEADCOUNT_TEST_DATA")
        .stdin(stdin)
        .stdout(create(&out))
        .stderr(create(&err))
        .process_group(0)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if begun.elapsed() > LIMIT => break None,
            // Long enough for others to work, short enough for a command of some milliseconds.
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let said = text(&err);
    let wrong = match status {
        Some(status) => wrong_with(status, &said, &text(&out), &logs(folder)),
        None => {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["-9", "--", &group]).status().unwrap();
            child.wait().unwrap();
            Some(format!("it has not ended after {LIMIT:?}"))
        }
    };
    match (wrong, status) {
        (None, Some(status)) => Ok(status),
        (wrong, _) => {
            let end: Vec<char> = said.chars().rev().take(600).collect();
            let end: String = end.into_iter().rev().collect();
            let wrong = wrong.unwrap_or_default();
            Err(format!("`headcount {}`: {wrong}\n{end}", arguments.join(" ")))
        }
    }
}

/// What the processes of runs have written to their logs.
fn logs(folder: &Path) -> String {
    let runs = fs::read_dir(folder.join("out/runs"))
        .into_iter()
        .flatten()
        .flatten();
    let logs = runs.map(|run| fs::read(run.path().join("log.txt")).unwrap_or_default());
    String::from_utf8_lossy(&logs.collect::<Vec<_>>().concat()).into_owned()
}

fn wrong_with(status: ExitStatus, said: &str, printed: &str, logs: &str) -> Option<String> {
    if let Some(signal) = status.signal() {
        return Some(format!("it was ended by signal {signal}"));
    }
    if !matches!(status.code(), Some(0..=2)) {
        return Some(format!("it ended with {status}"));
    }
    for text in [said, printed, logs] {
        if let Some(words) = ENDED.iter().find(|words| text.contains(**words)) {
            return Some(format!("it says `{words}`"));
        }
    }
    if let Some(words) = RUN_ENDED.iter().find(|words| said.contains(**words)) {
        return Some(format!("a run ended with `{words}`"));
    }
    if said.len() > MESSAGES {
        return Some(format!("it says {} bytes", said.len()));
    }
    if said
        .chars()
        .any(|character| character.is_control() && !"\n\t".contains(character))
    {
        return Some("its messages have control characters".to_owned());
    }
    // One line says what is wrong, and the rest of the text, if there is more, what to do.
    let lines: Vec<&str> = said.lines().collect();
    let errors = lines.iter().filter(|line| line.starts_with("error: ")).count();
    let last = lines.iter().position(|line| line.starts_with("error: "));
    match (status.code(), errors, last) {
        (Some(2), 1, Some(place)) => match lines.get(place + 1) {
            Some(line) if !line.starts_with("hint: ") => Some(format!("its error has another line: {line}")),
            _ => None,
        },
        (Some(2), count, _) => Some(format!("it ended with 2 and says {count} errors")),
        _ => None,
    }
}
