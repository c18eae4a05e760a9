//! What a device name means, and what a build can open: the one table of the tensor backends.

use burn::tensor::Device;
#[cfg(any(feature = "libtorch", feature = "vulkan", feature = "cuda"))]
use burn::tensor::Tensor;
use files::Hint;

/// What is known of a device.
#[derive(Debug, Clone, Copy)]
pub struct Backend {
    /// Name for `--device`.
    pub name: &'static str,
    /// Cargo feature that brings it.
    pub feature: &'static str,
    /// Package that computes on it, whose version is recorded.
    pub package: &'static str,
    /// Whether a run gives the same bytes for any number of threads.
    pub is_same_for_all_threads: bool,
    /// Whether runs on it are shared out among the CUDA devices of a machine.
    pub is_cuda: bool,
    open: fn() -> Result<Device, DeviceError>,
}

/// The name that stands for the best device that is there.
pub const AUTO: &str = "auto";

/// Every device, in the order in which they are listed. What else has to be known of a device belongs here.
pub static BACKENDS: [Backend; 5] = [
    Backend {
        name: "flex",
        feature: "flex",
        package: "burn-flex",
        is_same_for_all_threads: true,
        is_cuda: false,
        open: open::flex,
    },
    Backend {
        name: "libtorch",
        feature: "libtorch",
        package: "burn-tch",
        is_same_for_all_threads: false,
        is_cuda: false,
        open: open::libtorch,
    },
    Backend {
        name: "libtorch-cuda",
        feature: "libtorch",
        package: "burn-tch",
        is_same_for_all_threads: false,
        is_cuda: true,
        open: open::libtorch_cuda,
    },
    Backend {
        name: "vulkan",
        feature: "vulkan",
        package: "burn-wgpu",
        is_same_for_all_threads: false,
        is_cuda: false,
        open: open::vulkan,
    },
    Backend {
        name: "cuda",
        feature: "cuda",
        package: "burn-cuda",
        is_same_for_all_threads: false,
        is_cuda: true,
        open: open::cuda,
    },
];

/// The order in which [`AUTO`] looks for a device.
const BEST_FIRST: [&str; 5] = ["cuda", "libtorch-cuda", "vulkan", "flex", "libtorch"];

/// Why a device could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No such name.
    #[error("unknown device `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The build lacks the feature.
    #[error("this build has no device `{name}`: it was compiled without the feature `{feature}`")]
    NotCompiled {
        /// What was asked for.
        name: &'static str,
        /// The cargo feature to build with.
        feature: &'static str,
    },
    /// The feature is there, the hardware or its driver is not.
    #[error("device `{name}` is not present: {reason}")]
    NotPresent {
        /// What was asked for.
        name: &'static str,
        /// What the backend says.
        reason: String,
    },
}

impl Hint for DeviceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { .. } => {
                let names: Vec<_> = BACKENDS.iter().map(|backend| backend.name).collect();
                format!("the devices are {AUTO}, {}", names.join(", "))
            }
            Self::NotCompiled { feature, .. } => {
                format!("build with `cargo build --release --features {feature}`, or use `--device flex`")
            }
            Self::NotPresent { .. } => "check the driver, or use `--device flex`".to_owned(),
        })
    }
}

/// A line of `headcount devices`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Name for `--device`.
    pub name: &'static str,
    /// Cargo feature that brings it.
    pub feature: &'static str,
    /// Whether it can be opened, or why not.
    pub state: Result<(), DeviceError>,
}

/// All device names and whether this build on this machine can open them.
pub fn devices() -> Vec<DeviceStatus> {
    let status = |name, feature| DeviceStatus {
        name,
        feature,
        state: open_device(name).map(|_| ()),
    };
    let auto = status(AUTO, BACKENDS[0].feature);
    let others = BACKENDS
        .iter()
        .map(|backend| status(backend.name, backend.feature));
    std::iter::once(auto).chain(others).collect()
}

