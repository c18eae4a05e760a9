//! Statistics of attention: of attention that is known, and the same however a pass runs.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use burn::tensor::Device;
use heads::{HeadMask, RowKind};
use models::encoder::{EncoderClassifier, EncoderConfig, TokenBatch};
use models::translation::{END, PADDING, TranslationBatch, TranslationConfig, TranslationModel};
use models::{AttentionStatistics, HeadGates, Initializer, Parameter, Parameters, TensorOptions};

/// Packed and as a rectangle, on fused kernels and on plain operations.
fn ways() -> [TensorOptions; 4] {
    let options = TensorOptions::double(Device::flex());
    [
        options.clone(),
        options.clone().packed(),
        options.clone().plain(),
        options.packed().plain(),
    ]
}

fn assert_near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-9, "{got} {want}");
    }
}

/// Makes every query 0, so that every key has the same score.
fn look_everywhere(model: &mut impl Parameters, queries: &str) {
    model.visit("", &mut |name, parameter| {
        if name.contains(queries) {
            match parameter {
                Parameter::Vector(tensor) => *tensor = tensor.zeros_like(),
                Parameter::Matrix(tensor, _) => *tensor = tensor.zeros_like(),
            }
        }
    });
}

#[test]
fn heads_that_look_everywhere_have_the_entropy_of_what_they_see() {
    let logarithms = |counts: &[usize]| counts.iter().map(|&count| (count as f64).ln()).sum::<f64>();
    let shares = |counts: &[usize]| counts.iter().map(|&count| 1.0 / count as f64).sum::<f64>();
    for options in ways() {
        let mut config = TranslationConfig::of_sizes(20, 16, 8, 2, 2, 12);
        config.decoder_layers = 1;
        let mut model = TranslationModel::new(&config, &mut Initializer::new(1, options.clone())).unwrap();
        look_everywhere(&mut model, "q_proj");
        let source = [5, 6, 7, 8, END, PADDING, PADDING, 9, 10, END];
        let target = [11, 12, 13, END, 14, END, PADDING, PADDING];
        let batch = TranslationBatch::new(&source, &target, 2, &options);
        let got = model.attention(&batch, None).unwrap();
        // What each token sees: all words of its source, or the words up to its own place.
        let seen = |kind: RowKind| match kind {
            RowKind::EncoderSelf => vec![5, 5, 5, 5, 5, 3, 3, 3],
            RowKind::EncoderDecoder => vec![5, 5, 5, 5, 3, 3],
            RowKind::DecoderSelf => vec![1, 2, 3, 4, 1, 2],
        };
        for (row, columns) in model.grid().iter() {
            let seen = seen(row.kind);
            for head in columns {
                assert_eq!(got.tokens[head], seen.len() as u64);
                assert_near(
                    &[got.entropy[head], got.largest[head]],
                    &[logarithms(&seen), shares(&seen)],
                );
            }
        }
        let [entropy, largest] = [&got.entropy, &got.largest].map(|sums| got.mean(sums));
        assert_near(&entropy[..1], &[(5.0 * 5.0_f64.ln() + 3.0 * 3.0_f64.ln()) / 8.0]);
        assert_near(&largest[..1], &[2.0 / 8.0]);
    }
}

#[test]
fn every_way_sees_the_same_also_where_heads_are_closed_or_gone() {
    let mut wanted: Option<AttentionStatistics> = None;
    for options in ways() {
        let config = EncoderConfig::of_sizes(20, 8, 3, 2, 16, 12);
        let kept = HeadMask::from_digits("110010").unwrap();
        let config = config.pruned(&kept).unwrap();
        let model = EncoderClassifier::new(&config, &mut Initializer::new(1, options.clone())).unwrap();
        let grid = model.grid();
        let ids = [2, 5, 6, 7, 3, 2, 8, 3, 0, 0];
        let is_token = ids.map(|id| id != 0);
        let batch = TokenBatch::new(&ids, &[0; 10], &is_token, &[0, 1], &options);
        let gates = HeadGates::new(&[0.0, 0.5, 1.0], grid, &options).unwrap();
        let got = model.attention(&batch, Some(&gates)).unwrap();
        // Also from the tokens of the last layer that no classifier looks at.
        assert_eq!(got.tokens, [8; 3]);
        let open = model.attention(&batch, None).unwrap();
        assert_ne!(
            got.entropy[2], open.entropy[2],
            "gates change what later layers see"
        );
        assert_near(&got.entropy[..2], &open.entropy[..2]);
        let want = wanted.get_or_insert_with(|| got.clone());
        assert_near(&got.entropy, &want.entropy);
        assert_near(&got.largest, &want.largest);
        for (entropy, largest) in got.entropy.iter().zip(&got.largest) {
            assert!(*entropy > 0.0 && *entropy < 5.0 * 5.0_f64.ln() + 3.0 * 3.0_f64.ln());
            assert!(*largest > 5.0 / 5.0 + 3.0 / 3.0 && *largest < 8.0, "{largest}");
        }
    }
}

#[test]
fn batches_add_up() {
    let mut all = AttentionStatistics::new(2);
    assert_near(&all.mean(&all.entropy), &[0.0; 2]);
    let one = AttentionStatistics {
        tokens: vec![1, 3],
        entropy: vec![0.5, 3.0],
        largest: vec![1.0, 0.75],
    };
    all.add(&one);
    all.add(&one);
    assert_near(&all.mean(&all.entropy), &[0.5, 1.0]);
    assert_near(&all.mean(&all.largest), &[1.0, 0.25]);
}
