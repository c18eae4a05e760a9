//! Attention as a decoder takes it, word by word, against attention over whole sequences.

use kernels::{Attention, Kept, Memory, Projected, Span, attention_forward};
use proptest::prelude::*;

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mixed = |index: usize| (index as u64 ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..count)
        .map(|index| ((mixed(index) >> 40) as f32 / (1_u64 << 24) as f32 - 0.5) * 4.0)
        .collect()
}

fn close(got: &[f32], want: &[f32]) -> bool {
    got.len() == want.len() && got.iter().zip(want).all(|(got, want)| (got - want).abs() < 2e-5)
}

/// Contexts of queries over keys and values side by side.
fn over(
    queries: &[f32],
    rows: &[f32],
    spans: &[Span],
    heads: usize,
    gates: Option<&[f32]>,
    width: usize,
) -> Vec<f32> {
    let part = |rows, stride, offset| Projected { rows, stride, offset };
    let mut context = vec![f32::NAN; queries.len()];
    let attention = Attention {
        queries: part(queries, width, 0),
        keys: part(rows, 2 * width, 0),
        values: part(rows, 2 * width, width),
        spans,
        heads,
        head_width: width / heads,
        causal: false,
        gates,
        dropout: None,
    };
    attention_forward(&attention, &mut context, None);
    context
}

proptest! {
    #[test]
    fn words_that_stay_where_they_were_written_are_attended_to_as_copies_are(
        rows in 1_usize..20, words in 1_usize..40, heads in 1_usize..4, head_width in 1_usize..140, gated: bool, seed: u64,
    ) {
        let width = heads * head_width;
        let gates = numbers(heads, seed ^ 3);
        let gates = gated.then_some(&gates[..]);
        // Each word was written when there were other numbers of hypotheses.
        let written: Vec<Vec<f32>> = (0..words)
            .map(|word| numbers((1 + word % 4) * 2 * width, seed ^ word as u64))
            .collect();
        let place = |row: usize, word: usize| (row * 7 + word) % (1 + word % 4);
        let places: Vec<u32> = (0..rows)
            .flat_map(|row| (0..words).map(move |word| place(row, word) as u32))
            .collect();
        let queries = numbers(rows * width, seed ^ 77);
        let mut got = vec![f32::NAN; rows * width];
        Kept { words: &written, places: &places, heads, gates }.attend(&queries, &mut got);

        let mut copies = Vec::new();
        for row in 0..rows {
            for (word, written) in written.iter().enumerate() {
                copies.extend_from_slice(&written[place(row, word) * 2 * width..][..2 * width]);
            }
        }
        let spans: Vec<Span> = (0..rows)
            .map(|row| Span { queries: row..row + 1, keys: row * words..(row + 1) * words })
            .collect();
        prop_assert!(close(&got, &over(&queries, &copies, &spans, heads, gates, width)));
    }

    #[test]
    fn sources_that_were_turned_are_attended_to_as_they_were(
        lengths in prop::collection::vec(0_usize..40, 1..5), each in 1_usize..7,
        heads in 1_usize..4, head_width in 1_usize..40, gated: bool, seed: u64,
    ) {
        let width = heads * head_width;
        let gates = numbers(heads, seed ^ 3);
        let gates = gated.then_some(&gates[..]);
        let mut first = 1;
        let sources: Vec<_> = lengths.iter().map(|length| { let begin = first; first += length; begin..first }).collect();
        let rows = numbers(first * 2 * width, seed);
        // Backwards, and one of them twice.
        let asked: Vec<usize> = (0..lengths.len()).rev().chain([0]).collect();
        let queries = numbers(asked.len() * each * width, seed ^ 77);
        let mut got = vec![f32::NAN; queries.len()];
        Memory::new(rows.clone(), width, heads, &sources).attend(&queries, &asked, gates, &mut got);
        let spans: Vec<Span> = asked
            .iter()
            .enumerate()
            .map(|(place, &source)| Span { queries: place * each..(place + 1) * each, keys: sources[source].clone() })
            .collect();
        prop_assert!(close(&got, &over(&queries, &rows, &spans, heads, gates, width)));
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (rows, words, width) = (60, 90, 1024);
    let written: Vec<Vec<f32>> = (0..words).map(|word| numbers(rows * 2 * width, word)).collect();
    let places: Vec<u32> = (0..rows as u32)
        .flat_map(|row| vec![row; words as usize])
        .collect();
    let queries = numbers(rows * width, 5);
    let lengths: Vec<_> = (0..12).map(|source| source * 60..(source + 1) * 60).collect();
    let memory = Memory::new(numbers(720 * 2 * width, 9), width, 8, &lengths);
    let all: Vec<usize> = (0..12).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let (mut own, mut others) = (vec![0.0; rows * width], vec![0.0; rows * width]);
            Kept {
                words: &written,
                places: &places,
                heads: 8,
                gates: None,
            }
            .attend(&queries, &mut own);
            memory.attend(&queries, &all, None, &mut others);
            [own, others].concat()
        })
    };
    let one = on(1);
    assert!(one == on(2) && one == on(3));
}
