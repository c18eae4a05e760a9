//! Recordings of the relaxed top-K and its pull-back.

use dsp_gate::SoftTopK;
use serde::Deserialize;

use crate::Verdict;
use crate::pull_back::PullBack;
use crate::tally::Tally;

#[derive(Deserialize)]
pub(super) struct Case {
    id: String,
    n: usize,
    k: usize,
    tau: f64,
    w: Vec<f64>,
    u: Vec<f64>,
    gumbel: Vec<f64>,
    mask: Vec<f64>,
    mask_sum: f64,
    c: Vec<f64>,
    /// Not finite entries are null.
    dw: Vec<Option<f64>>,
    dw_all_finite: bool,
    mask_comparable: bool,
    /// Null where the recursion amplifies rounding too much to compare.
    mask_atol: Option<f64>,
    dw_comparable: bool,
    dw_atol: Option<f64>,
}

pub(super) fn check(cases: &[Case]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let id = &case.id;
        for (got, want) in SoftTopK::noise(&case.u).into_iter().zip(&case.gumbel) {
            tally.number(&format!("{id} gumbel"), got, *want, 1e-14 * want.abs().max(1.0));
        }
        let mut choice = SoftTopK::new(case.n, case.k);
        let gates = choice.forward(&case.w, &case.u, case.tau).to_vec();
        if let Some(tolerance) = case.mask_atol.filter(|_| case.mask_comparable) {
            tally.close(&format!("{id} mask"), &gates, &case.mask, tolerance);
        }
        let sum_tolerance = 1e-12 * case.k as f64;
        tally.number(
            &format!("{id} mask_sum"),
            gates.iter().sum(),
            case.mask_sum,
            sum_tolerance,
        );

        let mut gradient = vec![0.0; case.n];
        choice.pull_back(&case.c, &mut gradient);
        let finite = gradient.iter().all(|g| g.is_finite());
        if case.dw_all_finite {
            tally.equal(&format!("{id} dw is finite"), &finite, &true);
        } else {
            // The recorded gradient overflowed; ours must be recognisable as unusable.
            tally.equal(&format!("{id} dw overflow is seen"), &finite, &false);
        }
        if let Some(tolerance) = case.dw_atol.filter(|_| case.dw_comparable && case.dw_all_finite) {
            let want: Vec<f64> = case.dw.iter().map(|g| g.unwrap_or(f64::NAN)).collect();
            let recorded = PullBack {
                importances: case.w.clone(),
                draws: case.u.clone(),
                k: case.k,
                tau: case.tau,
                gate_gradient: case.c.clone(),
                gradient: want,
            };
            let tolerance = tolerance.max(recorded.rounding());
            tally.close(&format!("{id} dw"), &gradient, &recorded.gradient, tolerance);
        }
    }
    tally.verdict()
}
