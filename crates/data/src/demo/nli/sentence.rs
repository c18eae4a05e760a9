//! The sentences of the demo corpus: `every big dog is chasing a cat in the park`, `alice is not running`.

use std::fmt::{self, Display, Formatter};

use super::lexicon::Word;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sentence {
    pub(super) subject: Subject,
    pub(super) predicate: Predicate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Named {
        name: Word,
        negated: bool,
    },
    Quantified {
        quantifier: Quantifier,
        phrase: NounPhrase,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quantifier {
    Every,
    Some,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NounPhrase {
    pub(super) adjective: Option<Word>,
    pub(super) noun: Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Predicate {
    pub(super) verb: Word,
    pub(super) object: Option<Object>,
    pub(super) place: Option<Word>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Object {
    /// `every` rather than `a`.
    pub(super) every: bool,
    pub(super) noun: Word,
}

impl Quantifier {
    pub(super) const ALL: [Self; 3] = [Self::Every, Self::Some, Self::No];

    fn text(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Some => "some",
            Self::No => "no",
        }
    }
}

impl Sentence {
    /// Whether it has one of the two shapes that only the mismatched hypotheses have: a name or an adjective before
    /// an intransitive verb with a place.
    pub(super) fn has_held_out_template(&self) -> bool {
        let Predicate { object, place, .. } = self.predicate;
        let full_subject = match self.subject {
            Subject::Named { .. } => true,
            Subject::Quantified { phrase, .. } => phrase.adjective.is_some(),
        };
        full_subject && object.is_none() && place.is_some()
    }
}

impl Display for Sentence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Named { name, negated } => {
                f.write_str(name.text())?;
                f.write_str(if negated { " is not" } else { " is" })?;
            }
            Subject::Quantified { quantifier, phrase } => {
                f.write_str(quantifier.text())?;
                if let Some(adjective) = phrase.adjective {
                    write!(f, " {}", adjective.text())?;
                }
                write!(f, " {} is", phrase.noun.text())?;
            }
        }
        let Predicate { verb, object, place } = self.predicate;
        write!(f, " {}", verb.text())?;
        if let Some(Object { every, noun }) = object {
            let noun = noun.text();
            let determiner = match every {
                true => "every",
                false if noun.starts_with(['a', 'e', 'i', 'o', 'u']) => "an",
                false => "a",
            };
            write!(f, " {determiner} {noun}")?;
        }
        if let Some(place) = place {
            write!(f, " in the {}", place.text())?;
        }
        Ok(())
    }
}
