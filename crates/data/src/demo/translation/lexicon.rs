//! The nouns, adjectives, times and places of the demo corpus, and which of them make sense together.

use Class::{Adult, Animal, Bag, Child, Food, Furniture, Key, Letter, Opening, Print, Staple, Vehicle};
use Gender::{Feminine, Masculine, Neuter};
use Place::{Garden, Kitchen, Market, Park, School, Station};

/// What a noun stands for, as far as verbs and adjectives select by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Adult,
    Child,
    Animal,
    Print,
    Letter,
    Food,
    /// Food that is not counted.
    Staple,
    Vehicle,
    /// Doors and windows.
    Opening,
    Furniture,
    Bag,
    Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Singular,
    Plural,
}

impl Number {
    /// The member of a pair of forms.
    pub(super) fn of<T: Copy>(self, [singular, plural]: [T; 2]) -> T {
        match self {
            Self::Singular => singular,
            Self::Plural => plural,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) class: Class,
    pub(super) gender: Gender,
    pub(super) nominative: &'static str,
    /// Differs from the nominative in weak nouns.
    pub(super) accusative: &'static str,
    pub(super) english: &'static str,
    /// German and English; none where there is nothing to count.
    pub(super) plural: Option<[&'static str; 2]>,
    /// Where one would look for it.
    pub(super) places: &'static [Place],
    /// The first halves of its compounds.
    pub(super) modifiers: &'static [Modifier],
}

/// The first half of a compound, with a mark that the word goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Modifier {
    pub(super) german: &'static str,
    pub(super) english: &'static str,
}

/// An adjective before a noun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Adjective {
    /// Without ending.
    pub(super) stem: &'static str,
    pub(super) english: &'static str,
    /// The nouns it can describe.
    pub(super) classes: &'static [Class],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Today,
    Yesterday,
    Tomorrow,
    Evening,
    Sunday,
    EveryDay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Garden,
    Kitchen,
    Park,
    Market,
    School,
    Station,
}

impl Time {
    pub(super) const ALL: [Self; 6] = [
        Self::Today,
        Self::Yesterday,
        Self::Tomorrow,
        Self::Evening,
        Self::Sunday,
        Self::EveryDay,
    ];

    pub(super) fn german(self) -> &'static str {
        match self {
            Self::Today => "heute",
            Self::Yesterday => "gestern",
            Self::Tomorrow => "morgen",
            Self::Evening => "am abend",
            Self::Sunday => "am sonntag",
            Self::EveryDay => "jeden tag",
        }
    }

    pub(super) fn english(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Tomorrow => "tomorrow",
            Self::Evening => "in the evening",
            Self::Sunday => "on sunday",
            Self::EveryDay => "every day",
        }
    }
}

impl Place {
    pub(super) fn german(self) -> &'static str {
        match self {
            Self::Garden => "im garten",
            Self::Kitchen => "in der küche",
            Self::Park => "im park",
            Self::Market => "auf dem markt",
            Self::School => "in der schule",
            Self::Station => "am bahnhof",
        }
    }

    pub(super) fn english(self) -> &'static str {
        match self {
            Self::Garden => "in the garden",
            Self::Kitchen => "in the kitchen",
            Self::Park => "in the park",
            Self::Market => "at the market",
            Self::School => "at school",
            Self::Station => "at the station",
        }
    }
}

pub(super) const EVERYWHERE: &[Place] = &[Garden, Kitchen, Park, Market, School, Station];

impl Noun {
    const fn new(class: Class, gender: Gender, german: &'static str, english: &'static str) -> Self {
        Self {
            class,
            gender,
            nominative: german,
            accusative: german,
            english,
            plural: None,
            places: EVERYWHERE,
            modifiers: &[],
        }
    }

    const fn plural(self, german: &'static str, english: &'static str) -> Self {
        Self {
            plural: Some([german, english]),
            ..self
        }
    }

    /// With one form for all but the nominative singular.
    const fn weak(self, accusative: &'static str) -> Self {
        Self { accusative, ..self }
    }

    const fn at(self, places: &'static [Place]) -> Self {
        Self { places, ..self }
    }

    const fn compounds(self, modifiers: &'static [Modifier]) -> Self {
        Self { modifiers, ..self }
    }
}

const fn modifier(german: &'static str, english: &'static str) -> Modifier {
    Modifier { german, english }
}

