//! What each method does with a run: a new method is one function and one line of the table.

use baselines::random_subset;
use dsp_gate::{SubsetGate, TemperatureSchedule};
use heads::{HeadMask, SeededUniform, derive_seed, margin};
use sweep::store::Measured;
use sweep::{ExecuteError, Progress};
use train::{GateTraining, LearningRate};

use super::classification::{Classification, course};
use super::failed;

/// Trains and evaluates one run.
pub(super) type TrainingOf = fn(&Classification<'_>, &mut dyn Progress) -> Result<Measured, ExecuteError>;

const TRAININGS: &[(&str, TrainingOf)] = &[("dense", dense), ("dsp-joint", dsp_joint), ("random", random)];

/// The function of a method.
pub(super) fn training_of(method: &str) -> Option<TrainingOf> {
    TRAININGS
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, training)| *training)
}

/// The model with all its heads.
fn dense(task: &Classification<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let trained = task.train(task.fresh_model()?, None, progress)?;
    task.save_model(&trained.model)?;
    let all = HeadMask::all(task.heads());
    let mut measured = task.measure(&trained.model, &[(String::new(), all)], progress)?;
    measured.train_updates = task.updates();
    Ok(measured)
}

/// Weights and importances trained together (section 3 of the paper).
fn dsp_joint(task: &Classification<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let (section, updates) = (&task.job.experiment.dsp, task.updates() as u64);
    let k = task.k()?;
    let cooldown = match (section.cooldown, section.cooldown_updates) {
        (Some(share), _) => (share * updates as f64).round() as u64,
        (None, Some(count)) => count as u64,
        (None, None) => return Err(failed("dsp.cooldown is missing")),
    };
    let schedule = TemperatureSchedule::new(section.tau_start, section.tau_end, cooldown).map_err(failed)?;
    let mut start = SeededUniform::at_update(derive_seed(task.job.run.seed, "importances"), 0);
    let model = task.fresh_model()?;
    let gate = SubsetGate::xavier(model.grid(), k, schedule, &mut start).map_err(failed)?;
    let rate = LearningRate {
        peak: section.learning_rate,
        course: course(section.schedule),
        warmup: 0,
        total: updates,
    };
    let gate = GateTraining::new(Box::new(gate), task.adam(), rate);
    let trained = task.train(model, Some(gate), progress)?;
    let importances = &trained.importances;
    let mask = HeadMask::top_k(importances, k).map_err(failed)?;
    task.save_model(&trained.model)?;
    let mut measured = task.measure(&trained.model, &[(String::new(), mask)], progress)?;
    measured.train_updates = task.updates();
    measured.margin = margin(importances, k);
    if updates < cooldown {
        measured.warnings.push(format!(
            "the temperature never reached its end: {updates} updates, a cooldown of {cooldown}"
        ));
    }
    if let Some(small) = measured.margin.filter(|margin| *margin < SMALL_MARGIN) {
        measured.warnings.push(format!(
            "the importances of the last head kept and the first one dropped differ by {small:.2} only: noise of unit \
             scale kept training other subsets than the one tested"
        ));
    }
    if trained.overflows > 0 {
        measured.warnings.push(format!(
            "the derivative of the gates left the range of float64 in {} updates, which left the importances to their \
             momentum",
            trained.overflows
        ));
    }
    Ok(measured)
}

/// Warned of below this. The noise has unit scale: a margin of a few tenths leaves the order of the two heads to it.
const SMALL_MARGIN: f64 = 1.0;

/// The dense model under random subsets of its heads.
fn random(task: &Classification<'_>, progress: &mut dyn Progress) -> Result<Measured, ExecuteError> {
    let model = task.base_model()?;
    let k = task.k()?;
    let seed = derive_seed(task.job.run.seed, "random subsets");
    let masks = (0..task.job.experiment.random.draws)
        .map(|draw| {
            let mut noise = SeededUniform::at_update(derive_seed(seed, &format!("K = {k}")), draw as u64);
            let mask = random_subset(task.heads(), k, &mut noise).map_err(failed)?;
            Ok((format!("draw-{}", draw + 1), mask))
        })
        .collect::<Result<Vec<_>, ExecuteError>>()?;
    task.measure(&model, &masks, progress)
}
