//! What can be wrong with a corpus, a vocabulary or a token cache, where it is wrong, and the remedy.

use std::io;
use std::path::PathBuf;

use files::Hint;

use crate::NLI_LABELS;
use crate::prepare::PrepareError;

/// Why a corpus, an index file, a vocabulary or a token cache could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file is not there, or may not be read.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What should be a file is a folder.
    #[error("cannot read {path}: it is a folder")]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// One line of a file cannot be used.
    #[error("{path}:{line}: {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1 in the unpacked file.
        line: usize,
        /// What is wrong with it.
        problem: LineError,
    },
    /// The file holds not even a header or a first record.
    #[error("{path}: the file is empty")]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file named as codes is a dictionary.
    #[error("{path}: every line is a word and a count, as in a dictionary")]
    CountsForCodes {
        /// The file.
        path: PathBuf,
    },
    /// Every record was dropped, or none was there or selected.
    #[error("{path}: no usable rows ({dropped} dropped because they have no gold label)")]
    NoUsableRows {
        /// The file.
        path: PathBuf,
        /// Rows without a gold label.
        dropped: usize,
    },
    /// Neither the name nor the first line says what the format is.
    #[error("{path}: cannot tell the format from the file name and the first line")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// Two corpora of different classes cannot be one.
    #[error(
        "corpora `{first}` ({}) and `{second}` ({}) differ in their classes",
        .first_labels.join(", "), .second_labels.join(", ")
    )]
    LabelSetsDiffer {
        /// Name of the first corpus.
        first: String,
        /// Its classes.
        first_labels: Vec<String>,
        /// Name of the other corpus.
        second: String,
        /// Its classes.
        second_labels: Vec<String>,
    },
    /// A corpus without examples was to be joined or tokenised.
    #[error("corpus `{name}` has no examples")]
    NoExamples {
        /// Name of the corpus.
        name: String,
    },
    /// The vocabulary has no pieces.
    #[error("{vocabulary}: the vocabulary is empty")]
    EmptyVocabulary {
        /// The vocabulary's file.
        vocabulary: String,
    },
    /// A special token is not in the vocabulary.
    #[error("{vocabulary}: the vocabulary has no {token}")]
    MissingToken {
        /// The vocabulary's file.
        vocabulary: String,
        /// The special token.
        token: String,
    },
    /// A tokenizer.json cannot be used.
    #[error("{path}: {problem}", path = path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The tokeniser of a tokenizer.json fails on a text.
    #[error("the tokeniser fails on a text that begins with `{text}`: {problem}")]
    FailsOnText {
        /// The beginning of the text.
        text: String,
        /// What its library said.
        problem: String,
    },
    /// The maximal length has no room for the special tokens of a pair.
    #[error(
        "a maximal length of {max_length} tokens leaves no room for a pair of texts; it needs {shortest}"
    )]
    MaxLength {
        /// The length asked for.
        max_length: usize,
        /// The shortest that has room.
        shortest: usize,
    },
    /// The token cache could not be written.
    #[error("cannot write the token cache {path}: {source}")]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Every pair of lines was left out, or none was there.
    #[error(
        "{source_path} and {target_path}: no usable pairs of sentences ({empty} left out because a side is empty, \
         {too_long} because a side is too long)"
    )]
    NoUsablePairs {
        /// File of the sentences to translate.
        source_path: PathBuf,
        /// File of the translations.
        target_path: PathBuf,
        /// Pairs of which a side has no words.
        empty: usize,
        /// Pairs of which a side is too long.
        too_long: usize,
    },
    /// There is nothing to make batches of.
    #[error("no pairs to put in batches ({left_out} left out because of their length)")]
    NoBatches {
        /// Pairs that are too long.
        left_out: usize,
    },
    /// One pair of sentences alone is more than a batch may have.
    #[error("pair {pair} has {tokens} tokens on its longer side, more than the {max_tokens} of a batch")]
    PairOverLimit {
        /// The pair, counted from 0.
        pair: usize,
        /// Tokens of its longer side.
        tokens: usize,
        /// The limit.
        max_tokens: usize,
    },
    /// Raw parallel text could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
}

