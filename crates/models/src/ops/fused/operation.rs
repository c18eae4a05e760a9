//! How an operation with a backward pass of its own enters burn's graph on the pure Rust backend.

use std::fmt::Debug;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::NoCheckpointing};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;

/// A float tensor in a graph.
type Tracked = FloatTensor<Autodiff<Flex>>;

/// A tensor of any rank as an operation takes it.
#[derive(Debug)]
pub(super) enum Operand {
    /// Outside any graph.
    Constant(FlexTensor),
    /// In a graph, whether a gradient reaches it or not.
    InGraph(Tracked),
}

impl Operand {
    #[expect(clippy::expect_used, reason = "fused operations run on this backend alone")]
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        const THIS: &str = "a tensor of the pure Rust backend";
        if tensor.is_autodiff() {
            Self::InGraph(tensor.try_into_primitive::<Autodiff<Flex>>().expect(THIS))
        } else {
            Self::Constant(tensor.try_into_primitive::<Flex>().expect(THIS))
        }
    }
}

/// What a forward pass gives: the result, and what the backward pass needs of it where there will be one.
pub(super) struct Outcome<S> {
    pub(super) result: FlexTensor,
    pub(super) saved: Option<S>,
}

/// An operation on `N` tensors.
pub(super) trait Operation<const N: usize>: Clone + Debug + Send + 'static {
    /// What the backward pass needs; cheap to clone.
    type Saved: Clone + Debug + Send + 'static;

    /// Computes the result. `wanted` tells of each input whether its gradient will be asked for; if none is, nothing has to
    /// be saved.
    fn forward(&self, inputs: [FlexTensor; N], wanted: [bool; N]) -> Outcome<Self::Saved>;

    /// Gradients of the inputs that are `wanted`, from that of the result.
    fn backward(
        &self,
        saved: Self::Saved,
        gradient: FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N];
}

/// The backward pass of an operation as burn sees it.
#[derive(Debug)]
struct Step<O>(O);

impl<const N: usize, O: Operation<N>> Backward<Flex, N> for Step<O> {
    type State = O::Saved;

    fn backward(self, ops: Ops<O::Saved, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let wanted: [Option<NodeId>; N] = ops.parents.map(|parent| parent.map(|node| node.id));
        let found = self
            .0
            .backward(ops.state, gradient, wanted.map(|node| node.is_some()));
        for (node, gradient) in wanted.into_iter().zip(found) {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                grads.register::<Flex>(node, gradient);
            }
        }
    }
}

/// Runs an operation; where an input is in a graph, so is the result.
pub(super) fn apply<const N: usize, const D: usize, O: Operation<N>>(
    operation: O,
    inputs: [Operand; N],
) -> Tensor<D> {
    if inputs.iter().all(|input| matches!(input, Operand::Constant(_))) {
        let inputs = inputs.map(|input| match input {
            Operand::Constant(tensor) => tensor,
            Operand::InGraph(tensor) => tensor.into_primitive(),
        });
        let outcome = operation.forward(inputs, [false; N]);
        return Tensor::from_primitive::<Flex>(outcome.result);
    }
    let inputs = inputs.map(|input| match input {
        Operand::Constant(tensor) => Tracked::new(tensor),
        Operand::InGraph(tensor) => tensor,
    });
    let wanted = inputs.each_ref().map(Tracked::is_tracked);
    let nodes = inputs.each_ref().map(Tracked::node);
    let inputs = inputs.map(Tracked::into_primitive);
    let outcome = operation.forward(inputs, wanted);
    let preparation = Step(operation)
        .prepare::<NoCheckpointing>(nodes)
        .compute_bound()
        .stateful();
    let result = match (preparation, outcome.saved) {
        (OpsKind::Tracked(preparation), Some(saved)) => preparation.finish(saved, outcome.result),
        (OpsKind::UnTracked(preparation), _) => preparation.finish(outcome.result),
        (OpsKind::Tracked(_), None) => unreachable!("an operation saves what a wanted gradient needs"),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(result)
}
