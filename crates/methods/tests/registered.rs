//! A method with a setting of its own, registered from outside this crate: one file and one call.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::path::{Path, PathBuf};

use experiment::{
    Experiment, ExperimentError, Finding, Part, Point, Section, SectionType, Source, Switch, TaskName, json,
    load, switches,
};
use files::Hint;
use heads::{HeadGrid, HeadMask};
use methods::{
    Attention, Candidate, DENSE, Derivatives, ExecuteError, Fit, Gates, Job, Method, Methods, Progress,
    ProgressReport, Split, Task, Trained, Worth,
};
use records::{Measured, RunKey};
use serde::{Deserialize, Serialize};

/// Keeps heads at equal distances.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct CombSection {
    /// The first head kept.
    first: usize,
}

impl Section for CombSection {
    const NAME: &'static str = "comb";
    const SWITCHES: &'static [Switch] = &[Switch {
        key: "comb.first",
        task: Some(TaskName::Classification),
        released: "0",
        paper: "1",
        reason: "made up",
    }];

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "first = 2",
        }
    }
}

static COMB: Method = Method {
    name: "comb",
    sections: &[SectionType::of::<CombSection>()],
    decisive: &[Part {
        name: "comb",
        value: |experiment| json(&experiment.section::<CombSection>()),
    }],
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "comb"),
    check: |experiment| match experiment.section::<CombSection>().first {
        first if first >= experiment.n_heads() => Err(Finding::new(
            "comb.first",
            format!("is {first}, no head of the model"),
        )),
        _ => Ok(()),
    },
    measures: true,
    run: |job, task, progress| {
        task.take_saved(job.base("dense")?)?;
        let (k, total) = (job.k()?, task.grid().total());
        let CombSection { first } = job.experiment.section();
        let kept: Vec<usize> = (0..k).map(|tooth| (first + tooth * total / k) % total).collect();
        let mask = HeadMask::from_flags((0..total).map(|head| kept.contains(&head)).collect());
        task.measure(&[Candidate::mask(mask, Some(k))], progress)
    },
};

const FILE: &str = "name = 'toy'\n[model]\nlayers = 3\nheads = 4\nwidth = 64\npositions = 128\n[sweep]\n\
                    methods = ['dense', 'comb']\nheads = [3]\nseeds = [1]\n";

fn read(text: &str, set: &[&str]) -> Result<Experiment, ExperimentError> {
    let set: Vec<_> = set.iter().map(|entry| entry.parse().unwrap()).collect();
    load(
        &Source::embedded("toy.toml", text),
        &set,
        &Methods::known().with(&COMB),
    )
}

fn first(text: &str, set: &[&str]) -> usize {
    read(text, set).unwrap().section::<CombSection>().first
}

#[test]
fn its_key_has_a_default_presets_and_a_check() {
    assert_eq!(first(FILE, &[]), 0);
    assert_eq!(first(FILE, &["recipe=paper"]), 1);
    assert_eq!(first(&format!("{FILE}[comb]\nfirst = 5\n"), &["recipe=paper"]), 5);
    assert_eq!(first(FILE, &["comb.first=7"]), 7);
    let translation = "task = 'translation'\nname = 'toy'\n[sweep]\nmethods = ['comb']\nheads = [3]\n";
    assert_eq!(first(translation, &[]), 2);

    let refused = |text: &str, set: &[&str]| {
        let error = read(text, set).unwrap_err();
        format!("{error} ({})", error.hint().unwrap_or_default())
    };
    let of_check = refused(&format!("{FILE}[comb]\nfirst = 12\n"), &[]);
    assert_eq!(
        of_check,
        "toy.toml:12: `comb.first` is 12, no head of the model ()"
    );
    let misspelt = refused(FILE, &["comb.frist=1"]);
    assert_eq!(
        misspelt,
        "--set comb.frist: unknown key `comb.frist` (did you mean `comb.first`?)"
    );
    let other_type = refused(FILE, &["comb.first=x"]);
    assert!(
        other_type.contains("`comb.first`: invalid type")
            && other_type.contains("the default is `comb.first = 0`"),
        "{other_type}"
    );
    // Without the method its section is a misspelling.
    let source = Source::embedded("toy.toml", &FILE.replace(", 'comb'", ""));
    let set = ["comb.first=1".parse().unwrap()];
    let unknown = load(&source, &set, &Methods::known()).unwrap_err().to_string();
    assert_eq!(unknown, "--set comb.first: unknown key `comb`");
}

