//! What accompanies a forward pass through the layers: which operations run, gates, and the draws of dropout.

use std::cell::Cell;

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use crate::Precision;
use crate::{HeadGates, SequenceRows, TensorOptions};

/// Whether a forward pass trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Without dropout.
    Evaluate,
    /// With dropout, whose draws the seed decides. On a device other than the CPU they are those of the device, which the
    /// training loop seeds.
    Train {
        /// Anew for each update.
        seed: u64,
    },
}

/// Dropout at one place of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dropout {
    /// Probability that an entry is dropped, above 0.
    pub(crate) rate: f64,
    /// Of the update.
    pub(crate) seed: u64,
    /// Number of the place in the pass.
    pub(crate) site: u32,
}

/// What a step runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// Operations of the tensor library, on every device.
    Plain,
    /// A fused kernel, on the pure Rust backend.
    #[cfg(feature = "flex")]
    Fused,
    /// PyTorch's own operations, on its backend.
    #[cfg(feature = "libtorch")]
    Torch,
}

/// Somebody who is shown the attention of every module that a pass comes by.
pub(crate) trait AttentionWatch: std::fmt::Debug {
    /// `probabilities`, `[sequences, heads, length, length of the keys]`, of the module of row number `row` of the grid, whose
    /// queries have these rows.
    fn look(&self, row: usize, probabilities: Tensor<4>, queries: &SequenceRows);
}

/// One forward pass.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) gates: Option<&'a HeadGates>,
    pub(crate) body: Body,
    /// Shown the attention of every module, where somebody asks for it.
    pub(crate) watch: Option<&'a dyn AttentionWatch>,
    mode: Mode,
    sites: Cell<u32>,
}

impl<'a> Pass<'a> {
    /// A pass over a batch.
    pub(crate) fn new(rows: &SequenceRows, gates: Option<&'a HeadGates>, mode: Mode) -> Self {
        Self {
            gates,
            body: body(rows.options()),
            watch: None,
            mode,
            sites: Cell::new(0),
        }
    }

    /// The same pass with somebody who looks at the attention.
    pub(crate) fn watched(self, watch: &'a dyn AttentionWatch) -> Self {
        Self {
            watch: Some(watch),
            ..self
        }
    }

    /// Dropout of the next place where training has `rate`; none where nothing is dropped. Places are numbered in the
    /// order in which the model comes by, whatever the operations that run.
    pub(crate) fn dropout(&self, rate: f64) -> Option<Dropout> {
        let site = self.sites.get();
        self.sites.set(site + 1);
        match self.mode {
            Mode::Train { seed } if rate > 0.0 => Some(Dropout { rate, seed, site }),
            _ => None,
        }
    }
}

/// What steps run as: the one place that decides it.
pub(crate) fn body(options: &TensorOptions) -> Body {
    #[cfg(feature = "flex")]
    if !options.plain && options.on_flex() {
        return Body::Fused;
    }
    #[cfg(feature = "libtorch")]
    if !options.plain && options.on_libtorch() {
        return Body::Torch;
    }
    Body::Plain
}

/// Whether models that are not trained run with packed weights: where fused kernels do, in single precision.
#[cfg(feature = "flex")]
pub(crate) fn packs(options: &TensorOptions) -> bool {
    body(options) == Body::Fused && options.precision == Precision::Single
}
