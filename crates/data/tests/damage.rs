//! Every text that is read, damaged: an error or a result, never a panic.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

use std::fs;
use std::io::Write;
use std::path::Path;

use data::bpe::{Merges, SEPARATOR, Segmenter, undo};
use data::moses::Prefixes;
use data::translation::{Dictionary, PairRules, ParallelCorpus, Unusable};
use data::{DataError, Example, Format, ModelTokenizer, WordPieceOptions, read_corpus, read_lines};
use files::Hint;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

/// A good text of each kind, by which the damage begins.
const TEXTS: [&str; 10] = [
    "#version: 0.2\nl o\nlo w</w>\ne r</w>\n",
    "l o\nw </w>\nlo w</w>\n",
    "the 134708\nof@@ 99\nа 7\n",
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##e\nThe\n",
    "sentence\tlabel\na good film\t1\nbad\t0\n",
    "index\tquestion\tsentence\tlabel\n0\tWho?\tShe.\tentailment\n",
    "gj04\t1\t\tShe sleeps.\ngj04\t0\t*\tSleeps she.\n",
    "{\"premise\": \"a\", \"hypothesis\": \"b\", \"label\": \"neutral\"}\n",
    "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"gold_label\": \"-\"}\n",
    "Dr\nNr #NUMERIC_ONLY#\n# remark\n0\n3\n",
];

/// Bytes that texts are damaged with: ends of lines, marks, breaks in characters, large numbers.
const SPLINTERS: [&[u8]; 16] = [
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\t",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\0",
    b"99999999999999999999999",
    b"-1",
    b"\"",
    b"{",
    b"[",
    b"</w>",
    b"@@ ",
];

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        any::<prop::sample::Index>(),
        0..5_usize,
        prop::sample::select(SPLINTERS.to_vec()),
    );
    (
        prop::sample::select(TEXTS.to_vec()),
        prop::collection::vec(edit, 0..6),
    )
        .prop_map(|(text, edits)| {
            let mut bytes = text.as_bytes().to_vec();
            for (place, cut, splinter) in edits {
                let place = place.index(bytes.len() + 1);
                let end = (place + cut).min(bytes.len());
                bytes.splice(place..end, splinter.iter().copied());
            }
            bytes
        })
}

/// Uses what comes of it, or looks at the message.
fn used<T>(result: Result<T, DataError>, use_it: impl FnOnce(T)) {
    match result {
        Ok(value) => use_it(value),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let _ = error.hint();
        }
    }
}

fn read_as_everything(path: &Path) {
    used(Merges::read(path), |merges| {
        let segmented = Segmenter::new(&merges, SEPARATOR).segment_line("the lower film </w>");
        assert_eq!(undo(&segmented, SEPARATOR), "the lower film </w>");
        let copy = path.with_extension("copy");
        merges.write(&copy).unwrap();
        assert_eq!(Merges::read(&copy).unwrap(), merges);
        let _ = merges.warning();
    });
    used(Dictionary::read(path), |dictionary| {
        let ids = dictionary.encode("the of@@ film");
        assert!(ids.iter().all(|&id| (id as usize) < dictionary.size()));
        let _ = dictionary.decode(&ids);
        let rules = PairRules {
            longest: 8,
            unusable: Unusable::Skip,
        };
        used(
            ParallelCorpus::read((path, &dictionary), (path, &dictionary), rules),
            drop,
        );
    });
    used(
        ModelTokenizer::from_vocab_file(path, &WordPieceOptions::default()),
        |tokenizer| {
            let example = Example {
                text: "The film".into(),
                pair: None,
                label: 0,
            };
            let ids = tokenizer.encode(&example, 9).unwrap().input_ids;
            assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocabulary().len()));
        },
    );
    for format in [
        Format::Auto,
        Format::GlueTsv,
        Format::MultinliJsonl,
        Format::PlainJsonl,
    ] {
        for rows in [None, Some(path)] {
            used(read_corpus(path, format, rows), |report| {
                let classes = report.corpus.label_names.len();
                assert!(
                    report
                        .corpus
                        .examples
                        .iter()
                        .all(|example| example.label < classes)
                );
            });
        }
    }
    used(Prefixes::read(path), drop);
    used(read_lines(path), drop);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damaged_texts_are_read_or_refused(bytes in damaged(), name in prop::sample::select(vec!["text", "text.tsv", "text.gz"])) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        read_as_everything(&path);
    }

    #[test]
    fn damaged_packed_texts_are_read_or_refused(
        bytes in damaged(),
        place in any::<prop::sample::Index>(),
        bit in 0..16,
        cut in any::<bool>(),
    ) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        let mut packed = encoder.finish().unwrap();
        let place = place.index(packed.len());
        if bit < 8 {
            packed[place] ^= 1_u8 << bit;
        } else if cut {
            packed.truncate(place);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.gz");
        fs::write(&path, packed).unwrap();
        read_as_everything(&path);
    }
}
