//! What both languages say: the derivations of the grammar.

use super::lexicon::{Adjective, Modifier, Noun, Number, Place, Time};
use super::verbs::{Conjunction, Modal, Report, Verb};

#[derive(Debug)]
pub(super) enum Sentence {
    Main(MainClause),
    Reported {
        reporter: NounPhrase,
        report: &'static Report,
        clause: Clause,
    },
    Joined {
        main: MainClause,
        conjunction: Conjunction,
        subordinate: Clause,
    },
}

/// A clause with its finite verb second.
#[derive(Debug)]
pub(super) struct MainClause {
    pub(super) clause: Clause,
    pub(super) first: First,
}

/// What stands before the finite verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Subject,
    Object,
    Time,
    Place,
}

#[derive(Debug)]
pub(super) struct Clause {
    pub(super) subject: NounPhrase,
    pub(super) verb: &'static Verb,
    pub(super) object: Option<NounPhrase>,
    pub(super) tense: Tense,
    pub(super) negated: bool,
    pub(super) time: Option<Time>,
    pub(super) place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tense {
    Present,
    /// The German perfect. English has the simple past, as it must beside `yesterday`.
    Perfect,
    Modal(&'static Modal),
}

#[derive(Debug)]
pub(super) struct NounPhrase {
    pub(super) definite: bool,
    pub(super) adjective: Option<&'static Adjective>,
    pub(super) modifier: Option<&'static Modifier>,
    pub(super) noun: &'static Noun,
    pub(super) number: Number,
}

impl Clause {
    /// Whether the negation is in the article of the object: German never says `nicht` of an indefinite one.
    pub(super) fn negates_object(&self) -> bool {
        self.negated && self.object.as_ref().is_some_and(|object| !object.definite)
    }
}

impl Tense {
    /// Whether a time makes sense with it; a negated clause is not about every day, which `not` might or might not
    /// include.
    pub(super) fn goes_with(self, time: Time, negated: bool) -> bool {
        match time {
            Time::Today | Time::Evening | Time::Sunday => true,
            Time::Yesterday => self == Self::Perfect,
            Time::Tomorrow => matches!(self, Self::Modal(_)),
            Time::EveryDay => !negated,
        }
    }
}
