//! Rows of a table by number: on the host for fused kernels, on the device for the others.

use std::sync::{Arc, OnceLock};

use burn::tensor::{Int, Tensor};

use crate::TensorOptions;

/// A list of numbers that is moved to the device when something there asks for it.
#[derive(Debug, Clone)]
pub struct Indices {
    host: Arc<[u32]>,
    options: TensorOptions,
    device: OnceLock<Tensor<1, Int>>,
}

impl Indices {
    /// The numbers `host`, none of them negative.
    ///
    /// # Panics
    /// If one is.
    pub fn new(host: &[i32], options: &TensorOptions) -> Self {
        assert!(host.iter().all(|&index| index >= 0), "an index is negative");
        Self {
            host: host.iter().map(|index| index.cast_unsigned()).collect(),
            options: options.clone(),
            device: OnceLock::new(),
        }
    }

    /// The numbers.
    pub fn host(&self) -> &[u32] {
        &self.host
    }

    pub(crate) fn options(&self) -> &TensorOptions {
        &self.options
    }

    /// The numbers to keep, without copying them.
    #[cfg(feature = "flex")]
    pub(crate) fn shared(&self) -> Arc<[u32]> {
        Arc::clone(&self.host)
    }

    /// The numbers on the device, `[count]`.
    pub fn on_device(&self) -> Tensor<1, Int> {
        self.device
            .get_or_init(|| {
                let numbers: Vec<i32> = self.host.iter().map(|index| index.cast_signed()).collect();
                self.options.int(&numbers, [numbers.len()])
            })
            .clone()
    }
}
