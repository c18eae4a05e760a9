//! Numbers as they are stored: 64, 32 and 16 bits, little-endian.

use half::{bf16, f16};
use safetensors::tensor::Dtype;

/// A number of a model.
pub trait Number: Copy + Send + Sync + 'static {
    /// The nearest value.
    fn of(value: f64) -> Self;
    /// The same value, or the nearest.
    fn of_single(value: f32) -> Self;

    /// Appends the numbers in `bytes`, whole ones; those of a type that is no float are none.
    fn extend(numbers: &mut Vec<Self>, bytes: &[u8], dtype: Dtype) {
        match dtype {
            Dtype::F64 => numbers.extend(each(bytes, |bytes| Self::of(f64::from_le_bytes(bytes)))),
            Dtype::F32 => numbers.extend(each(bytes, |bytes| Self::of_single(f32::from_le_bytes(bytes)))),
            Dtype::F16 => numbers.extend(each(bytes, |bytes| {
                Self::of_single(f16::from_le_bytes(bytes).to_f32())
            })),
            Dtype::BF16 => numbers.extend(each(bytes, |bytes| {
                Self::of_single(bf16::from_le_bytes(bytes).to_f32())
            })),
            _ => {}
        }
    }
}

impl Number for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
    fn of_single(value: f32) -> Self {
        value
    }
}

impl Number for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn of_single(value: f32) -> Self {
        Self::from(value)
    }
}

fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    bytes.as_chunks::<N>().0.iter().map(move |&bytes| number(bytes))
}

/// Bytes of a number of a float type; 0 of others, which cannot be read.
pub(super) fn width(dtype: Dtype) -> usize {
    match dtype {
        Dtype::F64 => 8,
        Dtype::F32 => 4,
        Dtype::F16 | Dtype::BF16 => 2,
        _ => 0,
    }
}

/// The numbers in the bytes of a float tensor; none for other types.
pub fn float_numbers<T: Number>(bytes: &[u8], dtype: Dtype) -> Option<Vec<T>> {
    let width = width(dtype);
    if width == 0 {
        return None;
    }
    let mut numbers = Vec::with_capacity(bytes.len() / width);
    T::extend(&mut numbers, bytes, dtype);
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_type_is_read_in_both_precisions() {
        let values = [0.0_f32, -1.5, 0.333_251_95, 65_504.0];
        let stored: [(Dtype, Vec<u8>); 4] = [
            (
                Dtype::F64,
                values.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect(),
            ),
            (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            (
                Dtype::F16,
                values
                    .iter()
                    .flat_map(|&v| f16::from_f32(v).to_le_bytes())
                    .collect(),
            ),
            (
                Dtype::BF16,
                values
                    .iter()
                    .flat_map(|&v| bf16::from_f32(v).to_le_bytes())
                    .collect(),
            ),
        ];
        for (dtype, bytes) in stored {
            let wanted = match dtype {
                // Eight bits of mantissa.
                Dtype::BF16 => [0.0, -1.5, 0.333_984_38, 65_536.0],
                _ => values,
            };
            assert_eq!(float_numbers::<f32>(&bytes, dtype).unwrap(), wanted, "{dtype:?}");
            let wanted = wanted.map(f64::from);
            assert_eq!(float_numbers::<f64>(&bytes, dtype).unwrap(), wanted, "{dtype:?}");
        }
        assert_eq!(float_numbers::<f32>(&[0; 8], Dtype::I64), None);
    }
}
