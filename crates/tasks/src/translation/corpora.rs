//! The corpora of a translation experiment, as ids: training pairs, pairs to choose by, and the evaluation splits.

use std::path::{Path, PathBuf};

use data::demo::{TranslationSize, translation};
use data::prepare::{CODES, RECORD, dictionary_name, prefix_file};
use data::translation::{Dictionary, END, PairRules, ParallelCorpus, ParallelReport, UNKNOWN, Unusable};
use data::{bpe, read_lines};
use experiment::{DataFile, DataSection, DataSource, Experiment};
use files::{FileError, one_line};
use methods::ExecuteError;

use super::prepared;

/// What a translation is trained and evaluated on.
pub(super) struct Corpora {
    pub(super) train: ParallelCorpus,
    /// Pairs by which models are chosen.
    pub(super) valid: Option<Split>,
    /// Evaluation splits in the order of their names.
    pub(super) splits: Vec<(String, Split)>,
    pub(super) source: Dictionary,
    pub(super) target: Dictionary,
    /// By name, what brings new text into the form of these: what stands of it beside the dictionaries.
    text_files: Vec<(String, Vec<u8>)>,
    warnings: Vec<String>,
}

/// Pairs to translate and to score.
pub(super) struct Split {
    pub(super) corpus: ParallelCorpus,
    /// Source sentences in words.
    pub(super) sources: Vec<String>,
    /// References in words.
    pub(super) references: Vec<String>,
    /// References in which what the dictionary lacks matches nothing.
    pub(super) known_references: Vec<String>,
}

impl Split {
    fn new(corpus: ParallelCorpus, lines: (&[String], &[String]), target: &Dictionary) -> Self {
        let words = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| bpe::undo(line, bpe::SEPARATOR)).collect()
        };
        // An unknown unit matches nothing, not even as a part of a word; a translation writes it in another way.
        let spelling = |id: u32| if id == UNKNOWN { "<<unk>>" } else { target.word(id) };
        let known = |pair| {
            let ids = corpus.target.ids(pair).iter().copied();
            let units: Vec<&str> = ids.take_while(|id| *id != END).map(spelling).collect();
            bpe::undo(&units.join(" "), bpe::SEPARATOR)
        };
        Self {
            sources: words(lines.0),
            references: words(lines.1),
            known_references: (0..corpus.len()).map(known).collect(),
            corpus,
        }
    }
}

impl Corpora {
    /// Reads, generates or prepares; `root` is the folder of the sweep.
    pub(super) fn load(experiment: &Experiment, root: &Path) -> Result<Self, ExecuteError> {
        let corpora = match experiment.data.source {
            DataSource::Demo => Self::demo(experiment)?,
            DataSource::Files => Self::files(experiment, &experiment.data)?,
            DataSource::Iwslt14 => Self::files(experiment, &prepared::iwslt14(&experiment.data, root)?)?,
        };
        corpora.check_dictionaries(experiment)?;
        Ok(corpora)
    }

    fn demo(experiment: &Experiment) -> Result<Self, ExecuteError> {
        let section = &experiment.data;
        let size = TranslationSize {
            train: section.train_examples,
            valid: section.dev_examples,
            test: section.test_examples,
        };
        let mut demo = translation(section.seed, size);
        let (source, target) = match of_weights(experiment)? {
            Some(dictionaries) => dictionaries,
            None => (
                Dictionary::build(demo.train.iter().map(|(source, _)| source), 0),
                Dictionary::build(demo.train.iter().map(|(_, target)| target), 0),
            ),
        };
        // With the end symbol, as everywhere.
        let longest = experiment.model.positions;
        let tokens = |line: &str| line.split_whitespace().count() + 1;
        let fits = |(source, target): &(String, String)| tokens(source).max(tokens(target)) <= longest;
        let all = demo.train.len();
        demo.train.retain(fits);
        if demo.train.is_empty() {
            return Err(ExecuteError::new(format!(
                "no pair of the demo corpus has sentences of at most model.positions = {longest} tokens"
            )));
        }
        let left_out = all - demo.train.len();
        if !demo.valid.iter().chain(&demo.test).all(fits) {
            return Err(ExecuteError::new(format!(
                "the demo corpus has test sentences of more than model.positions = {longest} tokens"
            ))
            .with_hint("64 positions are enough for all of them"));
        }
        let encode = |pairs: &[(String, String)]| {
            let pairs = pairs
                .iter()
                .map(|(source, target)| (source.as_str(), target.as_str()));
            ParallelCorpus::encode(pairs, &source, &target)
        };
        let split = |pairs: &[(String, String)]| {
            let (sources, targets): (Vec<String>, Vec<String>) = pairs.iter().cloned().unzip();
            Split::new(encode(pairs), (&sources, &targets), &target)
        };
        let warning = || format!("left out {left_out} pairs of more than {longest} tokens (model.positions)");
        Ok(Self {
            train: encode(&demo.train),
            valid: Some(split(&demo.valid)),
            splits: vec![("test".to_owned(), split(&demo.test))],
            source,
            target,
            text_files: Vec::new(),
            warnings: (left_out > 0).then(warning).into_iter().collect(),
        })
    }

