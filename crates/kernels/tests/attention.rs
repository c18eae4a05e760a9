//! Attention against a plain computation and against finite differences, on sequences of random lengths.

use kernels::{
    Attention, AttentionGradient, Dropout, Projected, Span, attention_backward, attention_forward,
};
use proptest::prelude::*;

/// Everything that decides one attention.
#[derive(Debug, Clone)]
struct Case {
    /// Queries and keys of each sequence, and rows of padding after them that attend but are no keys.
    lengths: Vec<(usize, usize, usize)>,
    heads: usize,
    head_width: usize,
    joint: bool,
    causal: bool,
    gates_of_each: bool,
    closed: bool,
    rate: f64,
}

fn cases() -> impl Strategy<Value = Case> {
    let lengths = prop::collection::vec((0_usize..7, 0_usize..21, 0_usize..3), 1..4);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (
        lengths,
        0_usize..4,
        1_usize..10,
        flags,
        prop::sample::select(vec![0.0, 0.3]),
    )
        .prop_map(
            |(lengths, heads, head_width, (joint, causal, gates_of_each, closed), rate)| Case {
                lengths,
                heads,
                head_width,
                joint,
                causal,
                gates_of_each,
                closed,
                rate,
            },
        )
}

struct Numbers {
    spans: Vec<Span>,
    query_rows: usize,
    key_rows: usize,
    queries: Vec<f64>,
    memory: Vec<f64>,
    gates: Vec<f64>,
    weights: Vec<f64>,
    row_keys: Vec<u64>,
}

fn number(index: usize, seed: u64) -> f64 {
    let mixed = (index as u64 ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 40) as f64 / (1_u64 << 24) as f64 - 0.5) * 2.0
}

impl Case {
    fn numbers(&self) -> Numbers {
        let (mut spans, mut query, mut key) = (Vec::new(), 0, 0);
        for &(queries, keys, padding) in &self.lengths {
            let (queries, keys) = if self.joint {
                (keys + padding, keys)
            } else {
                (queries, keys)
            };
            let start = if self.joint { query } else { key };
            spans.push(Span {
                queries: query..query + queries,
                keys: start..start + keys,
            });
            query += queries;
            key = start + if self.joint { queries } else { keys + padding };
        }
        let width = self.heads * self.head_width;
        let copies = if self.gates_of_each { spans.len() } else { 1 };
        let fill = |count: usize, seed| (0..count).map(|i| number(i, seed)).collect::<Vec<_>>();
        let mut gates = fill(copies * self.heads, 3);
        if let (true, Some(gate)) = (self.closed, gates.first_mut()) {
            *gate = 0.0;
        }
        Numbers {
            queries: fill(query * width * if self.joint { 3 } else { 1 }, 1),
            memory: if self.joint {
                Vec::new()
            } else {
                fill(key * width * 2, 2)
            },
            gates,
            weights: fill(query * width, 4),
            row_keys: (0..query as u64).map(|row| row * 5 + 1).collect(),
            spans,
            query_rows: query,
            key_rows: key,
        }
    }

    fn attention<'a>(&self, numbers: &'a Numbers) -> Attention<'a, f64> {
        let width = self.heads * self.head_width;
        let part = |rows: &'a [f64], stride, offset| Projected { rows, stride, offset };
        let (queries, keys, values) = if self.joint {
            let rows = &numbers.queries;
            (
                part(rows, 3 * width, 0),
                part(rows, 3 * width, width),
                part(rows, 3 * width, 2 * width),
            )
        } else {
            let memory = &numbers.memory;
            (
                part(&numbers.queries, width, 0),
                part(memory, 2 * width, 0),
                part(memory, 2 * width, width),
            )
        };
        Attention {
            queries,
            keys,
            values,
            spans: &numbers.spans,
            heads: self.heads,
            head_width: self.head_width,
            causal: self.causal,
            gates: Some(&numbers.gates),
            dropout: Dropout::new(self.rate, 7, 3).map(|dropout| (dropout, numbers.row_keys.as_slice())),
        }
    }

    /// Contexts by the definition, one number at a time.
    fn by_hand(&self, numbers: &Numbers) -> Vec<f64> {
        let attention = self.attention(numbers);
        let width = self.heads * self.head_width;
        let at = |part: Projected<'_, f64>, row: usize, column: usize| {
            part.rows[row * part.stride + part.offset + column]
        };
        let mut out = vec![0.0; numbers.query_rows * width];
        for (sequence, span) in numbers.spans.iter().enumerate() {
            let length = span.keys.len().next_multiple_of(16);
            for (number, query) in span.queries.clone().enumerate() {
                let mut factors = vec![1.0; self.heads * length];
                if let Some((dropout, rows)) = attention.dropout {
                    dropout.factors(rows[query], &mut factors);
                }
                for head in 0..self.heads {
                    let columns = head * self.head_width..(head + 1) * self.head_width;
                    let seen = span
                        .keys
                        .len()
                        .min(if self.causal { number + 1 } else { usize::MAX });
                    let keys = span.keys.start..span.keys.start + seen;
                    let scores: Vec<f64> = keys
                        .clone()
                        .map(|key| {
                            let dot: f64 = columns
                                .clone()
                                .map(|c| at(attention.queries, query, c) * at(attention.keys, key, c))
                                .sum();
                            (dot / (self.head_width as f64).sqrt()).exp()
                        })
                        .collect();
                    let total: f64 = scores.iter().sum();
                    let gate = numbers.gates[if self.gates_of_each {
                        sequence * self.heads + head
                    } else {
                        head
                    }];
                    for column in columns.clone() {
                        out[query * width + column] = keys
                            .clone()
                            .zip(&scores)
                            .enumerate()
                            .map(|(index, (key, score))| {
                                gate * score / total
                                    * factors[head * length + index]
                                    * at(attention.values, key, column)
                            })
                            .sum();
                    }
                }
            }
        }
        out
    }

    /// A sum of contexts with fixed weights.
    fn loss(&self, numbers: &Numbers) -> f64 {
        let mut context = vec![0.0; numbers.weights.len()];
        attention_forward(&self.attention(numbers), &mut context, None);
        context.iter().zip(&numbers.weights).map(|(a, b)| a * b).sum()
    }
}

