//! Multiply-adds of a pass of a model, counted as its equations are written down.
//!
//! Counted are products of matrices: projections, scores, contexts, feed-forward layers and what gives the answers. Every
//! token goes through every layer, nothing is padded, and nothing is computed twice. A program that leaves out what nobody
//! reads does fewer, one that pads does more.

use heads::{HeadGrid, HeadRow, RowKind};

use crate::encoder::EncoderConfig;
use crate::translation::TranslationConfig;

/// The lengths of some inputs of a classifier, in sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputLengths {
    examples: u64,
    tokens: u64,
    /// Pairs of a token that attends and one that is attended to.
    pairs: u64,
}

/// The lengths of some pairs of a source and a translation, end symbols included, in sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairLengths {
    examples: u64,
    source: u64,
    target: u64,
    /// Pairs within the sources, within the translations (a word sees those before it and itself), and from translations to
    /// sources.
    pairs: [u64; 3],
}

impl FromIterator<usize> for InputLengths {
    fn from_iter<I: IntoIterator<Item = usize>>(lengths: I) -> Self {
        let mut sums = Self::default();
        for length in lengths {
            let length = length as u64;
            sums.examples += 1;
            sums.tokens += length;
            sums.pairs += length * length;
        }
        sums
    }
}

impl FromIterator<(usize, usize)> for PairLengths {
    fn from_iter<I: IntoIterator<Item = (usize, usize)>>(lengths: I) -> Self {
        let mut sums = Self::default();
        for (source, target) in lengths {
            let (source, target) = (source as u64, target as u64);
            sums.examples += 1;
            sums.source += source;
            sums.target += target;
            let [within, seen, across] = &mut sums.pairs;
            *within += source * source;
            *seen += target * (target + 1) / 2;
            *across += source * target;
        }
        sums
    }
}

/// What an attention module does: tokens that attend, tokens attended to, and pairs of them.
struct Attending {
    queries: u64,
    keys: u64,
    pairs: u64,
}

impl Attending {
    /// Multiply-adds of a module of so many heads of that width, in a model of that width.
    fn multiply_adds(&self, heads: usize, head_width: u64, width: u64) -> u64 {
        let inner = heads as u64 * head_width;
        // Query and output, key and value; scores and contexts.
        2 * (self.queries + self.keys) * width * inner + 2 * self.pairs * inner
    }
}

/// Rounded.
fn mean(sum: u64, examples: u64) -> u64 {
    (sum + examples / 2).checked_div(examples).unwrap_or(0)
}

impl EncoderConfig {
    /// Multiply-adds of an input, on average over `inputs`, of such a model with the heads of `grid`; 0 without inputs.
    pub fn multiply_adds(&self, grid: &HeadGrid, inputs: &InputLengths) -> u64 {
        let [width, inner, classes] = [self.hidden_size, self.intermediate_size, self.classes()].map(as_u64);
        let head_width = width / as_u64(self.num_attention_heads.max(1));
        let attending = Attending {
            queries: inputs.tokens,
            keys: inputs.tokens,
            pairs: inputs.pairs,
        };
        let of_row = |row: &HeadRow| {
            attending.multiply_adds(row.heads, head_width, width) + 2 * inputs.tokens * width * inner
        };
        let layers: u64 = grid.rows().iter().map(of_row).sum();
        mean(
            layers + inputs.examples * width * (width + classes),
            inputs.examples,
        )
    }
}

impl TranslationConfig {
    /// Multiply-adds of a pair, on average over `pairs`, of such a model with the heads of `grid`; 0 without pairs. They are
    /// those of a translation of that length with one hypothesis and with keys and values kept.
    pub fn multiply_adds(&self, grid: &HeadGrid, pairs: &PairLengths) -> u64 {
        let [width, inner, words] = [self.embed_dim, self.ffn_embed_dim, self.target_vocabulary].map(as_u64);
        let head_width = width / as_u64(self.attention_heads.max(1));
        let [within, seen, across] = pairs.pairs;
        let of_row = |row: &HeadRow| {
            let (queries, keys, pairs) = match row.kind {
                RowKind::EncoderSelf => (pairs.source, pairs.source, within),
                RowKind::EncoderDecoder => (pairs.target, pairs.source, across),
                RowKind::DecoderSelf => (pairs.target, pairs.target, seen),
            };
            let attending = Attending { queries, keys, pairs };
            attending.multiply_adds(row.heads, head_width, width)
        };
        let attention: u64 = grid.rows().iter().map(of_row).sum();
        let fed = as_u64(self.encoder_layers) * pairs.source + as_u64(self.decoder_layers) * pairs.target;
        mean(
            attention + 2 * fed * width * inner + pairs.target * width * words,
            pairs.examples,
        )
    }
}

fn as_u64(size: usize) -> u64 {
    size as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use heads::HeadMask;

    #[test]
    fn bert_base_has_eleven_billion_at_128_tokens_and_a_head_64_dimensions_of_them() {
        let config = EncoderConfig::of_sizes(30_522, 768, 12, 12, 3072, 512);
        let inputs: InputLengths = [128].into_iter().collect();
        let all = config.multiply_adds(&config.grid().unwrap(), &inputs);
        // 12 layers of 4 projections, 2 feed-forward layers and 2 products of attention, and the pooler with 2 classes.
        let layer = 4 * 128 * 768 * 768 + 2 * 128 * 768 * 3072 + 2 * 128 * 128 * 768;
        assert_eq!(all, 12 * layer + 768 * (768 + 2));
        let mask = HeadMask::from_flags((0..144).map(|head| head < 12).collect());
        let pruned = config.pruned(&mask).unwrap();
        let left = config.multiply_adds(&pruned.grid().unwrap(), &inputs);
        let head = 4 * 128 * 768 * 64 + 2 * 128 * 128 * 64;
        assert_eq!(all - left, 132 * head);
    }

    #[test]
    fn a_mean_over_lengths_is_the_mean_of_their_numbers() {
        let config = EncoderConfig::of_sizes(10, 8, 2, 4, 16, 12);
        let grid = config.grid().unwrap();
        let of = |lengths: &[usize]| config.multiply_adds(&grid, &lengths.iter().copied().collect());
        assert_eq!(of(&[3, 5, 10]), (of(&[3]) + of(&[5]) + of(&[10]) + 1) / 3);
        assert_eq!(of(&[]), 0);
    }

    #[test]
    fn heads_of_a_decoder_cost_by_what_they_look_at() {
        let mut config = TranslationConfig::of_sizes(9, 11, 8, 1, 2, 16);
        config.decoder_layers = 2;
        let pairs: PairLengths = [(5, 3)].into_iter().collect();
        let all = config.multiply_adds(&config.grid().unwrap(), &pairs);
        let attention = |queries: u64, keys: u64, pairs: u64| 2 * (queries + keys) * 8 * 8 + 2 * pairs * 8;
        let fed = 2 * (5 + 2 * 3) * 8 * 16;
        let expected =
            attention(5, 5, 25) + 2 * (attention(3, 5, 15) + attention(3, 3, 6)) + fed + 3 * 8 * 11;
        assert_eq!(all, expected);
        // A head of encoder-decoder attention, the first of its kind.
        let mask = HeadMask::from_digits("1101111111").unwrap();
        let left = config.multiply_adds(&config.pruned(&mask).unwrap().grid().unwrap(), &pairs);
        assert_eq!(all - left, attention(3, 5, 15) / 2);
    }
}
