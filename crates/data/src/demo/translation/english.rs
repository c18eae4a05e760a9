//! English: one order of words, `do` with a negation, and `a` or `an`.

use super::grammar::{Clause, NounPhrase, Sentence, Tense};
use super::lexicon::Number;

impl Sentence {
    /// Tokens with a space between them; a full stop ends them.
    pub(super) fn english(&self) -> String {
        match self {
            Self::Main(main) => format!("{} .", main.clause.english()),
            Self::Reported {
                reporter,
                report,
                clause,
            } => {
                let verb = reporter.number.of(report.english);
                format!("{} {verb} that {} .", reporter.english(false), clause.english())
            }
            Self::Joined {
                main,
                conjunction,
                subordinate,
            } => {
                let conjunction = conjunction.english();
                format!(
                    "{} {conjunction} {} .",
                    main.clause.english(),
                    subordinate.english()
                )
            }
        }
    }
}

impl Clause {
    fn english(&self) -> String {
        let english = &self.verb.english;
        let object = self
            .object
            .as_ref()
            .map(|object| object.english(self.negates_object()));
        let words = [Some(self.subject.english(false)), Some(self.english_verb())]
            .into_iter()
            .chain([
                english.preposition.map(String::from),
                object,
                english.particle.map(String::from),
                self.place.map(|place| place.english().into()),
                self.time.map(|time| time.english().into()),
            ])
            .flatten();
        words.collect::<Vec<_>>().join(" ")
    }

    /// The verb with its auxiliaries and negation.
    fn english_verb(&self) -> String {
        let english = &self.verb.english;
        let number = self.subject.number;
        match (self.tense, self.negated) {
            (Tense::Present, false) => number.of([english.third, english.base]).into(),
            (Tense::Present, true) => format!("{} not {}", number.of(["does", "do"]), english.base),
            (Tense::Perfect, false) => english.past.into(),
            (Tense::Perfect, true) => format!("did not {}", english.base),
            (Tense::Modal(modal), false) => format!("{} {}", number.of(modal.english), english.base),
            (Tense::Modal(modal), true) => format!("{} {}", number.of(modal.negated), english.base),
        }
    }
}

impl NounPhrase {
    /// `negated` after `not`, where what has no article takes `any`.
    fn english(&self, negated: bool) -> String {
        let plural = match self.number {
            Number::Plural => self.noun.plural,
            Number::Singular => None,
        };
        let noun = plural.map_or(self.noun.english, |[_, english]| english);
        let described = self
            .adjective
            .map(|adjective| adjective.english)
            .into_iter()
            .chain(self.modifier.map(|modifier| modifier.english))
            .chain([noun])
            .collect::<Vec<_>>()
            .join(" ");
        let takes_article = self.number == Number::Singular && self.noun.plural.is_some();
        match (self.definite, takes_article, negated) {
            (true, _, _) => format!("the {described}"),
            (false, true, _) if described.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {described}"),
            (false, true, _) => format!("a {described}"),
            (false, false, true) => format!("any {described}"),
            (false, false, false) => described,
        }
    }
}
