//! The line that says how a score was made, in the form of sacreBLEU's signatures.

use super::options::{BleuOptions, Smooth};

/// The implementation that a signature names: ours, as scores are only as comparable as the programs are alike.
const VERSION: &str = concat!("headcount-", env!("CARGO_PKG_VERSION"));

impl BleuOptions {
    /// The choices and the version of this implementation, for instance
    /// `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:headcount-0.1.0`.
    pub fn signature(&self) -> String {
        self.signature_with(["nrefs", "case", "eff", "tok", "smooth", "version"])
    }

    /// [`BleuOptions::signature`] with names of one letter.
    pub fn signature_short(&self) -> String {
        self.signature_with(["#", "c", "e", "tok", "s", "v"])
    }

    fn signature_with(&self, names: [&str; 6]) -> String {
        let [references, case, effective, tokenizer, smoothing, version] = names;
        let letters = if self.lowercase { "lc" } else { "mixed" };
        let order = if self.effective_order { "yes" } else { "no" };
        let tokens = self.tokenize.name();
        let smooth = match self.smooth {
            Smooth::Exp => "exp".to_owned(),
            Smooth::Floor(value) => format!("floor[{value:.2}]"),
            Smooth::None => "none".to_owned(),
            Smooth::AddK(value) => format!("add-k[{value:.2}]"),
        };
        format!(
            "{references}:1|{case}:{letters}|{effective}:{order}|{tokenizer}:{tokens}|{smoothing}:{smooth}|{version}:{VERSION}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tokenize;
    use super::*;

    #[test]
    fn names_every_choice() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            BleuOptions::default().signature(),
            format!("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:headcount-{version}")
        );
        let options = BleuOptions {
            tokenize: Tokenize::Intl,
            smooth: Smooth::AddK(2.5),
            lowercase: true,
            effective_order: true,
        };
        assert_eq!(
            options.signature_short(),
            format!("#:1|c:lc|e:yes|tok:intl|s:add-k[2.50]|v:headcount-{version}")
        );
    }
}
