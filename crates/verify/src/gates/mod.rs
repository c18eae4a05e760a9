//! Recordings of the gates, each kind with its own check.

use std::path::Path;

use heads::HeadMask;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Verdict, VerifyError};

mod hard_concrete;
mod michel;
mod soft_topk;
mod ste;
mod temperature;
mod topk_mask;

#[derive(Deserialize)]
struct Recording<T> {
    cases: Vec<T>,
}

pub(crate) fn check(name: &str, text: &str, path: &Path) -> Result<Vec<(String, Verdict)>, VerifyError> {
    let verdict = match name {
        "soft_topk" => soft_topk::check(&parse(text, path)?),
        "temperature" => temperature::check(&parse(text, path)?),
        "topk_mask" => topk_mask::check(&parse(text, path)?),
        "ste" => ste::check(&parse(text, path)?),
        "hard_concrete" => hard_concrete::check(&parse(text, path)?),
        "michel" => michel::check(&parse(text, path)?),
        _ => Verdict::NotYetSupported,
    };
    Ok(vec![(name.to_owned(), verdict)])
}

fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<Vec<T>, VerifyError> {
    serde_json::from_str::<Recording<T>>(text)
        .map(|recording| recording.cases)
        .map_err(|error| VerifyError::malformed(path, error))
}

/// A mask as it is recorded.
fn bits(mask: &HeadMask) -> Vec<u8> {
    mask.flags().iter().map(|&kept| u8::from(kept)).collect()
}
