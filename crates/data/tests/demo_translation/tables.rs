//! All forms of the German words of the demo corpus and their translations, as a dictionary and a grammar book list them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Gender; nominative and accusative singular, plural; English singular and plural.
const NOUNS: &str = "
    m mann mann männer man men
    f frau frau frauen woman women
    m lehrer lehrer lehrer teacher teachers
    f ärztin ärztin ärztinnen doctor doctors
    m bauer bauern bauern farmer farmers
    m student studenten studenten student students
    f nachbarin nachbarin nachbarinnen neighbour neighbours
    f mutter mutter mütter mother mothers
    m vater vater väter father fathers
    n kind kind kinder child children
    m junge jungen jungen boy boys
    n mädchen mädchen mädchen girl girls
    m hund hund hunde dog dogs
    f katze katze katzen cat cats
    n pferd pferd pferde horse horses
    n buch buch bücher book books
    f zeitung zeitung zeitungen newspaper newspapers
    m brief brief briefe letter letters
    m apfel apfel äpfel apple apples
    m kuchen kuchen kuchen cake cakes
    n brot brot - bread -
    m käse käse - cheese -
    n auto auto autos car cars
    n fahrrad fahrrad fahrräder bicycle bicycles
    f tür tür türen door doors
    n fenster fenster fenster window windows
    m stuhl stuhl stühle chair chairs
    f tasche tasche taschen bag bags
    m schlüssel schlüssel schlüssel key keys";

/// First half, second half in the singular, English first half.
const COMPOUNDS: &str = "
    schul@@ buch school
    apfel@@ kuchen apple
    haus@@ tür front
    auto@@ tür car
    küchen@@ tür kitchen
    auto@@ fenster car
    küchen@@ fenster kitchen
    küchen@@ stuhl kitchen
    garten@@ stuhl garden
    schul@@ tasche school
    leder@@ tasche leather
    haus@@ schlüssel house
    auto@@ schlüssel car";

/// With their endings, and in English; `-` where no subject is masculine.
const ADJECTIVES: &str = "
    große großen großes großer big
    kleine kleinen kleines kleiner small
    alte alten altes alter old
    neue neuen neues - new
    schöne schönen schönes schöner beautiful
    müde müden müdes müder tired
    hungrige hungrigen hungriges hungriger hungry
    freundliche freundlichen freundliches freundlicher friendly
    teure teuren teures - expensive
    frische frischen frisches - fresh";

/// Third person singular and plural in a main clause, prefix; third person singular and plural (or infinitive) in a
/// subordinate clause; participle and auxiliary; English plural, singular and past with what follows, `~` for the object.
const VERBS: &str = "
    kauft kaufen - kauft kaufen gekauft hat | buy ~ | buys ~ | bought ~
    liest lesen - liest lesen gelesen hat | read ~ | reads ~ | read ~
    isst essen - isst essen gegessen hat | eat ~ | eats ~ | ate ~
    sieht sehen - sieht sehen gesehen hat | see ~ | sees ~ | saw ~
    hört hören - hört hören gehört hat | hear ~ | hears ~ | heard ~
    sucht suchen - sucht suchen gesucht hat | look for ~ | looks for ~ | looked for ~
    findet finden - findet finden gefunden hat | find ~ | finds ~ | found ~
    repariert reparieren - repariert reparieren repariert hat | repair ~ | repairs ~ | repaired ~
    füttert füttern - füttert füttern gefüttert hat | feed ~ | feeds ~ | fed ~
    besucht besuchen - besucht besuchen besucht hat | visit ~ | visits ~ | visited ~
    macht machen auf aufmacht aufmachen aufgemacht hat | open ~ | opens ~ | opened ~
    macht machen zu zumacht zumachen zugemacht hat | close ~ | closes ~ | closed ~
    nimmt nehmen mit mitnimmt mitnehmen mitgenommen hat | take ~ along | takes ~ along | took ~ along
    hebt heben auf aufhebt aufheben aufgehoben hat | pick ~ up | picks ~ up | picked ~ up
    wirft werfen weg wegwirft wegwerfen weggeworfen hat | throw ~ away | throws ~ away | threw ~ away
    holt holen ab abholt abholen abgeholt hat | pick ~ up | picks ~ up | picked ~ up
    ruft rufen an anruft anrufen angerufen hat | call ~ | calls ~ | called ~
    schläft schlafen - schläft schlafen geschlafen hat | sleep | sleeps | slept
    arbeitet arbeiten - arbeitet arbeiten gearbeitet hat | work | works | worked
    wartet warten - wartet warten gewartet hat | wait | waits | waited
    spielt spielen - spielt spielen gespielt hat | play | plays | played
    bleibt bleiben - bleibt bleiben geblieben ist | stay | stays | stayed
    kommt kommen an ankommt ankommen angekommen ist | arrive | arrives | arrived
    läuft laufen weg wegläuft weglaufen weggelaufen ist | run away | runs away | ran away";

