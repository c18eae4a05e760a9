//! Damaged corpora, vocabularies, tokenisers and parallel text: readers refuse them or use them, and never panic.
//!
//! docs/fuzzing.md says how to run this for longer and how a seed becomes a case.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

#[allow(dead_code, reason = "not every program of tests needs all of it")]
#[path = "../prepare/archive.rs"]
mod archive;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use damage::{Campaign, Files, packed};
use data::bpe::{Merges, SEPARATOR, Segmenter};
use data::moses::{Language, Prefixes, Tokenizer};
use data::prepare::{Codes, Iwslt14Options, ParallelFiles, ParallelOptions, iwslt14, parallel};
use data::translation::{BatchLimit, Dictionary, MaxTokenBatches, PairRules, ParallelCorpus, Unusable};
use data::{
    Casing, Corpus, DataError, EncodedCorpus, Example, Format, ModelTokenizer, WordPieceOptions,
    encode_cached, read_corpus,
};

/// Cases that were found.
const LISTED: &str = include_str!("cases.txt");

const SST2: &str = "sentence\tlabel\na good film\t1\nthe bad , bad film\t0\n\"quoted\" .\t1\n";
const MNLI: &str =
    "index\tsentence1\tsentence2\tgold_label\n0\tthe cat\ta cat\tneutral\n1\tx\ty\t-\n2\ta\tb\tentailment\n";
const MULTINLI: &str =
    "{\"gold_label\": \"neutral\", \"sentence1\": \"a cat\", \"sentence2\": \"the film\", \"pairID\": \"1\"}
{\"gold_label\": \"-\", \"sentence1\": \"a\", \"sentence2\": \"b\"}
{\"gold_label\": \"contradiction\", \"sentence1\": \"not a cat\", \"sentence2\": \"a cat\"}\n";
const PLAIN: &str = "{\"premise\": \"a good cat\", \"hypothesis\": \"a cat\", \"label\": \"entailment\"}
{\"premise\": \"é\\u2028\", \"hypothesis\": \"\", \"label\": \"neutral\", \"tag\": [1]}\n";
const VOCABULARY: &str =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ngood\nbad\nfilm\n##s\nthe\ncat\nnot\n,\n.\n\"\nquoted\n";
const DICTIONARY: &str = "the 9\ncat 7\nd@@ 5\nog 5\na 3\n. 2\n";

fn campaign<'a>(name: &'a str, files: &[(&str, Vec<u8>)], cases: u64) -> Campaign<'a> {
    Campaign {
        name,
        files: files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.clone()))
            .collect::<Files>(),
        damaged: Vec::new(),
        listed: LISTED,
        cases,
        share: 0.025,
        keep: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("damaged"),
    }
}

/// An error says something.
fn told(error: &DataError) -> Result<(), String> {
    let message = error.to_string();
    match message.is_empty() {
        true => Err("an error without a message".to_owned()),
        false => Ok(()),
    }
}

/// Texts that a tokeniser must be able to do something with.
fn texts() -> Corpus {
    let long = "cat".repeat(4000);
    let texts = [
        "The cats , the cat .",
        "",
        "  a\t good\u{a0}film!  ",
        "naïve CAFÉ ＡＢ™ ﬁlm \u{ad}x 中文",
        "<mask>  <s>The</s> [MASK]ab ab",
        "\0\u{feff}\u{200d}e\u{301}\u{1f468}\u{200d}\u{1f469}",
        "12-34 x_y __ _",
        long.as_str(),
    ];
    let example = |(index, text): (usize, &&str)| Example {
        text: (*text).to_owned(),
        pair: (index % 2 == 0).then(|| texts[texts.len() - 1 - index].to_owned()),
        label: 0,
    };
    Corpus {
        name: "texts".to_owned(),
        label_names: vec!["a".to_owned()],
        examples: texts.iter().enumerate().map(example).collect(),
    }
}

