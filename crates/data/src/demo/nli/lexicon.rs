//! The words of the demo corpus and what their meanings have to do with each other.

use std::sync::LazyLock;

use super::relation::Relations;

/// What a content word can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Noun,
    Intransitive,
    Transitive,
    Adjective,
    Place,
    Name,
}

/// A content word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word(u8);

/// The words of the grammar itself.
pub(super) const FUNCTION_WORDS: [&str; 9] = ["every", "some", "no", "is", "not", "in", "the", "a", "an"];

/// One tree of meanings in preorder: depth and words, synonyms side by side. Siblings exclude each other; a tree that
/// starts at depth 1 has an unnamed root, so that its topmost words are siblings. Different trees are independent.
type Tree = &'static [(usize, &'static str)];

const TREES: [(Category, &[Tree]); 6] = [
    (
        Category::Noun,
        &[&[
            (1, "animal"),
            (2, "dog"),
            (3, "poodle"),
            (3, "beagle"),
            (2, "cat"),
            (3, "siamese"),
            (3, "tabby"),
            (2, "bird"),
            (3, "parrot"),
            (3, "eagle"),
            (1, "person"),
            (2, "child"),
            (3, "boy"),
            (3, "girl"),
            (2, "worker"),
            (3, "doctor"),
            (3, "nurse"),
            (3, "teacher"),
        ]],
    ),
    (
        Category::Intransitive,
        &[&[
            (1, "moving"),
            (2, "walking"),
            (2, "running"),
            (2, "climbing"),
            (1, "resting"),
            (2, "sleeping"),
            (2, "sitting"),
        ]],
    ),
    (
        Category::Transitive,
        &[
            &[(0, "touching"), (1, "holding"), (1, "pushing")],
            &[(0, "following"), (1, "chasing")],
        ],
    ),
    (
        Category::Adjective,
        &[
            &[(1, "big large"), (1, "small little")],
            &[(1, "black"), (1, "white"), (1, "brown")],
            &[(1, "happy"), (1, "sad")],
        ],
    ),
    (
        Category::Place,
        &[
            &[
                (0, "building"),
                (1, "house"),
                (2, "kitchen"),
                (2, "bedroom"),
                (1, "school"),
                (2, "classroom"),
                (2, "gym"),
            ],
            &[(0, "park"), (1, "playground")],
            &[(0, "forest")],
        ],
    ),
    (
        Category::Name,
        &[
            &[(0, "alice")],
            &[(0, "bob")],
            &[(0, "carol")],
            &[(0, "david")],
            &[(0, "emma")],
            &[(0, "frank")],
            &[(0, "grace")],
            &[(0, "henry")],
            &[(0, "irene")],
            &[(0, "jack")],
            &[(0, "kate")],
            &[(0, "leo")],
        ],
    ),
];

static LEXICON: LazyLock<Vec<Entry>> = LazyLock::new(entries);

struct Entry {
    text: &'static str,
    category: Category,
    tree: usize,
    /// From the root of the tree to here; synonyms have the same path.
    path: Vec<usize>,
    /// To every word.
    relations: Vec<Relations>,
    /// All words up or down the tree, and synonyms.
    kin: Vec<Word>,
    /// The words that stand for the other children of the parent.
    siblings: Vec<Word>,
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let trees = TREES
        .into_iter()
        .flat_map(|(category, trees)| trees.iter().map(move |tree| (category, tree)));
    for (tree, (category, concepts)) in trees.enumerate() {
        let mut path = Vec::new();
        for (concept, (depth, words)) in concepts.iter().enumerate() {
            path.truncate(*depth);
            path.resize(*depth, 0);
            path.push(concept);
            entries.extend(words.split(' ').map(|text| Entry {
                text,
                category,
                tree,
                path: path.clone(),
                relations: Vec::new(),
                kin: Vec::new(),
                siblings: Vec::new(),
            }));
        }
    }
    for index in 0..entries.len() {
        let entry = &entries[index];
        let relations: Vec<Relations> = entries.iter().map(|other| entry.relation(other)).collect();
        let (mut kin, mut siblings) = (Vec::new(), Vec::new());
        for (word, other) in (0..).map(Word).zip(&entries) {
            match relations[word.index()] {
                _ if word.index() == index => {}
                Relations::INDEPENDENCE => {}
                Relations::ALTERNATION => {
                    if entry.parent() == other.parent() {
                        siblings.push(word);
                    }
                }
                _ => kin.push(word),
            }
        }
        let entry = &mut entries[index];
        (entry.relations, entry.kin, entry.siblings) = (relations, kin, siblings);
    }
    entries
}

