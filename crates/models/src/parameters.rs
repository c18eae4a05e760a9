//! A uniform view of the tensors of a model: their names, shapes and values.

use burn::tensor::Tensor;

/// How a matrix is kept here and in a Hugging Face file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The same in both, for instance embeddings `[vocabulary, width]`.
    AsStored,
    /// `[in, out]` here, `[out, in]` in the file: linear layers multiply from the right without a transposed view.
    Transposed,
}

/// One tensor of a model.
#[derive(Debug)]
pub enum Parameter<'a> {
    /// A bias or the scale of a layer normalisation.
    Vector(&'a mut Tensor<1>),
    /// The weight of a linear layer or an embedding.
    Matrix(&'a mut Tensor<2>, Layout),
}

/// A model, or part of one, that can show its tensors.
pub trait Parameters {
    /// Calls `visit` with the dotted Hugging Face name and the tensor of each parameter, always in the same order.
    fn visit(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, Parameter<'_>));

    /// The same weights as leaves of the autodiff graph whose gradients are computed.
    #[must_use]
    fn trainable(&self) -> Self
    where
        Self: Clone,
    {
        self.mapped(&|tensor| tensor.inner().autodiff().require_grad(), &|tensor| {
            tensor.inner().autodiff().require_grad()
        })
    }

    /// The same weights as constants: the autodiff graph passes through them, and no weight gradient is computed.
    #[must_use]
    fn frozen(&self) -> Self
    where
        Self: Clone,
    {
        self.mapped(&|tensor| tensor.inner().autodiff(), &|tensor| {
            tensor.inner().autodiff()
        })
    }

    /// The same weights outside autodiff, for evaluation: no graph is recorded and fused kernels apply.
    #[must_use]
    fn plain(&self) -> Self
    where
        Self: Clone,
    {
        self.mapped(&|tensor| tensor.inner(), &|tensor| tensor.inner())
    }

    /// A copy with every tensor replaced.
    #[must_use]
    fn mapped(&self, vector: &dyn Fn(Tensor<1>) -> Tensor<1>, matrix: &dyn Fn(Tensor<2>) -> Tensor<2>) -> Self
    where
        Self: Clone,
    {
        let mut copy = self.clone();
        copy.visit("", &mut |_, parameter| match parameter {
            Parameter::Vector(tensor) => *tensor = vector(tensor.clone()),
            Parameter::Matrix(tensor, _) => *tensor = matrix(tensor.clone()),
        });
        copy
    }
}

/// Number of scalars in a model.
pub fn parameter_count<M: Parameters + Clone>(model: &M) -> usize {
    let mut count = 0;
    model.clone().visit("", &mut |_, parameter| {
        count += match parameter {
            Parameter::Vector(tensor) => tensor.dims().iter().product::<usize>(),
            Parameter::Matrix(tensor, _) => tensor.dims().iter().product::<usize>(),
        };
    });
    count
}

/// `prefix.name`, or `name` at the root.
pub(crate) fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}