/// Every id is one of the vocabulary, and no input is longer than it may be.
fn encodes(tokenizer: &ModelTokenizer) -> Result<(), String> {
    let encoded = match EncodedCorpus::encode(&texts(), tokenizer, 64) {
        Ok(encoded) => encoded,
        Err(error) => return told(&error),
    };
    for example in 0..encoded.len() {
        let ids = encoded.ids(example);
        if ids.len() > 64 || ids.iter().any(|&id| id as usize >= encoded.vocab_size) {
            return Err(format!("the ids {ids:?} of {} pieces", encoded.vocab_size));
        }
        if encoded.first_length(example) > ids.len() {
            return Err("more tokens of the first text than there are".to_owned());
        }
    }
    Ok(())
}

#[test]
fn corpora() {
    let files = [
        ("sst2.tsv", SST2.into()),
        ("mnli.tsv", MNLI.into()),
        ("multinli.jsonl", MULTINLI.into()),
        ("plain.jsonl", PLAIN.into()),
        ("sst2.tsv.gz", packed(SST2.as_bytes())),
        ("plain.jsonl.gz", packed(PLAIN.as_bytes())),
        ("rows.txt", "0\n1\n".into()),
        ("vocab.txt", VOCABULARY.into()),
    ];
    let corpora: Vec<String> = files[..6].iter().map(|(name, _)| (*name).to_owned()).collect();
    campaign("corpora", &files, 400).run(|folder| {
        let vocabulary =
            ModelTokenizer::from_vocab_file(&folder.join("vocab.txt"), &WordPieceOptions::default());
        let rows = folder.join("rows.txt");
        for name in &corpora {
            for (format, rows) in [
                (Format::Auto, None),
                (Format::Auto, Some(rows.as_path())),
                (Format::GlueTsv, None),
                (Format::MultinliJsonl, None),
                (Format::PlainJsonl, None),
            ] {
                let report = match read_corpus(&folder.join(name), format, rows) {
                    Ok(report) => report,
                    Err(error) => {
                        told(&error)?;
                        continue;
                    }
                };
                if let Ok(tokenizer) = &vocabulary
                    && let Err(error) = EncodedCorpus::encode(&report.corpus, tokenizer, 16)
                {
                    told(&error)?;
                }
            }
        }
        match vocabulary {
            Ok(tokenizer) => encodes(&tokenizer),
            Err(error) => told(&error),
        }
    });
}

#[test]
fn caches_of_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let vocabulary: Vec<String> = VOCABULARY.lines().map(str::to_owned).collect();
    let tokenizer = ModelTokenizer::from_vocabulary(&vocabulary).unwrap();
    let (good, _) = encode_cached(&texts(), &tokenizer, 16, Some(folder.path())).unwrap();
    let files = damage::files_of(folder.path()).unwrap();
    let files: Vec<(&str, Vec<u8>)> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    campaign("caches", &files, 60).run(|folder| {
        match encode_cached(&texts(), &tokenizer, 16, Some(folder)) {
            Ok((encoded, _)) if encoded == good => Ok(()),
            Ok(_) => Err("other tokens".to_owned()),
            Err(error) => told(&error),
        }
    });
}

/// One campaign for each file, since it takes a moment to encode the texts.
fn tokenizer(name: &str, pad: &str, json: &str) {
    campaign(name, &[("tokenizer.json", json.into())], 250).run(|folder| {
        let path = folder.join("tokenizer.json");
        for casing in [
            Casing::default(),
            Casing {
                lower_case: Some(false),
                ..Casing::default()
            },
        ] {
            match ModelTokenizer::from_tokenizer_json(&path, casing, pad) {
                Ok(tokenizer) => encodes(&tokenizer)?,
                Err(error) => told(&error)?,
            }
        }
        Ok(())
    });
}

#[test]
fn tokenizers_of_word_pieces() {
    tokenizer("bert-tokenizer", "[PAD]", include_str!("bert.json"));
}

#[test]
fn tokenizers_of_bytes() {
    tokenizer("roberta-tokenizer", "<pad>", include_str!("roberta.json"));
}

#[test]
fn tokenizers_of_unigrams() {
    tokenizer("unigram-tokenizer", "<pad>", include_str!("unigram.json"));
}

#[test]
fn tokenizers_of_every_other_part() {
    tokenizer("parts-tokenizer", "<pad>", include_str!("parts.json"));
}

