//! An ONNX file written weight by weight: how long each part of it is follows from shapes alone, so none has to be held.

use std::io::{self, Write};

use prost::Message;

use super::graph::{Form, Weight};
use super::proto::{FLOAT, Graph, Model, Tensor};

/// No message of protobuf has more bytes: its lengths are 32 bits with a sign.
pub(super) const MOST_BYTES: u64 = i32::MAX as u64;

/// A weight with its shape as it is stored.
pub(super) struct Placed<'a> {
    pub(super) weight: &'a Weight,
    pub(super) shape: &'a [usize],
}

impl Placed<'_> {
    /// Its shape in the file.
    fn dims(&self) -> Vec<i64> {
        let sizes = self.shape.iter().map(|&size| size as i64);
        match self.weight.form {
            Form::AsStored => sizes.collect(),
            Form::Transposed => sizes.rev().collect(),
            Form::FirstRow => [1].into_iter().chain(sizes.skip(1)).collect(),
        }
    }

    /// Bytes of its numbers.
    fn numbers(&self) -> u64 {
        self.dims().iter().fold(size_of::<f32>() as u64, |bytes, &size| {
            bytes.saturating_mul(size.unsigned_abs())
        })
    }

    /// All of the message up to its numbers.
    fn before(&self) -> Vec<u8> {
        let tensor = Tensor {
            dims: self.dims(),
            data_type: FLOAT,
            name: self.weight.name(),
            raw_data: Vec::new(),
        };
        let mut bytes = tensor.encode_to_vec();
        bytes.extend(prefix(Tensor::RAW_DATA, self.numbers()));
        bytes
    }

    /// Bytes of the message.
    fn length(&self) -> u64 {
        self.numbers().saturating_add(self.before().len() as u64)
    }
}

/// A file that is to be written.
pub(super) struct OnnxFile<'a> {
    before: Vec<u8>,
    weights: Vec<Placed<'a>>,
}

impl<'a> OnnxFile<'a> {
    /// Of a model, its graph and its weights.
    pub(super) fn new(model: &Model, graph: &Graph, weights: Vec<Placed<'a>>) -> Self {
        let nodes = graph.encode_to_vec();
        let framed = weights.iter().map(|weight| {
            let length = weight.length();
            length.saturating_add(prefix(Graph::INITIALIZER, length).len() as u64)
        });
        let length = framed.fold(nodes.len() as u64, u64::saturating_add);
        let mut before = model.encode_to_vec();
        before.extend(prefix(Model::GRAPH, length));
        before.extend(nodes);
        Self { before, weights }
    }

    /// Bytes of the file.
    pub(super) fn length(&self) -> u64 {
        let framed = self.weights.iter().map(|weight| {
            let length = weight.length();
            length.saturating_add(prefix(Graph::INITIALIZER, length).len() as u64)
        });
        framed.fold(self.before.len() as u64, u64::saturating_add)
    }

    /// Writes all of it; `read` gives the numbers of a tensor of the model as they are stored.
    ///
    /// # Errors
    /// What `read` says, and what the system says, by `failed`.
    pub(super) fn write<E>(
        &self,
        out: &mut impl Write,
        read: impl Fn(&str) -> Result<Vec<f32>, E>,
        failed: impl Fn(io::Error) -> E,
    ) -> Result<(), E> {
        out.write_all(&self.before).map_err(&failed)?;
        for placed in &self.weights {
            let numbers = read(&placed.weight.tensor)?;
            let mut write = || {
                out.write_all(&prefix(Graph::INITIALIZER, placed.length()))?;
                out.write_all(&placed.before())?;
                write_numbers(out, &numbers, placed)
            };
            write().map_err(&failed)?;
        }
        Ok(())
    }
}

/// The numbers of a weight in the form that it has in the file.
fn write_numbers(out: &mut impl Write, numbers: &[f32], placed: &Placed<'_>) -> io::Result<()> {
    let columns = placed.shape.last().copied().unwrap_or(1);
    let mut put = |number: &f32| out.write_all(&number.to_le_bytes());
    match placed.weight.form {
        Form::AsStored => numbers.iter().try_for_each(put),
        Form::FirstRow => numbers.iter().take(columns).try_for_each(put),
        Form::Transposed => (0..columns).try_for_each(|column| {
            let column = numbers[column..].iter().step_by(columns);
            column.into_iter().try_for_each(&mut put)
        }),
    }
}

/// What stands before a field of that number (at most 15) that has so many bytes: its key and its length.
fn prefix(field: u8, length: u64) -> Vec<u8> {
    /// Wire type of what has a length.
    const DELIMITED: u8 = 2;
    let mut bytes = vec![field << 3 | DELIMITED];
    let mut left = length;
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}
