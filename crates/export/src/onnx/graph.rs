//! A graph that grows node by node, and the weights that it asks for.

use super::proto::{Attribute, FLOAT, Graph, INT64, Node, Tensor};

/// How a stored tensor stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is stored.
    AsStored,
    /// A stored matrix `[out, in]` as `[in, out]`.
    Transposed,
    /// The first row of a stored matrix, `[1, columns]`.
    FirstRow,
}

/// A weight of a graph, whose numbers are read when they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weight {
    /// Name of the model's tensor.
    pub(super) tensor: String,
    /// How it stands in the file.
    pub(super) form: Form,
}

impl Weight {
    /// Its name in the file.
    pub(super) fn name(&self) -> String {
        match self.form {
            Form::AsStored => self.tensor.clone(),
            Form::Transposed => format!("{}.transposed", self.tensor),
            Form::FirstRow => format!("{}.first", self.tensor),
        }
    }
}

/// Nodes in the order in which they are computed. Values are known by their names.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) graph: Graph,
    pub(super) weights: Vec<Weight>,
    /// The part of the model that the next nodes are of.
    scope: String,
}

impl Builder {
    /// Names the part of the model that the next nodes are of.
    pub(super) fn enter(&mut self, scope: &str) {
        scope.clone_into(&mut self.scope);
    }

    /// An operation; its one output.
    pub(super) fn node(&mut self, op_type: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let name = format!("{}/{op_type}_{}", self.scope, self.graph.node.len());
        self.named_node(op_type, inputs, attributes, name)
    }

    /// An operation whose output has a name of its own.
    pub(super) fn named_node(
        &mut self,
        op_type: &str,
        inputs: &[&str],
        attribute: Vec<Attribute>,
        name: String,
    ) -> String {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: op_type.to_owned(),
            attribute,
        });
        name
    }

    /// An operation on two values without settings.
    pub(super) fn of_two(&mut self, op_type: &str, one: &str, other: &str) -> String {
        self.node(op_type, &[one, other], Vec::new())
    }

    /// An operation on one value without settings.
    pub(super) fn of_one(&mut self, op_type: &str, value: &str) -> String {
        self.node(op_type, &[value], Vec::new())
    }

    /// A weight of the model.
    pub(super) fn weight(&mut self, tensor: String, form: Form) -> String {
        let weight = Weight { tensor, form };
        let name = weight.name();
        self.weights.push(weight);
        name
    }

    /// A number.
    pub(super) fn float(&mut self, value: f32) -> String {
        let name = format!("float {value:e}");
        self.constant(name, &[], FLOAT, value.to_le_bytes().to_vec())
    }

    /// A whole number.
    pub(super) fn integer(&mut self, value: i64) -> String {
        let name = format!("integer {value}");
        self.constant(name, &[], INT64, value.to_le_bytes().to_vec())
    }

    /// A list of whole numbers.
    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        let name = format!("integers {values:?}");
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len() as i64], INT64, bytes)
    }

    /// A constant; those of the same name are the same.
    fn constant(&mut self, name: String, dims: &[i64], data_type: i32, raw_data: Vec<u8>) -> String {
        let constants = &mut self.graph.initializer;
        if !constants.iter().any(|constant| constant.name == name) {
            constants.push(Tensor {
                dims: dims.to_vec(),
                data_type,
                name: name.clone(),
                raw_data,
            });
        }
        name
    }
}
