//! `[finetune]`: the weights of the dense model trained further under a mask that a method has chosen, so that a comparison with
//! joint methods is one of choices and not of what the weights adapt to.

use experiment::{Experiment, Finding, Part, Point, ScheduleName, Section, SectionType, TaskName, json};
use heads::HeadMask;
use records::{MASK_FILE, Measured, read_mask};
use serde::{Deserialize, Serialize};

use crate::dense::DENSE;
use crate::error::ExecuteError;
use crate::method::{Job, Method};
use crate::pipelined::check_length;
use crate::progress::Progress;
use crate::task::{Rate, Task};
use crate::{dsp, fisher, fixed, michel, random, scores};

/// How the weights are trained further under a mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FinetuneSection {
    /// Passes over the training set; 1 if neither this nor `updates` is set, no limit if only `updates` is.
    pub epochs: Option<f64>,
    /// Updates; with `epochs` whichever ends first. `train.updates` caps these trainings too.
    pub updates: Option<usize>,
    /// Learning rate of the weights at the first update.
    pub learning_rate: f64,
    /// Course of that rate (no warm-up).
    pub schedule: ScheduleName,
}

impl Default for FinetuneSection {
    fn default() -> Self {
        Self {
            epochs: Some(1.0),
            updates: None,
            learning_rate: 2e-5,
            schedule: ScheduleName::Linear,
        }
    }
}

impl Section for FinetuneSection {
    const NAME: &'static str = "finetune";

    fn preset(task: TaskName) -> &'static str {
        match task {
            TaskName::Classification => "",
            TaskName::Translation => "learning_rate = 5e-4\n",
        }
    }

    fn completed(self, is_written: &dyn Fn(&str) -> bool) -> Self {
        match is_written("updates") && !is_written("epochs") {
            true => Self { epochs: None, ..self },
            false => self,
        }
    }
}

const PART: Part = Part {
    name: FinetuneSection::NAME,
    value: |experiment| json(&experiment.section::<FinetuneSection>()),
};

const SECTIONS: &[SectionType] = &[SectionType::of::<FinetuneSection>()];
const DECISIVE: &[Part] = &[PART, Part::SELECT];

/// Under the mask that the run of `base` with as many heads has chosen.
const fn after(name: &'static str, base: &'static Method, points: fn(&Experiment) -> Vec<Point>) -> Method {
    Method {
        name,
        sections: SECTIONS,
        decisive: DECISIVE,
        starts_from: Some(base),
        same_heads: true,
        points,
        check,
        measures: true,
        run: after_choice,
    }
}

/// Michel et al.
pub(crate) static MICHEL: Method = after("michel-finetuned", &michel::MICHEL, |experiment| {
    Point::heads_of_variants(experiment, "michel-finetuned", michel::variants(experiment))
});

/// Fisher.
pub(crate) static FISHER: Method = after("fisher-finetuned", &fisher::FISHER, |experiment| {
    Point::heads_of_variants(experiment, "fisher-finetuned", fisher::variants(experiment))
});

/// Scores or masks of somebody else's method.
pub(crate) static SCORES: Method = after("scores-finetuned", &scores::SCORES, |experiment| {
    Point::heads(experiment, "scores-finetuned")
});

/// Differentiable subset pruning on the frozen model.
pub(crate) static DSP: Method = after("dsp-finetuned", &dsp::PIPELINED, |experiment| {
    Point::heads(experiment, "dsp-finetuned")
});

/// Under the first random subset of the seed.
pub(crate) static RANDOM: Method = Method {
    name: "random-finetuned",
    sections: SECTIONS,
    decisive: DECISIVE,
    starts_from: Some(&DENSE),
    same_heads: false,
    points: |experiment| Point::heads(experiment, "random-finetuned"),
    check,
    measures: true,
    run: |job, task, progress| {
        let mask = random::subset(job, task, 0)?;
        further(job, task, progress, mask)
    },
};

fn after_choice(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let (_, folder) = job
        .bases
        .first()
        .ok_or_else(|| ExecuteError::new("the run starts from no run that has chosen heads"))?;
    let rows = read_mask(&folder.join(MASK_FILE))?;
    let flags: Vec<bool> = rows.concat().iter().map(|&flag| flag != 0).collect();
    if flags.len() != task.grid().total() {
        return Err(ExecuteError::new(format!(
            "the mask in {} is of {} heads, the model has {}",
            folder.display(),
            flags.len(),
            task.grid().total()
        )));
    }
    further(job, task, progress, HeadMask::from_flags(flags))
}

fn further(
    job: &Job<'_>,
    task: &mut dyn Task,
    progress: &mut dyn Progress,
    mask: HeadMask,
) -> Result<Measured, ExecuteError> {
    let section: FinetuneSection = job.experiment.section();
    let cap = job.experiment.train.updates;
    let updates = task.updates(section.epochs, section.updates.into_iter().chain(cap).min());
    task.take_saved(job.base(DENSE.name)?)?;
    let rate = Rate::at_once(section.learning_rate, section.schedule);
    fixed::train(job, task, progress, mask, (updates, rate))
}

fn check(experiment: &Experiment) -> Result<(), Finding> {
    let section: FinetuneSection = experiment.section();
    Finding::positive("finetune.learning_rate", section.learning_rate)?;
    if section.schedule == ScheduleName::AsWeights {
        return Err(Finding::new(
            "finetune.schedule",
            "is that of the weights; there is no other to follow",
        )
        .hint("write \"linear\", \"constant\" or \"inverse-sqrt\""));
    }
    check_length(FinetuneSection::NAME, section.epochs, section.updates)
}
