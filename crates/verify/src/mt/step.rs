//! Importances stepped along recorded gradients.

use train::HostAdam;

use super::compare::STEP_ALONE;
use super::run::Run;
use crate::VerifyError;
use crate::tally::Tally;

/// Steps w along the recorded gradients, from the recorded w each time.
pub(super) fn step_alone(tally: &mut Tally, run: &Run<'_>) -> Result<(), VerifyError> {
    let (values, gradients) = (run.of_updates("w")?, run.of_updates("w_grad")?);
    let n = run.heads();
    let mut adam = HostAdam::new(run.file.adam.config(), n);
    let wanted = values.chunks(n).skip(1);
    for (update, ((before, gradient), want)) in
        values.chunks(n).zip(gradients.chunks(n)).zip(wanted).enumerate()
    {
        let mut stepped = before.to_vec();
        adam.step(&mut stepped, gradient, 1.0, run.file.w_lr, update as u64 + 1);
        tally.close(&format!("update {update} step alone"), &stepped, want, STEP_ALONE);
    }
    Ok(())
}
