//! Where tensors are made, in which precision, and how models compute with them.

use burn::tensor::{DType, Device, Element, Int, Tensor, TensorData};

/// Floating-point type of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32 bits, for training.
    #[default]
    Single,
    /// 64 bits, for checking the mathematics.
    Double,
}

/// Where and in which precision tensors are made, and how models compute with them.
#[derive(Debug, Clone)]
pub struct TensorOptions {
    /// The device, without autodiff.
    pub device: Device,
    /// The floating-point type.
    pub precision: Precision,
    /// Whether models leave out fused kernels, and PyTorch's own operations, even where there are some.
    pub plain: bool,
    /// Whether padding is left out of batches; otherwise they are rectangles.
    pub packed: bool,
}

impl TensorOptions {
    /// Single precision on `device`; fused kernels where there are some, batches as rectangles.
    pub fn single(device: Device) -> Self {
        Self {
            device,
            precision: Precision::Single,
            plain: false,
            packed: false,
        }
    }

    /// [`single`](Self::single) in double precision.
    pub fn double(device: Device) -> Self {
        Self {
            precision: Precision::Double,
            ..Self::single(device)
        }
    }

    /// These with the operations of the tensor library alone, which every device has.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// These with batches without padding.
    #[must_use]
    pub fn packed(self) -> Self {
        Self { packed: true, ..self }
    }

    /// A float tensor from host numbers, row-major.
    pub fn float<const D: usize>(&self, values: &[f64], shape: [usize; D]) -> Tensor<D> {
        match self.precision {
            Precision::Single => {
                let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                self.tensor(values, shape)
            }
            Precision::Double => self.tensor(values.to_vec(), shape),
        }
    }

    /// A float tensor from host numbers in single precision, row-major; copied as they are when that is the
    /// precision of these options.
    pub fn float32<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        match self.precision {
            Precision::Single => self.tensor(values, shape),
            Precision::Double => self.tensor(values.into_iter().map(f64::from).collect::<Vec<_>>(), shape),
        }
    }

    /// An integer tensor from host numbers, row-major.
    pub fn int<const D: usize>(&self, values: &[i32], shape: [usize; D]) -> Tensor<D, Int> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &self.device)
    }

    fn tensor<E: Element, const D: usize>(&self, values: Vec<E>, shape: [usize; D]) -> Tensor<D> {
        let dtype = match self.precision {
            Precision::Single => DType::F32,
            Precision::Double => DType::F64,
        };
        Tensor::from_data(TensorData::new(values, shape), (&self.device, dtype))
    }
}

impl TensorOptions {
    /// Whether tensors live in the memory of burn's pure Rust backend, where the kernels of this workspace can read them.
    #[cfg(feature = "flex")]
    pub(crate) fn on_flex(&self) -> bool {
        matches!(self.device.as_dispatch(), burn::backend::DispatchDevice::Flex(_))
    }

    /// Whether tensors are PyTorch's.
    #[cfg(feature = "libtorch")]
    pub(crate) fn on_libtorch(&self) -> bool {
        matches!(
            self.device.as_dispatch(),
            burn::backend::DispatchDevice::LibTorch(_)
        )
    }

    /// Whether tensors live in the memory of a backend that has kernels here; this build has none.
    #[cfg(not(feature = "flex"))]
    pub(crate) fn on_flex(&self) -> bool {
        false
    }
}
