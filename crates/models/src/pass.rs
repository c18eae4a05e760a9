//! What accompanies a forward pass through the layers: which operations run, gates, and the draws of dropout.

use std::cell::Cell;

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

/// One forward pass.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) gates: Option<&'a HeadGates>,
    pub(crate) body: Body,
    mode: Mode,
    sites: Cell<u32>,
}

impl<'a> Pass<'a> {
    /// A pass over a batch.
    pub(crate) fn new(rows: &SequenceRows, gates: Option<&'a HeadGates>, mode: Mode) -> Self {
        Self {
            gates,
            body: body(rows.options()),
            mode,
            sites: Cell::new(0),
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
