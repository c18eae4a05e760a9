//! Recordings of the gates: soft top-K, temperature, final mask.

use std::path::Path;

use dsp_gate::{SoftTopK, TemperatureSchedule};
use heads::HeadMask;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::tally::Tally;
use crate::{Verdict, VerifyError};

#[derive(Deserialize)]
struct Recording<T> {
    cases: Vec<T>,
}

pub(crate) fn check(name: &str, text: &str, path: &Path) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let verdict = match name {
        "soft_topk" => soft_topk(&parse(text, path)?),
        "temperature" => temperature(&parse(text, path)?),
        "topk_mask" => topk_mask(&parse(text, path)?),
        _ => Verdict::NotYetSupported,
    };
    Ok(vec![(name.to_owned(), verdict)])
}

fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<Vec<T>, VerifyError> {
    serde_json::from_str::<Recording<T>>(text)
        .map(|recording| recording.cases)
        .map_err(|error| VerifyError::malformed(path, error))
}

#[derive(Deserialize)]
struct SoftTopKCase {
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

fn soft_topk(cases: &[SoftTopKCase]) -> Verdict {
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
            tally.close(&format!("{id} dw"), &gradient, &want, tolerance);
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
struct TemperatureCase {
    id: String,
    annealing: bool,
    tau_initial: f64,
    tau_final: f64,
    cooldown: u64,
    n: u64,
    /// Null where the reference divides by zero; the end temperature is expected there.
    tau: Option<f64>,
}

fn temperature(cases: &[TemperatureCase]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let schedule = if case.annealing {
            TemperatureSchedule::new(case.tau_initial, case.tau_final, case.cooldown)
        } else {
            TemperatureSchedule::constant(case.tau_final)
        };
        let want = case.tau.unwrap_or(case.tau_final);
        match schedule {
            Ok(schedule) => tally.number(&case.id, schedule.at(case.n), want, 1e-13 * want),
            Err(error) => tally.differs(format!("{}: {error}", case.id)),
        }
    }
    tally.verdict()
}

#[derive(Deserialize)]
struct MaskCase {
    id: String,
    w: Vec<f64>,
    /// Null: entries above 0.5.
    k: Option<usize>,
    expected_fixed: Vec<u8>,
}

fn topk_mask(cases: &[MaskCase]) -> Verdict {
    let mut tally = Tally::default();
    for case in cases {
        tally.case();
        let mask = match case.k {
            Some(k) => HeadMask::top_k(&case.w, k),
            None => Ok(HeadMask::above(&case.w, 0.5)),
        };
        match mask {
            Ok(mask) => {
                let got: Vec<u8> = mask.flags().iter().map(|&kept| u8::from(kept)).collect();
                tally.equal(&case.id, &got, &case.expected_fixed);
            }
            Err(error) => tally.differs(format!("{}: {error}", case.id)),
        }
    }
    tally.verdict()
}
