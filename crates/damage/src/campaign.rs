//! Many cases of damage to the files of one folder, and what is said of those that go wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::watchdog::Watchdog;
use crate::{Change, Draw, Kind};

/// Asks for a long run: the minutes of all campaigns together and, behind a space, the first seed.
const LONG: &str = "HEADCOUNT_FUZZ";
/// Asks for one seed and nothing else.
const SEED: &str = "HEADCOUNT_FUZZ_SEED";
/// Longest time of a case, whatever its commands have: a net for what hangs, and no measure.
const LIMIT: Duration = Duration::from_secs(600);
/// Failures after which a campaign ends: more of them tell nothing new.
const ENOUGH: usize = 20;

/// The files of a folder by their names in it.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What is damaged, how often, and where failures are kept.
#[derive(Debug)]
pub struct Campaign<'a> {
    /// Its name in messages and in the list of cases.
    pub name: &'a str,
    /// Every file of the folder.
    pub files: Files,
    /// Begins the names of the files that are damaged; all of them if it is empty.
    pub damaged: Vec<&'a str>,
    /// Cases known by name: `NAME: FILE CHANGE`, further changes behind ` && `. Those of other campaigns are left out, and
    /// so are lines that begin with `#`.
    pub listed: &'a str,
    /// Cases drawn in the test suite.
    pub cases: u64,
    /// Share of the minutes of a long run.
    pub share: f64,
    /// Folder in which failures are kept.
    pub keep: PathBuf,
}

/// Changes of some files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it is called where it is kept.
    name: String,
    changes: Vec<(String, Change)>,
}

impl Campaign<'_> {
    /// Damages the folder again and again and hands it to `check`, which says what is wrong with what its reader did.
    ///
    /// # Panics
    /// Some case went wrong: `check` found a mistake or panicked. The message names every such case and its folder.
    pub fn run(&self, mut check: impl FnMut(&Path) -> Result<(), String>) {
        let place = self.keep.join(format!("{}-{}", self.name, std::process::id()));
        let begun = Instant::now();
        let (mut count, mut failures) = (0, Vec::new());
        for case in self.listed_cases().chain(self.drawn_cases()) {
            count += 1;
            if let Err(failure) = self.one(&case, &place, &mut check) {
                eprintln!("{failure}");
                failures.push(failure);
            }
            if failures.len() >= ENOUGH {
                break;
            }
        }
        // What is left of the last case is in nobody's way.
        let _ = fs::remove_dir_all(&place);
        println!(
            "{}: {count} cases, {} failed, {:.0?}",
            self.name,
            failures.len(),
            begun.elapsed()
        );
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    fn one(
        &self,
        case: &Case,
        place: &Path,
        check: &mut impl FnMut(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        let line = format!("{}: {}", self.name, case.text());
        let folder = place.join("files");
        let written = fs::create_dir_all(place)
            // Says what is being done if the process of a test is ended.
            .and_then(|()| fs::write(place.join("case.txt"), format!("{line}\n")))
            .and_then(|()| self.write(&folder, case));
        written.map_err(|error| format!("cannot write {}: {error}", place.display()))?;
        let watchdog = Watchdog::new(LIMIT, &line, place, || std::process::exit(1));
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&folder)));
        drop(watchdog);
        let reason = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(reason)) => reason,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied());
                format!("panicked: {}", text.unwrap_or("without a text"))
            }
        };
        let kept = self.keep.join(format!("{}-{}", self.name, case.name));
        let mut failure = format!("FAILED {} {}: {reason}\n", self.name, case.name);
        // A failure that cannot be kept is one nevertheless.
        let _ = fs::remove_dir_all(&kept);
        let _ = match fs::rename(place, &kept) {
            Ok(()) => writeln!(failure, "  kept in {}", kept.display()),
            Err(error) => writeln!(failure, "  not kept in {}: {error}", kept.display()),
        };
        let _ = write!(failure, "  as a case: {line}");
        Err(failure)
    }

    /// The folder anew, with the changes of a case.
    fn write(&self, folder: &Path, case: &Case) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(folder)?;
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        for (name, change) in &case.changes {
            match change.apply(&folder.join(name)) {
                // An earlier change has removed it.
                Err(error) if !folder.join(name).is_file() => drop(error),
                applied => applied?,
            }
        }
        Ok(())
    }

    fn listed_cases(&self) -> impl Iterator<Item = Case> {
        let lines = self.listed.lines().enumerate();
        let cases = lines.filter_map(|(index, line)| {
            let changes = line.strip_prefix(self.name)?.strip_prefix(": ")?;
            let changes = changes.split(" && ").map(|change| {
                let (file, change) = change.split_once(' ').unwrap_or((change, ""));
                assert!(self.files.contains_key(file), "{line}: there is no file {file}");
                let change = change.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
                (file.to_owned(), change)
            });
            Some(Case {
                name: format!("line-{}", index + 1),
                changes: changes.collect(),
            })
        });
        cases.collect::<Vec<_>>().into_iter()
    }

    fn drawn_cases(&self) -> Box<dyn Iterator<Item = Case> + '_> {
        let drawn = |seed| self.drawn(seed);
        let [long, only] = [LONG, SEED].map(numbers);
        match (long.as_slice(), only.as_slice()) {
            ([], []) => Box::new((0..self.cases).map(drawn)),
            ([], [seed, ..]) => Box::new(std::iter::once(*seed).map(drawn)),
            ([minutes, seeds @ ..], _) => {
                let now = || SystemTime::now().duration_since(UNIX_EPOCH);
                let new = || now().map_or(0, |since| since.as_secs() << 20);
                let seed = seeds.first().copied().unwrap_or_else(new);
                println!("{}: from seed {seed}", self.name);
                let time = Duration::from_secs(minutes * 60).mul_f64(self.share);
                let end = Instant::now() + time;
                Box::new((seed..).take_while(move |_| Instant::now() < end).map(drawn))
            }
        }
    }

    fn drawn(&self, seed: u64) -> Case {
        let mut draw = Draw::new(seed);
        let begins = |name: &&String| {
            self.damaged.is_empty() || self.damaged.iter().any(|begin| name.starts_with(begin))
        };
        let names: Vec<&String> = self.files.keys().filter(begins).collect();
        let count = match draw.below(20) {
            0..16 => 1,
            16..19 => 2,
            _ => 3,
        };
        let mut files: BTreeMap<&String, Vec<u8>> = BTreeMap::new();
        let mut changes = Vec::new();
        for _ in 0..count {
            let Some(&name) = draw.one(&names) else { break };
            let bytes = files.entry(name).or_insert_with(|| self.files[name].clone());
            let change = Kind::of(Path::new(name)).change(bytes, &mut draw);
            *bytes = change.of(bytes);
            changes.push((name.clone(), change));
        }
        Case {
            name: format!("seed-{seed}"),
            changes,
        }
    }
}

/// The numbers in a variable of the environment.
fn numbers(variable: &str) -> Vec<u64> {
    let text = std::env::var(variable).unwrap_or_default();
    let words = text.split_whitespace();
    words
        .map(|word| {
            word.parse()
                .unwrap_or_else(|_| panic!("{variable}: `{word}` is no number"))
        })
        .collect()
}

impl Case {
    fn text(&self) -> String {
        let changes: Vec<String> = self
            .changes
            .iter()
            .map(|(file, change)| format!("{file} {change}"))
            .collect();
        changes.join(" && ")
    }
}

/// The files of a folder and of the folders in it.
///
/// # Errors
/// One cannot be read.
pub fn files_of(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let name = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else {
                files.insert(name.to_string_lossy().into_owned(), fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}
