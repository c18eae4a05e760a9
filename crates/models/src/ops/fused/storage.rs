//! Tensors of the pure Rust backend as slices, and buffers as tensors.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Element, Tensor, TensorData};
use kernels::{Matrix, Real, buffers};

/// The two types that kernels compute with, as the tensor library knows them.
pub(super) trait Number: Real + Element + bytemuck::Pod {}
impl Number for f32 {}
impl Number for f64 {}

/// Runs `$body` with `$real` standing for the type of the numbers of `$tensor`.
macro_rules! with_real {
    ($tensor:expr, $real:ident => $body:expr) => {
        match $tensor.dtype() {
            burn::tensor::DType::F64 => {
                type $real = f64;
                $body
            }
            _ => {
                type $real = f32;
                $body
            }
        }
    };
}
pub(super) use with_real;

/// A tensor outside any graph, without gaps between its numbers.
#[expect(clippy::expect_used, reason = "fused operations run on this backend alone")]
pub(super) fn constant<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    let primitive = tensor.try_into_primitive::<Flex>();
    whole(primitive.expect("a tensor of the pure Rust backend outside any graph"))
}

/// The numbers of a tensor, row-major.
///
/// # Panics
/// If the tensor has gaps (see [`whole`]) or another type.
#[expect(clippy::expect_used, reason = "every tensor goes through `whole` first")]
pub(super) fn numbers<T: Number>(tensor: &FlexTensor) -> &[T] {
    tensor.as_slice().expect("a tensor without gaps")
}

/// The same tensor without gaps between its numbers; nothing moves if there are none.
pub(super) fn whole(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The numbers of a tensor to write to: its own buffer if nobody else has it, else a copy.
pub(super) fn into_buffer<T: Number>(tensor: FlexTensor) -> Vec<T> {
    let tensor = whole(tensor);
    let count = tensor.layout().num_elements();
    if tensor.is_unique() && tensor.layout().start_offset() == 0 && tensor.storage::<T>().len() == count {
        if let Ok(buffer) = tensor.into_data().try_into_vec::<T>() {
            return buffer;
        }
        unreachable!("a tensor of the type asked for");
    }
    let mut buffer = buffers::take(count);
    buffer.copy_from_slice(numbers(&tensor));
    buffer
}

/// A tensor of a buffer.
pub(super) fn tensor<T: Number, const D: usize>(buffer: Vec<T>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(buffer, shape))
}

/// Keeps the buffer of a tensor that is no longer needed for later use, unless somebody else still has it.
pub(super) fn recycle(tensor: FlexTensor) {
    if tensor.is_unique() && tensor.is_contiguous() && tensor.layout().start_offset() == 0 {
        with_real!(tensor, T => {
            if let Ok(buffer) = tensor.into_data().try_into_vec::<T>() {
                buffers::give(buffer);
            }
        });
    }
}

/// Sizes of a matrix.
pub(super) fn sizes(tensor: &FlexTensor) -> [usize; 2] {
    let shape = tensor.layout().shape();
    [shape[0], shape[1]]
}

/// A tensor in single precision outside any graph, to be read where its numbers lie.
#[derive(Debug, Clone)]
pub(crate) struct Host(FlexTensor);

impl Host {
    pub(crate) fn new<const D: usize>(tensor: &Tensor<D>) -> Self {
        Self(constant(tensor.clone()))
    }

    /// Row-major.
    pub(crate) fn numbers(&self) -> &[f32] {
        numbers(&self.0)
    }

    /// The numbers as rows of a matrix.
    pub(crate) fn matrix(&self) -> Matrix<'_, f32> {
        let [rows, columns] = sizes(&self.0);
        Matrix::new(self.numbers(), rows, columns, columns)
    }
}