#[test]
fn parallel_text() {
    let german = "die katze\nder d@@ og .\n\na\n";
    let files = [
        ("train.de", german.into()),
        ("train.en", "the cat\nthe d@@ og .\n\na\n".into()),
        ("dict.de.txt", DICTIONARY.replace("the", "die").into()),
        ("dict.en.txt", DICTIONARY.into()),
        ("codes", "#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\n".into()),
        (
            "prefixes/nonbreaking_prefix.de",
            "# Titel\nDr\nNr #NUMERIC_ONLY#\n".into(),
        ),
        ("prefixes/nonbreaking_prefix.en", "Mr\nNo #NUMERIC_ONLY#\n".into()),
    ];
    campaign("parallel", &files, 150).run(|folder| {
        let path = |name: &str| folder.join(name);
        let refused = |error: DataError| told(&error);
        match (
            Dictionary::read(&path("dict.de.txt")),
            Dictionary::read(&path("dict.en.txt")),
        ) {
            (Ok(source), Ok(target)) => {
                for unusable in [Unusable::Skip, Unusable::Refuse] {
                    let rules = PairRules { longest: 6, unusable };
                    match ParallelCorpus::read(
                        (&path("train.de"), &source),
                        (&path("train.en"), &target),
                        rules,
                    ) {
                        Ok(report) => batches(&report.corpus)?,
                        Err(error) => refused(error)?,
                    }
                }
            }
            (source, target) => source.and(target).map(drop).or_else(refused)?,
        }
        match Merges::read(&path("codes")) {
            Ok(merges) => {
                let mut segmenter = Segmenter::new(&merges, SEPARATOR);
                for example in texts().examples {
                    segmenter.segment_line(&example.text);
                }
            }
            Err(error) => refused(error)?,
        }
        for (language, code) in [(Language::German, "de"), (Language::English, "en")] {
            match Prefixes::read(&path(&format!("prefixes/nonbreaking_prefix.{code}"))) {
                Ok(prefixes) => {
                    let tokenizer = Tokenizer::new(language, prefixes);
                    for line in ["Dr. No. 5 a.b. ...", "Nr. 5. Mr.. x", "."] {
                        tokenizer.tokenize(line);
                    }
                }
                Err(error) => refused(error)?,
            }
        }
        prepared(folder).map(drop).or_else(refused)
    });
}

/// All the ways of preparing parallel text.
fn prepared(folder: &Path) -> Result<(), DataError> {
    let both = |source: &str, target: &str| [folder.join(source), folder.join(target)];
    let pair = || both("train.de", "train.en");
    let files = ParallelFiles {
        train: pair(),
        valid: pair(),
        test: pair(),
    };
    let learned = ParallelOptions {
        codes: Codes::Learn(9),
        prefixes: Some(folder.join("prefixes")),
        ..ParallelOptions::new("de", "en")
    };
    let given = ParallelOptions {
        codes: Codes::Read(folder.join("codes")),
        dictionaries: Some(both("dict.de.txt", "dict.en.txt")),
        ..ParallelOptions::new("de", "en")
    };
    parallel(&files, &learned, &folder.join("learned"))?;
    parallel(&files, &given, &folder.join("given"))?;
    Ok(())
}

fn batches(corpus: &ParallelCorpus) -> Result<(), String> {
    let limit = BatchLimit {
        max_tokens: NonZeroUsize::new(12),
        max_sentences: NonZeroUsize::new(2),
        longest: None,
    };
    let batches = match MaxTokenBatches::shuffled(&corpus.lengths(), limit, 1) {
        Ok(batches) => batches,
        Err(error) => return told(&error),
    };
    for batch in batches.iter() {
        corpus.batch(batch);
    }
    Ok(())
}

#[test]
fn archives() {
    let whole = archive::gzip(&archive::tar(&archive::entries()));
    campaign("archives", &[("de-en.tgz", whole)], 100).run(|folder| {
        let options = Iwslt14Options {
            merges: 10,
            ..Iwslt14Options::default()
        };
        let out = folder.join("out");
        match iwslt14(&folder.join("de-en.tgz"), &options, &out) {
            Ok(_) => Ok(()),
            Err(_) if out.exists() => Err("a refused archive has left something".to_owned()),
            Err(error) => told(&error),
        }
    });
}
