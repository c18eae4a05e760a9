//! The tensors that a model is made of: names, shapes, and what they are for.

/// What a tensor of a model is for, which decides whether the model can do without the one of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Without it there is no model.
    Body,
    /// Between the encoder and the classifier: models that were trained for something else have none, or another.
    Head,
    /// The classifier, one row for each class.
    Classifier,
}

/// A tensor that a model has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name in a file.
    pub name: String,
    /// Its shape in a file.
    pub shape: Vec<usize>,
    /// What it is for.
    pub part: Part,
}

impl TensorSpec {
    /// Its numbers.
    pub fn count(&self) -> u128 {
        self.shape.iter().map(|&size| size as u128).product()
    }
}

/// Tensors under their names, in order.
#[derive(Debug, Default)]
pub(crate) struct Specs(pub(crate) Vec<TensorSpec>);

impl Specs {
    pub(crate) fn tensor(&mut self, name: String, shape: &[usize], part: Part) {
        let shape = shape.to_vec();
        self.0.push(TensorSpec { name, shape, part });
    }

    /// Weight `[out, in]` and bias of a linear layer.
    pub(crate) fn linear(&mut self, name: &str, [input, output]: [usize; 2], part: Part) {
        self.tensor(format!("{name}.weight"), &[output, input], part);
        self.tensor(format!("{name}.bias"), &[output], part);
    }

    /// Query, key and value `[inner, width]` and the output `[width, inner]` of an attention module with their biases;
    /// without heads, `inner` is 0, and only the bias of the output is left.
    pub(crate) fn attention(&mut self, joint: [String; 3], output: &str, [width, inner]: [usize; 2]) {
        if inner == 0 {
            return self.tensor(format!("{output}.bias"), &[width], Part::Body);
        }
        for name in joint {
            self.linear(&name, [width, inner], Part::Body);
        }
        self.linear(output, [inner, width], Part::Body);
    }

    /// Scale and shift of a layer normalisation.
    pub(crate) fn norm(&mut self, name: &str, width: usize) {
        self.tensor(format!("{name}.weight"), &[width], Part::Body);
        self.tensor(format!("{name}.bias"), &[width], Part::Body);
    }
}
