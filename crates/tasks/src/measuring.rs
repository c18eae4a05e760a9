//! What a model is worth on every split under given gates, with its answers kept.

use heads::{HeadGrid, HeadMask};
use methods::{Answers, Candidate, ExecuteError, Gates, Method, Progress, ProgressReport, the_choice};
use models::{Parameters, Removal, parameter_count};
use records::{MASK_FILE, Measured, Module, REMOVED_FOLDER, Row, write_mask};
use train::Trainable;

use super::context::Context;
use super::learning::{Learning, Score};

/// Evaluates the model taken and stores what it answered.
pub(crate) fn measure<L: Learning>(
    context: &Context<'_, L>,
    model: &L::Model,
    selected: bool,
    candidates: &[Candidate],
    progress: &mut dyn Progress,
) -> Result<Measured, ExecuteError> {
    let learning = &context.learning;
    let grid = learning.grid();
    let plain = model.plain();
    let params_before = parameter_count(&plain) as u64;
    let splits = learning.splits();
    let total = (candidates.len() * splits.len()) as u64;
    let (mut done, mut rows) = (0, Vec::new());
    for split in &splits {
        let mut stored = learning.answers_file(context.job.folder, split)?;
        let macs_before = learning.multiply_adds(split, grid)?;
        for candidate in candidates {
            progress.report(&ProgressReport {
                phase: format!("evaluates on {split}"),
                done,
                total,
                ..ProgressReport::default()
            });
            done += 1;
            let kept = Kept::of(candidate);
            let removal = Removal::of_mask(grid, &kept.mask).map_err(ExecuteError::new)?;
            let smaller = plain.removed(&removal);
            // A mask is measured on the model without the other heads; soft gates close none.
            let answers = match kept.gates.as_deref() {
                Some(gates) => learning.answer(&plain, split, Some(gates))?,
                None => learning.answer(&smaller, split, None)?,
            };
            let scores = learning.scores(split, &answers)?;
            let params_after = parameter_count(&smaller) as u64;
            let macs_after = learning.multiply_adds(split, removal.grid())?;
            rows.extend(scores.measures.into_iter().map(|score| {
                let (metric, signature) = kept.names(&score);
                Row {
                    variant: candidate.variant.clone(),
                    k_target: candidate.k_target.unwrap_or(kept.mask.kept()),
                    k_actual: kept.mask.kept(),
                    split: split.clone(),
                    metric,
                    value: score.value,
                    n_examples: scores.examples,
                    signature,
                    params_after,
                    macs_before: Some(macs_before),
                    macs_after: Some(macs_after),
                }
            }));
            if matches!(candidate.gates, Gates::Hard(_)) && candidate.answers == Answers::Stored {
                learning.store_answers(&mut stored, split, &candidate.variant, &answers)?;
            }
        }
        stored.finish()?;
    }
    let chosen = the_choice(candidates);
    if let Some(mask) = chosen {
        store_removed(context, &plain, mask)?;
    }
    let mask = chosen.map(|mask| in_rows(mask, grid));
    if let Some(rows) = &mask {
        write_mask(&context.job.folder.join(MASK_FILE), rows)?;
    }
    Ok(Measured {
        n_heads: grid.total(),
        params_before,
        train_updates: 0,
        rows,
        modules: if mask.is_some() { modules(grid) } else { Vec::new() },
        mask,
        margin: None,
        scores: None,
        cost_examples: None,
        warnings: selection_warning(context, selected, &splits)
            .into_iter()
            .collect(),
    })
}

/// Stores the model without the heads that were not kept, unless all were or nobody wants it.
fn store_removed<L: Learning>(
    context: &Context<'_, L>,
    plain: &L::Model,
    mask: &HeadMask,
) -> Result<(), ExecuteError> {
    let (job, learning) = (context.job, &context.learning);
    if !job.experiment.store.removed || mask.kept() == mask.total() {
        return Ok(());
    }
    let removal = Removal::of_mask(learning.grid(), mask).map_err(ExecuteError::new)?;
    let folder = job.folder.join(REMOVED_FOLDER);
    learning.save_removed(&folder, &plain.removed(&removal), mask)
}

/// Said where results are reported on the split by which the model or its heads were chosen.
fn selection_warning<L: Learning>(
    context: &Context<'_, L>,
    selected: bool,
    splits: &[String],
) -> Option<String> {
    let job = context.job;
    let warning = |chosen: &str, split: &str| {
        let reported = splits.iter().any(|name| name == split);
        reported.then(|| format!("{chosen} as the best on {split}: what it reaches there is flattered"))
    };
    let of_model = selected.then(|| warning("the model was chosen", &job.experiment.select.split));
    let mut methods = std::iter::once(job.method).chain(job.method.bases());
    let looks = methods.any(Method::looks_at_tuning_split);
    let of_heads = || looks.then(|| warning("the heads were chosen", job.experiment.tuning_split()));
    of_model.flatten().or_else(|| of_heads().flatten())
}

/// A candidate as the model takes it and as a row tells it.
struct Kept<'a> {
    /// The heads that stay, of soft gates those above 1/2.
    mask: HeadMask,
    /// Soft gates; under a mask the other heads are not there.
    gates: Option<Vec<f64>>,
    /// How soft gates were computed.
    soft: Option<&'a str>,
}

impl<'a> Kept<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        match &candidate.gates {
            Gates::Hard(mask) => Self {
                mask: mask.clone(),
                gates: None,
                soft: None,
            },
            Gates::Soft { values, signature } => Self {
                mask: HeadMask::above(values, 0.5),
                gates: Some(values.clone()),
                soft: Some(signature),
            },
        }
    }

    /// Name and signature of a measure under these gates.
    fn names(&self, score: &Score) -> (String, String) {
        match self.soft {
            None => (score.metric.to_owned(), score.signature.clone()),
            Some(gates) => {
                let parts = [score.signature.as_str(), gates];
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                (format!("{}_soft_gates", score.metric), parts.join("; "))
            }
        }
    }
}

fn modules(grid: &HeadGrid) -> Vec<Module> {
    let module = |row: &heads::HeadRow| Module {
        kind: row.kind.to_string(),
        layer: row.layer,
    };
    grid.rows().iter().map(module).collect()
}

fn in_rows(mask: &HeadMask, grid: &HeadGrid) -> Vec<Vec<u8>> {
    let row = |flags: &[bool]| flags.iter().map(|&kept| u8::from(kept)).collect();
    grid.cut(mask.flags()).map(row).collect()
}
