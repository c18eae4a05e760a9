//! What this build computes with, for provenance.csv.

use sweep::Setup;

/// On a device of this name.
pub(super) fn setup(device: &str) -> Setup {
    // A device that is gone by now has done the run all the same.
    let device = models::resolve_device(device).unwrap_or(device);
    let (package, version) = match device {
        "libtorch" | "libtorch-cuda" => ("burn-tch", env!("HEADCOUNT_BURN_TCH_VERSION")),
        "vulkan" => ("burn-wgpu", env!("HEADCOUNT_BURN_WGPU_VERSION")),
        "cuda" => ("burn-cuda", env!("HEADCOUNT_BURN_CUDA_VERSION")),
        _ => ("burn-flex", env!("HEADCOUNT_BURN_FLEX_VERSION")),
    };
    Setup {
        device: device.to_owned(),
        backend: format!("{package} {version}"),
        burn_version: env!("HEADCOUNT_BURN_VERSION").to_owned(),
        git_revision: env!("HEADCOUNT_GIT_REVISION").to_owned(),
        git_dirty: env!("HEADCOUNT_GIT_DIRTY").parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../../Cargo.lock");
        for device in ["flex", "libtorch", "vulkan", "cuda"] {
            let Setup {
                backend,
                burn_version,
                ..
            } = setup(device);
            let (package, version) = backend.split_once(' ').unwrap();
            for (package, version) in [(package, version), ("burn", &burn_version)] {
                let entry = format!("name = \"{package}\"\nversion = \"{version}\"\n");
                assert!(lock.contains(&entry), "{device}: {entry}");
            }
        }
    }
}
