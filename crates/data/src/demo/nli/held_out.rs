//! Word pairs that stand for each other only in the mismatched corpus.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::lexicon::{Category, Word};
use super::relation::Relations;

/// The categories in which mismatched hypotheses have a word to replace. Names have no meaning to be held out.
const CATEGORIES: [Category; 4] = [
    Category::Noun,
    Category::Intransitive,
    Category::Adjective,
    Category::Place,
];
/// Of 100 pairs that can be held out, rounded up in each category so that none is without.
const PERCENT: usize = 15;

/// Unordered pairs, one row of bits for each word.
#[derive(Debug)]
pub(super) struct HeldOut(Vec<u64>);

impl HeldOut {
    /// Draws from the pairs of a tree that are neither synonyms nor parent and child.
    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        let mut rows = vec![0; Word::all().count()];
        for category in CATEGORIES {
            let mut pairs = eligible_pairs(category);
            pairs.shuffle(rng);
            pairs.truncate((pairs.len() * PERCENT).div_ceil(100));
            for (first, second) in pairs {
                rows[first.index()] |= 1 << second.index();
                rows[second.index()] |= 1 << first.index();
            }
        }
        Self(rows)
    }

    pub(super) fn contains(&self, first: Word, second: Word) -> bool {
        self.0[first.index()] >> second.index() & 1 == 1
    }
}

fn eligible_pairs(category: Category) -> Vec<(Word, Word)> {
    let words = category.words();
    let pairs = words
        .iter()
        .enumerate()
        .flat_map(|(index, first)| words[..index].iter().map(|second| (*second, *first)));
    pairs
        .filter(|(first, second)| match first.relation(*second) {
            Relations::EQUIVALENCE | Relations::INDEPENDENCE => false,
            _ => !first.is_parent_or_child_of(*second),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_category_has_its_share() {
        let held_out = HeldOut::draw(&mut ChaCha8Rng::seed_from_u64(1));
        let counts = CATEGORIES.map(|category| {
            let eligible = eligible_pairs(category);
            let held = eligible.iter().filter(|(first, second)| {
                assert_eq!(
                    held_out.contains(*first, *second),
                    held_out.contains(*second, *first)
                );
                held_out.contains(*first, *second)
            });
            (eligible.len(), held.count())
        });
        assert_eq!(counts, [(137, 21), (16, 3), (8, 2), (15, 3)]);
        let pairs: u32 = held_out.0.iter().map(|row| row.count_ones()).sum();
        assert_eq!(pairs, 2 * (21 + 3 + 2 + 3));
    }
}
