//! For tests: the procedure of subword-nmt's `learn_bpe`, step by step, on strings and without a queue.

use std::collections::HashMap;

use super::END_OF_WORD;
use super::learn::{count_words, is_space};

type Pair = (String, String);
type Counts = HashMap<Pair, i64>;

/// The merges of `learn_bpe(lines, symbols, min_frequency)`.
pub(super) fn learn_plainly<L: AsRef<str>>(lines: &[L], symbols: usize, min_frequency: u64) -> Vec<Pair> {
    let mut words: Vec<(Vec<String>, i64)> = count_words(lines)
        .into_iter()
        .map(|(word, count)| {
            let mut units: Vec<String> = word.chars().map(String::from).collect();
            units.last_mut().unwrap().push_str(END_OF_WORD);
            (units, count)
        })
        .collect();
    let (mut stats, mut indices) = (Counts::new(), HashMap::<Pair, HashMap<usize, i64>>::new());
    for (place, (units, count)) in words.iter().enumerate() {
        for pair in units.windows(2) {
            let pair = (pair[0].clone(), pair[1].clone());
            *stats.entry(pair.clone()).or_default() += count;
            *indices.entry(pair).or_default().entry(place).or_default() += 1;
        }
    }
    let mut big_stats = stats.clone();
    let Some((_, most)) = most_frequent(&stats) else {
        return Vec::new();
    };
    let mut threshold = most as f64 / 10.0;
    let mut merges = Vec::new();
    for step in 0..symbols {
        let mut best = most_frequent(&stats);
        if best.is_none() || (step > 0 && (best.as_ref().unwrap().1 as f64) < threshold) {
            prune(&mut stats, &mut big_stats, threshold);
            stats.clone_from(&big_stats);
            best = most_frequent(&stats);
            threshold = best.as_ref().unwrap().1 as f64 * step as f64 / (step as f64 + 10_000.0);
            prune(&mut stats, &mut big_stats, threshold);
        }
        let (pair, count) = best.unwrap();
        if count < min_frequency.cast_signed() {
            break;
        }
        merges.push(pair.clone());
        let changes = replace(&pair, &mut words, &indices[&pair]);
        indices.insert(pair.clone(), HashMap::new());
        stats.insert(pair.clone(), 0);
        for (place, new, old, count) in changes {
            let mut add = |pair: [&String; 2], times: i64| {
                let pair = (pair[0].clone(), pair[1].clone());
                *stats.entry(pair.clone()).or_default() += times * count;
                *indices.entry(pair).or_default().entry(place).or_default() += times;
            };
            let mut at = 0;
            while at < old.len() {
                if old[at] != pair.0 || old.get(at + 1) != Some(&pair.1) {
                    at += 1;
                    continue;
                }
                if at > 0 {
                    add([&old[at - 1], &old[at]], -1);
                }
                if at + 2 < old.len()
                    && (old[at + 2] != pair.0 || at + 3 >= old.len() || old[at + 3] != pair.1)
                {
                    add([&old[at + 1], &old[at + 2]], -1);
                }
                at += 2;
            }
            let joined = format!("{}{}", pair.0, pair.1);
            for at in 0..new.len() {
                if new[at] != joined {
                    continue;
                }
                if at > 0 {
                    add([&new[at - 1], &new[at]], 1);
                }
                if at + 1 < new.len() && new[at + 1] != joined {
                    add([&new[at], &new[at + 1]], 1);
                }
            }
        }
        stats.insert(pair, 0);
        if step % 100 == 0 {
            prune(&mut stats, &mut big_stats, threshold);
        }
    }
    merges
}

fn most_frequent(stats: &Counts) -> Option<(Pair, i64)> {
    let best = stats.iter().max_by_key(|(pair, count)| (**count, *pair));
    best.map(|(pair, count)| (pair.clone(), *count))
}

fn prune(stats: &mut Counts, big_stats: &mut Counts, threshold: f64) {
    for (pair, count) in stats.clone() {
        if (count as f64) < threshold {
            stats.remove(&pair);
            if count < 0 {
                *big_stats.entry(pair).or_default() += count;
            } else {
                big_stats.insert(pair, count);
            }
        }
    }
}

/// The words that a merge looks at: their place, the units after and before, and how often the word stands in the text.
fn replace(
    pair: &Pair,
    words: &mut [(Vec<String>, i64)],
    places: &HashMap<usize, i64>,
) -> Vec<(usize, Vec<String>, Vec<String>, i64)> {
    let mut changes = Vec::new();
    for (&place, _) in places.iter().filter(|(_, times)| **times >= 1) {
        let (units, count) = &mut words[place];
        let text: Vec<char> = units.join(" ").chars().collect();
        let pattern: Vec<char> = format!("{} {}", pair.0, pair.1).chars().collect();
        let mut new = String::new();
        let mut at = 0;
        while at < text.len() {
            let end = at + pattern.len();
            if text[at..].starts_with(&pattern)
                && (at == 0 || is_space(text[at - 1]))
                && text.get(end).is_none_or(|next| is_space(*next))
            {
                new.extend([pair.0.as_str(), pair.1.as_str()]);
                at = end;
            } else {
                new.push(text[at]);
                at += 1;
            }
        }
        let new: Vec<String> = new.split(' ').map(String::from).collect();
        changes.push((place, new.clone(), std::mem::replace(units, new), *count));
    }
    changes
}