#[test]
fn its_presets_are_listed_and_its_section_is_written_with_the_others() {
    let methods = Methods::known().with(&COMB);
    assert!(switches(&methods).iter().any(|switch| switch.key == "comb.first"));
    let experiment = read(FILE, &["comb.first=7"]).unwrap();
    let text = toml::to_string(&experiment).unwrap();
    assert!(text.contains("[comb]\nfirst = 7\n"), "{text}");
    let again = load(&Source::embedded("again.toml", &text), &[], &methods).unwrap();
    assert_eq!(again, experiment);
}

/// A task that remembers under which heads it was measured.
struct Toy {
    grid: HeadGrid,
    taken: Option<PathBuf>,
    kept: Vec<usize>,
}

impl Task for Toy {
    fn grid(&self) -> &HeadGrid {
        &self.grid
    }

    fn updates(&self, _: Option<f64>, _: Option<usize>) -> usize {
        0
    }

    fn take_fresh(&mut self) -> Result<(), ExecuteError> {
        Err(ExecuteError::new("it starts from the dense model"))
    }

    fn take_saved(&mut self, folder: &Path) -> Result<(), ExecuteError> {
        self.taken = Some(folder.to_owned());
        Ok(())
    }

    fn train(&mut self, _: Fit, _: &mut dyn Progress) -> Result<Trained, ExecuteError> {
        Err(ExecuteError::new("it trains nothing"))
    }

    fn save(&mut self) -> Result<(), ExecuteError> {
        Ok(())
    }

    fn derivatives(
        &mut self,
        _: &Derivatives<'_>,
        _: &mut dyn Progress,
        _: &mut dyn FnMut(&[f64], usize),
    ) -> Result<(), ExecuteError> {
        Err(ExecuteError::new("it asks for no derivatives"))
    }

    fn score(&mut self, _: Option<&[f64]>) -> Result<f64, ExecuteError> {
        Err(ExecuteError::new("it asks for no score"))
    }

    fn splits(&self) -> Vec<String> {
        Vec::new()
    }

    fn worth(&mut self, _: Split<'_>, _: &[f64], _: Option<usize>) -> Result<Worth, ExecuteError> {
        Err(ExecuteError::new("it asks for no worth"))
    }

    fn attention(&mut self, _: Split<'_>, _: &[f64], _: Option<usize>) -> Result<Attention, ExecuteError> {
        Err(ExecuteError::new("it asks for no attention"))
    }

    fn cost(&self) -> u64 {
        0
    }

    fn add_cost(&mut self, _: u64) {}

    fn measure(&mut self, candidates: &[Candidate], _: &mut dyn Progress) -> Result<Measured, ExecuteError> {
        if let [
            Candidate {
                gates: Gates::Hard(mask),
                ..
            },
        ] = candidates
        {
            self.kept = (0..mask.total()).filter(|&head| mask.flags()[head]).collect();
        }
        Ok(Measured::prepared(self.grid.total()))
    }
}

struct Silent;

impl Progress for Silent {
    fn report(&mut self, _: &ProgressReport) {}
}

#[test]
fn it_runs_as_any_other() {
    let experiment = read(FILE, &["comb.first=1"]).unwrap();
    let mut toy = Toy {
        grid: HeadGrid::encoder(3, 4).unwrap(),
        taken: None,
        kept: Vec::new(),
    };
    for point in (COMB.points)(&experiment) {
        let job = Job {
            experiment: &experiment,
            method: &COMB,
            point: &point,
            seed: 1,
            key: &RunKey::of("comb"),
            folder: Path::new("runs/comb"),
            is_base: false,
            bases: vec![("dense", PathBuf::from("runs/dense"))],
            device: "none",
            threads: 1,
        };
        (COMB.run)(&job, &mut toy, &mut Silent).unwrap();
    }
    assert_eq!(toy.kept, [1, 5, 9]);
    assert_eq!(toy.taken.as_deref(), Some(Path::new("runs/dense")));
}
