//! The end of a recorded training: importances, masks, evaluation gates and weights.

use baselines::{EvaluationGate, HardConcrete, open_heads};
use heads::{HeadMask, margin};
use models::Precision;
use models::translation::TranslationModel;
use train::Trainer;

use super::compare::{RunTolerances, is_key_bias};
use super::recording::stored;
use super::run::Run;
use crate::VerifyError;
use crate::numbers::flat;
use crate::tally::Tally;
use crate::tensors::Tensors;

pub(super) fn check(
    tally: &mut Tally,
    run: &Run<'_>,
    trainer: &Trainer<TranslationModel>,
    tolerances: &RunTolerances,
) -> Result<(), VerifyError> {
    if let (Some(name), Some(gate)) = (run.method.parameters(), trainer.gate()) {
        let parameters = gate.importances();
        let recorded = run.of_updates(name)?;
        let last = recorded.chunks(run.heads()).next_back().unwrap_or_default();
        tally.close(&format!("final {name}"), parameters, last, tolerances.importances);
        importances(tally, run, parameters, tolerances);
        log_alpha(tally, run, parameters, tolerances);
    }
    // Weights that were not trained have no file, and the files are in single precision.
    let stem = run.path.file_stem().unwrap_or_default().to_string_lossy();
    let path = run
        .path
        .with_file_name(format!("{stem}_final_weights.safetensors"));
    if run.precision == Precision::Single && path.is_file() {
        let tensors = Tensors::read(&path)?;
        for (name, got) in stored(trainer.model()) {
            if !is_key_bias(&name) {
                let want = tensors.floats(&name)?.values;
                tally.close(&format!("final {name}"), &got, &want, tolerances.weights);
            }
        }
    }
    Ok(())
}

/// The heads of largest w.
fn importances(tally: &mut Tally, run: &Run<'_>, parameters: &[f64], tolerances: &RunTolerances) {
    let (Some(mask), Some(k)) = (&run.file.end.final_hard_mask, run.file.settings.k) else {
        return;
    };
    let chosen = HeadMask::top_k(parameters, k).map(|mask| mask.gates());
    tally.equal("final_hard_mask", &chosen, &Ok(flat(mask)));
    let gap = run.file.end.final_threshold_gap;
    if let (Some(ours), Some(gap), Precision::Single) = (margin(parameters, k), gap, run.precision) {
        // The difference of two w.
        tally.number("final_threshold_gap", ours, gap, 2.0 * tolerances.importances);
    }
}

/// The gates without noise, and which of them are open.
fn log_alpha(tally: &mut Tally, run: &Run<'_>, parameters: &[f64], tolerances: &RunTolerances) {
    let (shape, end) = (HardConcrete::default(), &run.file.end);
    if let Some(mask) = &end.final_threshold_mask {
        let ours = open_heads(parameters, &shape).gates();
        tally.equal("final_threshold_mask", &ours, &flat(mask));
    }
    if run.precision != Precision::Single {
        return;
    }
    let of = |formula: &dyn Fn(f64) -> f64| -> Vec<f64> { parameters.iter().map(|&a| formula(a)).collect() };
    if let Some(gates) = &end.final_eval_gates {
        let ours = of(&|a| shape.evaluation_gate(a, EvaluationGate::WithoutTemperature));
        tally.close("final_eval_gates", &ours, &flat(gates), tolerances.importances);
    }
    if let Some(open) = &end.final_p_open {
        let ours = of(&|a| shape.open_probability(a));
        tally.close("final_p_open", &ours, &flat(open), tolerances.importances);
    }
}