impl Entry {
    fn relation(&self, other: &Self) -> Relations {
        if self.tree != other.tree {
            Relations::INDEPENDENCE
        } else if self.path == other.path {
            Relations::EQUIVALENCE
        } else if self.path.starts_with(&other.path) {
            Relations::FORWARD
        } else if other.path.starts_with(&self.path) {
            Relations::REVERSE
        } else {
            Relations::ALTERNATION
        }
    }

    fn parent(&self) -> &[usize] {
        &self.path[..self.path.len() - 1]
    }
}

impl Category {
    /// Its words in the order of the vocabulary.
    pub(super) fn words(self) -> &'static [Word] {
        static WORDS: LazyLock<[Vec<Word>; 6]> = LazyLock::new(|| {
            TREES.map(|(category, _)| {
                Word::all()
                    .filter(|word| word.entry().category == category)
                    .collect()
            })
        });
        &WORDS[self as usize]
    }
}

impl Word {
    /// All content words in the order of the vocabulary.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(LEXICON.len())
    }

    /// Position in [`Self::all`].
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    pub(super) fn text(self) -> &'static str {
        self.entry().text
    }

    pub(super) fn category(self) -> Category {
        self.entry().category
    }

    /// The relation of what the words stand for; two names are independent.
    pub(super) fn relation(self, other: Self) -> Relations {
        self.entry().relations[other.index()]
    }

    /// Words that are more general, more special, or synonyms.
    pub(super) fn kin(self) -> &'static [Self] {
        &self.entry().kin
    }

    /// Words for the other children of the same parent.
    pub(super) fn siblings(self) -> &'static [Self] {
        &self.entry().siblings
    }

    /// Whether one of both is the next more general of the other.
    pub(super) fn is_parent_or_child_of(self, other: Self) -> bool {
        let levels = self.entry().path.len().abs_diff(other.entry().path.len());
        levels == 1 && self.kin().contains(&other)
    }

    fn entry(self) -> &'static Entry {
        &LEXICON[self.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        Word::all().find(|word| word.text() == text).unwrap()
    }

    fn texts(words: &[Word]) -> String {
        words.iter().map(|word| word.text()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn meanings_follow_the_trees() {
        let cases = [
            ("poodle", "animal", Relations::FORWARD),
            ("person", "nurse", Relations::REVERSE),
            ("poodle", "boy", Relations::ALTERNATION),
            ("dog", "tabby", Relations::ALTERNATION),
            ("big", "large", Relations::EQUIVALENCE),
            ("little", "large", Relations::ALTERNATION),
            ("big", "sad", Relations::INDEPENDENCE),
            ("walking", "sitting", Relations::ALTERNATION),
            ("holding", "chasing", Relations::INDEPENDENCE),
            ("chasing", "following", Relations::FORWARD),
            ("kitchen", "school", Relations::ALTERNATION),
            ("kitchen", "park", Relations::INDEPENDENCE),
            ("alice", "bob", Relations::INDEPENDENCE),
            ("alice", "alice", Relations::EQUIVALENCE),
        ];
        for (first, second, relation) in cases {
            assert_eq!(word(first).relation(word(second)), relation, "{first} {second}");
        }
    }

    #[test]
    fn neighbours_in_the_tree() {
        assert_eq!(texts(word("dog").kin()), "animal poodle beagle");
        assert_eq!(texts(word("dog").siblings()), "cat bird");
        assert_eq!(texts(word("animal").siblings()), "person");
        assert_eq!(texts(word("big").kin()), "large");
        assert_eq!(texts(word("large").siblings()), "small little");
        assert_eq!(texts(word("forest").siblings()), "");
        assert!(word("boy").is_parent_or_child_of(word("child")));
        assert!(!word("boy").is_parent_or_child_of(word("person")));
        assert!(!word("big").is_parent_or_child_of(word("large")));
    }

    #[test]
    fn categories_are_as_large_as_described() {
        use Category::{Adjective, Intransitive, Name, Noun, Place, Transitive};
        let sizes =
            [Noun, Intransitive, Transitive, Adjective, Place, Name].map(|category| category.words().len());
        assert_eq!(sizes, [18, 7, 5, 9, 10, 12]);
    }
}
