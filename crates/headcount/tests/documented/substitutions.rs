//! What of a command is not here and is replaced, and what of a page is no command.

/// A part of a command that is replaced.
#[derive(Debug)]
pub(crate) struct Substitution {
    /// Why.
    pub(crate) why: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

const fn swap(why: &'static str, from: &'static str, to: &'static str) -> Substitution {
    Substitution { why, from, to }
}

/// In this order. `ROOT/` is the repository.
pub(crate) const SUBSTITUTIONS: &[Substitution] = &[
    swap("built already", "cargo run --release -- ", "headcount "),
    swap("built already", "target/release/headcount ", "headcount "),
    swap("no such device", "--device libtorch-cuda", "--device flex"),
    swap("no such device", "--device libtorch ", "--device flex "),
    swap("a cluster's folder", " /data/", " data/"),
    swap("of the repository", " experiments/", " ROOT/experiments/"),
    swap("of the repository", " data/golden", " ROOT/data/golden"),
    swap("a number", "--jobs N", "--jobs 2"),
    swap("a name", "--device D", "--device flex"),
    swap(
        "the first run",
        "--id RUN_ID",
        "--id $(headcount sweep plan my.toml | sed -n 2p | cut -d ' ' -f 1)",
    ),
    swap("some folder", "model.weights=...", "model.weights=FOLDER"),
    swap("some folder", "model.weights=ENCODER", "model.weights=FOLDER"),
    swap("some key", "KEY=VALUE", "train.updates=2"),
    swap("a corpus", " fetch NAME", " fetch sst2"),
    swap("a recording", " GOLDEN", " ROOT/data/golden/gates/topk_mask.json"),
    swap("left out or repeated", " …", ""),
];

/// Blocks of code that are nothing to type: page, beginning of the first line, and what they are.
pub(crate) const NOT_TYPED: [(&str, &str, &str); 5] = [
    ("docs/architecture.md", "crates/", "folders"),
    ("docs/fuzzing.md", "FAILED ", "what a failure prints"),
    (
        "docs/sweeps.md",
        "results/",
        "files; tests/scales looks for each of them",
    ),
    ("docs/sweeps.md", "36 runs ", "what is said before a large sweep"),
    ("docs/verification.md", "check ", "what `verify` prints"),
];

/// Options that a sentence names and that are other programs'.
pub(crate) const FOREIGN: [(&str, &str); 2] = [("--requeue", "sbatch"), ("--sshlogin", "GNU parallel")];