/// What is wrong with one line of a file.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The bytes are not UTF-8.
    #[error("not valid UTF-8 (byte {column} of the line is 0x{byte:02X})")]
    NotUtf8 {
        /// First bad byte of the line, counted from 1.
        column: usize,
        /// Its value.
        byte: u8,
    },
    /// The gzip stream breaks off, fails its checksum, or is no gzip stream.
    #[error("damaged gzip stream: {0}")]
    DamagedGzip(io::Error),
    /// The system could not read on.
    #[error("cannot read on: {0}")]
    Io(io::Error),
    /// The header lacks a column.
    #[error("the header has no column `{column}` (it has {found})")]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// The header has a column that would be left out.
    #[error("the header has `{column}` beside {read}, and it would not be read")]
    UnreadColumn {
        /// The column.
        column: String,
        /// The columns that would be read.
        read: String,
    },
    /// A row is cut differently from the first line.
    #[error("{found} fields where the first line has {expected}")]
    FieldCount {
        /// Fields of the row.
        found: usize,
        /// Fields of the first line.
        expected: usize,
    },
    /// The label is none of the known ones.
    #[error("unknown label `{label}`")]
    UnknownLabel {
        /// The label.
        label: String,
        /// The known ones, for the hint.
        known: String,
    },
    /// The label is a number, which does not say what it means.
    #[error("the label is the number {number}, not a word")]
    NumericLabel {
        /// The number.
        number: serde_json::Number,
    },
    /// The line is JSON of another kind.
    #[error("{found} where a JSON object is due")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// The line is not the JSON object it should be.
    #[error("invalid JSON at column {column}: {message}")]
    InvalidJson {
        /// Column from 1.
        column: usize,
        /// What the parser said.
        message: String,
    },
    /// The JSON object lacks a key.
    #[error("key `{key}` is missing or null")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A line of an index file is not a number.
    #[error("`{text}` is not a row number")]
    NotARowNumber {
        /// The line.
        text: String,
    },
    /// A row number is not larger than the one before.
    #[error("row {row} follows row {previous}: not ascending")]
    RowsNotAscending {
        /// This line's row.
        row: usize,
        /// The line before's row.
        previous: usize,
    },
    /// A row number points past the end of the corpus.
    #[error("row {row} is out of range: {corpus} has {rows} rows")]
    RowOutOfRange {
        /// The row.
        row: usize,
        /// Rows of the corpus.
        rows: usize,
        /// File of the corpus.
        corpus: PathBuf,
    },
    /// A blank line in a file whose every line says something.
    #[error("the line is blank and others follow")]
    BlankLine,
    /// The codes file marks the end of a word in another way.
    #[error("codes of `{found}` cannot be used")]
    CodesVersion {
        /// The version, as a header would give it.
        found: String,
    },
    /// A line of a codes file is not two units.
    #[error("`{text}` is not two units separated by a space")]
    NotAMerge {
        /// The line.
        text: String,
    },
    /// A line of a dictionary is not a word and a count.
    #[error("`{text}` is not a word, a space and a count")]
    NotAWordCount {
        /// The line.
        text: String,
    },
    /// A dictionary has a special symbol as a word.
    #[error("`{word}` is a special symbol, which a dictionary does not list")]
    SpecialWord {
        /// The symbol.
        word: String,
    },
    /// A word stands in a dictionary twice, so its id would be ambiguous.
    #[error("`{word}` already stands in line {first_line}")]
    DuplicateWord {
        /// The word.
        word: String,
        /// The earlier line, from 1.
        first_line: usize,
    },
    /// A sentence has no words.
    #[error("the sentence is empty")]
    EmptySentence,
    /// A sentence is longer than is allowed.
    #[error("the sentence has {tokens} tokens, its end symbol included; the limit is {longest}")]
    SentenceTooLong {
        /// Tokens of the sentence.
        tokens: usize,
        /// The limit.
        longest: usize,
    },
    /// A line of a test set opens a segment and does not hold it whole.
    #[error("not a whole segment")]
    NotASegment,
    /// A text that was to be segmented has units of a segmentation.
    #[error("`{unit}` is a unit of a segmentation, or looks like one")]
    Segmented {
        /// The unit.
        unit: String,
    },
    /// One of two parallel files goes on where the other has ended.
    #[error("{other} ends before this line")]
    NoTranslation {
        /// The file that has ended.
        other: PathBuf,
    },
}

