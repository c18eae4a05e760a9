//! How a step of PyTorch's operations enters burn's graph. PyTorch differentiates it: the step runs on inputs that PyTorch
//! tracks, and its backward pass is PyTorch's own.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::NoCheckpointing};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::libtorch::TchTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, LibTorch};
use burn::tensor::{Int, Tensor};

/// A float tensor in a graph.
type Tracked = FloatTensor<Autodiff<LibTorch>>;

const THIS: &str = "a tensor of PyTorch's backend";

/// A float tensor of any rank as a step takes it.
#[derive(Debug)]
pub(super) enum Operand {
    /// Outside any graph.
    Constant(TchTensor),
    /// In a graph, whether a gradient reaches it or not.
    InGraph(Tracked),
}

impl Operand {
    #[expect(clippy::expect_used, reason = "these steps run on this backend alone")]
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        if tensor.is_autodiff() {
            Self::InGraph(tensor.try_into_primitive::<Autodiff<LibTorch>>().expect(THIS))
        } else {
            Self::Constant(tensor.try_into_primitive::<LibTorch>().expect(THIS))
        }
    }
}

/// A tensor outside any graph.
#[expect(clippy::expect_used, reason = "these steps run on this backend alone")]
pub(super) fn constant<const D: usize>(tensor: Tensor<D>) -> TchTensor {
    tensor.try_into_primitive::<LibTorch>().expect(THIS)
}

/// Numbers of rows.
#[expect(clippy::expect_used, reason = "these steps run on this backend alone")]
pub(super) fn integers<const D: usize>(tensor: Tensor<D, Int>) -> tch::Tensor {
    tensor.try_into_primitive::<LibTorch>().expect(THIS).tensor
}

/// The result of a step and its inputs as PyTorch tracks them. The storage that they share with burn's tensors is held, so
/// that burn writes into none of them while the backward pass still needs it.
#[derive(Debug, Clone)]
struct Saved<const N: usize> {
    result: TchTensor,
    inputs: [TchTensor; N],
}

/// The backward pass of a step as burn sees it.
#[derive(Debug)]
struct Step;

impl<const N: usize> Backward<LibTorch, N> for Step {
    type State = Saved<N>;

    fn backward(self, ops: Ops<Saved<N>, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<LibTorch>(&ops.node).tensor;
        let Saved { result, inputs } = ops.state;
        let wanted: Vec<(NodeId, TchTensor)> = (ops.parents.into_iter().zip(inputs))
            .filter_map(|(parent, input)| Some((parent?.id, input)))
            .collect();
        // PyTorch's engine starts from numbers whose gradient is 1: here the sum of the products of the result with its
        // gradient.
        let root = result.tensor.reshape([-1]).dot(&gradient.reshape([-1]));
        let inputs: Vec<&tch::Tensor> = wanted.iter().map(|(_, input)| &input.tensor).collect();
        let found = tch::Tensor::run_backward(&[root], &inputs, false, false);
        let mut registered: Vec<TchTensor> = Vec::new();
        for ((node, _), gradient) in wanted.iter().zip(found) {
            // PyTorch may give the same tensor for two inputs: burn must know, or it would add into both.
            let same = |other: &&TchTensor| other.tensor.data_ptr() == gradient.data_ptr();
            let gradient = match registered.iter().find(same) {
                Some(other) => TchTensor::from_existing(gradient, other.storage.clone()),
                None => TchTensor::new(gradient),
            };
            registered.push(gradient.clone());
            grads.register::<LibTorch>(*node, gradient);
        }
    }
}

/// Runs a step; where an input is in a graph, so is the result.
pub(super) fn apply<const N: usize, const D: usize>(
    inputs: [Operand; N],
    step: impl FnOnce([&tch::Tensor; N]) -> tch::Tensor,
) -> Tensor<D> {
    if inputs.iter().all(|input| matches!(input, Operand::Constant(_))) {
        let inputs = inputs.map(|input| match input {
            Operand::Constant(tensor) => tensor,
            Operand::InGraph(tensor) => tensor.into_primitive(),
        });
        let result = tch::no_grad(|| step(inputs.each_ref().map(|input| &input.tensor)));
        return Tensor::from_primitive::<LibTorch>(burns(result, &inputs));
    }
    let inputs = inputs.map(|input| match input {
        Operand::Constant(tensor) => Tracked::new(tensor),
        Operand::InGraph(tensor) => tensor,
    });
    let wanted = inputs.each_ref().map(Tracked::is_tracked);
    let nodes = inputs.each_ref().map(Tracked::node);
    let mut wanted = wanted.into_iter();
    let inputs = inputs.map(|input| {
        let TchTensor { tensor, storage } = input.into_primitive();
        let tensor = tensor.detach().set_requires_grad(wanted.next() == Some(true));
        TchTensor { tensor, storage }
    });
    let preparation = Step.prepare::<NoCheckpointing>(nodes).compute_bound().stateful();
    let result = match preparation {
        OpsKind::Tracked(preparation) => {
            let tracked = tch::with_grad(|| step(inputs.each_ref().map(|input| &input.tensor)));
            let result = burns(tracked.detach(), &inputs);
            let tracked = TchTensor {
                tensor: tracked,
                storage: result.storage.clone(),
            };
            preparation.finish(
                Saved {
                    result: tracked,
                    inputs,
                },
                result,
            )
        }
        OpsKind::UnTracked(preparation) => {
            let result = tch::no_grad(|| step(inputs.each_ref().map(|input| &input.tensor)));
            preparation.finish(burns(result, &inputs))
        }
    };
    Tensor::from_primitive::<Autodiff<LibTorch>>(result)
}

/// A result as burn holds it: in storage of its own, unless it is one of the inputs.
fn burns(result: tch::Tensor, inputs: &[TchTensor]) -> TchTensor {
    let of = |input: &&TchTensor| input.tensor.data_ptr() == result.data_ptr();
    match inputs.iter().find(of) {
        Some(input) => TchTensor::from_existing(result, input.storage.clone()),
        None => TchTensor::new(result),
    }
}
