//! The seven relations of natural logic, sets of them, how they join, and how contexts project them.

use std::array;
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign};
use std::sync::LazyLock;

/// A set of the seven basic relations of MacCartney & Manning (2009), of which one holds between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relations(u8);

const COUNT: usize = 7;

impl Relations {
    /// x = y.
    pub(super) const EQUIVALENCE: Self = Self(1);
    /// x < y: x entails y, not the reverse.
    pub(super) const FORWARD: Self = Self(1 << 1);
    /// x > y: y entails x, not the reverse.
    pub(super) const REVERSE: Self = Self(1 << 2);
    /// x ^ y: exactly one of both.
    pub(super) const NEGATION: Self = Self(1 << 3);
    /// x | y: at most one of both.
    pub(super) const ALTERNATION: Self = Self(1 << 4);
    /// x u y: at least one of both.
    pub(super) const COVER: Self = Self(1 << 5);
    /// x # y: none of the others.
    pub(super) const INDEPENDENCE: Self = Self(1 << 6);
    /// Nothing is known.
    pub(super) const ANY: Self = Self((1 << COUNT) - 1);

    /// Whether `other` has every relation of this set.
    pub(super) fn is_within(self, other: Self) -> bool {
        self & other == self
    }

    /// What may hold between x and z, if this holds between x and y, and `next` between y and z.
    pub(super) fn join(self, next: Self) -> Self {
        self.indices().fold(Self(0), |all, first| {
            next.indices().fold(all, |all, second| all | JOIN[first][second])
        })
    }

    /// What holds between two expressions that differ only in a part, if this holds between the parts.
    pub(super) fn project(self, context: &Projection) -> Self {
        self.indices().fold(Self(0), |all, index| all | context[index])
    }

    fn indices(self) -> impl Iterator<Item = usize> {
        (0..COUNT).filter(move |index| self.0 >> index & 1 == 1)
    }

    /// The relation of two sets of elements below `size`, neither empty nor full, written as bits.
    fn of_sets(x: usize, y: usize, size: usize) -> Self {
        let both = x & y != 0;
        let all = x | y == (1 << size) - 1;
        match (both, all) {
            _ if x == y => Self::EQUIVALENCE,
            _ if x & y == x => Self::FORWARD,
            _ if x & y == y => Self::REVERSE,
            (false, true) => Self::NEGATION,
            (false, false) => Self::ALTERNATION,
            (true, true) => Self::COVER,
            (true, false) => Self::INDEPENDENCE,
        }
    }
}

impl BitAnd for Relations {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitAndAssign for Relations {
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOr for Relations {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Relations {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// Computed rather than copied: every triple of sets in a universe of six, the smallest that shows all entries.
static JOIN: LazyLock<[[Relations; COUNT]; COUNT]> = LazyLock::new(|| {
    const SIZE: usize = 6;
    const SETS: usize = 1 << SIZE;
    let relation: [[Relations; SETS]; SETS] =
        array::from_fn(|x| array::from_fn(|y| Relations::of_sets(x, y, SIZE)));
    let index = |relations: Relations| relations.0.trailing_zeros() as usize;
    let mut table = [[Relations(0); COUNT]; COUNT];
    for x in 1..SETS - 1 {
        for y in 1..SETS - 1 {
            for z in 1..SETS - 1 {
                table[index(relation[x][y])][index(relation[y][z])] |= relation[x][z];
            }
        }
    }
    table
});

/// What each of = < > ^ | u # becomes in a context.
pub(super) type Projection = [Relations; COUNT];

const EQ: Relations = Relations::EQUIVALENCE;
const LT: Relations = Relations::FORWARD;
const GT: Relations = Relations::REVERSE;
const NEG: Relations = Relations::NEGATION;
const ALT: Relations = Relations::ALTERNATION;
const COV: Relations = Relations::COVER;
const IND: Relations = Relations::INDEPENDENCE;

/// Under `not`.
pub(super) const COMPLEMENT: Projection = [EQ, GT, LT, NEG, COV, ALT, IND];
/// Adjective and noun, verb phrase and place.
pub(super) const INTERSECTION: Projection = [EQ, LT, GT, ALT, ALT, IND, IND];
/// Either argument of `some`, and of `a` in an object.
pub(super) const SOME: Projection = [EQ, LT, GT, COV, IND, COV, IND];
/// Either argument of `no`: the complement of `some`.
pub(super) const NO: Projection = [EQ, GT, LT, ALT, IND, ALT, IND];
/// The noun phrase of `every`, which has at least one instance.
pub(super) const EVERY_RESTRICTOR: Projection = [EQ, GT, LT, Relations(ALT.0 | IND.0), IND, IND, IND];
/// The other argument of `every`.
pub(super) const EVERY_SCOPE: Projection = [EQ, LT, GT, ALT, ALT, IND, IND];

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: &str = "=<>^|u#";

    fn symbols(relations: Relations) -> String {
        relations
            .indices()
            .map(|index| char::from(SYMBOLS.as_bytes()[index]))
            .collect()
    }

    #[test]
    fn join_table_is_maccartneys() {
        let recorded = [
            "= < > ^ | u #",
            "< < =<>|# | | <^|u# <|#",
            "> =<>u# > u >^|u# u >u#",
            "^ u | = > < #",
            "| <^|u# | < =<>|# < <|#",
            "u u >^|u# > > =<>u# >u#",
            "# <u# >|# # >|# <u# =<>^|u#",
        ];
        for (row, recorded) in JOIN.iter().zip(recorded) {
            let computed: Vec<String> = row.iter().map(|entry| symbols(*entry)).collect();
            assert_eq!(computed.join(" "), recorded);
        }
    }

    #[test]
    fn no_is_the_complement_of_some() {
        let relation = |index: usize| Relations(1 << index);
        for index in 0..COUNT {
            let by_some = relation(index).project(&SOME).project(&COMPLEMENT);
            assert_eq!(relation(index).project(&NO), by_some);
        }
    }

    #[test]
    fn sets_join_member_by_member() {
        let joined = (LT | EQ).join(ALT | GT);
        assert_eq!(joined, LT.join(ALT) | LT.join(GT) | EQ.join(ALT) | EQ.join(GT));
        assert!(joined.is_within(Relations::ANY));
    }
}
