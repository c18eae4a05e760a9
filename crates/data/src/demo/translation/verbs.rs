//! The verbs of the demo corpus: their forms, and what may be subject, object and place.

use super::lexicon::Class::{
    self, Adult, Animal, Bag, Child, Food, Furniture, Key, Letter, Opening, Print, Staple, Vehicle,
};
use super::lexicon::EVERYWHERE;
use super::lexicon::Place::{self, Garden, Kitchen, Market, Park, School, Station};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verb {
    /// Separable prefix; the other forms are without it.
    pub(super) prefix: &'static str,
    /// Also the third person plural.
    pub(super) infinitive: &'static str,
    /// The third person singular.
    pub(super) third: &'static str,
    pub(super) participle: &'static str,
    /// Singular and plural of what the perfect is made with.
    pub(super) auxiliary: [&'static str; 2],
    pub(super) english: English,
    /// What can do it.
    pub(super) subjects: &'static [Class],
    /// What it can be done to; none if it takes no object.
    pub(super) objects: &'static [Class],
    /// Where it can be done.
    pub(super) places: &'static [Place],
    /// Whether a sentence without a place is incomplete.
    pub(super) needs_place: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct English {
    /// Also the plural of the present.
    pub(super) base: &'static str,
    /// The third person singular.
    pub(super) third: &'static str,
    pub(super) past: &'static str,
    /// Before the object.
    pub(super) preposition: Option<&'static str>,
    /// After the object.
    pub(super) particle: Option<&'static str>,
}

/// A verb with an infinitive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Modal {
    /// Singular and plural.
    pub(super) german: [&'static str; 2],
    /// Singular and plural.
    pub(super) english: [&'static str; 2],
    /// Singular and plural with the negation.
    pub(super) negated: [&'static str; 2],
}

/// A verb of saying or thinking, with a clause for its object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Singular and plural.
    pub(super) german: [&'static str; 2],
    /// Singular and plural.
    pub(super) english: [&'static str; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conjunction {
    Because,
    If,
    Although,
}

impl Conjunction {
    pub(super) const ALL: [Self; 3] = [Self::Because, Self::If, Self::Although];

    pub(super) fn german(self) -> &'static str {
        match self {
            Self::Because => "weil",
            Self::If => "wenn",
            Self::Although => "obwohl",
        }
    }

    pub(super) fn english(self) -> &'static str {
        match self {
            Self::Because => "because",
            Self::If => "if",
            Self::Although => "although",
        }
    }
}

pub(super) static MODALS: [Modal; 4] = [
    Modal {
        german: ["kann", "können"],
        english: ["can", "can"],
        negated: ["cannot", "cannot"],
    },
    // Not `must`: its negation would forbid, where the German one only permits.
    Modal {
        german: ["muss", "müssen"],
        english: ["has to", "have to"],
        negated: ["does not have to", "do not have to"],
    },
    Modal {
        german: ["soll", "sollen"],
        english: ["should", "should"],
        negated: ["should not", "should not"],
    },
    Modal {
        german: ["will", "wollen"],
        english: ["wants to", "want to"],
        negated: ["does not want to", "do not want to"],
    },
];

pub(super) static REPORTS: [Report; 4] = [
    Report {
        german: ["sagt", "sagen"],
        english: ["says", "say"],
    },
    Report {
        german: ["glaubt", "glauben"],
        english: ["believes", "believe"],
    },
    Report {
        german: ["weiß", "wissen"],
        english: ["knows", "know"],
    },
    Report {
        german: ["hofft", "hoffen"],
        english: ["hopes", "hope"],
    },
];

impl Verb {
    /// Of the infinitive, the third person singular and the participle, and of their English counterparts.
    const fn new(
        [infinitive, third, participle]: [&'static str; 3],
        [base, third_english, past]: [&'static str; 3],
    ) -> Self {
        Self {
            prefix: "",
            infinitive,
            third,
            participle,
            auxiliary: ["hat", "haben"],
            english: English {
                base,
                third: third_english,
                past,
                preposition: None,
                particle: None,
            },
            subjects: &[],
            objects: &[],
            places: &[],
            needs_place: false,
        }
    }

    const fn separable(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// Motion and remaining make their perfect with `sein`.
    const fn with_sein(self) -> Self {
        Self {
            auxiliary: ["ist", "sind"],
            ..self
        }
    }

    const fn preposition(mut self, preposition: &'static str) -> Self {
        self.english.preposition = Some(preposition);
        self
    }

    const fn particle(mut self, particle: &'static str) -> Self {
        self.english.particle = Some(particle);
        self
    }

    const fn by(self, subjects: &'static [Class]) -> Self {
        Self { subjects, ..self }
    }

    const fn to(self, objects: &'static [Class]) -> Self {
        Self { objects, ..self }
    }

    const fn at(self, places: &'static [Place]) -> Self {
        Self { places, ..self }
    }

    const fn only_with_place(self) -> Self {
        Self {
            needs_place: true,
            ..self
        }
    }
}

const ALIVE: &[Class] = &[Adult, Child, Animal];
const PEOPLE: &[Class] = &[Adult, Child];
const ADULTS: &[Class] = &[Adult];

pub(super) static VERBS: [Verb; 24] = [
    Verb::new(["kaufen", "kauft", "gekauft"], ["buy", "buys", "bought"])
        .by(ADULTS)
        .to(&[Animal, Print, Food, Staple, Vehicle, Furniture, Bag])
        .at(&[Market, Station]),
    Verb::new(["lesen", "liest", "gelesen"], ["read", "reads", "read"])
        .by(PEOPLE)
        .to(&[Print, Letter])
        .at(&[Garden, Kitchen, Park, School, Station]),
    Verb::new(["essen", "isst", "gegessen"], ["eat", "eats", "ate"])
        .by(PEOPLE)
        .to(&[Food, Staple])
        .at(&[Garden, Kitchen, Park, School, Station]),
    Verb::new(["sehen", "sieht", "gesehen"], ["see", "sees", "saw"])
        .by(ALIVE)
        .to(&[Adult, Child, Animal, Vehicle, Bag])
        .at(EVERYWHERE),
    Verb::new(["hören", "hört", "gehört"], ["hear", "hears", "heard"])
        .by(ALIVE)
        .to(&[Adult, Child, Animal])
        .at(EVERYWHERE),
    Verb::new(["suchen", "sucht", "gesucht"], ["look", "looks", "looked"])
        .preposition("for")
        .by(PEOPLE)
        .to(&[Child, Animal, Print, Letter, Bag, Key])
        .at(EVERYWHERE),
    Verb::new(["finden", "findet", "gefunden"], ["find", "finds", "found"])
        .by(PEOPLE)
        .to(&[Animal, Print, Letter, Bag, Key])
        .at(EVERYWHERE),
    Verb::new(
        ["reparieren", "repariert", "repariert"],
        ["repair", "repairs", "repaired"],
    )
    .by(ADULTS)
    .to(&[Vehicle, Opening, Furniture])
    .at(&[Garden, School, Station]),
    Verb::new(["füttern", "füttert", "gefüttert"], ["feed", "feeds", "fed"])
        .by(PEOPLE)
        .to(&[Animal])
        .at(&[Garden, Kitchen, Park]),
    Verb::new(["besuchen", "besucht", "besucht"], ["visit", "visits", "visited"])
        .by(PEOPLE)
        .to(PEOPLE),
    Verb::new(["machen", "macht", "gemacht"], ["open", "opens", "opened"])
        .separable("auf")
        .by(PEOPLE)
        .to(&[Letter, Opening, Bag]),
    Verb::new(["machen", "macht", "gemacht"], ["close", "closes", "closed"])
        .separable("zu")
        .by(PEOPLE)
        .to(&[Opening, Bag]),
    Verb::new(["nehmen", "nimmt", "genommen"], ["take", "takes", "took"])
        .separable("mit")
        .particle("along")
        .by(PEOPLE)
        .to(&[Animal, Print, Food, Bag, Key]),
    Verb::new(["heben", "hebt", "gehoben"], ["pick", "picks", "picked"])
        .separable("auf")
        .particle("up")
        .by(PEOPLE)
        .to(&[Print, Letter, Bag, Key])
        .at(EVERYWHERE),
    Verb::new(["werfen", "wirft", "geworfen"], ["throw", "throws", "threw"])
        .separable("weg")
        .particle("away")
        .by(PEOPLE)
        .to(&[Print, Letter, Food, Furniture])
        .at(EVERYWHERE),
    Verb::new(["holen", "holt", "geholt"], ["pick", "picks", "picked"])
        .separable("ab")
        .particle("up")
        .by(ADULTS)
        .to(PEOPLE)
        .at(&[Market, School, Station]),
    Verb::new(["rufen", "ruft", "gerufen"], ["call", "calls", "called"])
        .separable("an")
        .by(PEOPLE)
        .to(ADULTS),
    Verb::new(
        ["schlafen", "schläft", "geschlafen"],
        ["sleep", "sleeps", "slept"],
    )
    .by(ALIVE)
    .at(&[Garden, Kitchen, Park, Station]),
    Verb::new(
        ["arbeiten", "arbeitet", "gearbeitet"],
        ["work", "works", "worked"],
    )
    .by(ADULTS)
    .at(EVERYWHERE),
    Verb::new(["warten", "wartet", "gewartet"], ["wait", "waits", "waited"])
        .by(ALIVE)
        .at(EVERYWHERE),
    Verb::new(["spielen", "spielt", "gespielt"], ["play", "plays", "played"])
        .by(&[Child, Animal])
        .at(&[Garden, Kitchen, Park, School]),
    Verb::new(["bleiben", "bleibt", "geblieben"], ["stay", "stays", "stayed"])
        .with_sein()
        .by(ALIVE)
        .at(EVERYWHERE)
        .only_with_place(),
    Verb::new(["kommen", "kommt", "gekommen"], ["arrive", "arrives", "arrived"])
        .separable("an")
        .with_sein()
        .by(PEOPLE)
        .at(&[Market, School, Station]),
    Verb::new(["laufen", "läuft", "gelaufen"], ["run", "runs", "ran"])
        .separable("weg")
        .with_sein()
        .particle("away")
        .by(&[Child, Animal]),
];