pub(super) static NOUNS: [Noun; 29] = [
    Noun::new(Adult, Masculine, "mann", "man").plural("männer", "men"),
    Noun::new(Adult, Feminine, "frau", "woman").plural("frauen", "women"),
    Noun::new(Adult, Masculine, "lehrer", "teacher").plural("lehrer", "teachers"),
    Noun::new(Adult, Feminine, "ärztin", "doctor").plural("ärztinnen", "doctors"),
    Noun::new(Adult, Masculine, "bauer", "farmer")
        .weak("bauern")
        .plural("bauern", "farmers"),
    Noun::new(Adult, Masculine, "student", "student")
        .weak("studenten")
        .plural("studenten", "students"),
    Noun::new(Adult, Feminine, "nachbarin", "neighbour").plural("nachbarinnen", "neighbours"),
    Noun::new(Adult, Feminine, "mutter", "mother").plural("mütter", "mothers"),
    Noun::new(Adult, Masculine, "vater", "father").plural("väter", "fathers"),
    Noun::new(Child, Neuter, "kind", "child").plural("kinder", "children"),
    Noun::new(Child, Masculine, "junge", "boy")
        .weak("jungen")
        .plural("jungen", "boys"),
    Noun::new(Child, Neuter, "mädchen", "girl").plural("mädchen", "girls"),
    Noun::new(Animal, Masculine, "hund", "dog").plural("hunde", "dogs"),
    Noun::new(Animal, Feminine, "katze", "cat").plural("katzen", "cats"),
    Noun::new(Animal, Neuter, "pferd", "horse")
        .plural("pferde", "horses")
        .at(&[Garden, Park, Market]),
    Noun::new(Print, Neuter, "buch", "book")
        .plural("bücher", "books")
        .compounds(&[modifier("schul@@", "school")]),
    Noun::new(Print, Feminine, "zeitung", "newspaper").plural("zeitungen", "newspapers"),
    Noun::new(Letter, Masculine, "brief", "letter").plural("briefe", "letters"),
    Noun::new(Food, Masculine, "apfel", "apple").plural("äpfel", "apples"),
    Noun::new(Food, Masculine, "kuchen", "cake")
        .plural("kuchen", "cakes")
        .compounds(&[modifier("apfel@@", "apple")]),
    Noun::new(Staple, Neuter, "brot", "bread"),
    Noun::new(Staple, Masculine, "käse", "cheese"),
    Noun::new(Vehicle, Neuter, "auto", "car")
        .plural("autos", "cars")
        .at(&[Market, School, Station]),
    Noun::new(Vehicle, Neuter, "fahrrad", "bicycle")
        .plural("fahrräder", "bicycles")
        .at(&[Garden, Park, Market, School, Station]),
    Noun::new(Opening, Feminine, "tür", "door")
        .plural("türen", "doors")
        .at(&[School, Station])
        .compounds(&[
            modifier("haus@@", "front"),
            modifier("auto@@", "car"),
            modifier("küchen@@", "kitchen"),
        ]),
    Noun::new(Opening, Neuter, "fenster", "window")
        .plural("fenster", "windows")
        .at(&[School, Station])
        .compounds(&[modifier("auto@@", "car"), modifier("küchen@@", "kitchen")]),
    Noun::new(Furniture, Masculine, "stuhl", "chair")
        .plural("stühle", "chairs")
        .at(&[Garden, Kitchen, Market, School])
        .compounds(&[modifier("küchen@@", "kitchen"), modifier("garten@@", "garden")]),
    Noun::new(Bag, Feminine, "tasche", "bag")
        .plural("taschen", "bags")
        .compounds(&[modifier("schul@@", "school"), modifier("leder@@", "leather")]),
    Noun::new(Key, Masculine, "schlüssel", "key")
        .plural("schlüssel", "keys")
        .compounds(&[modifier("haus@@", "house"), modifier("auto@@", "car")]),
];

pub(super) static ADJECTIVES: [Adjective; 10] = [
    adjective(
        "groß",
        "big",
        &[
            Child, Animal, Print, Letter, Food, Vehicle, Opening, Furniture, Bag, Key,
        ],
    ),
    adjective(
        "klein",
        "small",
        &[
            Child, Animal, Print, Letter, Food, Vehicle, Opening, Furniture, Bag, Key,
        ],
    ),
    adjective(
        "alt",
        "old",
        &[
            Adult, Animal, Print, Letter, Vehicle, Opening, Furniture, Bag, Key,
        ],
    ),
    adjective("neu", "new", &[Print, Vehicle, Opening, Furniture, Bag, Key]),
    adjective("schön", "beautiful", &[Animal, Vehicle, Furniture, Bag]),
    adjective("müd", "tired", &[Adult, Child, Animal]),
    adjective("hungrig", "hungry", &[Adult, Child, Animal]),
    adjective("freundlich", "friendly", &[Adult, Child, Animal]),
    adjective(
        "teur",
        "expensive",
        &[Print, Food, Staple, Vehicle, Furniture, Bag],
    ),
    adjective("frisch", "fresh", &[Food, Staple]),
];

const fn adjective(stem: &'static str, english: &'static str, classes: &'static [Class]) -> Adjective {
    Adjective {
        stem,
        english,
        classes,
    }
}
