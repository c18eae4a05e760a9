# Thin names for the commands of the README.

# The embedded demo of the comparison on MNLI.
reproduce-mnli *ARGS:
    cargo run --release -- reproduce mnli {{ARGS}}

# The embedded demo of the comparison on translation.
reproduce-iwslt *ARGS:
    cargo run --release -- reproduce iwslt {{ARGS}}

# The whole test suite.
test:
    cargo test --release --workspace

# Recompute the vectors recorded from the reference programs.
verify *ARGS:
    cargo run --release -- verify {{ARGS}}

# Cost of the gate, of derivatives of heads, of plans of 10,000 runs, and of a training update.
bench:
    cargo bench -p dsp-gate
    cargo bench -p sweep
    cargo bench -p train
    cargo run --release -- bench step

# A training update against PyTorch's on the same batches (needs a Python with torch).
bench-pytorch *ARGS:
    cargo build --release
    python3 crates/headcount/benches/training_step.py --headcount target/release/headcount {{ARGS}}

# Formatting and lints, as .ci/run has them.
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- -D warnings

# Licences and advisories of every dependency (needs cargo-deny).
deny:
    cargo deny check

# Damage the files that the program reads, for so many minutes and from a new seed, or one that stands behind the minutes (docs/fuzzing.md).
fuzz *ARGS:
    HEADCOUNT_FUZZ="{{ARGS}}" RUST_BACKTRACE=0 cargo test --release -p headcount -p data -p bundle --test damaged --no-fail-fast -- --test-threads=1 --nocapture
