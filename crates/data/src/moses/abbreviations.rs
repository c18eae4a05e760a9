//! Common abbreviations of German and English, the built-in non-breaking prefixes.

use super::Language;

/// The abbreviations of one language, without their full stops.
pub(super) struct Abbreviations {
    /// Those whose full stop never ends a sentence by itself.
    pub(super) anywhere: Vec<String>,
    /// Those that are abbreviations only before a number, and may be words elsewhere.
    pub(super) before_number: Vec<String>,
}

/// The largest German ordinal number that is listed; dates and centuries need no larger one.
const LARGEST_ORDINAL: u32 = 99;

const GERMAN_TITLES: &str = "Dipl Doz Dr Fr Frl Frh Hr Hrn Hptm Ing Insp Kfm Mag Mr Mrs OStR Präs Priv \
     Prof Rer Sr St Hl Vors";
const GERMAN_MONTHS: &str = "Jan Jän Feb Febr Mrz Apr Jun Jul Aug Sep Sept Okt Nov Dez";
const GERMAN_WORDS: &str = "Abk Abt Adr Akk Anh Anm Ausg Ausn Bez Bf Bhf Bsp Bspl Chr Co Ders Dto Ed Ersch Ev Evtl \
     Expl Fa Fig Forts Gebr Geb Ges Ggf Hbf Hg Hrsg Inh Inkl Jg Jh Jhd Jhdt Kl Kto Lfd Lit Mill Mio Mrd Mschr Nachf \
     Obb Orig Pfd Phil Pl Pkt Red Ref Reg Rd Sog Sen Std Stk Str Tsd Univ Verf Verl Verw Vgl Vt Wwe Ztg Zus abgek abz \
     allg allj amtl anschl ausschl bes betr bez bisw bspw bzgl bzw ca cf chem christl dergl ders desgl dgl dt ebd ehem \
     eigtl einschl engl entspr erg ersch erw etc etw ev evang evtl exkl farb ff fortl franz frz geb gegr gem gen gesch \
     gest gez ggf ggfs griech hist hl hptsl hrsg inkl insb insbes int ital jap jew jmd kath kfm lat led lfd lt mech med \
     mind mlat monatl mtl nachm nat neutr nördl od offiz orig österr östl phil phys pol priv röm rd sen sog sp städt \
     stellv südl svw tägl techn teilw tlw umg ungebr urspr usf usw verh versch verw vgl vorm vs weibl westl wiss wörtl \
     zw zzgl zzt";
const GERMAN_BEFORE_NUMBERS: &str =
    "Abb Abs Abschn Art Aufl Bd Bde Bl Buchst Kap Nr Nrn Pos Rn Rz Tab Taf Tel Ziff nr";
/// From two letters on: the single ones are initials.
const ROMAN_NUMERALS: &str =
    "II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXII XXIII XXIV XXV";

const ENGLISH_TITLES: &str = "Adm Amb Asst Atty Brig Capt Cdr Cmdr Col Cpl Det Dr Drs Esq Fr Gen Gov Hon Insp Jr Lt Ltd Maj \
     Messrs Mlle Mme Mr Mrs Ms Msgr Mx Ph Pres Prof Pvt Rep Reps Rev Sec Sen Sens Sgt Sr St Sts Supt Treas";
const ENGLISH_MONTHS: &str = "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec";
const ENGLISH_WORDS: &str = "Assn Assoc Ave Blvd Bldg Bros Co Corp Dept Dist Eds Est Ft Hwy Inc Intl Mfg Mt Mts Natl Pkwy \
     Pl Rd Soc Sq Ste Univ abbr al approx apt assoc ca cf dept dia ed eds esp est etc ext freq hr hrs incl lb lbs \
     max mfr mi misc oz qt repr resp rev tbsp temp trans tsp v viz vs yd yds yr yrs";
const ENGLISH_BEFORE_NUMBERS: &str = "Art Arts Ch Chap Eq Eqs Ex Fig Figs No Nos Nr Op Par Pt Pts Vol Vols ch chap eq fig figs \
     no nos par pp pt pts vol vols";

pub(super) fn abbreviations(language: Language) -> Abbreviations {
    let capitals = ('A'..='Z').map(String::from);
    match language {
        Language::German => Abbreviations {
            anywhere: capitals
                .chain("ÄÖÜ".chars().map(String::from))
                .chain(('a'..='z').map(String::from))
                .chain((1..=LARGEST_ORDINAL).map(|ordinal| ordinal.to_string()))
                .chain(words(&[
                    GERMAN_TITLES,
                    GERMAN_MONTHS,
                    GERMAN_WORDS,
                    ROMAN_NUMERALS,
                ]))
                .collect(),
            before_number: words(&[GERMAN_BEFORE_NUMBERS]).collect(),
        },
        Language::English => Abbreviations {
            anywhere: capitals
                .chain(words(&[ENGLISH_TITLES, ENGLISH_MONTHS, ENGLISH_WORDS]))
                .collect(),
            before_number: words(&[ENGLISH_BEFORE_NUMBERS]).collect(),
        },
    }
}

fn words<'a>(lists: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .map(String::from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lists_are_disjoint_and_hold_bare_words() {
        for language in [Language::German, Language::English] {
            let Abbreviations {
                anywhere,
                before_number,
            } = abbreviations(language);
            let total = anywhere.len() + before_number.len();
            let all: HashSet<String> = anywhere.into_iter().chain(before_number).collect();
            assert_eq!(all.len(), total, "{language}: a word is listed twice");
            assert!(all.iter().all(|word| !word.contains(['.', '#', ' '])));
        }
    }
}
