//! The activations of feed-forward layers, under the names that transformers has for them.

/// What stands between the two linear layers of a feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// x P(x), P the normal distribution function: GELU by the error function.
    Gelu,
    /// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): GELU by the hyperbolic tangent.
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// x / (1 + exp(-x)).
    Silu,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 4] = [Self::Gelu, Self::GeluTanh, Self::Relu, Self::Silu];

    /// Every name of it; the first is the one that is written.
    ///
    /// `gelu_fast` has its constant to ten digits, which is the same number in single precision.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Gelu => &["gelu", "gelu_python"],
            Self::GeluTanh => &[
                "gelu_new",
                "gelu_pytorch_tanh",
                "gelu_python_tanh",
                "gelu_accurate",
                "gelu_fast",
            ],
            Self::Relu => &["relu"],
            Self::Silu => &["silu", "swish"],
        }
    }

    /// The name that is written.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The activation of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|activation| activation.names().contains(&name))
    }
}
