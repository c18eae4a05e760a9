//! Which accelerators a machine has, by the names that the CUDA driver takes.

use std::process::{Command, Stdio};

use crate::resolve_device;

/// Limits a process to some of the machine's CUDA devices.
pub const ACCELERATOR_VARIABLE: &str = "CUDA_VISIBLE_DEVICES";

/// Accelerators that runs on `device` can be shared out among: values of [`ACCELERATOR_VARIABLE`], each for one device.
/// Empty where the device is no CUDA device or the driver's `nvidia-smi` does not list any.
pub fn accelerators(device: &str) -> Vec<String> {
    if !resolve_device(device).is_ok_and(|backend| backend.is_cuda) {
        return Vec::new();
    }
    match std::env::var(ACCELERATOR_VARIABLE) {
        Ok(visible) => named(&visible),
        Err(_) => listed(&driver_list()),
    }
}

/// What the user has already limited this process to.
fn named(visible: &str) -> Vec<String> {
    let names = visible.split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn driver_list() -> String {
    let output = Command::new("nvidia-smi")
        .arg("-L")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
    })
}

/// `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-…)`, a line each.
fn listed(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with("GPU "));
    lines.enumerate().map(|(index, _)| index.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_lists() {
        assert_eq!(named("2, 3"), ["2", "3"]);
        assert!(named("").is_empty());
        let text = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)\n  MIG 1g.10gb Device 0: (UUID: MIG-1)\nGPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-2)\n";
        assert_eq!(listed(text), ["0", "1"]);
        assert!(listed("No devices found.\n").is_empty());
    }

    #[test]
    fn a_processor_is_no_accelerator() {
        assert!(accelerators("flex").is_empty());
    }
}
