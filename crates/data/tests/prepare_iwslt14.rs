//! IWSLT14 from an archive with sentences of its own: what is dropped, stripped, split off and put in which order.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

#[path = "prepare/archive.rs"]
mod archive;

use std::fs;
use std::path::{Path, PathBuf};

use archive::{Entries, TRAIN_PAIRS, entries, gzip, store, tar};
use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::prepare::{Iwslt14Options, Outcome, PrefixLists, TagLines, iwslt14};
use data::read_lines;
use data::translation::Dictionary;
use files::Hint;

fn options() -> Iwslt14Options {
    Iwslt14Options {
        merges: 60,
        ..Iwslt14Options::default()
    }
}

fn archive_of(folder: &Path, entries: &Entries) -> PathBuf {
    store(folder, &gzip(&tar(entries)))
}

/// Replaces the content of the entry whose path ends in `name`.
fn replace(entries: &mut Entries, name: &str, content: impl Into<Vec<u8>>) {
    let entry = entries.iter_mut().find(|(path, _)| path.ends_with(name)).unwrap();
    entry.1 = content.into();
}

/// The content of the entry whose path ends in `name`.
fn text(entries: &Entries, name: &str) -> String {
    let entry = entries.iter().find(|(path, _)| path.ends_with(name)).unwrap();
    String::from_utf8(entry.1.clone()).unwrap()
}

/// The error of preparing these entries, which must have a hint and leave no folder.
fn refused(entries: &Entries) -> String {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive_of(folder.path(), entries);
    let error = iwslt14(&archive, &options(), &folder.path().join("out")).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{error}");
    error.to_string()
}

fn undone(path: &Path) -> Vec<String> {
    let lines = read_lines(path).unwrap();
    lines.iter().map(|line| undo(line, SEPARATOR)).collect()
}

#[test]
fn every_rule_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive_of(folder.path(), &entries());
    let out = folder.path().join("new/out");
    let prepared = iwslt14(&archive, &options(), &out).unwrap();

    let counts = prepared.counts;
    let tags = TagLines {
        url: 1,
        talkid: 1,
        keywords: 1,
    };
    assert_eq!(counts.tag_lines, Some([tags, tags]));
    assert_eq!(counts.train_lines, [TRAIN_PAIRS + 6; 2]);
    assert_eq!(counts.train_read, TRAIN_PAIRS + 3);
    let dropped = counts.dropped;
    assert_eq!(
        (dropped.empty, dropped.too_long, dropped.ratio, dropped.long_word),
        (1, 1, 1, 0)
    );
    assert_eq!((counts.train, counts.valid, counts.test), (TRAIN_PAIRS - 2, 2, 7));
    assert_eq!(prepared.prefixes, PrefixLists::Builtin);
    assert_eq!(prepared.outcome, Outcome::Written);

    let train = prepared.train.each_ref().map(|path| undone(path));
    assert_eq!(train[0][..2], ["über mühlen", "müller : warum sie sich drehen ."]);
    assert_eq!(train[1][..2], ["about mills", "miller : why they are turning ."]);
    assert_eq!(train[0][2], "die 3. mühle steht am fluss , z.b. hier .");
    assert_eq!(train[1][2], "the 3th mill stands by the river , e.g. here .");
    // Pairs 23 and 46 of the clean text, which the dropped ones do not count for.
    let numbers = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .filter_map(|line| line.split(' ').nth(1))
            .map(|word| word.trim_end_matches(['.', 't', 'h']).to_owned())
            .collect()
    };
    for side in [0, 1] {
        assert_eq!(numbers(&undone(&prepared.valid[side])), ["23", "46"]);
        let expected: Vec<String> = (3..=TRAIN_PAIRS)
            .filter(|number| number % 23 != 0)
            .map(|n| n.to_string())
            .collect();
        assert_eq!(numbers(&train[side][2..]), expected);
    }
    let expected = ["0-0", "1-0", "1-1", "2-0", "3-0", "3-1", "4-0"];
    let german: Vec<String> = expected.iter().map(|id| format!("mühle {id}")).collect();
    let english: Vec<String> = expected.iter().map(|id| format!("mill &apos;s {id}")).collect();
    assert_eq!(undone(&prepared.test[0]), german);
    assert_eq!(undone(&prepared.test[1]), english);
}

#[test]
fn merges_and_dictionaries_are_those_of_the_training_text() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive_of(folder.path(), &entries());
    let out = folder.path().join("out");
    let prepared = iwslt14(&archive, &options(), &out).unwrap();
    let train = prepared.train.each_ref().map(|path| undone(path));
    let merges = Merges::read(&prepared.codes).unwrap();
    assert_eq!(merges, Merges::learn(train.iter().flatten(), 60, 2));
    assert_eq!(prepared.counts.merges, 60);
    let mut segmenter = Segmenter::new(&merges, SEPARATOR);
    for side in [0, 1] {
        let lines = read_lines(&prepared.train[side]).unwrap();
        let again: Vec<String> = train[side]
            .iter()
            .map(|line| segmenter.segment_line(line))
            .collect();
        assert_eq!(lines, again);
        let dictionary = Dictionary::read(&prepared.dictionaries[side]).unwrap();
        assert_eq!(dictionary.size() % 8, 0);
        assert_eq!(dictionary.size(), prepared.counts.dictionary[side] + 4);
        let text = fs::read_to_string(&prepared.dictionaries[side]).unwrap();
        let plain = folder.path().join("plain");
        Dictionary::build(&lines, 1).write(&plain).unwrap();
        let fillers = text.strip_prefix(&fs::read_to_string(&plain).unwrap()).unwrap();
        let expected: String = (0..fillers.lines().count())
            .map(|n| format!("madeupword{n:04} 0\n"))
            .collect();
        assert_eq!(fillers, expected);
    }
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    let expected = [
        "codes",
        "dict.de.txt",
        "dict.en.txt",
        "prepared.toml",
        "test.de",
        "test.en",
        "train.de",
        "train.en",
        "valid.de",
        "valid.en",
    ];
    assert_eq!(names, expected);
}