    /// Refuses dictionaries under which the ids of given weights would mean other words.
    fn check_dictionaries(&self, experiment: &Experiment) -> Result<(), ExecuteError> {
        let Some((source, target)) = of_weights(experiment)? else {
            return Ok(());
        };
        let (of_source, of_target) = &experiment.data.languages;
        for (language, ours, theirs) in [
            (of_source, &self.source, source),
            (of_target, &self.target, target),
        ] {
            if let Some((id, mine, other)) = ours.first_difference(&theirs) {
                let found = format!(
                    "the {language} dictionary is not that of model.weights: id {id} is `{mine}` here and `{other}` there"
                );
                return Err(ExecuteError::new(found).with_hint(
                    "use the dictionaries that the model was trained with, and text segmented for them",
                ));
            }
        }
        Ok(())
    }

    fn files(experiment: &Experiment, section: &DataSection) -> Result<Self, ExecuteError> {
        let (source, target) = dictionaries(experiment, section)?;
        let mut reader = Reader {
            section,
            longest: experiment.model.positions,
            source: &source,
            target: &target,
            warnings: Vec::new(),
        };
        let train = reader.train()?;
        let valid = match section.valid.as_slice() {
            [] => None,
            files => Some(reader.split(files)?),
        };
        let mut splits = Vec::new();
        for (name, files) in &section.evaluate {
            splits.push((name.clone(), reader.split(files)?));
        }
        let warnings = reader.warnings;
        Ok(Self {
            train,
            valid,
            splits,
            source,
            target,
            text_files: text_files(experiment, section)?,
            warnings,
        })
    }

    /// Says on stderr what was left out and what the dictionaries lack.
    pub(super) fn warn(&self) {
        for warning in &self.warnings {
            eprintln!("warning: {}", one_line(warning));
        }
    }

    /// Leaves the dictionaries beside a model, whose ids mean nothing without them, and what new text needs to have its units.
    pub(super) fn save_words(&self, folder: &Path, languages: &(String, String)) -> Result<(), ExecuteError> {
        let [source, target] = dictionary_files(languages);
        self.source
            .write(&folder.join(source))
            .map_err(ExecuteError::caused_by)?;
        self.target
            .write(&folder.join(target))
            .map_err(ExecuteError::caused_by)?;
        for (name, bytes) in &self.text_files {
            files::store(&folder.join(name), bytes)?;
        }
        Ok(())
    }
}

fn dictionary_files((source, target): &(String, String)) -> [String; 2] {
    [source, target].map(|language| dictionary_name(language))
}

/// Those that stand beside the weights, if there are weights and they do.
fn of_weights(experiment: &Experiment) -> Result<Option<(Dictionary, Dictionary)>, ExecuteError> {
    let Some(folder) = &experiment.model.weights else {
        return Ok(None);
    };
    let [source, target] = dictionary_files(&experiment.data.languages).map(|name| folder.join(name));
    if !source.is_file() || !target.is_file() {
        return Ok(None);
    }
    let read = |path: &Path| Dictionary::read(path).map_err(ExecuteError::caused_by);
    Ok(Some((read(&source)?, read(&target)?)))
}

/// Those named, those of the weights, or those of the training text.
fn dictionaries(
    experiment: &Experiment,
    section: &DataSection,
) -> Result<(Dictionary, Dictionary), ExecuteError> {
    let read = |path: &Path| Dictionary::read(path).map_err(ExecuteError::caused_by);
    if let Some((source, target)) = &section.dictionaries {
        return Ok((
            read(&resolved(section, source))?,
            read(&resolved(section, target))?,
        ));
    }
    if let Some(dictionaries) = of_weights(experiment)? {
        return Ok(dictionaries);
    }
    let build =
        |path: &dyn Fn(&DataFile) -> Result<PathBuf, ExecuteError>| -> Result<Dictionary, ExecuteError> {
            let mut lines = Vec::new();
            for file in &section.train {
                lines.extend(read_lines(&path(file)?).map_err(ExecuteError::caused_by)?);
            }
            Ok(Dictionary::build(&lines, 0))
        };
    Ok((
        build(&|file| Ok(resolved(section, &file.path)))?,
        build(&|file| target_of(section, file))?,
    ))
}

