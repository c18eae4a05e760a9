//! A reader of the German side that shares nothing with the generator: it finds every analysis of a sentence by the
//! lists of all forms, and translates it.

use crate::tables::{TABLES, word_in};

/// One way to understand a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    pub english: String,
    pub tense: Tense,
    pub is_separable: bool,
    pub has_negative_article: bool,
    /// In the order of the clause, without the verb; the first of a main clause stands before the finite verb.
    pub roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tense {
    Present,
    Perfect,
    Modal,
}

/// The parts of a clause in the order in which they stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Subject,
    KnownObject,
    Time,
    NewObject,
    Not,
    Place,
}

/// A noun phrase, read one way.
#[derive(Clone)]
struct Phrase {
    determiner: &'static str,
    is_subject: bool,
    is_plural: bool,
    english: String,
}

#[derive(Clone)]
enum Part {
    /// All readings of a noun phrase.
    Phrase(Vec<Phrase>),
    Adverbial(Role, &'static str),
}

/// The words of the verb, read one way.
struct Verb {
    tense: Tense,
    is_plural: bool,
    is_separable: bool,
    /// Without and with a negation; `~` stands for the object.
    english: [String; 2],
    /// How many tokens at the end of the clause belong to it.
    length: usize,
}

/// The clauses of a sentence and its translation; none if there is not exactly one, after the rule that the first of
/// two phrases is the subject where both may be.
pub fn read(german: &str) -> Option<(Vec<Analysis>, String)> {
    let sentence = german.strip_suffix(" .")?;
    let Some((first, second)) = sentence.split_once(" , ") else {
        let clause = only(main_clauses(sentence))?;
        let english = format!("{} .", clause.english);
        return Some((vec![clause], english));
    };
    let (conjunction, second) = second.split_once(' ')?;
    let second = only(subordinate_clauses(second))?;
    if conjunction == "dass" {
        let (reporter, verb) = first.rsplit_once(' ')?;
        let mut reporters = phrases(&tokens(reporter));
        reporters.retain(|phrase| phrase.is_subject);
        let [reporter] = &reporters[..] else {
            return None;
        };
        let column = usize::from(reporter.is_plural);
        let report = TABLES.reports.iter().find(|row| row[column] == verb)?;
        let english = format!(
            "{} {} that {} .",
            reporter.english,
            report[2 + column],
            second.english
        );
        return Some((vec![second], english));
    }
    let conjunction = match conjunction {
        "weil" => "because",
        "wenn" => "if",
        "obwohl" => "although",
        _ => return None,
    };
    let main = only(main_clauses(first))?;
    let english = format!("{} {conjunction} {} .", main.english, second.english);
    Some((vec![main, second], english))
}

fn only(mut analyses: Vec<Analysis>) -> Option<Analysis> {
    if analyses.len() > 1 {
        analyses.retain(|analysis| !matches!(analysis.roles[0], Role::KnownObject | Role::NewObject));
    }
    let analysis = analyses.pop();
    analysis.filter(|_| analyses.is_empty())
}

fn tokens(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

/// Every analysis with one part before the finite verb, be it the subject or not.
pub fn main_clauses(text: &str) -> Vec<Analysis> {
    let tokens = tokens(text);
    let mut analyses = Vec::new();
    for second in 1..tokens.len() {
        let Some(front) = part(&tokens[..second]) else {
            continue;
        };
        let rest = &tokens[second + 1..];
        for verb in verbs_second(tokens[second], rest) {
            for middle in cuts(&rest[..rest.len() - verb.length]) {
                analyses.extend(clauses(Some(&front), &middle, &verb));
            }
        }
    }
    analyses
}

pub fn subordinate_clauses(text: &str) -> Vec<Analysis> {
    let tokens = tokens(text);
    let mut analyses = Vec::new();
    for verb in verbs_last(&tokens) {
        for parts in cuts(&tokens[..tokens.len() - verb.length]) {
            analyses.extend(clauses(None, &parts, &verb));
        }
    }
    analyses
}

/// Every way to give the parts roles such that subject and verb agree, and the parts after the front are in order.
fn clauses<'a>(front: Option<&'a Part>, middle: &'a [Part], verb: &Verb) -> Vec<Analysis> {
    let parts: Vec<&'a Part> = front.into_iter().chain(middle).collect();
    let phrase = |(index, part): (usize, &&'a Part)| match part {
        Part::Phrase(readings) => Some((index, readings)),
        Part::Adverbial(..) => None,
    };
    let noun_phrases: Vec<_> = parts.iter().enumerate().filter_map(phrase).collect();
    let has_object = verb.english[0].contains('~');
    if noun_phrases.len() != 1 + usize::from(has_object) {
        return Vec::new();
    }
    let mut analyses = Vec::new();
    for (subject_index, subjects) in &noun_phrases {
        let subjects = subjects.iter().filter(|phrase| {
            phrase.is_subject && phrase.is_plural == verb.is_plural && phrase.determiner != "negative"
        });
        for subject in subjects {
            let other = noun_phrases.iter().find(|(index, _)| index != subject_index);
            let objects: Vec<Option<&Phrase>> = match other {
                None => vec![None],
                Some((_, readings)) => {
                    let objects = readings.iter().filter(|phrase| !phrase.is_subject);
                    objects.map(Some).collect()
                }
            };
            for object in objects {
                let role = |(index, part): (usize, &&Part)| match part {
                    Part::Adverbial(role, _) => *role,
                    Part::Phrase(_) if index == *subject_index => Role::Subject,
                    Part::Phrase(_) if object.is_some_and(|object| object.determiner == "definite") => {
                        Role::KnownObject
                    }
                    Part::Phrase(_) => Role::NewObject,
                };
                let roles: Vec<Role> = parts.iter().enumerate().map(role).collect();
                analyses.extend(clause(&parts, roles, front.is_some(), subject, object, verb));
            }
        }
    }
    analyses
}

fn clause(
    parts: &[&Part],
    roles: Vec<Role>,
    has_front: bool,
    subject: &Phrase,
    object: Option<&Phrase>,
    verb: &Verb,
) -> Option<Analysis> {
    let rest = &roles[usize::from(has_front)..];
    let has_not = rest.contains(&Role::Not);
    let has_negative_article = object.is_some_and(|object| object.determiner == "negative");
    let may_have_not = !has_negative_article && !roles.contains(&Role::NewObject);
    let is_single = |role: &Role| roles.iter().filter(|other| *other == role).count() == 1;
    if !rest.is_sorted()
        || !roles.iter().all(is_single)
        || roles[0] == Role::Not
        || (has_not && !may_have_not)
    {
        return None;
    }
    let is_negated = has_not || has_negative_article;
    let object_text = object.map_or("", |object| &object.english);
    let verb_text = verb.english[usize::from(is_negated)].replace('~', object_text);
    let mut english = format!("{} {verb_text}", subject.english);
    for wanted in [Role::Place, Role::Time] {
        for part in parts {
            match part {
                Part::Adverbial(role, text) if *role == wanted => english = format!("{english} {text}"),
                _ => {}
            }
        }
    }
    Some(Analysis {
        english,
        tense: verb.tense,
        is_separable: verb.is_separable,
        has_negative_article,
        roles,
    })
}

/// All ways to cut the tokens into parts.
fn cuts(tokens: &[&str]) -> Vec<Vec<Part>> {
    if tokens.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for length in 1..=tokens.len().min(4) {
        if let Some(part) = part(&tokens[..length]) {
            for mut parts in cuts(&tokens[length..]) {
                parts.insert(0, part.clone());
                all.push(parts);
            }
        }
    }
    all
}

fn part(tokens: &[&str]) -> Option<Part> {
    let text = tokens.join(" ");
    if text == "nicht" {
        return Some(Part::Adverbial(Role::Not, ""));
    }
    if let Some(row) = TABLES.adverbials.iter().find(|row| row[1] == text) {
        let role = if row[0] == "time" { Role::Time } else { Role::Place };
        return Some(Part::Adverbial(role, row[2]));
    }
    let phrases = phrases(tokens);
    (!phrases.is_empty()).then_some(Part::Phrase(phrases))
}

/// All readings of the tokens as one noun phrase.
fn phrases(tokens: &[&str]) -> Vec<Phrase> {
    let Some((noun, before)) = tokens.split_last() else {
        return Vec::new();
    };
    let mut phrases = Vec::new();
    for row in TABLES.nouns.iter().filter(|row| row[1..4].contains(noun)) {
        for agreement in &TABLES.agreement {
            let is_subject = agreement[1] == "nominative";
            let singular = if is_subject { row[1] } else { row[2] };
            for (is_plural, form) in [(false, singular), (true, row[3])] {
                let is_singular = row[3] != "-" && !is_plural;
                let may_be = match agreement[0] {
                    "indefinite" => is_singular,
                    "none" => !is_singular,
                    _ => true,
                };
                if form != *noun || !may_be {
                    continue;
                }
                let column = 2 * word_in("m f n p", if is_plural { "p" } else { row[0] });
                let [article, ending] = [agreement[2 + column], agreement[3 + column]];
                let described = match article {
                    "-" => Some(before),
                    article => before.strip_prefix(&[article]),
                };
                if let Some(described) = described.and_then(|before| description(before, ending, row[1])) {
                    let english = format!("{described}{}", row[4 + usize::from(is_plural)]);
                    let determiner = match agreement[0] {
                        "definite" => "the ",
                        "negative" if !is_singular => "any ",
                        "none" => "",
                        _ if "aeiou".contains(&english[..1]) => "an ",
                        _ => "a ",
                    };
                    phrases.push(Phrase {
                        determiner: agreement[0],
                        is_subject,
                        is_plural,
                        english: format!("{determiner}{english}"),
                    });
                }
            }
        }
    }
    phrases
}

/// The English of an adjective with this ending and of the first half of a compound of this noun.
fn description(tokens: &[&str], ending: &str, noun: &str) -> Option<String> {
    let (adjective, modifier) = match *tokens {
        [] => (None, None),
        [modifier] if modifier.ends_with("@@") => (None, Some(modifier)),
        [adjective] => (Some(adjective), None),
        [adjective, modifier] => (Some(adjective), Some(modifier)),
        _ => return None,
    };
    let mut english = String::new();
    if let Some(adjective) = adjective {
        let column = word_in("e en es er", ending);
        let row = TABLES.adjectives.iter().find(|row| row[column] == adjective)?;
        english = format!("{} ", row[4]);
    }
    if let Some(modifier) = modifier {
        let row = TABLES.compounds.iter().find(|row| row[..2] == [modifier, noun])?;
        english = format!("{english}{} ", row[2]);
    }
    Some(english)
}

/// The readings of the second word of a main clause with the last one after it.
fn verbs_second(second: &str, rest: &[&str]) -> Vec<Verb> {
    let last = rest.last().copied();
    let mut verbs = Vec::new();
    for row in &TABLES.verbs {
        let (forms, prefix) = (tokens(row[0]), tokens(row[0])[2]);
        for plural in [0, 1] {
            if second == forms[plural] && (prefix == "-" || last == Some(prefix)) {
                verbs.push(present(row, plural, usize::from(prefix != "-")));
            }
        }
        verbs.extend(last.into_iter().flat_map(|last| compound(row, second, last, 1)));
    }
    verbs
}

/// The readings of the last words of a subordinate clause.
fn verbs_last(clause: &[&str]) -> Vec<Verb> {
    let mut verbs = Vec::new();
    for row in &TABLES.verbs {
        let forms = tokens(row[0]);
        for plural in [0, 1] {
            if clause.last() == Some(&forms[3 + plural]) {
                verbs.push(present(row, plural, 1));
            }
        }
        if let [.., other, finite] = clause {
            verbs.extend(compound(row, finite, other, 2));
        }
    }
    verbs
}

fn present(row: &[&str], plural: usize, length: usize) -> Verb {
    let english = [
        row[2 - plural].into(),
        format!("{} not {}", ["does", "do"][plural], row[1]),
    ];
    verb(row, Tense::Present, plural, english, length)
}

/// Auxiliary with participle, or modal with infinitive.
fn compound(row: &[&str], finite: &str, other: &str, length: usize) -> Vec<Verb> {
    let forms = tokens(row[0]);
    let auxiliaries = if forms[6] == "ist" {
        ["ist", "sind"]
    } else {
        ["hat", "haben"]
    };
    let mut verbs = Vec::new();
    for plural in [0, 1] {
        if finite == auxiliaries[plural] && other == forms[5] {
            let english = [row[3].into(), format!("did not {}", row[1])];
            verbs.push(verb(row, Tense::Perfect, plural, english, length));
        }
        for modal in &TABLES.modals {
            if finite == tokens(modal[0])[plural] && other == forms[4] {
                let english = [1, 3].map(|column| format!("{} {}", modal[column + plural], row[1]));
                verbs.push(verb(row, Tense::Modal, plural, english, length));
            }
        }
    }
    verbs
}

fn verb(row: &[&str], tense: Tense, plural: usize, english: [String; 2], length: usize) -> Verb {
    Verb {
        tense,
        is_plural: plural == 1,
        is_separable: tokens(row[0])[2] != "-",
        english,
        length,
    }
}
