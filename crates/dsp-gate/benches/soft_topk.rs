//! Cost of one sample and pull-back of the gate at the size of BERT-base.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dsp_gate::SoftTopK;
use heads::{SeededUniform, UniformStream};

fn sample_and_pull_back(criterion: &mut Criterion) {
    let (n, k) = (144, 72);
    let draw = |update| {
        let mut numbers = vec![0.0; n];
        SeededUniform::at_update(1, update).fill(&mut numbers);
        numbers
    };
    let (w, u, c) = (draw(0), draw(1), draw(2));
    let mut choice = SoftTopK::new(n, k);
    let mut gradient = vec![0.0; n];
    for tau in [1000.0, 1.0, 1e-3, 1e-8] {
        criterion.bench_function(
            &format!("sample and pull-back, N = 144, K = 72, tau = {tau:e}"),
            |bencher| {
                bencher.iter(|| {
                    black_box(choice.forward(black_box(&w), &u, tau));
                    choice.pull_back(black_box(&c), &mut gradient);
                    black_box(&gradient);
                });
            },
        );
    }
}

criterion_group!(benches, sample_and_pull_back);
criterion_main!(benches);