#[test]
fn moses_own_lists_are_used_where_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive_of(folder.path(), &entries());
    let lists = folder.path().join("lists");
    fs::create_dir(&lists).unwrap();
    fs::write(lists.join("nonbreaking_prefix.de"), "Fluss\n").unwrap();
    let options = Iwslt14Options {
        prefixes: Some(lists.clone()),
        ..options()
    };
    let out = folder.path().join("out");
    let error = iwslt14(&archive, &options, &out).unwrap_err().to_string();
    assert!(error.contains("nonbreaking_prefix.en"), "{error}");
    fs::write(lists.join("nonbreaking_prefix.en"), "").unwrap();
    let error = iwslt14(&archive, &options, &out).unwrap_err().to_string();
    assert!(
        error.ends_with("nonbreaking_prefix.en: the file is empty"),
        "{error}"
    );
    fs::write(lists.join("nonbreaking_prefix.en"), "Dr\n").unwrap();
    let prepared = iwslt14(&archive, &options, &out).unwrap();
    assert_eq!(prepared.prefixes, PrefixLists::Read);
    // `3` is a prefix of the built-in German list and not of this one.
    let third = &undone(&prepared.train[0])[2];
    assert_eq!(third, "die 3 . mühle steht am fluss , z.b. hier .");
    // Lists of other content are another preparation.
    fs::write(lists.join("nonbreaking_prefix.en"), "Mr\n").unwrap();
    let error = iwslt14(&archive, &options, &out).unwrap_err().to_string();
    assert!(error.ends_with("was prepared with other prefixes.en"), "{error}");
}

#[test]
fn lines_of_one_side_only_are_refused_with_both_counts() {
    let mut unequal = entries();
    let german = text(&unequal, "train.tags.de-en.de").replace("<talkid>1</talkid>", "1");
    replace(&mut unequal, "train.tags.de-en.de", german);
    let error = refused(&unequal);
    let lines = format!(
        "train.tags.de-en.en have {} and {} lines",
        TRAIN_PAIRS + 4,
        TRAIN_PAIRS + 3
    );
    assert!(
        error.contains("train.tags.de-en.de and ") && error.ends_with(&lines),
        "{error}"
    );

    let mut unequal = entries();
    let name = "TED.tst2011.de-en.en.xml";
    let english = text(&unequal, name).replace("</doc>", "<seg id=\"3\">One more</seg>\n</doc>");
    replace(&mut unequal, name, english);
    let error = refused(&unequal);
    assert!(
        error.contains("TED.tst2011.de-en.de.xml and ")
            && error.ends_with("TED.tst2011.de-en.en.xml have 2 and 3 lines"),
        "{error}"
    );
}

#[test]
fn unusable_lines_are_named() {
    let mut broken = entries();
    let mut bytes = text(&broken, "train.tags.de-en.en").into_bytes();
    let line = bytes.iter().take_while(|byte| **byte != b'\n').count() + 1;
    bytes[line + 2] = 0xff;
    replace(&mut broken, "train.tags.de-en.en", bytes);
    let error = refused(&broken);
    assert!(
        error
            .ends_with("de-en.tgz/de-en/train.tags.de-en.en:2: not valid UTF-8 (byte 3 of the line is 0xFF)"),
        "{error}"
    );
    for (content, problem) in [
        ("<doc>\n<seg id=\"1\">open\n", ":2: not a whole segment"),
        ("<doc>\n\n<seg id=\"1\"> </seg>\n", ":3: the sentence is empty"),
    ] {
        let mut broken = entries();
        replace(&mut broken, "TED.dev2010.de-en.de.xml", content);
        let error = refused(&broken);
        assert!(
            error.ends_with(&format!("TED.dev2010.de-en.de.xml{problem}")),
            "{error}"
        );
    }
    let mut broken = entries();
    replace(&mut broken, "TEDX.dev2012.de-en.de.xml", "");
    replace(&mut broken, "TEDX.dev2012.de-en.en.xml", "<doc>\n</doc>\n");
    assert!(refused(&broken).ends_with("TEDX.dev2012.de-en.de.xml: no sentences"));
}

#[test]
fn too_few_pairs_are_refused() {
    for (pairs, purpose) in [(0, "training"), (22, "validation")] {
        let mut few = entries();
        for (code, word) in [("de", "Mühle\n"), ("en", "mill\n")] {
            let content = if pairs == 0 {
                "\n".into()
            } else {
                word.repeat(pairs)
            };
            replace(&mut few, &format!("train.tags.de-en.{code}"), content);
        }
        let error = refused(&few);
        assert!(
            error.contains(&format!("is left for {purpose} (dropped: ")),
            "{error}"
        );
    }
}

#[test]
fn missing_texts_are_named() {
    for place in 1..entries().len() {
        let mut fewer = entries();
        let (path, _) = fewer.remove(place);
        let name = path.strip_prefix("de-en/").unwrap();
        let error = refused(&fewer);
        assert!(
            error.ends_with(&format!("de-en.tgz: the archive has no `{name}`")),
            "{error}"
        );
    }
}
