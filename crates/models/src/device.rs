//! What a device name means, and what a build can open: the only place that knows the tensor backends.

use burn::tensor::Device;
#[cfg(any(feature = "libtorch", feature = "vulkan", feature = "cuda"))]
use burn::tensor::Tensor;

/// Every device name of the command line, with the cargo feature that brings it.
pub const DEVICE_NAMES: [(&str, &str); 6] = [
    ("auto", "flex"),
    ("flex", "flex"),
    ("libtorch", "libtorch"),
    ("libtorch-cuda", "libtorch"),
    ("vulkan", "vulkan"),
    ("cuda", "cuda"),
];

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

impl DeviceError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { .. } => {
                let names: Vec<_> = DEVICE_NAMES.iter().map(|(name, _)| *name).collect();
                format!("the devices are {}", names.join(", "))
            }
            Self::NotCompiled { feature, .. } => {
                format!("build with `cargo build --release --features {feature}`, or use `--device flex`")
            }
            Self::NotPresent { .. } => "check the driver, or use `--device flex`".to_owned(),
        }
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
    DEVICE_NAMES
        .iter()
        .map(|&(name, feature)| DeviceStatus {
            name,
            feature,
            state: open_device(name).map(|_| ()),
        })
        .collect()
}

/// The name that a device has in [`DEVICE_NAMES`] once `auto` is decided: the first of cuda, libtorch-cuda, vulkan, flex,
/// libtorch that is there.
pub fn resolve_device(name: &str) -> Result<&'static str, DeviceError> {
    let Some(&(name, _)) = DEVICE_NAMES.iter().find(|(known, _)| *known == name) else {
        return Err(DeviceError::Unknown {
            name: name.to_owned(),
        });
    };
    if name != "auto" {
        return Ok(name);
    }
    let mut last = DeviceError::NotCompiled {
        name: "auto",
        feature: "flex",
    };
    for candidate in ["cuda", "libtorch-cuda", "vulkan", "flex", "libtorch"] {
        match open_device(candidate) {
            Ok(_) => return Ok(candidate),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Opens a device by name. See [`resolve_device`] for `auto`.
#[cfg_attr(
    feature = "libtorch",
    expect(deprecated, reason = "burn is pinned to the last line that has this backend")
)]
pub fn open_device(name: &str) -> Result<Device, DeviceError> {
    let Some(&(name, feature)) = DEVICE_NAMES.iter().find(|(known, _)| *known == name) else {
        return Err(DeviceError::Unknown {
            name: name.to_owned(),
        });
    };
    match name {
        "auto" => resolve_device(name).and_then(open_device),
        #[cfg(feature = "flex")]
        "flex" => Ok(Device::flex()),
        #[cfg(feature = "libtorch")]
        "libtorch" => Ok(Device::libtorch()),
        #[cfg(feature = "libtorch")]
        "libtorch-cuda" => probe(name, || Device::libtorch_cuda(0)),
        #[cfg(feature = "vulkan")]
        "vulkan" => probe(name, || Device::vulkan(Default::default())),
        #[cfg(feature = "cuda")]
        "cuda" => probe(name, || Device::cuda(0)),
        _ => Err(DeviceError::NotCompiled { name, feature }),
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
        assert!(error.hint().contains("flex"));
    }

    #[test]
    fn auto_means_a_device_that_is_there() {
        let name = resolve_device("auto").unwrap();
        assert_eq!(resolve_device(name), Ok(name));
        assert_ne!(name, "auto");
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_compiled_names_its_feature() {
        let error = open_device("cuda").unwrap_err();
        assert!(error.to_string().contains("feature `cuda`"), "{error}");
    }
}
