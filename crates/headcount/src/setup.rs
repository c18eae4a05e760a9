//! What this build computes with, for provenance.csv.

use records::Setup;

/// Versions of burn's packages in the lock file, as `burn=0.22.1,burn-flex=0.22.1`.
const VERSIONS: &str = env!("HEADCOUNT_BURN_VERSIONS");

/// On a device of this name.
pub(crate) fn setup(device: &str) -> Setup {
    // A device that is gone by now has done the run all the same.
    let backend = models::BACKENDS.iter().find(|backend| backend.name == device);
    let backend = models::resolve_device(device).ok().or(backend);
    let package = backend.map_or("", |backend| backend.package);
    Setup {
        device: backend.map_or(device, |backend| backend.name).to_owned(),
        backend: format!("{package} {}", version(package)),
        burn_version: version("burn").to_owned(),
        git_revision: env!("HEADCOUNT_GIT_REVISION").to_owned(),
        git_dirty: env!("HEADCOUNT_GIT_DIRTY").parse().ok(),
    }
}

fn version(package: &str) -> &'static str {
    let mut versions = VERSIONS.split(',').filter_map(|entry| entry.split_once('='));
    versions
        .find(|(name, _)| *name == package)
        .map_or("", |(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        for device in models::BACKENDS.map(|backend| backend.name) {
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
