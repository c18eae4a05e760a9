//! German: agreement inside the noun phrase, and the order of words in the clause.

use super::grammar::{Clause, First, MainClause, NounPhrase, Sentence, Tense};
use super::lexicon::{Gender, Number};
use super::verbs::Verb;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Nominative,
    Accusative,
}

/// What the article says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Determiner {
    Definite,
    Indefinite,
    Negative,
}

impl Sentence {
    /// Tokens with a space between them; a full stop ends them.
    pub(super) fn german(&self) -> String {
        match self {
            Self::Main(main) => format!("{} .", main.german()),
            Self::Reported {
                reporter,
                report,
                clause,
            } => {
                let verb = reporter.number.of(report.german);
                let reporter = reporter.german(Case::Nominative, false);
                format!("{reporter} {verb} , dass {} .", clause.german())
            }
            Self::Joined {
                main,
                conjunction,
                subordinate,
            } => {
                let conjunction = conjunction.german();
                format!("{} , {conjunction} {} .", main.german(), subordinate.german())
            }
        }
    }
}

impl MainClause {
    fn german(&self) -> String {
        let Self { clause, first } = self;
        let [subject, object, time, place] =
            [First::Subject, First::Object, First::Time, First::Place].map(|part| clause.part(part));
        let (front, [subject, object, time, place]) = match first {
            First::Subject => (subject, [None, object, time, place]),
            First::Object => (object, [subject, None, time, place]),
            First::Time => (time, [subject, object, None, place]),
            First::Place => (place, [subject, object, time, None]),
        };
        let (second, last) = clause.bracket();
        let words = front
            .into_iter()
            .chain([second])
            .chain(subject)
            .chain(clause.middle(object, time, place))
            .chain(last);
        words.collect::<Vec<_>>().join(" ")
    }
}

impl Clause {
    /// With the finite verb last.
    fn german(&self) -> String {
        let [object, time, place] = [First::Object, First::Time, First::Place].map(|part| self.part(part));
        let words = self
            .part(First::Subject)
            .into_iter()
            .chain(self.middle(object, time, place))
            .chain([self.verb_last()]);
        words.collect::<Vec<_>>().join(" ")
    }

    fn part(&self, part: First) -> Option<String> {
        match part {
            First::Subject => Some(self.subject.german(Case::Nominative, false)),
            First::Object => {
                let object = self.object.as_ref()?;
                Some(object.german(Case::Accusative, self.negates_object()))
            }
            First::Time => self.time.map(|time| time.german().into()),
            First::Place => self.place.map(|place| place.german().into()),
        }
    }

    /// What is known stands before the time, what is new after it; `nicht` follows both and precedes the place.
    fn middle(
        &self,
        object: Option<String>,
        time: Option<String>,
        place: Option<String>,
    ) -> impl Iterator<Item = String> {
        let is_known = self.object.as_ref().is_some_and(|object| object.definite);
        let (early, late) = if is_known { (object, None) } else { (None, object) };
        let not = (self.negated && !self.negates_object()).then(|| "nicht".into());
        [early, time, late, not, place].into_iter().flatten()
    }

    /// The two parts of the verb that enclose the middle of a main clause.
    fn bracket(&self) -> (String, Option<String>) {
        let Self { verb, .. } = self;
        let number = self.subject.number;
        match self.tense {
            Tense::Present => {
                let prefix = (!verb.prefix.is_empty()).then(|| verb.prefix.into());
                (verb.finite(number).into(), prefix)
            }
            Tense::Perfect => (
                number.of(verb.auxiliary).into(),
                Some(verb.joined(verb.participle)),
            ),
            Tense::Modal(modal) => (number.of(modal.german).into(), Some(verb.joined(verb.infinitive))),
        }
    }

    /// The whole verb at the end of a subordinate clause.
    fn verb_last(&self) -> String {
        match (self.tense, self.bracket()) {
            (Tense::Present, (finite, _)) => self.verb.joined(&finite),
            (_, (finite, Some(last))) => format!("{last} {finite}"),
            (_, (finite, None)) => finite,
        }
    }
}

impl Verb {
    /// Third person present without the prefix.
    fn finite(&self, number: Number) -> &'static str {
        number.of([self.third, self.infinitive])
    }

    /// A form with the prefix before it.
    fn joined(&self, form: &str) -> String {
        format!("{}{form}", self.prefix)
    }
}

impl NounPhrase {
    /// `negative` puts `kein` for the indefinite article.
    pub(super) fn german(&self, case: Case, negative: bool) -> String {
        let Self { noun, number, .. } = self;
        let determiner = match (self.definite, negative) {
            (true, _) => Determiner::Definite,
            (false, false) => Determiner::Indefinite,
            (false, true) => Determiner::Negative,
        };
        let is_counted = noun.plural.is_some();
        let article = article(determiner, noun.gender, case, *number)
            .filter(|_| is_counted || determiner != Determiner::Indefinite);
        let adjective = self.adjective.map(|adjective| {
            let ending = ending(article.map(|_| determiner), noun.gender, case, *number);
            format!("{}{ending}", adjective.stem)
        });
        let form = match (number, noun.plural, case) {
            (Number::Plural, Some([plural, _]), _) => plural,
            (_, _, Case::Nominative) => noun.nominative,
            (_, _, Case::Accusative) => noun.accusative,
        };
        let words = article
            .map(String::from)
            .into_iter()
            .chain(adjective)
            .chain(self.modifier.map(|modifier| modifier.german.into()))
            .chain([form.into()]);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether subject and object could be told apart by this phrase alone.
    pub(super) fn shows_case(&self) -> bool {
        self.german(Case::Nominative, false) != self.german(Case::Accusative, false)
    }
}

/// Position in the tables below: only the masculine singular has an accusative of its own.
fn column(gender: Gender, case: Case, number: Number) -> usize {
    match (number, gender, case) {
        (Number::Singular, Gender::Masculine, Case::Nominative) => 0,
        (Number::Singular, Gender::Masculine, Case::Accusative) => 1,
        (Number::Singular, Gender::Feminine, _) => 2,
        (Number::Singular, Gender::Neuter, _) => 3,
        (Number::Plural, _, _) => 4,
    }
}

fn article(determiner: Determiner, gender: Gender, case: Case, number: Number) -> Option<&'static str> {
    let column = column(gender, case, number);
    match determiner {
        Determiner::Definite => Some(["der", "den", "die", "das", "die"][column]),
        Determiner::Indefinite => ["ein", "einen", "eine", "ein"].get(column).copied(),
        Determiner::Negative => Some(["kein", "keinen", "keine", "kein", "keine"][column]),
    }
}

