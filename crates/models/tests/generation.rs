//! Generation against the model itself: cached steps must score as a forward pass over the whole sentence does.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use burn::tensor::Device;
use burn::tensor::activation::log_softmax;
use models::translation::{
    END, GenerationConfig, GenerationError, Hypothesis, PADDING, SourceBatch, TranslationBatch,
    TranslationConfig, TranslationModel,
};
use models::{HeadGates, Initializer, Mode, Parameter, Parameters, TensorOptions};

const WORDS: usize = 12;
const SOURCES: [[i32; 4]; 3] = [[5, 6, 7, END], [PADDING, 8, 5, END], [PADDING, PADDING, 9, END]];

fn options() -> TensorOptions {
    TensorOptions::double(Device::flex())
}

/// Fused kernels and plain operations, each on rectangles and on packed batches.
fn ways() -> [TensorOptions; 4] {
    [
        options(),
        options().packed(),
        options().plain(),
        options().plain().packed(),
    ]
}

/// A model whose weights are large, so that its translations differ and some end early.
fn model(seed: u64) -> TranslationModel {
    model_of(seed, &options())
}

fn model_of(seed: u64, options: &TensorOptions) -> TranslationModel {
    let config = TranslationConfig::of_sizes(10, WORDS, 8, 2, 2, 12);
    let mut model = TranslationModel::new(&config, &mut Initializer::new(seed, options.clone())).unwrap();
    model.visit("", &mut |name, parameter| {
        if let (true, Parameter::Matrix(tensor, _)) = (name.contains("attn"), parameter) {
            *tensor = tensor.clone().mul_scalar(3.0);
        }
    });
    model
}

fn sources() -> SourceBatch {
    sources_of(&options())
}

fn sources_of(options: &TensorOptions) -> SourceBatch {
    SourceBatch::new(&SOURCES.concat(), SOURCES.len(), options)
}

fn gates() -> Vec<f64> {
    (0..12).map(|head| f64::from(head % 3) / 2.0 + 0.25).collect()
}

/// Log-probabilities of every word after each prefix of `target`, `[length][vocabulary]`, without any cache.
fn forced(model: &TranslationModel, source: &[i32], target: &[i32], gates: Option<&[f64]>) -> Vec<Vec<f64>> {
    let batch = TranslationBatch::new(source, target, 1, &options());
    let gates = gates.map(|gates| HeadGates::new(gates, model.grid(), &options()).unwrap());
    let scores = log_softmax(model.forward(&batch, gates.as_ref(), Mode::Evaluate), 1);
    let scores = scores.try_into_vec_as::<f64>().unwrap();
    scores.chunks(WORDS).map(<[f64]>::to_vec).collect()
}

#[test]
fn every_hypothesis_scores_as_without_a_cache() {
    let config = GenerationConfig {
        beam: 3,
        max_len_b: 9.0,
        unkpen: 0.5,
        ..GenerationConfig::default()
    };
    let mut lengths = Vec::new();
    for seed in 0..4 {
        for gates in [None, Some(gates())] {
            let model = model(seed);
            let translated = model.generate(&sources(), gates.as_deref(), &config).unwrap();
            for (source, hypotheses) in SOURCES.iter().zip(&translated) {
                assert_eq!(hypotheses.len(), 3);
                assert!(hypotheses.is_sorted_by(|a, b| a.score >= b.score));
                for Hypothesis {
                    tokens,
                    score,
                    positional_scores,
                } in hypotheses
                {
                    lengths.push(tokens.len());
                    let rows = forced(&model, source, tokens, gates.as_deref());
                    for ((row, &word), got) in rows.iter().zip(tokens).zip(positional_scores) {
                        let want = row[word as usize] - if word == 3 { 0.5 } else { 0.0 };
                        assert!((got - want).abs() < 1e-11, "{got} {want}");
                    }
                    let mean = positional_scores.iter().sum::<f64>() / tokens.len() as f64;
                    assert!((score - mean).abs() < 1e-12);
                }
            }
        }
    }
    // Sentences that end at different steps are what the cache must follow.
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() > 3 && lengths.last() == Some(&10), "{lengths:?}");
}

