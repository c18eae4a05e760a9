//! Cost of the derivatives of gates: of a batch as a whole and of each example, at two sizes of encoders.

use std::hint::black_box;

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::{Initializer, TensorOptions};
use train::GateGradients;

struct Size {
    layers: usize,
    heads: usize,
    width: usize,
    feed_forward: usize,
    vocabulary: usize,
    batch: usize,
    length: usize,
}

const SIZES: [Size; 2] = [
    Size {
        layers: 3,
        heads: 4,
        width: 64,
        feed_forward: 128,
        vocabulary: 75,
        batch: 32,
        length: 18,
    },
    Size {
        layers: 6,
        heads: 12,
        width: 384,
        feed_forward: 1536,
        vocabulary: 75,
        batch: 8,
        length: 32,
    },
];

fn gate_gradients(criterion: &mut Criterion) {
    let options = TensorOptions::single(Device::flex());
    for size in SIZES {
        let mut config = EncoderConfig::of_sizes(
            size.vocabulary,
            size.width,
            size.layers,
            size.heads,
            size.feed_forward,
            size.length,
        );
        config.set_classes(3);
        let Ok(model) = EncoderClassifier::new(&config, &mut Initializer::new(1, options.clone())) else {
            continue;
        };
        let cells = size.batch * size.length;
        let ids: Vec<i32> = (0..cells)
            .map(|cell| (cell * 7 % size.vocabulary) as i32)
            .collect();
        let labels: Vec<i32> = (0..size.batch).map(|example| example as i32 % 3).collect();
        let batch = TokenBatch::new(&ids, &vec![0; cells], &vec![true; cells], &labels, &options);
        let gates = vec![1.0; size.layers * size.heads];
        let gradients = GateGradients::new(&model, options.clone());
        let name = format!(
            "{} x {} heads, width {}, batch {} x {}",
            size.layers, size.heads, size.width, size.batch, size.length
        );
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        group.bench_function("of the batch", |bencher| {
            bencher.iter(|| black_box(gradients.of_batch(&batch, &gates)));
        });
        group.bench_function("of each example", |bencher| {
            bencher.iter(|| black_box(gradients.of_examples(&batch, &gates)));
        });
        group.finish();
    }
}

criterion_group!(benches, gate_gradients);
criterion_main!(benches);