/// What is known of a device; of [`AUTO`] once it is decided: the first of cuda, libtorch-cuda, vulkan, flex, libtorch that
/// is there.
///
/// # Errors
/// There is no such name, or nothing is there.
pub fn resolve_device(name: &str) -> Result<&'static Backend, DeviceError> {
    if name != AUTO {
        return backend(name).ok_or_else(|| DeviceError::Unknown {
            name: name.to_owned(),
        });
    }
    let mut last = not_compiled(AUTO, BACKENDS[0].feature);
    for candidate in BEST_FIRST.into_iter().filter_map(backend) {
        match (candidate.open)() {
            Ok(_) => return Ok(candidate),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn backend(name: &str) -> Option<&'static Backend> {
    BACKENDS.iter().find(|backend| backend.name == name)
}

fn not_compiled(name: &'static str, feature: &'static str) -> DeviceError {
    DeviceError::NotCompiled { name, feature }
}

/// Opens a device by name. See [`resolve_device`] for [`AUTO`].
///
/// # Errors
/// There is no such name, this build has no such device, or it is not present.
pub fn open_device(name: &str) -> Result<Device, DeviceError> {
    resolve_device(name).and_then(|backend| (backend.open)())
}

/// One function a device: what this build does not have is an error that says so.
#[cfg_attr(
    feature = "libtorch",
    expect(deprecated, reason = "burn is pinned to the last line that has this backend")
)]
mod open {
    use super::{Device, DeviceError};

    type Opened = Result<Device, DeviceError>;

    pub(super) fn flex() -> Opened {
        #[cfg(feature = "flex")]
        return Ok(Device::flex());
        #[cfg(not(feature = "flex"))]
        Err(super::not_compiled("flex", "flex"))
    }

    pub(super) fn libtorch() -> Opened {
        #[cfg(feature = "libtorch")]
        return Ok(Device::libtorch());
        #[cfg(not(feature = "libtorch"))]
        Err(super::not_compiled("libtorch", "libtorch"))
    }

    pub(super) fn libtorch_cuda() -> Opened {
        #[cfg(feature = "libtorch")]
        return super::probe("libtorch-cuda", || Device::libtorch_cuda(0));
        #[cfg(not(feature = "libtorch"))]
        Err(super::not_compiled("libtorch-cuda", "libtorch"))
    }

    pub(super) fn vulkan() -> Opened {
        #[cfg(feature = "vulkan")]
        return super::probe("vulkan", || Device::vulkan(Default::default()));
        #[cfg(not(feature = "vulkan"))]
        Err(super::not_compiled("vulkan", "vulkan"))
    }

    pub(super) fn cuda() -> Opened {
        #[cfg(feature = "cuda")]
        return super::probe("cuda", || Device::cuda(0));
        #[cfg(not(feature = "cuda"))]
        Err(super::not_compiled("cuda", "cuda"))
    }
}

/// GPU backends report a missing driver by panicking at the first operation; turn that into an error.
#[cfg(any(feature = "libtorch", feature = "vulkan", feature = "cuda"))]
fn probe(
    name: &'static str,
    open: impl FnOnce() -> Device + std::panic::UnwindSafe,
) -> Result<Device, DeviceError> {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let opened = std::panic::catch_unwind(|| {
        let device = open();
        let sum = Tensor::<1>::ones([2], &device).sum().into_data();
        (device, sum.num_elements() == 1)
    });
    std::panic::set_hook(quiet);
    match opened {
        Ok((device, true)) => Ok(device),
        Ok((_, false)) => Err(DeviceError::NotPresent {
            name,
            reason: "a trial sum came back empty".into(),
        }),
        Err(payload) => {
            let reason = payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_else(|| "no driver or no hardware".to_owned());
            let reason = in_words(&reason);
            Err(DeviceError::NotPresent { name, reason })
        }
    }
}

/// What a driver said, without the panic around it and, as libtorch prints it after an escaped line end, its stack.
#[cfg(any(feature = "libtorch", feature = "vulkan", feature = "cuda", test))]
fn in_words(panic: &str) -> String {
    let first = panic.split(['\n', '\\']).next().unwrap_or_default();
    let said = first.split("on an `Err` value: ").last().unwrap_or(first);
    said.trim_start_matches("Torch(").trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_driver_is_told_without_the_panic_around_it() {
        let panic =
            "called `Result::unwrap()` on an `Err` value: Torch(\"Found no NVIDIA driver.\\nException raised";
        assert_eq!(in_words(panic), "Found no NVIDIA driver.");
        assert_eq!(in_words("no adapter\nstack"), "no adapter");
    }

    #[test]
    fn a_name_that_nobody_knows_lists_those_there_are() {
        let error = open_device("abacus").unwrap_err();
        assert_eq!(error.to_string(), "unknown device `abacus`");
        assert!(error.hint().is_some_and(|hint| hint.contains("flex")));
    }

    #[test]
    fn auto_means_a_device_that_is_there() {
        let name = resolve_device(AUTO).unwrap().name;
        assert_eq!(resolve_device(name).unwrap().name, name);
        assert_ne!(name, AUTO);
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_compiled_names_its_feature() {
        let error = open_device("cuda").unwrap_err();
        assert!(error.to_string().contains("feature `cuda`"), "{error}");
    }
}