#[test]
fn greedy_search_takes_the_most_likely_word_each_time() {
    let config = GenerationConfig {
        beam: 1,
        max_len_b: 7.0,
        ..GenerationConfig::default()
    };
    for seed in 0..4 {
        let model = model(seed);
        let translated = model.trainable().generate(&sources(), None, &config).unwrap();
        for (source, hypotheses) in SOURCES.iter().zip(&translated) {
            let mut tokens = vec![END];
            loop {
                let rows = forced(&model, source, &tokens, None);
                let mut row = rows[tokens.len() - 1].clone();
                row[PADDING as usize] = f64::NEG_INFINITY;
                if tokens.len() == 1 {
                    row[END as usize] = f64::NEG_INFINITY;
                }
                let best = (0..WORDS).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                let best = if tokens.len() == 8 { END } else { best as i32 };
                *tokens.last_mut().unwrap() = best;
                if best == END {
                    break;
                }
                tokens.push(END);
            }
            assert_eq!(hypotheses[0].tokens, tokens);
        }
    }
}

#[test]
fn a_sentence_is_translated_as_it_is_alone() {
    let model = model(2);
    let config = GenerationConfig {
        beam: 4,
        max_len_b: 9.0,
        ..GenerationConfig::default()
    };
    let together = model.generate(&sources(), Some(&gates()), &config).unwrap();
    for (source, together) in SOURCES.iter().zip(together) {
        let words: Vec<i32> = source.iter().copied().filter(|&id| id != PADDING).collect();
        let alone = SourceBatch::new(&words, 1, &options());
        let alone = model.generate(&alone, Some(&gates()), &config).unwrap();
        let tokens = |hypotheses: &[Hypothesis]| -> Vec<Vec<i32>> {
            hypotheses
                .iter()
                .map(|hypothesis| hypothesis.tokens.clone())
                .collect()
        };
        assert_eq!(tokens(&alone[0]), tokens(&together));
    }
}

#[test]
fn the_longest_translation_is_bounded_by_the_source_and_by_the_model() {
    let mut config = TranslationConfig::of_sizes(10, WORDS, 8, 1, 2, 12);
    config.max_target_positions = 6;
    let model = TranslationModel::new(&config, &mut Initializer::new(1, options())).unwrap();
    let longest = |max_len_a, max_len_b| {
        let config = GenerationConfig {
            beam: 2,
            max_len_a,
            max_len_b,
            min_len: 100,
            ..GenerationConfig::default()
        };
        let translated = model.generate(&sources(), None, &config).unwrap();
        translated[0][0].tokens.len()
    };
    // 4 words wide: 0.6 * 4 + 1 = 3.4, and the end symbol.
    assert_eq!(longest(0.6, 1.0), 4);
    assert_eq!(longest(0.0, 0.0), 1);
    assert_eq!(longest(0.0, 200.0), 6);
}

#[test]
fn a_beam_that_cannot_be_filled_is_refused_and_nothing_gives_nothing() {
    let model = model(1);
    let with = |beam| GenerationConfig {
        beam,
        max_len_b: 2.0,
        ..GenerationConfig::default()
    };
    for beam in [0, 6] {
        let refused = model.generate(&sources(), None, &with(beam)).unwrap_err();
        let vocabulary = WORDS;
        assert_eq!(refused, GenerationError::Beam { beam, vocabulary });
    }
    assert!(model.generate(&sources(), None, &with(5)).is_ok());
    let none = SourceBatch::new(&[], 0, &options());
    assert_eq!(model.generate(&none, None, &with(5)), Ok(Vec::new()));
}

#[test]
fn every_cached_way_finds_what_decoding_every_prefix_anew_finds() {
    for (beam, max_len_b) in [(1, 7.0), (3, 9.0)] {
        let config = GenerationConfig {
            beam,
            max_len_b,
            ..GenerationConfig::default()
        };
        for seed in 0..4 {
            for gates in [None, Some(gates())] {
                let anew = model(seed)
                    .generate_recomputing(&sources(), gates.as_deref(), &config)
                    .unwrap();
                for (way, options) in ways().iter().enumerate() {
                    let cached = model_of(seed, options)
                        .generate(&sources_of(options), gates.as_deref(), &config)
                        .unwrap();
                    for (cached, anew) in cached.iter().flatten().zip(anew.iter().flatten()) {
                        assert_eq!(cached.tokens, anew.tokens, "way {way}");
                        assert!((cached.score - anew.score).abs() < 1e-11, "way {way}");
                    }
                    assert_eq!(cached.iter().map(Vec::len).collect::<Vec<_>>(), [beam; 3]);
                }
                assert_eq!(anew.iter().map(Vec::len).collect::<Vec<_>>(), [beam; 3]);
            }
        }
    }
}
