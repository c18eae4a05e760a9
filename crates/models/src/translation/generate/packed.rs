//! Decoding with packed weights, word by word on slices: keys and values stay where they were written.

use kernels::{Kept, Memory, Words, best_words, buffers};

use super::super::packed::{PackedDecoder, PackedDecoderLayer, PackedEncoder};
use super::super::positions::{Positions, position};
use super::super::{END, PADDING, SourceBatch, TranslationModel, UNKNOWN};
use super::search::{Next, Search};
use super::{GenerationError, Steps};
use crate::Indices;
use crate::ops::Host;
use crate::packed::{PackedGates, Space, sized};

/// Words that the search may treat otherwise than their scores say.
const SPECIAL: [i32; 3] = [PADDING, END, UNKNOWN];

/// A model with packed weights.
#[derive(Debug)]
pub(super) struct PackedModel {
    encoder: PackedEncoder,
    decoder: PackedDecoder,
    positions: Positions,
}

impl PackedModel {
    pub(super) fn new(model: &TranslationModel) -> Self {
        Self {
            encoder: model.encoder.packed(),
            decoder: model.decoder.packed(),
            positions: model.positions.clone(),
        }
    }

    /// The rows of the table of positions, at least those that are named.
    fn positions(&self, rows: &Indices) -> Host {
        Host::new(&self.positions.table_for(rows))
    }
}

/// Keys and values of one decoder layer, and the words being decoded.
#[derive(Debug)]
struct LayerKept {
    /// For each word so far, of the hypotheses that there were; nothing in a module without heads.
    own: Vec<Vec<f32>>,
    /// Of the sources, unless the module has no heads.
    memory: Option<Memory>,
}

/// A search under way.
#[derive(Debug)]
pub(super) struct PackedSteps<'a> {
    model: &'a PackedModel,
    gates: Option<PackedGates>,
    positions: Host,
    layers: Vec<LayerKept>,
    /// The sources of the sentences that are left.
    sources: Vec<usize>,
    /// Where each word of each hypothesis is kept, `[hypotheses][words so far]`.
    places: Vec<u32>,
    /// The row before that each hypothesis continues; none where every one continues itself.
    parents: Option<Vec<i32>>,
    /// Words decoded so far.
    before: usize,
    hidden: Vec<f32>,
    queries: Vec<f32>,
    contexts: Vec<f32>,
    logits: Vec<f32>,
    best: Vec<Words>,
    space: Space,
}

impl<'a> PackedSteps<'a> {
    /// Before the first word; no translation has more than `longest`, end symbol aside.
    pub(super) fn new(
        model: &'a PackedModel,
        source: &SourceBatch,
        gates: Option<PackedGates>,
        longest: usize,
    ) -> Self {
        let options = source.rows.options();
        let memory = model
            .encoder
            .encode(source, &model.positions(&source.positions), gates.as_ref());
        let of_layer = |layer: &PackedDecoderLayer| {
            let heads = layer.memory.attention.heads();
            let turned = heads.map(|heads| {
                let rows = source.rows.count();
                let mut keys_values = vec![0.0; rows * 2 * heads.width()];
                heads.keys_values.apply(&memory, &mut keys_values);
                Memory::new(keys_values, heads.width(), heads.heads, source.rows.tokens())
            });
            LayerKept {
                own: Vec::new(),
                memory: turned,
            }
        };
        Self {
            layers: model.decoder.layers.iter().map(of_layer).collect(),
            positions: model.positions(&Indices::new(&[position(longest)], options)),
            model,
            gates,
            sources: (0..source.sentences()).collect(),
            places: Vec::new(),
            parents: None,
            before: 0,
            hidden: Vec::new(),
            queries: Vec::new(),
            contexts: Vec::new(),
            logits: Vec::new(),
            best: Vec::new(),
            space: Space::default(),
        }
    }

    /// Every hypothesis takes over the places of the one that it continues; its next word will be in its own row.
    fn append_places(&mut self, rows: usize) {
        let before = self.before;
        let mut places = Vec::with_capacity(rows * (before + 1));
        for row in 0..rows {
            let parent = self.parents.as_ref().map_or(row, |parents| parents[row] as usize);
            places.extend_from_slice(&self.places[parent * before..][..before]);
            places.push(row as u32);
        }
        self.places = places;
        self.before += 1;
    }