/// German singular and plural; English singular and plural before the verb, with a negation if it has one.
const MODALS: &str = "
    kann können | can | can | cannot | cannot
    muss müssen | has to | have to | does not have to | do not have to
    soll sollen | should | should | should not | should not
    will wollen | wants to | want to | does not want to | do not want to";

const REPORTS: &str = "
    sagt sagen says say
    glaubt glauben believes believe
    weiß wissen knows know
    hofft hoffen hopes hope";

const ADVERBIALS: &str = "
    time | heute | today
    time | gestern | yesterday
    time | morgen | tomorrow
    time | am abend | in the evening
    time | am sonntag | on sunday
    time | jeden tag | every day
    place | im garten | in the garden
    place | in der küche | in the kitchen
    place | im park | in the park
    place | auf dem markt | at the market
    place | in der schule | at school
    place | am bahnhof | at the station";

/// Determiner and case; article and ending for m, f, n and plural.
const AGREEMENT: &str = "
    definite nominative der e die e das e die en
    definite accusative den en die e das e die en
    indefinite nominative ein er eine e ein es - -
    indefinite accusative einen en eine e ein es - -
    negative nominative kein er keine e kein es keine en
    negative accusative keinen en keine e kein es keine en
    none nominative - er - e - es - e
    none accusative - en - e - es - e";

pub static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    nouns: rows(NOUNS).collect(),
    compounds: rows(COMPOUNDS).collect(),
    adjectives: rows(ADJECTIVES).collect(),
    verbs: cells(VERBS).collect(),
    modals: cells(MODALS).collect(),
    reports: rows(REPORTS).collect(),
    adverbials: cells(ADVERBIALS).collect(),
    agreement: rows(AGREEMENT).collect(),
});

pub type Table = Vec<Vec<&'static str>>;

pub struct Tables {
    pub nouns: Table,
    pub compounds: Table,
    pub adjectives: Table,
    pub verbs: Table,
    pub modals: Table,
    pub reports: Table,
    pub adverbials: Table,
    pub agreement: Table,
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.trim().lines().map(|line| line.split_whitespace().collect())
}

fn cells(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .trim()
        .lines()
        .map(|line| line.split('|').map(str::trim).collect())
}

/// Every word of the lists.
pub fn all_forms() -> BTreeSet<&'static str> {
    let nouns = TABLES.nouns.iter().flat_map(|row| &row[1..4]).copied();
    let compounds = TABLES.compounds.iter().map(|row| row[0]);
    let adjectives = TABLES.adjectives.iter().flat_map(|row| &row[..4]).copied();
    let verbs = TABLES.verbs.iter().flat_map(|row| row[0].split(' '));
    let modals = TABLES.modals.iter().flat_map(|row| row[0].split(' '));
    let reports = TABLES.reports.iter().flat_map(|row| &row[..2]).copied();
    let adverbials = TABLES.adverbials.iter().flat_map(|row| row[1].split(' '));
    let articles = TABLES
        .agreement
        .iter()
        .flat_map(|row| row[2..].iter().step_by(2))
        .copied();
    "haben sind nicht dass weil wenn obwohl , ."
        .split(' ')
        .chain(nouns)
        .chain(compounds)
        .chain(adjectives)
        .chain(verbs)
        .chain(modals)
        .chain(reports)
        .chain(adverbials)
        .chain(articles)
        .filter(|form| *form != "-")
        .collect()
}

/// Position of a word in a list.
pub fn word_in(list: &str, word: &str) -> usize {
    list.split(' ').position(|other| other == word).unwrap()
}