fn close(got: f64, want: f64, tolerance: f64) -> bool {
    (got - want).abs() <= tolerance * (1.0 + want.abs())
}

proptest! {
    #[test]
    fn contexts_are_those_of_the_definition(case in cases()) {
        let numbers = case.numbers();
        let attention = case.attention(&numbers);
        let want = case.by_hand(&numbers);
        let mut context = vec![9.0; want.len()];
        attention_forward(&attention, &mut context, None);
        let mut kept = vec![9.0; attention.probabilities()];
        let mut again = vec![9.0; want.len()];
        attention_forward(&attention, &mut again, Some(&mut kept));
        for ((got, again), want) in context.iter().zip(&again).zip(&want) {
            prop_assert!(close(*got, *want, 1e-12) && close(*again, *want, 1e-12), "{} {} {}", got, again, want);
        }
    }

    #[test]
    fn derivatives_are_those_of_finite_differences(case in cases()) {
        let mut numbers = case.numbers();
        let width = case.heads * case.head_width;
        let (mut by_queries, mut by_memory) = (vec![9.0; numbers.queries.len()], vec![9.0; numbers.memory.len()]);
        let (by_gates, alone) = {
            let attention = case.attention(&numbers);
            let mut context = vec![0.0; numbers.query_rows * width];
            let mut kept = vec![0.0; attention.probabilities()];
            attention_forward(&attention, &mut context, Some(&mut kept));
            let mut kept_again = kept.clone();
            let gradient = if case.joint {
                AttentionGradient::Joint(&mut by_queries)
            } else {
                AttentionGradient::Separate(&mut by_queries, &mut by_memory)
            };
            (
                attention_backward(&attention, &mut kept, &numbers.weights, gradient),
                attention_backward(&attention, &mut kept_again, &numbers.weights, AttentionGradient::None),
            )
        };
        prop_assert_eq!(&by_gates, &alone);
        let mut summed = vec![0.0; numbers.gates.len()];
        for (index, by_gate) in by_gates.iter().enumerate() {
            summed[index % numbers.gates.len()] += by_gate;
        }
        prop_assert_eq!(numbers.memory.len(), if case.joint { 0 } else { numbers.key_rows * 2 * width });

        let step = 1e-5;
        for (which, gradient) in [(0, by_queries), (1, by_memory), (2, summed)] {
            for (index, got) in gradient.into_iter().enumerate() {
                let mut at = |change: f64| {
                    let values = match which { 0 => &mut numbers.queries, 1 => &mut numbers.memory, _ => &mut numbers.gates };
                    let before = values[index];
                    values[index] = before + change;
                    let loss = case.loss(&numbers);
                    let values = match which { 0 => &mut numbers.queries, 1 => &mut numbers.memory, _ => &mut numbers.gates };
                    values[index] = before;
                    loss
                };
                let want = (at(step) - at(-step)) / (2.0 * step);
                prop_assert!(close(got, want, 1e-7), "{} {}: {} {}", which, index, got, want);
            }
        }
    }
}

#[test]
fn long_sequences_have_the_same_bytes_on_one_two_and_three_threads() {
    let case = Case {
        lengths: vec![(0, 130, 0); 6],
        heads: 3,
        head_width: 32,
        joint: true,
        causal: false,
        gates_of_each: false,
        closed: false,
        rate: 0.1,
    };
    let numbers = case.numbers();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let attention = case.attention(&numbers);
            let mut context = vec![0.0; numbers.weights.len()];
            let mut kept = vec![0.0; attention.probabilities()];
            attention_forward(&attention, &mut context, Some(&mut kept));
            let mut gradient = vec![0.0; numbers.queries.len()];
            let into = AttentionGradient::Joint(&mut gradient);
            let gates = attention_backward(&attention, &mut kept, &numbers.weights, into);
            (context, gradient, gates)
        })
    };
    let one = on(1);
    assert!(one == on(2) && one == on(3));
    for (got, want) in one.0.iter().zip(case.by_hand(&numbers)) {
        assert!(close(*got, want, 1e-12), "{got} {want}");
    }
}