    /// Scores of the word after `words`, the last of each hypothesis, in `logits`.
    fn decode(&mut self, words: &[i32]) {
        let decoder = &self.model.decoder;
        let rows = words.len();
        let ids: Vec<u32> = words.iter().map(|word| word.cast_unsigned()).collect();
        let place = position(self.before).cast_unsigned();
        self.append_places(rows);
        let hidden = &mut self.hidden;
        decoder
            .words
            .embed(&ids, &vec![place; rows], &self.positions, hidden);
        for (layer, kept) in decoder.layers.iter().zip(&mut self.layers) {
            if let Some(heads) = layer.own.attention.heads() {
                let mut own = buffers::take(rows * 2 * heads.width());
                heads.keys_values.apply(hidden, &mut own);
                kept.own.push(own);
                let queries = heads.queries(hidden, &mut self.queries);
                let attending = Kept {
                    words: &kept.own,
                    places: &self.places,
                    heads: heads.heads,
                    gates: layer.own.attention.gates(self.gates.as_ref()),
                };
                attending.attend(queries, sized(&mut self.contexts, queries.len()));
            }
            layer.own.finish(&self.contexts, hidden, &mut self.space);
            if let (Some(heads), Some(memory)) = (layer.memory.attention.heads(), &kept.memory) {
                let queries = heads.queries(hidden, &mut self.queries);
                let gates = layer.memory.attention.gates(self.gates.as_ref());
                let contexts = sized(&mut self.contexts, queries.len());
                memory.attend(queries, &self.sources, gates, contexts);
            }
            layer.memory.finish(&self.contexts, hidden, &mut self.space);
            layer.feed_forward.apply(hidden, &mut self.space);
        }
        let logits = sized(&mut self.logits, rows * decoder.scores.columns());
        decoder.scores.apply(hidden, logits);
    }
}

impl Steps for PackedSteps<'_> {
    fn advance(&mut self, words: &[i32], search: &mut Search) -> Result<Option<Next>, GenerationError> {
        self.decode(words);
        let vocabulary = self.model.decoder.scores.columns();
        let special: Vec<u32> = SPECIAL
            .iter()
            .map(|word| word.cast_unsigned())
            .filter(|&word| (word as usize) < vocabulary)
            .collect();
        // Whichever of the special words may not go on, so many others are among these.
        let wanted = search.wanted() + SPECIAL.len();
        self.best.resize_with(words.len(), Words::new);
        let logits = &self.logits[..words.len() * vocabulary];
        best_words(logits, vocabulary, wanted, &special, &mut self.best);
        let rows = self.best.iter();
        Ok(search.advance(rows.map(|row| row.iter().map(|&(word, score)| (word.cast_signed(), score)))))
    }

    fn follow(&mut self, next: &Next) {
        self.parents.clone_from(&next.rows);
        if let Some(sentences) = &next.sentences {
            self.sources = sentences
                .iter()
                .map(|&sentence| self.sources[sentence as usize])
                .collect();
        }
    }
}

impl Drop for PackedSteps<'_> {
    fn drop(&mut self) {
        for layer in &mut self.layers {
            layer.own.drain(..).for_each(buffers::give);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translation::GenerationConfig;
    use kernels::cross_entropy::log_softmax;
    use proptest::prelude::*;

    proptest! {
        /// Scores that repeat, so that ties are many; now and then one that is no number.
        #[test]
        fn the_words_listed_decide_as_all_words_do(
            beam in 1_usize..7, vocabulary in 15_usize..400, steps in prop::array::uniform5(any::<u64>()),
            min_len in 0_usize..4, last in 1_usize..5, unkpen in -1_i32..2, odd in prop::bool::weighted(0.1),
        ) {
            let config = GenerationConfig { beam, min_len, unkpen: f64::from(unkpen), ..GenerationConfig::default() };
            let [mut listed, mut whole] = [(), ()].map(|()| Search::new(config, last, 2));
            let mut rows = 2;
            for seed in steps {
                let mut logits: Vec<f32> = (0..rows * vocabulary)
                    .map(|index| ((index as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59) as f32 / 3.0)
                    .collect();
                if odd {
                    logits[seed as usize % (rows * vocabulary)] = f32::NAN;
                }
                let special = SPECIAL.map(i32::cast_unsigned);
                let mut best = vec![Words::new(); rows];
                best_words(&logits, vocabulary, listed.wanted() + SPECIAL.len(), &special, &mut best);
                let mut all = vec![0.0; rows * vocabulary];
                log_softmax(&logits, vocabulary, &mut all);
                let of_listed = best.iter().map(|row| row.iter().map(|&(word, score)| (word.cast_signed(), score)));
                let got = listed.advance(of_listed);
                let want = whole.advance(all.chunks(vocabulary).map(|row| (0..).zip(row.iter().copied())));
                prop_assert_eq!(&got, &want);
                let Some(next) = got else { break };
                rows = next.words.len();
            }
            prop_assert_eq!(listed.finish(), whole.finish());
        }
    }
}
