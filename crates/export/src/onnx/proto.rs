//! The messages of ONNX that a classifier needs, with the numbers of their fields in onnx.proto (IR version 8).
//!
//! Weights are no part of them: a graph is encoded without, and they are appended as they are read (`file`).

use prost::Message;

/// `TensorProto.DataType.FLOAT`.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType.INT64`.
pub(super) const INT64: i32 = 7;
/// `TensorProto.DataType.BOOL`.
pub(super) const BOOL: i32 = 9;

/// `AttributeProto.AttributeType.FLOAT`.
const ATTRIBUTE_FLOAT: i32 = 1;
/// `AttributeProto.AttributeType.INT`.
const ATTRIBUTE_INT: i32 = 2;
/// `AttributeProto.AttributeType.INTS`.
const ATTRIBUTE_INTS: i32 = 7;

/// A model without its graph, which follows as field [`GRAPH`](Self::GRAPH).
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, tag = "1")]
    pub(super) ir_version: i64,
    #[prost(string, tag = "2")]
    pub(super) producer_name: String,
    #[prost(string, tag = "3")]
    pub(super) producer_version: String,
    #[prost(string, tag = "6")]
    pub(super) doc_string: String,
    #[prost(message, repeated, tag = "8")]
    pub(super) opset_import: Vec<OperatorSet>,
    #[prost(message, repeated, tag = "14")]
    pub(super) metadata_props: Vec<Property>,
}

impl Model {
    /// Number of the field of the graph.
    pub(super) const GRAPH: u8 = 7;
}

/// A version of a set of operators; the domain of ONNX's own is empty.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSet {
    #[prost(string, tag = "1")]
    pub(super) domain: String,
    #[prost(int64, tag = "2")]
    pub(super) version: i64,
}

/// A key and its value.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Property {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// A graph with its constants, which are small; weights follow in the same field, [`INITIALIZER`](Self::INITIALIZER).
#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<Node>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    pub(super) output: Vec<ValueInfo>,
}

impl Graph {
    /// Number of the field of tensors.
    pub(super) const INITIALIZER: u8 = 5;
}

/// An operation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<Attribute>,
}

/// A setting of an operation. A value of 0 is written too, so its fields are optional.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(float, optional, tag = "2")]
    pub(super) f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    #[prost(int64, repeated, tag = "8")]
    pub(super) ints: Vec<i64>,
    #[prost(int32, tag = "20")]
    pub(super) kind: i32,
}

impl Attribute {
    pub(super) fn float(name: &str, value: f32) -> Self {
        Self {
            name: name.to_owned(),
            f: Some(value),
            kind: ATTRIBUTE_FLOAT,
            ..Self::default()
        }
    }

    pub(super) fn int(name: &str, value: i64) -> Self {
        Self {
            name: name.to_owned(),
            i: Some(value),
            kind: ATTRIBUTE_INT,
            ..Self::default()
        }
    }

    pub(super) fn ints(name: &str, values: &[i64]) -> Self {
        Self {
            name: name.to_owned(),
            ints: values.to_vec(),
            kind: ATTRIBUTE_INTS,
            ..Self::default()
        }
    }
}

/// A tensor; of weights its field [`RAW_DATA`](Self::RAW_DATA) follows.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    pub(super) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    #[prost(string, tag = "8")]
    pub(super) name: String,
    /// Little-endian, row-major.
    #[prost(bytes = "vec", tag = "9")]
    pub(super) raw_data: Vec<u8>,
}

impl Tensor {
    /// Number of the field of numbers.
    pub(super) const RAW_DATA: u8 = 9;
}

/// What goes into a graph or comes out of it.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfo {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) kind: Option<Type>,
    #[prost(string, tag = "3")]
    pub(super) doc_string: String,
}

/// Of all types a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Type {
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(super) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<Dimension>,
}

/// A number, or a name for one that each run decides.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(int64, optional, tag = "1")]
    pub(super) dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(super) dim_param: Option<String>,
}

impl ValueInfo {
    /// A tensor of that type and shape.
    pub(super) fn tensor(name: &str, elem_type: i32, shape: Vec<Dimension>, doc: &str) -> Self {
        let shape = Some(Shape { dim: shape });
        let tensor_type = Some(TensorType { elem_type, shape });
        Self {
            name: name.to_owned(),
            kind: Some(Type { tensor_type }),
            doc_string: doc.to_owned(),
        }
    }
}

impl Dimension {
    pub(super) fn size(size: usize) -> Self {
        Self {
            dim_value: Some(size as i64),
            dim_param: None,
        }
    }

    pub(super) fn named(name: &str) -> Self {
        Self {
            dim_value: None,
            dim_param: Some(name.to_owned()),
        }
    }
}