impl Hint for DataError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Open { .. } => Some("check the path; a packed corpus ends in .gz".into()),
            Self::IsFolder { .. } => Some("name a file".into()),
            Self::Line { problem, line, .. } => problem.hint(*line),
            Self::EmptyFile { .. } => Some("fetch or generate the file again".into()),
            Self::CountsForCodes { .. } => Some(
                "codes are what bpe-learn writes; where these are merges of numbers, put `#version: 0.1` in the first line"
                    .into(),
            ),
            Self::NoUsableRows { .. } => Some("only rows with a gold label can be used: is it an unlabelled test file?".into()),
            Self::UnknownFormat { .. } => Some("name the format: glue-tsv, multinli-jsonl or plain-jsonl".into()),
            Self::LabelSetsDiffer { .. } => Some("only corpora of one task can be joined".into()),
            Self::NoExamples { .. } => None,
            Self::EmptyVocabulary { .. } | Self::MissingToken { .. } => Some(
                "use the vocab.txt that belongs to the weights: one piece a line, with [PAD], [UNK], [CLS] and [SEP]".into(),
            ),
            Self::Tokenizer { .. } => Some(
                "the tokenizer.json of a BERT, RoBERTa, XLM-R or DistilBERT folder, as save_pretrained writes it, can be used".into(),
            ),
            Self::FailsOnText { .. } => Some(
                "the tokenizer.json of the model is damaged, or combines parts that its library cannot combine".into(),
            ),
            Self::MaxLength { .. } => Some("special tokens are counted; the paper uses 128 in all".into()),
            Self::Cache { .. } => Some("choose a cache folder that can be written, or none".into()),
            Self::Write { .. } => Some("the folder must exist and be writable".into()),
            Self::NoUsablePairs { .. } | Self::NoBatches { .. } => None,
            Self::PairOverLimit { .. } => Some("raise the tokens of a batch, or leave out pairs of this length".into()),
            Self::Prepare(problem) => Some(problem.hint()),
        }
    }
}

impl LineError {
    /// `line` is where it is.
    fn hint(&self, line: usize) -> Option<String> {
        match self {
            Self::NotUtf8 {
                column: 1,
                byte: 0xFE | 0xFF,
            } if line == 1 => Some("it begins as UTF-16 does: convert it to UTF-8".into()),
            Self::NotUtf8 { .. } => Some("convert it to UTF-8, for instance with iconv".into()),
            Self::DamagedGzip(_) => Some("fetch the file again; .gz must mean gzip".into()),
            Self::Io(_) | Self::InvalidJson { .. } => None,
            Self::MissingColumn { .. } => {
                Some(
                    "tasks are known by their columns: sentence1, sentence2, gold_label (MNLI, SNLI); sentence, label (SST-2); \
                     sentence1, sentence2, label (RTE); question, sentence, label (QNLI); question1, question2, is_duplicate \
                     (QQP); #1 String, #2 String, Quality (MRPC)"
                        .into(),
                )
            }
            Self::UnreadColumn { .. } => Some(
                "take the column out if it is no part of the example, or use the names of the task's own columns".into(),
            ),
            Self::NotAnObject { .. } => Some("a line is one object with named keys, as in {\"premise\": \"…\", …}".into()),
            Self::FieldCount { .. } => Some("fields are separated by single tabs; there is no quoting".into()),
            Self::UnknownLabel { known, .. } => Some(format!("known labels: {known}")),
            Self::NumericLabel { .. } => {
                let order: Vec<_> = NLI_LABELS.iter().enumerate().map(|(id, label)| format!("{id} {label}")).collect();
                Some(format!(
                    "data sets number the classes differently (here {}): write the words",
                    order.join(", ")
                ))
            }
            Self::MissingKey { .. } => Some(
                "keys are sentence1, sentence2, gold_label (multinli-jsonl) or premise, hypothesis, label (plain-jsonl)".into(),
            ),
            Self::NotARowNumber { .. } | Self::RowsNotAscending { .. } | Self::RowOutOfRange { .. } => {
                Some("an index file has one row number a line, from 0, ascending, each at most once".into())
            }
            Self::BlankLine => Some("only the last lines of a file may be blank: delete this one".into()),
            Self::CodesVersion { .. } => Some("codes of subword-nmt are of version 0.1 or 0.2".into()),
            Self::NotAMerge { .. } => {
                Some("codes of subword-nmt begin with `#version: 0.2`, then have two units a line".into())
            }
            Self::NotAWordCount { .. } | Self::SpecialWord { .. } | Self::DuplicateWord { .. } => {
                Some("a dictionary has `word count` a line; <s>, <pad>, </s> and <unk> are not listed".into())
            }
            Self::EmptySentence | Self::SentenceTooLong { .. } => {
                Some("clean both files together, so that they stay parallel".into())
            }
            Self::NotASegment => Some("a segment is one line of the form `<seg id=\"1\">text</seg>`".into()),
            Self::Segmented { .. } => Some(
                "text that is segmented already is prepared: name the files in the experiment, or undo the segmentation \
                 first; in other text the tokeniser sets @ apart"
                    .into(),
            ),
            Self::NoTranslation { .. } => Some("line n of one file must translate line n of the other".into()),
        }
    }
}