/// Of an adjective after an article: weak, mixed or, without one, strong.
fn ending(article: Option<Determiner>, gender: Gender, case: Case, number: Number) -> &'static str {
    let endings = match article {
        Some(Determiner::Definite) => ["e", "en", "e", "e", "en"],
        Some(Determiner::Indefinite | Determiner::Negative) => ["er", "en", "e", "es", "en"],
        None => ["er", "en", "e", "es", "e"],
    };
    endings[column(gender, case, number)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::translation::lexicon::{ADJECTIVES, NOUNS, Noun};

    const NOMINATIVE: Case = Case::Nominative;
    const ACCUSATIVE: Case = Case::Accusative;

    /// Article and ending as a grammar book lists them: masculine, feminine, neuter, plural.
    const AGREEMENT: [(&str, Case, [&str; 4]); 8] = [
        ("weak", NOMINATIVE, ["der -e", "die -e", "das -e", "die -en"]),
        ("weak", ACCUSATIVE, ["den -en", "die -e", "das -e", "die -en"]),
        ("mixed", NOMINATIVE, ["ein -er", "eine -e", "ein -es", ""]),
        ("mixed", ACCUSATIVE, ["einen -en", "eine -e", "ein -es", ""]),
        (
            "negative",
            NOMINATIVE,
            ["kein -er", "keine -e", "kein -es", "keine -en"],
        ),
        (
            "negative",
            ACCUSATIVE,
            ["keinen -en", "keine -e", "kein -es", "keine -en"],
        ),
        ("strong", NOMINATIVE, ["-er", "-e", "-es", "-e"]),
        ("strong", ACCUSATIVE, ["-en", "-e", "-es", "-e"]),
    ];

    fn listed(declension: &str, case: Case, noun: &Noun, number: Number) -> &'static str {
        let (_, _, row) = AGREEMENT
            .iter()
            .find(|(name, of, _)| (*name, *of) == (declension, case))
            .unwrap();
        row[number.of([noun.gender as usize, 3])]
    }

    #[test]
    fn every_noun_phrase_agrees() {
        let mut checked = 0;
        for (noun, number) in NOUNS
            .iter()
            .flat_map(|noun| [(noun, Number::Singular), (noun, Number::Plural)])
        {
            let is_counted = noun.plural.is_some();
            if number == Number::Plural && !is_counted {
                continue;
            }
            let indefinite = if is_counted && number == Number::Singular {
                "mixed"
            } else {
                "strong"
            };
            for (definite, negative, declension) in [
                (true, false, "weak"),
                (false, false, indefinite),
                (false, true, "negative"),
            ] {
                for case in [NOMINATIVE, ACCUSATIVE] {
                    let mut phrase = NounPhrase {
                        definite,
                        adjective: None,
                        modifier: None,
                        noun,
                        number,
                    };
                    let form = number.of([
                        [noun.nominative, noun.accusative][case as usize],
                        noun.plural.map_or("", |[plural, _]| plural),
                    ]);
                    let agreement = listed(declension, case, noun, number);
                    let (article, ending) = agreement.split_once('-').unwrap();
                    assert_eq!(phrase.german(case, negative), format!("{article}{form}"));
                    for adjective in &ADJECTIVES {
                        phrase.adjective = Some(adjective);
                        let expected = format!("{article}{}{ending} {form}", adjective.stem);
                        assert_eq!(phrase.german(case, negative), expected);
                        checked += 1;
                    }
                }
            }
        }
        assert_eq!(checked, (27 * 2 + 2) * 3 * 2 * 10);
    }

    #[test]
    fn only_the_masculine_singular_shows_its_case() {
        for noun in &NOUNS {
            let shows_case = |definite, number, adjective| {
                let phrase = NounPhrase {
                    definite,
                    adjective,
                    modifier: None,
                    noun,
                    number,
                };
                phrase.shows_case()
            };
            let is_masculine = noun.gender == Gender::Masculine;
            assert_eq!(shows_case(true, Number::Singular, None), is_masculine);
            assert_eq!(
                shows_case(false, Number::Singular, Some(&ADJECTIVES[0])),
                is_masculine
            );
            let has_article = noun.plural.is_some();
            assert_eq!(
                shows_case(false, Number::Singular, None),
                is_masculine && has_article
            );
            if has_article {
                assert!(!shows_case(true, Number::Plural, None));
                assert!(!shows_case(false, Number::Plural, Some(&ADJECTIVES[0])));
            }
        }
    }
}
