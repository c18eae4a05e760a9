//! `headcount devices`: what this build can train on, on this machine.

use sweep::Executor;

use crate::executor::executor;
use crate::problem::Result;
use crate::terminal::{ALL_DONE, print};

pub(crate) fn devices() -> Result<u8> {
    let devices = executor().devices();
    let width = devices.iter().map(|device| device.name.len()).max().unwrap_or(0);
    let lines: Vec<String> = devices
        .iter()
        .map(|device| match &device.missing {
            None => format!("{:width$}  usable", device.name),
            Some(reason) => format!(
                "{:width$}  not usable: {reason} (feature `{}`)",
                device.name, device.feature
            ),
        })
        .collect();
    print(&lines.join("\n"))?;
    Ok(ALL_DONE)
}