/// The codes and the record of the preparation beside the dictionaries that were named, or else beside the weights, and the
/// list of prefixes that the source was tokenised with.
fn text_files(
    experiment: &Experiment,
    section: &DataSection,
) -> Result<Vec<(String, Vec<u8>)>, ExecuteError> {
    let named = section.dictionaries.as_ref();
    let named = named.and_then(|(source, _)| resolved(section, source).parent().map(Path::to_owned));
    let Some(folder) = named.or_else(|| experiment.model.weights.clone()) else {
        return Ok(Vec::new());
    };
    let prefixes = prefix_file(&section.languages.0);
    let of_prefixes = section.prefixes.as_ref().unwrap_or(&folder).join(&prefixes);
    let paths = [CODES, RECORD].map(|name| (name.to_owned(), folder.join(name)));
    let there = paths.into_iter().chain([(prefixes, of_prefixes)]);
    there
        .filter(|(_, path)| path.is_file())
        .map(|(name, path)| {
            let bytes = std::fs::read(&path).map_err(FileError::reading(&path))?;
            Ok((name, bytes))
        })
        .collect()
}

fn resolved(section: &DataSection, path: &Path) -> PathBuf {
    match &section.dir {
        Some(dir) => dir.join(path),
        None => path.to_owned(),
    }
}

fn target_of(section: &DataSection, file: &DataFile) -> Result<PathBuf, ExecuteError> {
    let target = file.target.as_deref();
    let target = target.ok_or_else(|| ExecuteError::new(format!("{} has no target", file.path.display())))?;
    Ok(resolved(section, target))
}

/// Reads files of pairs and gathers what a user should know of them.
struct Reader<'a> {
    section: &'a DataSection,
    longest: usize,
    source: &'a Dictionary,
    target: &'a Dictionary,
    warnings: Vec<String>,
}

impl Reader<'_> {
    /// Training pairs; those that cannot be used are left out and counted.
    fn train(&mut self) -> Result<ParallelCorpus, ExecuteError> {
        self.joined(&self.section.train, Unusable::Skip)
    }

    /// Pairs to score, of which none may be missing.
    fn split(&mut self, files: &[DataFile]) -> Result<Split, ExecuteError> {
        let corpus = self.joined(files, Unusable::Refuse)?;
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for file in files {
            sources.extend(read_lines(&resolved(self.section, &file.path)).map_err(ExecuteError::caused_by)?);
            targets.extend(read_lines(&target_of(self.section, file)?).map_err(ExecuteError::caused_by)?);
        }
        Ok(Split::new(corpus, (&sources, &targets), self.target))
    }

    fn joined(&mut self, files: &[DataFile], unusable: Unusable) -> Result<ParallelCorpus, ExecuteError> {
        let rules = PairRules {
            longest: self.longest,
            unusable,
        };
        let mut all = ParallelCorpus::encode([], self.source, self.target);
        for file in files {
            let (source, target) = (resolved(self.section, &file.path), target_of(self.section, file)?);
            let report = ParallelCorpus::read((&source, self.source), (&target, self.target), rules)
                .map_err(ExecuteError::caused_by)?;
            self.note(&source, &target, &report);
            all.append(&report.corpus);
        }
        Ok(all)
    }

    fn note(&mut self, source: &Path, target: &Path, report: &ParallelReport) {
        let (source, target) = (source.display(), target.display());
        let longest = self.longest;
        let notes = [
            (
                report.empty,
                format!(
                    "{source} and {target}: left out {} pairs with an empty side",
                    report.empty
                ),
            ),
            (
                report.too_long,
                format!(
                    "{source} and {target}: left out {} pairs with a sentence of more than {longest} tokens \
                     (model.positions)",
                    report.too_long
                ),
            ),
            (
                report.unknown_source,
                format!(
                    "{source}: {} tokens are not in the dictionary",
                    report.unknown_source
                ),
            ),
            (
                report.unknown_target,
                format!(
                    "{target}: {} tokens are not in the dictionary",
                    report.unknown_target
                ),
            ),
        ];
        self.warnings.extend(
            notes
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(_, note)| note),
        );
    }
}
